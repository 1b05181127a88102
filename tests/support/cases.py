"""A small test runner: functions named test_* in files named *_test.py.

A test passes when it returns, fails when it raises, and is skipped when it raises Skip. Every test has a time limit.
What it wants to tell (measured figures, seeds) it says with note(); that is printed under its line.
"""
import argparse
import contextlib
import importlib.util
import pathlib
import signal
import sys
import time
import traceback

DEFAULT_SECONDS = 120


class Skip(Exception):
    """The test cannot run here; the text says what is missing."""


class Broken(Exception):
    """What the test needs and does not judge has broken down (another client crashed): it is run once more."""


class OutOfTime(Exception):
    pass


_notes = []


def note(text):
    _notes.append(str(text))


def limit(seconds):
    """The time limit of one test, in place of DEFAULT_SECONDS."""

    def mark(function):
        function.seconds = seconds
        return function

    return mark


@contextlib.contextmanager
def _alarm(seconds):
    def ring(_signal, _frame):
        raise OutOfTime(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def load(path):
    """The test functions of one file, in the order they are written, with the file's name in front."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    found = []
    for name, value in vars(module).items():
        if name.startswith("test_") and callable(value) and value.__module__ == module.__name__:
            found.append((f"{path.stem.removesuffix('_test')}.{name.removeprefix('test_')}", value))
    return found


def judge(function):
    """Runs one test. Gives its verdict and what is to be said of it."""
    for attempt in range(2):
        try:
            with _alarm(getattr(function, "seconds", DEFAULT_SECONDS)):
                function()
            return "ok", None
        except Skip as why:
            return "SKIP", str(why)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as why:
            trouble = traceback.format_exc()
            if attempt or not isinstance(why, Broken):
                return "FAIL", trouble
            note(f"once more, for this broke down: {str(why).splitlines()[0]}")


def run(tests, out=sys.stdout):
    """Runs the tests and prints a line for each. Gives (passed, failed, skipped)."""
    count = {"ok": 0, "FAIL": 0, "SKIP": 0}
    for name, function in tests:
        _notes.clear()
        began = time.monotonic()
        verdict, trouble = judge(function)
        count[verdict] += 1
        seconds = time.monotonic() - began
        reason = f": {trouble}" if verdict == "SKIP" else ""
        print(f"{verdict:4} {name} ({seconds:.1f} s){reason}", file=out)
        for line in _notes:
            print(f"       {line}", file=out)
        if verdict == "FAIL":
            print("".join(f"       {line}\n" for line in trouble.splitlines()), file=out, end="")
        out.flush()
    return count["ok"], count["FAIL"], count["SKIP"]


def main(folder):
    """What a folder's run.py calls."""
    options = argparse.ArgumentParser(description=f"Runs the tests in {folder.name}/.")
    options.add_argument("-k", metavar="NAME", action="append", default=[], help="only tests with NAME in their name")
    options.add_argument("-l", "--list", action="store_true", help="print the names and stop")
    chosen = options.parse_args()

    tests = []
    for path in sorted(folder.glob("*_test.py")):
        tests += load(path)
    if chosen.k:
        tests = [test for test in tests if any(part in test[0] for part in chosen.k)]
    if chosen.list:
        print("\n".join(name for name, _ in tests))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what it has started ends with it
    passed, failed, skipped = run(tests)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0
