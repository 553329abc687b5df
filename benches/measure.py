"""What the measuring scripts share: the program, generated bureaus, the machine in one line."""

import datetime
import os
import platform
import shutil
import subprocess
from pathlib import Path

BENCHES = Path(__file__).resolve().parent
CRATE = BENCHES.parent
MONTH, TODAY = "2023-02", "2023-02-03"


def run(command, **more):
    """Runs a command that must succeed; its answer is not wanted."""
    more.setdefault("stdout", subprocess.DEVNULL)
    subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL, **more)


def program(given):
    """The program to measure: the one given, else a release build of this tree."""
    if given:
        return Path(given).resolve()
    run(["cargo", "build", "--release"], cwd=CRATE)
    return CRATE / "target/release/disburse"


def bureau(work, binary, lines, seed, look_back=0, through=None):
    """A generated workspace with an empty ledger, made when it is not there."""
    folder = work / f"bureau-{lines}-{seed}{f'-{through}' if through else ''}"
    ready = folder / "generated"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        run([binary, "init", folder, "--quiet"])
        settings = folder / "disburse.toml"
        text = settings.read_text("utf-8")
        for key, value in (("first_month", f'"{MONTH}"'), ("lookback_months", look_back)):
            kept = [f"{key} = {value}" if line.split("=")[0].strip() == key else line for line in text.splitlines()]
            text = "\n".join(kept) + "\n"
        settings.write_text(text, "utf-8")
        months = ["--month", MONTH, *(["--through", through] if through else [])]
        run([binary, "generate", "-C", folder, folder, "--lines", lines, "--seed", seed, *months, "--quiet"])
        ready.touch()
    return folder


def clear(folder):
    """Takes away what runs left: ledger, archive and everything written."""
    (folder / "ledger.db").unlink(missing_ok=True)
    for left in ("archive", "out", "outbox"):
        shutil.rmtree(folder / left, ignore_errors=True)


def machine():
    """Date, system, cores, memory and load: without them no figure means anything."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = ""
    if Path("/proc/cpuinfo").exists():
        names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")]
        model = f", {names[0]}" if names else ""
    now = datetime.datetime.now().strftime("%Y-%m-%d %H:%M")
    loads = "/".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{now}, {platform.system()} {platform.machine()}{model}, {os.cpu_count()} cores, {memory:.0f} GiB, load {loads}"


def kept(name, lines):
    """Writes figures to benches/runs/DATE-NAME.csv, the machine above them."""
    stamp = datetime.datetime.now().strftime("%Y-%m-%d-%H%M")
    path = BENCHES / f"runs/{stamp}-{name}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([f"# {machine()}", *lines]) + "\n", "utf-8")
    print(f"kept in {path.relative_to(CRATE)}")
