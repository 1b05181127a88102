#!/usr/bin/env python3
"""soak.py [--targets] [ID]...: the long tier of the checks, what scripts/soak calls once everything is built.

A check is what its Boost suites hold, as a rule named ROOM_ID or ROOM_ID_PART (dht_D4, dht_D4_table), with BT_LONG=1;
or a program that prints its own last line. --targets prints what is to be built for them: a folder and its targets a line.
"""
import os
import pathlib
import re
import subprocess
import sys
import time

import suites

UNIT, SIM = "tests/unit/dht/unit_dht", "tests/sim/sim_dht"
# ID: what it is about, [(folder, program, suite or arguments)]
CHECKS = {
    "D1": ("answers are no amplifier", [("build-asan", UNIT, "dht_D1*")]),
    "D2": ("floods and a full store", [("build-asan", UNIT, "dht_D2*")]),
    "D3": ("tokens", [("build-asan", UNIT, "dht_D3*")]),
    "D4": ("sybils and eclipses", [("build-asan", UNIT, "dht_D4*"), ("build-asan", SIM, "dht_D4*")]),
    "D5": ("poisoned node lists", [("build-asan", UNIT, "dht_D5*"), ("build-asan", SIM, "dht_D5*")]),
    "D6": ("spoofed, late and malformed answers", [("build-asan", UNIT, "query_book*"), ("build-asan", SIM, "dht_D6*")]),
    "F5": ("mutated datagrams", [("build-asan", UNIT, "dht_F5*"), ("build-asan", SIM, "dht_F5*")]),
    "scale": ("populations of the DHT, release build", [("build", "tests/sim/dht/dht_scale", ["--long"])]),
}
HOURS = 6  # for one program: what takes longer hangs


def named(ids):
    unknown = [one for one in ids if one not in CHECKS]
    if unknown:
        sys.exit(f"scripts/soak: no check {', '.join(unknown)}; there are: {' '.join(CHECKS)}")
    return list(dict.fromkeys(ids)) or list(CHECKS)


def targets(ids):
    wanted = {}
    for one in ids:
        for folder, program, _ in CHECKS[one][1]:
            wanted.setdefault(folder, {})[program] = True
    return "".join(f"{folder} {' '.join(programs)}\n" for folder, programs in wanted.items())


def run_part(folder, program, what):
    """One program: prints what it tells, as it comes. Its cases."""
    own_words = isinstance(what, list)
    command = [suites.ROOT / folder / program]
    if own_words:
        command += what
    else:
        command += [f"--run_test={what}", "--log_level=message", "--report_level=short", "--color_output=no"]
    env = {**os.environ, **(suites.SANITIZERS if folder == "build-asan" else {}), "BT_LONG": "1"}
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    count, stop_at = suites.Count(), time.monotonic() + HOURS * 3600
    for line in process.stdout:
        closing = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped\n", line) if own_words else None
        # those that are skipped are of other checks, those aborted are among the failed
        cases = re.match(r"\s+(\d+) test cases? out of \d+ (passed|failed|skipped|aborted)", line)
        if closing:
            count.add(suites.Count(*map(int, closing.groups())))
        elif cases and not own_words:
            if cases[2] in ("passed", "failed"):
                setattr(count, cases[2], getattr(count, cases[2]) + int(cases[1]))
        elif own_words or not re.match(r"Running \d+ test case|Test module .* has|\s+\d+ assertions? out of|\n", line):
            print(f"       {line}", end="", flush=True)
        if time.monotonic() > stop_at:
            print(f"       stopped after {HOURS} h")
            process.kill()
            stop_at = float("inf")
    code = process.wait()
    if (code != 0 and count.failed == 0) or count.passed + count.failed == 0:
        count.failed += 1
        print(f"       exit status {code}")
    return count


def main(ids):
    total = suites.Count()
    for one in ids:
        about, parts = CHECKS[one]
        began, sum_of = time.monotonic(), suites.Count()
        for part in parts:
            sum_of.add(run_part(*part))
        total.add(sum_of)
        print(f"{'FAIL' if sum_of.failed else 'ok':4} {one:5} {about}: {sum_of} ({time.monotonic() - began:.0f} s)",
              flush=True)
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["--targets"]:
        print(targets(named(words[1:])), end="")
    else:
        sys.exit(main(named(words)))
