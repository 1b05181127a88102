"""A tracker of ours on a host of a Lan, and questions to it."""
import json
import pathlib
import sys
import time

from lan import NODE

HERE = pathlib.Path(__file__).resolve().parent
PORT = 6969
ASK = """
import sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1], headers=dict(h.split(": ", 1) for h in sys.argv[2:]))
try:
    with urllib.request.urlopen(request, timeout=5) as answer:
        print(answer.status); sys.stdout.flush(); sys.stdout.buffer.write(answer.read())
except urllib.error.HTTPError as refused:
    print(refused.code); sys.stdout.flush(); sys.stdout.buffer.write(refused.read())
"""


def tracker(host, *options, state="none"):
    """Starts one; gives the process. `--json` is on, so its lines are events."""
    process = host.spawn([NODE, "tracker", "--json", "--state", state, *options])
    process.line('"listening"')
    return process


def ask(host, url, *headers):
    """GET from this host: (status, body as text)."""
    done = host.run([sys.executable, "-c", ASK, url, *headers], timeout=20)
    assert done.code == 0, done.describe()
    status, _, body = done.out.text.partition("\n")
    return int(status), body


def stats(host, address=None):
    status, body = ask(host, f"http://{address or host.ipv4}:{PORT}/stats.json")
    assert status == 200, body
    return json.loads(body)


def wait_stats(process, wanted, timeout):
    """Until the tracker itself tells of a state for which wanted(event) holds; gives the seconds it took."""
    began = time.monotonic()
    seen = 0
    while True:
        process.line_at(r"^\{", max(0.0, began + timeout - time.monotonic()), start=seen)
        event = json.loads(process.out.lines[seen])
        seen += 1
        if event["event"] == "stats" and wanted(event):
            return time.monotonic() - began
