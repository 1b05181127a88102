#!/usr/bin/env python3
"""soak.py [--targets] [--turn] [--minutes N] [--seeds FIRST-LAST] [ID]...: the long tier of the checks, what scripts/soak
calls once everything is built.

A check is what its Boost suites hold, as a rule named ROOM_ID or ROOM_ID_PART (dht_D4, dht_D4_table), with BT_LONG=1;
or a program, or cases of a Python suite, that print their own last line. What takes longer than its 30 minutes has failed; --seeds does a part of those
that go over seeds. --minutes N ends each after N minutes, and what has not failed by then has passed. --turn is one of all
checks, another one each day. --targets prints what is to be built for them: a folder and its targets a line.
"""
import argparse
import datetime
import os
import queue
import re
import subprocess
import sys
import threading
import time

import suites

UNIT, SIM, FUZZ = "tests/unit/dht/unit_dht", "tests/sim/sim_dht", "fuzz/fuzz"
LIVES = "tests/sim/lives/lives_scale"


def cases(*names):
    """Of tests/cli, which run the program."""
    return [("build", "node", ["tests/cli/run.py", *(word for name in names for word in ("-k", name))])]


# ID: what it is about, [(folder, program, suite or arguments, or a Python suite and its arguments)]
CHECKS = {
    "C1": ("kills at random moments", cases("restart.")),
    "C2": ("power cuts at any moment", cases("power_cuts.a_power_cut")),
    "D1": ("answers are no amplifier", [("build-asan", UNIT, "dht_D1*")]),
    "D2": ("floods and a full store", [("build-asan", UNIT, "dht_D2*")]),
    "D3": ("tokens", [("build-asan", UNIT, "dht_D3*")]),
    # whole networks: with sanitizers they take hours, and scripts/test runs smaller ones with them
    "D4": ("sybils and eclipses", [("build-asan", UNIT, "dht_D4*"), ("build", SIM, "dht_D4*")]),
    "D5": ("poisoned node lists", [("build-asan", UNIT, "dht_D5*"), ("build-asan", SIM, "dht_D5*")]),
    "D6": ("spoofed, late and malformed answers", [("build-asan", UNIT, "query_book*"), ("build", SIM, "dht_D6*")]),
    "I1": ("allocations that fail", cases("faults.an_allocation")),
    "I2": ("system calls that fail", cases("faults.a_system_call")),
    "M2": ("names that want out", cases("faults.no_name")),
    "F1": ("bencoding", [("build-asan", FUZZ, ["F1"])]),
    "F2": (".torrent files and their paths", [("build-asan", FUZZ, ["F2"])]),
    "F3": ("magnet links, URLs, answers of trackers", [("build-asan", FUZZ, ["F3"])]),
    "F4": ("the stream of a peer", [("build-asan", FUZZ, ["F4"])]),
    "F5": ("mutated datagrams", [("build-asan", UNIT, "dht_F5*"), ("build-asan", SIM, "dht_F5*"),
                                 ("build-asan", FUZZ, ["F5"])]),
    "F6": ("HTTP requests", [("build-asan", FUZZ, ["F6"])]),
    "F7": ("records of the state folder", [("build-asan", FUZZ, ["F7"])]),
    "lives": ("whole lives of torrents: full disks, power cuts, kills", [("build-asan", LIVES, ["1", "2000"])]),
    "scale": ("populations of the DHT, release build", [("build", "tests/sim/dht/dht_scale", ["--long"])]),
}
MINUTES = 30
QUIET = 30  # s without a word, after which a check is said to be running


def named(ids):
    unknown = [one for one in ids if one not in CHECKS]
    if unknown:
        sys.exit(f"scripts/soak: no check {', '.join(unknown)}; there are: {' '.join(CHECKS)}")
    return list(dict.fromkeys(ids)) or list(CHECKS)


def of_today():
    return list(CHECKS)[datetime.date.today().toordinal() % len(CHECKS)]


def targets(ids):
    wanted = {}
    for one in ids:
        for folder, program, _ in CHECKS[one][1]:
            wanted.setdefault(folder, {})[program] = True
    return "".join(f"{folder} {' '.join(programs)}\n" for folder, programs in wanted.items())


def lines_until(process, stop_at):
    """The lines of a program as they come, None for each QUIET seconds without any; ends with it, or at that time."""
    lines = queue.Queue()

    def read():
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    while True:
        left = stop_at - time.monotonic()
        if left <= 0:
            return
        try:
            line = lines.get(timeout=min(QUIET, left))
        except queue.Empty:
            line = None
        if line == "":
            return
        yield line


def run_part(part, seeds, stop_at):
    """One program: prints what it tells, as it comes. Its cases, and whether it came to its end."""
    folder, program, what = part
    own_words = isinstance(what, list)
    command = [suites.ROOT / folder / program]
    if own_words and what[0].endswith(".py"):
        command = ["/usr/bin/python3", suites.ROOT / what[0], *what[1:]]
    elif own_words:
        command += what
    else:
        command += [f"--run_test={what}", "--log_level=message", "--report_level=short", "--color_output=no"]
    env = {**os.environ, **(suites.SANITIZERS if folder == "build-asan" else {}), "BT_LONG": "1"}
    if seeds:
        env["BT_SEEDS"] = seeds
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    count, began, wrong = suites.Count(), time.monotonic(), False
    for line in lines_until(process, stop_at):
        if line is None:
            print(f"       {program.split('/')[-1]} {what if not own_words else ''}: running for "
                  f"{time.monotonic() - began:.0f} s", flush=True)
            continue
        closing = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped\n", line) if own_words else None
        # those that are skipped are of other checks, those aborted are among the failed
        cases = re.match(r"\s+(\d+) test cases? out of \d+ (passed|failed|skipped|aborted)", line)
        wrong = wrong or "error: in" in line or "MISSED" in line or "ERROR: " in line
        if closing:
            count.add(suites.Count(*map(int, closing.groups())))
        elif cases and not own_words:
            if cases[2] in ("passed", "failed"):
                setattr(count, cases[2], getattr(count, cases[2]) + int(cases[1]))
        elif own_words or not re.match(r"Running \d+ test case|Test module .* has|\s+\d+ assertions? out of|\n", line):
            print(f"       {line}", end="", flush=True)
    if time.monotonic() >= stop_at and process.poll() is None:
        process.terminate()
        process.wait()
        return suites.Count(failed=1) if wrong else suites.Count(), False
    code = process.wait()
    if (code != 0 and count.failed == 0) or count.passed + count.failed == 0:
        count.failed += 1
        print(f"       exit status {code}")
    return count, True


def run_check(one, options):
    """All parts of a check; those it came to within its time."""
    about, parts = CHECKS[one]
    began, total = time.monotonic(), suites.Count()
    minutes = options.minutes or MINUTES
    for part in parts:
        count, ended = run_part(part, options.seeds, began + minutes * 60)
        total.add(count)
        if ended:
            continue
        if options.minutes:
            print(f"       stopped after {minutes:g} minutes")
            total.passed += 0 if count.failed else 1
        else:
            print(f"       stopped after {minutes} minutes: do a part of it with --seeds FIRST-LAST")
            total.failed += 0 if count.failed else 1
        break
    print(f"{'FAIL' if total.failed else 'ok':4} {one:5} {about}: {total} ({time.monotonic() - began:.0f} s)", flush=True)
    return total


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak")
    parser.add_argument("--targets", action="store_true", help="print what is to be built")
    parser.add_argument("--turn", action="store_true", help="one check, another one each day")
    parser.add_argument("--minutes", type=float, help="end each check after so many minutes")
    parser.add_argument("--seeds", metavar="FIRST-LAST", help="a part of the seeds")
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"of {' '.join(CHECKS)}; all without")
    options = parser.parse_args()
    ids = [of_today()] if options.turn else named(options.ids)
    if options.targets:
        print(targets(ids), end="")
        return 0
    total = suites.Count()
    for one in ids:
        total.add(run_check(one, options))
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
