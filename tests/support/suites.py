#!/usr/bin/env python3
"""Runs suites one after another and adds up their cases: what scripts/test calls once everything is built.

asan, unit   the programs meson knows as tests (suites unit and sim), from build-asan and from build; and those of suite
             scale, too large for sanitizers, from build: they print tables
soak         one of the long checks, for three minutes
tidy, cli, lan, interop, web   the suites of those names, each with its run.py

Every suite prints its own cases; skipped ones with the reason. The last line counts all of them.
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}
PYTHON_SUITE_SECONDS = 1200
# Run at the same time, each of these one after the other: they wait for timers and for others most of their time. The first
# speaks at once, the lines of the others come when they are through.
TOGETHER = [[["tidy"], ["cli"]], [["lan"], ["interop", "web"]]]


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run_program(test, extra_env):
    """One test program. Boost.Test programs count each of their cases, others say it in a last line or are one case."""
    program = pathlib.Path(test["cmd"][0])
    command = list(test["cmd"])
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch) / "report.xml"
        if b"libboost_unit_test_framework" in program.read_bytes():
            command += ["--logger=HRF,error,stdout", f"--logger=JUNIT,error,{report}", "--report_level=no"]
        env = {**os.environ, **extra_env, **{k: v for k, v in test.get("env", {}).items() if isinstance(v, str)}}
        try:
            done = subprocess.run(command, env=env, cwd=test.get("workdir") or scratch, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=test.get("timeout") or 120)
            code, output = done.returncode, done.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired as late:
            code, output = "out of time", (late.stdout or b"").decode(errors="replace")
        if report.exists() and report.stat().st_size > 0:
            try:
                count, skipped = read_report(report)
            except xml.ParseError as broken:
                count, skipped = Count(failed=1), []
                output += f"\nits report is no XML: {broken}"
            if code not in (0, 201) or (code != 0 and count.failed == 0):  # died after its report: a leak, say
                count.failed += 1
        elif code == 77:
            count, skipped = Count(skipped=1), [f"{test['name']}: {output.strip().splitlines()[-1:]}"]
        else:
            own = re.search(r"^(\d+) passed, (\d+) failed, (\d+) skipped\n\Z", output, re.MULTILINE)
            count, skipped = Count(*map(int, own.groups())) if own else Count(passed=1), []
            if code != 0 and count.failed == 0:
                count = Count(failed=1)
            output = output[: own.start()] if own else output
    table = output if is_table(test) and count.failed == 0 else ""
    name = f"{test['name']} ({time.monotonic() - began:.0f} s)"
    return name, count, skipped, "" if count.failed == 0 else f"exit status {code}\n{output}", table


def in_suites(test, *names):
    return any(s.split(":")[-1] in names for s in test["suite"])


def is_table(test):
    return in_suites(test, "scale")


def tests_of(build, *suites):
    listed = json.loads(subprocess.check_output(["meson", "introspect", "--tests", str(build)]))
    return [t for t in listed if in_suites(t, *suites)]


def read_report(path):
    count, skipped = Count(), []
    # a message of a test may hold any byte; XML may not
    text = re.sub(r"[^\t\n\r\x20-\uffff]", "?", path.read_bytes().decode(errors="replace"))
    text = re.sub(r"^<\?xml[^>]*\?>", "", text)
    for case in xml.fromstring(text).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            count.failed += 1
        elif case.find("skipped") is not None:
            count.skipped += 1
            skipped.append(case.get("name"))
        else:
            count.passed += 1
    return count, skipped


def native_suite(title, build, extra_env):
    """The unit and sim programs of one build folder, as many at a time as there are cores."""
    # the long ones first, or they would run alone at the end
    tests = [(t, {}) for t in tests_of(ROOT / "build", "scale")]
    tests += [(t, extra_env) for t in tests_of(build, "unit", "sim")]
    total = Count()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for name, count, skipped, trouble, table in pool.map(lambda t: run_program(*t), tests):
            total.add(count)
            print(f"{'FAIL' if trouble else 'ok':4} {title} {name}: {count}")
            for case in skipped:
                print(f"SKIP {title} {name}: {case}")
            if trouble:
                print("".join(f"       {line}\n" for line in trouble.splitlines()), end="")
            print("".join(f"       {line}\n" for line in table.splitlines()), end="", flush=True)
    if total.passed + total.failed == 0:
        print(f"FAIL {title}: no test found in {build}")
        total.failed += 1
    return total


def python_suite(title, say, command=None):
    """A suite with a run.py, or another command; `say` takes its lines. Namespaces need root, so those two ask sudo where it
    answers without a question."""
    command = command or ["/usr/bin/python3", str(ROOT / "tests" / title / "run.py")]
    if title in ("lan", "interop") and os.geteuid() != 0 and shutil.which("sudo"):
        if subprocess.run(["sudo", "-n", "true"], stderr=subprocess.DEVNULL).returncode == 0:
            command = ["sudo", "-n", "env", "PYTHONDONTWRITEBYTECODE=1"] + command
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace")
    count = None
    deadline = time.monotonic() + PYTHON_SUITE_SECONDS
    for line in process.stdout:
        closing = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped\n", line)
        if closing:
            count = Count(*map(int, closing.groups()))
            continue
        say(line.rstrip("\n"))
        if time.monotonic() > deadline:
            say(f"FAIL {title}: stopped after {PYTHON_SUITE_SECONDS} s")
            process.terminate()
            deadline = float("inf")
    if process.wait() != 0 and (count is None or count.failed == 0):
        count = count or Count()
        count.failed += 1
        say(f"FAIL {title}: its run ended with status {process.returncode}")
    return count or Count()


def say_now(line):
    print(line, flush=True)


def run_suite(name, say=say_now):
    began = time.monotonic()
    if name == "asan":
        count = native_suite("asan", ROOT / "build-asan", SANITIZERS)
    elif name == "unit":
        count = native_suite("unit", ROOT / "build", {})
    elif name == "soak":
        count = python_suite(name, say, [str(ROOT / "scripts" / "soak"), "--turn", "--minutes", "3"])
    else:
        count = python_suite(name, say)
    say(f"-- {name}: {count} ({time.monotonic() - began:.0f} s)")
    return count


def run_together(chains):
    """The suites of each chain one after the other, the chains beside each other."""
    total = Count()
    with concurrent.futures.ThreadPoolExecutor(len(chains)) as pool:
        def run_chain(chain):
            lines = []
            counts = [run_suite(name, lines.append) for name in chain]
            return counts, lines
        others = [pool.submit(run_chain, chain) for chain in chains[1:]]
        for name in chains[0]:
            total.add(run_suite(name))
        for other in others:
            counts, lines = other.result()
            say_now("\n".join(lines))
            for count in counts:
                total.add(count)
    return total


def main(names):
    total = Count()
    left = list(names)
    for name in names:
        if name not in left:
            continue
        group = next((group for group in TOGETHER if any(name in chain for chain in group)), [[name]])
        chains = [chain for chain in ([each for each in chain if each in left] for chain in group) if chain]
        total.add(run_together(chains))
        left = [each for each in left if not any(each in chain for chain in chains)]
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
