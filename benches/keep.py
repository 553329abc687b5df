#!/usr/bin/env python3
"""Writes what the latest `cargo bench` measured to benches/runs/: medians and what they come to a second."""

import json
import sys

from measure import CRATE, kept


def main():
    lines = ["group,bench,median_ms,low_ms,high_ms,unit,units,units_a_second"]
    for about in sorted((CRATE / "target/criterion").glob("*/*/new/benchmark.json")):
        bench = json.loads(about.read_text("utf-8"))
        median = json.loads(about.with_name("estimates.json").read_text("utf-8"))["median"]
        low, high = (median["confidence_interval"][bound] for bound in ("lower_bound", "upper_bound"))
        unit, units = next(iter((bench.get("throughput") or {"": 0}).items()))
        # A bench without a throughput counts itself.
        rate = (units or 1) / (median["point_estimate"] / 1e9)
        milliseconds = ",".join(f"{nanoseconds / 1e6:.3f}" for nanoseconds in (median["point_estimate"], low, high))
        lines.append(f'{bench["group_id"]},"{bench["function_id"]}",{milliseconds},{unit.lower()},{units},{rate:.0f}')
    if len(lines) == 1:
        sys.exit("nothing measured yet: run `cargo bench` first")
    print("\n".join(lines))
    kept("rooms", lines)


if __name__ == "__main__":
    main()
