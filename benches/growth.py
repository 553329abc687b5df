#!/usr/bin/env python3
"""How time and memory grow with the month: sizes one after the other, stage by stage, with exponents.

    python3 benches/growth.py --lines 30000 300000 3000000 --keep
    python3 benches/growth.py --lines 300000 --months 36 --keep     # how the ledger grows

Stages are told apart by the lines that `-v` writes to standard error. Processor seconds and memory
are read from /proc at each of them (Linux); an exponent of 1 means twice the lines, twice the time.
"""

import argparse
import json
import math
import os
import subprocess
import time
from pathlib import Path

from measure import CRATE, MONTH, TODAY, bureau, clear, kept, machine, program

TICKS = os.sysconf("SC_CLK_TCK")


def used_by(process):
    """(processor seconds, peak MiB) of a running process so far."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        peak = next(line.split()[1] for line in open(f"/proc/{process}/status") if line.startswith("VmHWM"))
        return (int(fields[11]) + int(fields[12])) / TICKS, int(peak) / 1024
    except (OSError, StopIteration):
        return 0.0, 0.0


def staged(command):
    """Runs a command with -v: (its answer, [(stage, wall, processor, peak MiB so far)])."""
    command = [str(part) for part in command]
    start = time.perf_counter()
    child = subprocess.Popen([*command, "-v"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    marks = [("opening", start, 0.0, 0.0)]
    said = []
    for line in child.stderr:
        said.append(line)
        if line.startswith(" INFO "):
            words = [word for word in line.split()[1:] if "=" not in word]
            marks.append((" ".join(words), time.perf_counter(), *used_by(child.pid)))
    answer = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise SystemExit(f"exit {child.returncode}: {' '.join(command)}\n{''.join(said)}")
    marks.append(("end", time.perf_counter(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024))
    stages = [(one[0], after[1] - one[1], after[2] - one[2], after[3]) for one, after in zip(marks, marks[1:])]
    return answer, [*stages, ("whole", marks[-1][1] - start, marks[-1][2], marks[-1][3])]


def drafted_and_approved(binary, folder, month, today):
    """One month drafted and released: the stages of both."""
    at = ["-C", folder, "--today", today, "--json"]
    answer, run = staged([binary, "run", *at, "--month", month, "--by", "operator"])
    drafted = json.loads(answer)
    accepted = {limit["limit"] if isinstance(limit, dict) else str(limit).split()[0] for limit in drafted["limits"]}
    accept = [part for limit in sorted(accepted) for part in ("--accept", f"{limit}=measured")]
    _, approve = staged([binary, "approve", drafted["run"], *at, "--total", drafted["total"], "--by", "reviewer", *accept])
    return [("run", *stage) for stage in run] + [("approve", *stage) for stage in approve]


def megabytes(path):
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6
    return path.stat().st_size / 1e6 if path.exists() else 0.0


def sizes(binary, work, asked):
    """Every size once or more: the fastest run of each, stage by stage."""
    found = {}
    for lines in asked.lines:
        folder = bureau(work, binary, lines, asked.seed)
        for _ in range(asked.runs):
            clear(folder)
            _, dry = staged([binary, "run", "-C", folder, "--month", MONTH, "--today", TODAY, "--by", "operator", "--dry-run"])
            figures = [("dry-run", *stage) for stage in dry]
            if not asked.dry:
                figures += drafted_and_approved(binary, folder, MONTH, TODAY)
            for command, stage, wall, processor, peak in figures:
                before = found.setdefault((command, stage), {}).get(lines)
                if before is None or processor < before[1]:
                    found[command, stage][lines] = (wall, processor, peak)
        if not asked.dry:
            found.setdefault(("disk", "ledger MB"), {})[lines] = (megabytes(folder / "ledger.db"), 0, 0)
            found.setdefault(("disk", "archive MB"), {})[lines] = (megabytes(folder / "archive"), 0, 0)
        clear(folder)
    rows = ["command,stage,lines,wall_s,processor_s,peak_mib_so_far,exponent_processor,exponent_peak"]
    for (command, stage), by_lines in found.items():
        before = None
        for lines, figure in by_lines.items():
            exponents = ["", ""]
            if before:
                step = math.log(lines / before[0])
                pair = [(figure[place], before[1][place]) for place in ((0,) if command == "disk" else (1, 2))]
                # Under a hundredth of a second the clock's ticks are all there is to see.
                exponents = [f"{math.log(now / then) / step:.2f}" if min(now, then) > 0.01 else "" for now, then in pair]
                exponents += [""] * (2 - len(exponents))
            rows.append(f"{command},{stage},{lines},{figure[0]:.3f},{figure[1]:.3f},{figure[2]:.0f},{','.join(exponents)}")
            before = (lines, figure)
    whole = found["dry-run", "whole"]
    if len(whole) > 1:
        (small, less), (large, more) = list(whole.items())[-2:]
        for place, unit in ((1, "processor seconds"), (2, "MiB at the peak")) if less[1] > 0.5 else ():
            # Small months carry fixed costs, which flatter the exponent: never less than linear.
            power = max(1.0, math.log(more[place] / less[place]) / math.log(large / small))
            rows.append(f"# 100 million lines, computed with an exponent of {power:.2f}: {more[place] * (1e8 / large) ** power:.0f} {unit}")
    return rows


def months(binary, work, asked):
    """Month after month on one ledger: its size, and what a month costs as it grows."""
    year, first = map(int, MONTH.split("-"))
    cycles = [f"{year + (first - 1 + step) // 12}-{(first - 1 + step) % 12 + 1:02d}" for step in range(asked.months)]
    lines = asked.lines[0]
    folder = bureau(work, binary, lines, asked.seed, asked.look_back, cycles[-1])
    if (folder / "ledger.db").exists():
        raise SystemExit(f"{folder} has a ledger already: take it away to begin again")
    rows = ["cycle,lines,run_wall_s,run_processor_s,run_peak_mib,approve_wall_s,approve_processor_s,approve_peak_mib,ledger_mb,archive_mb"]
    print(rows[0])
    for cycle in cycles:
        figures = {command: figure for command, stage, *figure in drafted_and_approved(binary, folder, cycle, f"{cycle}-03") if stage == "whole"}
        cells = [f"{value:.2f}" for command in ("run", "approve") for value in figures[command]]
        rows.append(",".join([cycle, str(lines), *cells, f"{megabytes(folder / 'ledger.db'):.1f}", f"{megabytes(folder / 'archive'):.1f}"]))
        print(rows[-1], flush=True)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, nargs="+", default=[30_000, 300_000], help="sizes of the month, ascending")
    parser.add_argument("--months", type=int, help="instead: so many months of the first size on one ledger")
    parser.add_argument("--look-back", type=int, default=0, help="with --months: months assessed again each time (default 0)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=2, help="runs of each size; the one that took the processor least stands (default 2)")
    parser.add_argument("--dry", action="store_true", help="the dry run alone, without draft and release")
    parser.add_argument("--binary", help="the program (default: a release build of this tree)")
    parser.add_argument("--work", default=CRATE / "target/peers", help="where bureaus lie (default target/peers)")
    parser.add_argument("--keep", action="store_true", help="also write the figures to benches/runs/")
    asked = parser.parse_args()
    work = Path(asked.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    print(machine())
    rows = (months if asked.months else sizes)(program(asked.binary), work, asked)
    if not asked.months:
        print("\n".join(rows))
    if asked.keep:
        kept("months" if asked.months else "growth", rows)


if __name__ == "__main__":
    main()
