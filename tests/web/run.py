#!/usr/bin/env python3
"""The pages in a browser: node --test with Debian's Chromium. Skipped, with the reason, where one of these is missing."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SECONDS = 420


def skip(why):
    print(f"SKIP web: {why}\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)


def main():
    node, chromium = shutil.which("node"), shutil.which("chromium")
    if not node:
        skip("Node.js is not installed (package nodejs)")
    if int(re.match(r"v(\d+)", subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout)[1]) < 18:
        skip("Node.js is older than 18")
    if not chromium:
        skip("Chromium is not installed (package chromium)")
    if not (HERE / "node_modules" / "playwright-core").exists():
        if not shutil.which("npm"):
            skip("npm is not installed")
        got = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, capture_output=True, text=True)
        if got.returncode != 0:
            skip("npm could not fetch playwright-core: " + (got.stderr.strip().splitlines() or ["no word"])[-1])
    env = {**os.environ, "NODE_PROGRAM": os.environ.get("NODE", str(ROOT / "build" / "node")), "CHROMIUM": chromium,
           "ZBARIMG": shutil.which("zbarimg") or "", "AXE": str(HERE / "node_modules" / "axe-core" / "axe.min.js")}
    words = ["--test-name-pattern", sys.argv[sys.argv.index("-k") + 1]] if "-k" in sys.argv else []
    try:
        done = subprocess.run([node, "--test", "--test-reporter=tap", *words, "format_test.js", "pages_test.js", "clients_test.js"], cwd=HERE, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS)
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = (late.stdout or b"").decode(errors="replace"), 1
        output += f"\nthe tests took longer than {SECONDS} s\n"
    count = {name: int(number) for name, number in re.findall(r"^# (pass|fail|cancelled|skipped) (\d+)$", output, re.M)}
    failed = count.get("fail", 0) + count.get("cancelled", 0)
    if code != 0 and failed == 0:
        failed = 1
    for verdict, name in re.findall(r"^ {0,4}(ok|not ok) \d+ - (.*)$", output, re.M):
        if not name.endswith("_test.js"):
            print(f"{'ok  ' if verdict == 'ok' else 'FAIL'} web.{name}")
    print("\n".join(re.findall(r"^ *# (slowest.*)$", output, re.M)))
    if failed:
        print(output)
    print(f"{count.get('pass', 0)} passed, {failed} failed, {count.get('skipped', 0)} skipped")
    return 1 if failed else 0


sys.exit(main())
