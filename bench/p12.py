"""P12: the DHT. How many queries a second its answering side takes in process and over loopback, what its memory
is, and how searches fare in networks of up to a million nodes.

Over loopback a running share is asked, with one thread of load beside it on the same machine; neighbours have no
budget, so nothing but its speed bounds it.
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import p11

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests" / part) for part in ("support", "lan")]
from cases import Skip  # noqa: E402
from lan import node  # noqa: E402

BUILT = pathlib.Path(os.environ.get("BT_BUILD", ROOT / "build"))
CORE, LOAD = BUILT / "bench" / "dht_core", BUILT / "bench" / "dht_load"
SCALE = BUILT / "tests" / "sim" / "dht" / "dht_scale"
TARGET = 200_000  # queries a second on one core, in process
KINDS = [  # name, arguments of dht_load
    ("mixed, 256 in flight", ["mixed"]),
    ("mixed, 8 in flight", ["mixed", "--in-flight", "8"]),
    ("ping", ["ping"]),
    ("find_node", ["find_node"]),
    ("get_peers", ["get_peers"]),
    ("announce_peer", ["announce_peer"]),
]


def in_process(runs):
    outputs = [subprocess.run([CORE], capture_output=True, text=True, check=True, timeout=300).stdout for _ in range(runs)]
    rate = re.compile(r"^(\d+) queries a second.*$", re.MULTILINE)
    outputs.sort(key=lambda text: int(rate.search(text)[1]))
    text = outputs[len(outputs) // 2]
    reached = int(rate.search(text)[1])
    good = reached >= TARGET
    text = rate.sub(lambda line: f"{line[0]} (target {TARGET}: {'reached' if good else 'MISSED'})", text)
    print(text, end="")
    print(subprocess.run([CORE, "full"], capture_output=True, text=True, check=True, timeout=300).stdout, end="", flush=True)
    return 0 if good else 1


class Share:
    """A running share whose DHT is at a port of loopback."""

    def __init__(self, folder):
        self.port = p11.free_port()
        content = folder / "shared"
        content.write_bytes(b"x" * 100_000)
        env = {**os.environ, "BTNODE_STATE_DIR": str(folder / "state"), "XDG_RUNTIME_DIR": str(folder)}
        self.process = subprocess.Popen([node(), "share", content, "--bind", "127.0.0.1", "-p", str(self.port), "--no-lan",
                                         "--no-internet"], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        assert self.process.stdout.readline().startswith(b"magnet:"), "share printed no link"
        time.sleep(0.3)

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def over_loopback(seconds, runs, only):
    print(f"{'over loopback':24}{'answers/s':>10} {'bytes':>6} {'p50 us':>7} {'p99':>7} {'max':>8} {'CPU us':>7} "
          f"{'refused':>8} {'lost':>6}")
    failed = 0
    for name, arguments in KINDS:
        if only and only not in name:
            continue
        results = []
        for _ in range(runs):
            with tempfile.TemporaryDirectory(prefix="btnode-p12-") as scratch:
                share = Share(pathlib.Path(scratch))
                try:
                    kind, *more = arguments
                    before = share.cpu()
                    done = subprocess.run([LOAD, kind, "127.0.0.1", str(share.port), str(seconds), *more],
                                          capture_output=True, text=True, timeout=seconds + 60)
                    assert done.returncode == 0, done.stderr
                    figures = json.loads(done.stdout)
                    # what it took to settle is in it: a few thousand queries
                    figures["cpu"] = (share.cpu() - before) / max(1, figures["answers_per_second"] * seconds) * 1e6
                    results.append(figures)
                except AssertionError as trouble:
                    failed += 1
                    print(f"{name:24}failed: {trouble}")
                finally:
                    share.stop()
        if not results:
            continue
        one = sorted(results, key=lambda figures: figures["answers_per_second"])[len(results) // 2]
        print(f"{name:24}{one['answers_per_second']:10.0f} {one['answer_bytes']:6.0f} {one['p50']:7.0f} {one['p99']:7.0f} "
              f"{one['max']:8.0f} {one['cpu']:7.2f} {one['refused']:8} {one['lost']:6}", flush=True)
    return failed


def main(seconds, runs, only=""):
    print(f"P12: the DHT; {seconds} s a run over loopback, median of {runs}")
    missing = [str(one) for one in (CORE, LOAD, SCALE) if not one.exists()]
    if missing:
        print(f"not measured: {', '.join(missing)} not built (meson configure build -Dbench=true)")
        return 0
    failed = 0
    if not only or only in "in process":
        failed += in_process(runs)
    try:
        node()
        failed += over_loopback(seconds, runs, only)
    except Skip as why:
        print(f"over loopback: not measured: {why}")
    if not only or only in "networks":
        print("networks, simulated: success of searches, hops, answers and time of each", flush=True)
        failed += subprocess.run([SCALE], timeout=1800).returncode != 0
    return failed
