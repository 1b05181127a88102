"""P11: how many announces a tracker answers, over loopback, with one thread of load beside it on the same machine.

A row is the median of its runs; ours and the other one take turns. In ten thousand torrents there are a hundred
peers each, who announce again and again in random order, as peers do: all have come once before the clock starts.
Where a row says so, each announce is by a peer never seen before; then every answer costs the tracker memory. Keep-alive is compared with what opentracker does with new connections: it closes each connection.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests" / part) for part in ("support", "lan", "interop")]
import clients  # noqa: E402
from cases import Skip  # noqa: E402
from content import MIB  # noqa: E402
from lan import node  # noqa: E402

LOAD = pathlib.Path(os.environ.get("BT_TRACKER_LOAD", ROOT / "build" / "bench" / "tracker_load"))
TORRENTS = 10_000
PEERS_EACH = 100
KNOWN = ["--peers", str(PEERS_EACH)]
MODES = [  # name, arguments of tracker_load
    ("HTTP, new connections", ["http-new", *KNOWN]),
    ("HTTP, keep-alive", ["http-keep", *KNOWN]),
    ("UDP, 8 in flight", ["udp", "--in-flight", "8", *KNOWN]),
    ("UDP, 256 in flight", ["udp", "--in-flight", "256", *KNOWN]),
    ("HTTP kept, new peers", ["http-keep"]),
    ("UDP, 256, new peers", ["udp", "--in-flight", "256"]),
]
PEERS = 1_000_000
WARM_SECONDS = 30  # at most, until all of a million have announced


def free_port():
    """One that is free over TCP and UDP alike."""
    while True:
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            stream.bind(("127.0.0.1", 0))
            try:
                datagrams.bind(stream.getsockname())
            except OSError:
                continue
            return stream.getsockname()[1]


class Tracker:
    """A running tracker and its cost."""

    def __init__(self, name, words, port, cwd):
        self.name, self.port = name, port
        self.process = subprocess.Popen([*map(str, words)], cwd=cwd, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, f"{name} ended with status {self.process.returncode}"
                time.sleep(0.05)
        raise AssertionError(f"{name} does not listen on port {port}")

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text()
        return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def load(self, arguments, seconds, seed=1):
        before = self.cpu()
        mode, *more = arguments
        done = subprocess.run([LOAD, mode, "127.0.0.1", str(self.port), str(seconds), "--torrents", str(TORRENTS),
                               "--seed", str(seed), *more], capture_output=True, text=True, timeout=seconds + 60)
        assert done.returncode == 0, done.stderr
        figures = json.loads(done.stdout)
        answered = figures["answers_per_second"] * seconds
        figures["cpu"] = (self.cpu() - before) / answered * 1e6 if answered else float("nan")
        figures["answers"] = answered
        return figures

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def opentracker(folder):
    clients.need("opentracker")
    if os.geteuid() != 0:
        raise Skip("opentracker shuts itself into a folder: needs root")
    port = free_port()
    folder.chmod(0o755)
    subprocess.run([LOAD, "x", "127.0.0.1", "1", "0", "--torrents", str(TORRENTS), "--hashes", folder / "allowed"],
                   check=True)
    return Tracker("opentracker", [shutil.which("opentracker"), "-i", "127.0.0.1", "-p", port, "-P", port,
                                   "-d", folder, "-w", "allowed", "-u", "nobody"], port, folder)


def ours(folder):
    port = free_port()
    program = os.environ.get("BT_TRACKER", "")  # another server of ours: its port comes as the only argument
    words = [program, port] if program else [node(), "tracker", "--port", port, "--no-lan", "--json"]
    return Tracker("ours", words, port, folder)


def row(name, tracker, figures, base):
    ratio = f"{figures['answers_per_second'] / base:6.2f}" if base else f"{'-':>6}"
    print(f"{name:24}{tracker:12}{figures['answers_per_second']:10.0f} {ratio} {figures['p50']:7.0f} {figures['p99']:7.0f} "
          f"{figures['p99.9']:7.0f} {figures['max']:8.0f} {figures['cpu']:8.2f} {figures['errors']:8}", flush=True)
    if figures["errors"]:
        print(f"{'':24}first error: {figures['first_error']}")


def memory(start, folder):
    """Fills a fresh tracker with a million peers. Bytes resident for them."""
    tracker = start(folder)
    try:
        began, peers, seed = tracker.resident(), 0, 100
        while peers < PEERS and seed < 200:
            figures = tracker.load(["udp", "--in-flight", "256"], 1, seed)
            peers, seed = peers + figures["answers"], seed + 1
        grown = tracker.resident()
        print(f"{'memory':24}{tracker.name:12}{grown / MIB:7.0f} MiB resident after {peers:.0f} announces by as many "
              f"peers, {began / MIB:.0f} MiB before", flush=True)
    finally:
        tracker.stop()


def main(seconds, runs, only=""):
    print(f"P11: announces answered per second on loopback, {seconds} s each, median of {runs}; latency in us")
    print(f"{'':36}{'answers/s':>10} {'ratio':>6} {'p50':>7} {'p99':>7} {'p99.9':>7} {'max':>8} {'CPU us':>8} {'errors':>8}")
    if not LOAD.exists():
        print(f"not measured: {LOAD} is not built (meson configure build -Dbench=true)")
        return 0
    failed = 0
    with tempfile.TemporaryDirectory(prefix="btnode-p11-") as scratch:
        folder = pathlib.Path(scratch)
        starts = []
        for start in (opentracker, ours):
            try:
                start(folder).stop()
                starts.append(start)
            except Skip as why:
                print(f"{start.__name__:24} not measured: {why}")
        base_of_new = None
        for name, arguments in MODES:
            if only and only not in name:
                continue
            results = {}
            for _ in range(runs):
                for start in starts:
                    tracker = start(folder)
                    try:
                        # warm: the torrents exist, the memory is there, and those who come again have come once
                        if KNOWN[0] in arguments:
                            tracker.load(["udp", "--in-flight", "256", *KNOWN, "--once", "1"], WARM_SECONDS)
                        else:
                            tracker.load(arguments, 1)
                        results.setdefault(start.__name__, []).append(tracker.load(arguments, seconds, 2))
                    except AssertionError as trouble:
                        failed += 1
                        print(f"{name:24}{tracker.name:12}failed: {trouble}")
                    finally:
                        tracker.stop()
            base = None
            for who, list_of in results.items():
                figures = sorted(list_of, key=lambda one: one["answers_per_second"])[len(list_of) // 2]
                if who == "opentracker":
                    base = figures["answers_per_second"]
                    if arguments[0] == "http-new":
                        base_of_new = base
                    if arguments[0] == "http-keep":
                        base = base_of_new or base
                row(name, who, figures, base)
        if not only or only in "memory":
            for start in starts:
                memory(start, folder)
    return failed
