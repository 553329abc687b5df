#!/usr/bin/env python3
"""The same month by `disburse run --dry-run`, by DuckDB and by Polars, in turn; see README.md.

    python3 benches/peers/compare.py --lines 300000 --lines 3000000 --seeds 1 2 --runs 5

Exit 1 where any total, count or payment differs between the three.
"""

import argparse
import csv
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from measure import CRATE, MONTH, TODAY, bureau, clear, kept, machine, program, run  # noqa: E402

OUTCOMES = ["entitled", "nil", "refused", "barred", "not-current", "deferred", "rejected"]


def timed(command, log, fine=(0,)):
    """Runs one process to its end: (wall seconds, processor seconds, peak MiB)."""
    with open(log, "ab") as sink:
        start = time.perf_counter()
        child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in fine:
        raise SystemExit(f"exit {child.returncode}: {' '.join(map(str, command))}; see {log}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def python_with_peers(work):
    """The interpreter of a virtual environment with the pinned peers, made when it is not there."""
    python = work / "venv/bin/python"
    wanted = HERE / "requirements.txt"
    mark = work / "venv/requirements.txt"
    if not (mark.exists() and mark.read_bytes() == wanted.read_bytes()):
        run([sys.executable, "-m", "venv", "--clear", work / "venv"])
        run([python, "-m", "pip", "install", "--quiet", "-r", wanted])
        shutil.copy(wanted, mark)
    return python


def fen(yuan):
    whole, _, part = yuan.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0")) if yuan else 0


def rows(path, *columns):
    """The named columns of a CSV file, row by row."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        places = [header.index(column) for column in columns]
        for row in reader:
            yield [row[place] for place in places]


def totals_of_ours(out):
    """programme → counts and fen, from decisions.csv, held.csv and payments.csv."""
    counts, sums = Counter(), Counter()
    for programme, outcome, amount in rows(out / "decisions.csv", "programme", "outcome", "amount"):
        counts[programme, outcome] += 1
        sums[programme, outcome] += fen(amount)
    for key in ("held", "payments"):
        for programme, amount in rows(out / f"{key}.csv", "programme", "amount"):
            counts[programme, key] += 1
            sums[programme, key] += fen(amount)
    return {
        programme: [counts[programme, key] for key in (*OUTCOMES, "held", "payments")]
        + [sums[programme, key] for key in ("entitled", "held", "payments")]
        for programme in {programme for programme, _ in counts}
    }


def totals_of_peer(out):
    columns = [*(outcome.replace("-", "_") for outcome in OUTCOMES), "held", "payments"]
    sums = ["entitled_amount", "held_amount", "paid_amount"]
    return {
        row[0]: [int(cell or 0) for cell in row[1 : len(columns) + 1]] + [fen(cell) for cell in row[len(columns) + 1 :]]
        for row in rows(out / "totals.csv", "programme", *columns, *sums)
    }


def differences(totals, ours, peer, name):
    """Every total that differs, and the first payments that do; [] where all agree."""
    found = []
    others = totals_of_peer(peer)
    for programme in sorted(totals.keys() | others.keys()):
        if totals.get(programme) != others.get(programme):
            found.append(f"{programme}: ours {totals.get(programme)}, {name} {others.get(programme)}")
    number = 0
    with open(ours / "payments.csv", encoding="utf-8-sig") as left, open(peer / "payments.csv", encoding="utf-8-sig") as right:
        # A peer's row is the beginning of ours, which goes on with the place in a bank file.
        for number, (mine, theirs) in enumerate(itertools.zip_longest(left, right, fillvalue="")):
            if not mine.startswith(theirs.rstrip("\r\n") + ",") or not theirs:
                found.append(f"payments.csv row {number}:\n  ours   {mine.strip()}\n  {name} {theirs.strip()}")
                if len(found) >= 10:
                    break
    if not found:
        total = sum(line[-1] for line in totals.values())
        print(f"  {name}: {len(totals)} programmes, {total // 100}.{total % 100:02d} yuan, {number} payments: all equal", flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, action="append", help="lines of the month; may be repeated (default 300000)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="seeds of the generated bureaus (default 1)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each, in turn, after one that is not counted (default 5)")
    parser.add_argument("--peers", nargs="+", default=["duckdb", "polars"], choices=["duckdb", "polars"])
    parser.add_argument("--binary", help="the program (default: cargo build --release, then target/release/disburse)")
    parser.add_argument("--python", help="an interpreter that has the peers (default: a virtual environment made for it)")
    parser.add_argument("--work", default=CRATE / "target/peers", help="where bureaus and results lie (default target/peers)")
    parser.add_argument("--keep", action="store_true", help="also write the figures to benches/runs/")
    asked = parser.parse_args()
    work = Path(asked.work).resolve()
    work.mkdir(parents=True, exist_ok=True)
    binary = program(asked.binary)
    python = asked.python or python_with_peers(work)
    print(machine())
    figures, wrong = [], []
    for lines, seed in itertools.product(asked.lines or [300_000], asked.seeds):
        folder = bureau(work, binary, lines, seed)
        clear(folder)
        commands = {"disburse": [binary, "run", "-C", folder, "--month", MONTH, "--today", TODAY, "--by", "operator", "--dry-run", "--quiet"]}
        for peer in asked.peers:
            commands[peer] = [python, HERE / f"{peer}_peer.py", folder, MONTH, folder / f"out/{peer}"]
        taken = {name: [] for name in commands}
        print(f"{lines} lines, seed {seed}", flush=True)
        for turn in range(asked.runs + 1):
            for name, command in commands.items():
                # Exit 1 of ours is a month of which someone must look at something: a stop limit, say.
                figure = timed(command, work / f"{name}.log", (0, 1) if name == "disburse" else (0,))
                if turn:
                    taken[name].append(figure)
            if turn == 0:
                out = folder / f"out/{MONTH}/dry-run"
                totals = totals_of_ours(out)
                for peer in asked.peers:
                    wrong += differences(totals, out, folder / f"out/{peer}", peer)
                if wrong:
                    print(*wrong, sep="\n", file=sys.stderr)
                    raise SystemExit(1)
        medians = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in taken.items()}
        for name, (wall, cpu, peak) in medians.items():
            # Pair by pair, so that a machine that slows down slows both sides of a ratio.
            pairs = [[mine[i] / theirs[i] for mine, theirs in zip(taken["disburse"], taken[name])] for i in (0, 1)]
            ratio = [statistics.median(column) for column in pairs]
            print(f"  {name:9} wall {wall:8.3f} s  processor {cpu:8.3f} s  peak {peak:8.0f} MiB"
                  + ("" if name == "disburse" else f"   ours ÷ {name}: wall {ratio[0]:.2f}, processor {ratio[1]:.2f}"))
            figures.append([lines, seed, asked.runs, name, f"{wall:.3f}", f"{cpu:.3f}", f"{peak:.0f}", f"{ratio[0]:.3f}", f"{ratio[1]:.3f}"])
    if asked.keep:
        head = "lines,seed,runs,program,wall_s,processor_s,peak_mib,ours_to_it_wall,ours_to_it_processor"
        kept("peers", [head, *(",".join(map(str, figure)) for figure in figures)])


if __name__ == "__main__":
    main()
