#!/usr/bin/python3
"""bench/run.py [ID]...: the measured promises, p1, p2, p3, p4 (with P5 and P6), p7, p8, p9, p10, p11, p12. scripts/bench builds and calls it."""
import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# From page cache to page cache: in memory, not on a disk.
os.environ.setdefault("BT_TEST_DIR", "/dev/shm")
import p1  # noqa: E402
import p2  # noqa: E402
import p4  # noqa: E402
import p7  # noqa: E402
import p8  # noqa: E402
import p9  # noqa: E402
import p10  # noqa: E402
import p11  # noqa: E402
import p12  # noqa: E402

IDS = ["p1", "p2", "p3", "p4", "p7", "p8", "p9", "p10", "p11", "p12"]


def main():
    options = argparse.ArgumentParser(prog="scripts/bench", description="Measures against what is installed of others.")
    options.add_argument("ids", nargs="*", metavar="ID", help=f"{' '.join(IDS)}; all without")
    options.add_argument("--size", type=int, default=1024, metavar="MIB", help="content of p1, p3 and p4 [1024]")
    options.add_argument("--runs", type=int, default=3, help="runs of each row of p1, p3, p4, p9, p10, p11 and p12 [3]")
    options.add_argument("--tries", type=int, default=100, help="tries of each row of p7 [100]")
    options.add_argument("--seconds", type=int, default=5, help="length of each run of p11 and p12 [5]")
    options.add_argument("--only", default="", metavar="TEXT", help="only rows with TEXT in their name")
    given = options.parse_args()
    ids = given.ids or IDS
    unknown = set(ids) - set(IDS)
    if unknown:
        options.error(f"no benchmark {', '.join(sorted(unknown))}")
    failed = 0
    if {"p1", "p3"} & set(ids):
        failed += p1.main(ids, given.size, given.runs, given.only)
    if "p2" in ids:
        failed += p2.main(given.only)
    if "p4" in ids:
        failed += p4.main(given.size, given.runs, given.only)
    if "p7" in ids:
        failed += p7.main(given.tries, given.only)
    if "p8" in ids:
        failed += p8.main(256, given.runs, given.only)
    if "p9" in ids:
        failed += p9.main(given.runs, given.only)
    if "p10" in ids:
        failed += p10.main(given.runs, given.only)
    if "p11" in ids:
        failed += p11.main(given.seconds, given.runs, given.only)
    if "p12" in ids:
        failed += p12.main(given.seconds, given.runs, given.only)
    return 1 if failed else 0


sys.exit(main())
