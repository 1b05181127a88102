"""What the tests on a LAN do with the program: share, get, and read its events."""
import json
import os
import pathlib
import time

from content import difference
from lan import NODE


def share(host, path, *options, timeout=60):
    """Starts sharing; gives the process and the magnet link it printed."""
    process = host.spawn([NODE, "share", *options, path])
    return process, process.line("^magnet:", timeout=timeout)


def hash_of(magnet):
    return magnet.partition("urn:btih:")[2].partition("&")[0]


def start_get(host, target, out, *options):
    return host.spawn([NODE, "get", *options, "--seed", "no", "-o", out, target])


def finish_get(process, out, timeout):
    """Waits for a get that must succeed; gives the path it printed."""
    process.wait(timeout)
    assert process.code == 0, process.describe()
    printed = process.out.lines[-1]
    assert os.path.isabs(printed) and pathlib.Path(printed).parent == pathlib.Path(out).resolve(), process.describe()
    return pathlib.Path(printed)


def get(host, target, out, *options, timeout=60):
    return finish_get(start_get(host, target, out, *options), out, timeout)


def same(one, other):
    found = difference(one, other)
    assert found is None, found


def events(process):
    """The NDJSON events so far, each a dictionary."""
    return [json.loads(line) for line in list(process.out.lines) if line]


def verified_bytes(process):
    """What a `get --json` has said it holds; 0 before it says so."""
    return max((event.get("have_valid", 0) for event in events(process) if event["event"] == "progress"), default=0)


def wait_event(process, wanted, timeout):
    """The first event for which wanted(event) holds, with the monotonic time at which its line came."""
    deadline = time.monotonic() + timeout
    seen = 0
    while True:
        _, at = process.line_at(r"^\{", max(0.0, deadline - time.monotonic()), start=seen)
        event = json.loads(process.out.lines[seen])
        seen += 1
        if wanted(event):
            return event, at
