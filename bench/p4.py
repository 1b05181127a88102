"""P4, P5, P6: one seed to one leecher, page cache to page cache, on two hosts of a LAN.

Wall time from the start of the leecher to its end (libtorrent: to its own "complete", which spares it the start of
Python), CPU seconds of each side during the transfer, peak resident memory of each side during the transfer. The
figures of a row are those of its median run.
"""
import pathlib
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests" / part) for part in ("support", "lan", "interop")]
import clients  # noqa: E402
from cases import Skip  # noqa: E402
from content import MIB, difference, make_file  # noqa: E402
from lan import NODE, Lan  # noqa: E402
from lan import node as built_node  # noqa: E402

# Settings that should make libtorrent 2.0 fast on one fast link, after its tuning guide (not searched for): no uTP,
# deep request queues both ways, a send buffer that a 10 Gbit/s link does not drain, room for the disk queue.
TUNED = {
    "enable_outgoing_utp": "false", "enable_incoming_utp": "false",
    "max_out_request_queue": 3000, "max_allowed_in_request_queue": 6000, "request_queue_time": 10,
    "send_buffer_low_watermark": 1 * MIB, "send_buffer_watermark": 8 * MIB, "send_buffer_watermark_factor": 300,
    "send_socket_buffer_size": 4 * MIB, "recv_socket_buffer_size": 4 * MIB,
    "max_queued_disk_bytes": 128 * MIB, "aio_threads": 4, "hashing_threads": 2,
}
PEER_PORT = 6881
TIMEOUT = 240


class Watch:
    """CPU time and peak memory of a running process from now on."""

    def __init__(self, process):
        self.process = process
        pathlib.Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # forget the peak so far
        self.cpu_before = process.cpu()
        self.peak = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self):
        while not self.done.is_set() and self.process.running:
            self.peak = max(self.peak, self.process.peak_rss() or 0)
            self.done.wait(0.01)

    def end(self):
        self.done.set()
        self.thread.join()
        self.peak = max(self.peak, self.process.peak_rss() or 0)
        return self.process.cpu() - self.cpu_before, self.peak


def libtorrent_options(settings):
    return [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]


class Run:
    """One transfer: two hosts, the content, a .torrent of it, and a tracker for those who take no address."""

    def __init__(self, lan, size):
        self.lan = lan
        self.seed_host, self.get_host, self.tracker_host = lan.hosts
        self.content = make_file(self.seed_host.folder("data") / "content.bin", size)
        self.out = self.get_host.folder("out")
        self.peer = f"{self.seed_host.ipv4}:{PEER_PORT}"
        self.torrent = lan.dir / "content.torrent"
        self.tracker = f"http://{self.tracker_host.ipv4}:{clients.TRACKER_PORT}/announce"

    def start_tracker(self):
        self.service, _ = clients.http_tracker(self.tracker_host)

    # --- seeds: each gives its process once it is ready
    def seed_libtorrent(self, settings):
        clients.make_torrent(self.content, self.torrent, tracker=self.tracker, piece_bytes=MIB)
        process = self.seed_host.spawn([clients.PYTHON, clients.HERE / "lt_peer.py", self.torrent, self.content.parent,
                                        "--stay", "--port", PEER_PORT, *libtorrent_options(settings)])
        process.line("^complete", timeout=120)
        return process

    def seed_aria2(self):
        clients.make_torrent(self.content, self.torrent, tracker=self.tracker, piece_bytes=MIB)
        return clients.Aria2().seed(self.seed_host, self.torrent, self.content.parent, lan=False)

    def seed_ours(self):
        process = self.seed_host.spawn([NODE, "share", "--port", PEER_PORT, "--tracker", self.tracker,
                                        "--save", self.seed_host.dir / "ours.torrent", self.content])
        process.line("^magnet:", timeout=120)
        self.torrent = self.seed_host.dir / "ours.torrent"
        return process

    # --- leechers: each gives its process and how to know its time
    def get_libtorrent(self, settings):
        process = self.get_host.spawn([clients.PYTHON, clients.HERE / "lt_peer.py", self.torrent, self.out,
                                       "--peer", self.peer, *libtorrent_options(settings)])
        return process, lambda: float(process.line("^complete", timeout=TIMEOUT).split()[1])

    def get_aria2(self):
        process = clients.Aria2().fetch(self.get_host, self.torrent, self.out, lan=False)
        return process, lambda: self.whole(process)

    def get_ours(self):
        process = self.get_host.spawn([NODE, "get", "--seed", "no", "-o", self.out, "--peer", self.peer, self.torrent])
        return process, lambda: self.whole(process)

    def whole(self, process):
        process.wait(TIMEOUT)
        assert process.code == 0, process.describe()
        return process.ended_at - process.started


def socat(run):
    port = 9000
    out = run.out / run.content.name
    receiver = run.get_host.spawn(["socat", "-u", "-b", MIB, f"TCP-LISTEN:{port}", f"OPEN:{out},creat,trunc"])
    run.get_host.wait_listening(port)
    watch = Watch(receiver)
    sender = run.seed_host.spawn(["socat", "-u", "-b", MIB, f"OPEN:{run.content}", f"TCP:{run.get_host.ipv4}:{port}"])
    other = Watch(sender)
    receiver.wait(TIMEOUT)
    seconds = receiver.ended_at - sender.started
    sender.wait(10)
    return seconds, other.end(), watch.end()


def transfer(seed, get, tracker=False):
    def one(run):
        if tracker:
            run.start_tracker()
        seeding = seed(run)
        if tracker:
            run.service.line("left 0 ", timeout=60)
        side = Watch(seeding)
        getting, seconds = get(run)
        other = Watch(getting)
        took = seconds()
        result = took, side.end(), other.end()
        getting.wait(30)
        return result

    return one


LT_DEFAULT, LT_TUNED = (lambda run: run.seed_libtorrent({})), (lambda run: run.seed_libtorrent(TUNED))
ROWS = [  # name, what it needs, how
    ("socat (raw copy)", "socat", socat),
    ("libtorrent -> libtorrent", "libtorrent", transfer(LT_DEFAULT, lambda run: run.get_libtorrent({}))),
    ("libtorrent -> libtorrent, tuned", "libtorrent", transfer(LT_TUNED, lambda run: run.get_libtorrent(TUNED))),
    ("libtorrent -> aria2", "libtorrent aria2", transfer(LT_DEFAULT, lambda run: run.get_aria2(), tracker=True)),
    ("aria2 -> libtorrent", "libtorrent aria2", transfer(Run.seed_aria2, lambda run: run.get_libtorrent({}))),
    ("ours -> ours", "ours", transfer(Run.seed_ours, Run.get_ours)),
    ("ours -> libtorrent", "ours libtorrent", transfer(Run.seed_ours, lambda run: run.get_libtorrent({}))),
    ("libtorrent -> ours", "ours libtorrent", transfer(LT_DEFAULT, Run.get_ours)),
    ("ours -> aria2", "ours aria2", transfer(Run.seed_ours, Run.get_aria2, tracker=True)),
    ("aria2 -> ours", "ours aria2", transfer(Run.seed_aria2, Run.get_ours)),
]


def missing_peers():
    """{need: why it is not there}"""
    missing = {}
    for name, look in (("socat", lambda: clients.need("socat")), ("aria2", lambda: clients.need("aria2c")),
                       ("libtorrent", clients.libtorrent), ("ours", built_node)):
        try:
            look()
        except Skip as why:
            missing[name] = str(why)
    return missing


def measure(how, size, runs):
    """The median run: (seconds, (seed CPU, seed peak), (leecher CPU, leecher peak))."""
    results = []
    for _ in range(runs):
        with Lan(hosts=3, default_route=True) as lan:
            run = Run(lan, size)
            results.append(how(run))
            found = difference(run.content, run.out / run.content.name)
            assert found is None, found
    return sorted(results)[len(results) // 2]


def main(size_mib, runs, only=""):
    size = size_mib * MIB
    missing = missing_peers()
    print(f"P4-P6: one seed to one leecher, {size_mib} MiB, median of {runs}")
    print(f"{'':34}{'seconds':>8} {'GiB/s':>6} {'x socat':>8} {'x tuned':>8}   "
          f"{'CPU s/GiB':>11}   {'peak MiB':>11}\n{'':68}   seed   get    seed   get")
    base = {}
    failed = 0
    for name, needs, how in ROWS:
        if only and only not in name:
            continue
        absent = [need for need in needs.split() if need in missing]
        if absent:
            print(f"{name:34} not measured: {', '.join(missing[need] for need in absent)}")
            continue
        try:
            seconds, (seed_cpu, seed_peak), (get_cpu, get_peak) = measure(how, size, runs)
        except AssertionError as trouble:
            failed += 1
            print(f"{name:34} failed: {trouble}")
            continue
        base[name] = seconds

        def ratio(other):
            return f"{base[other] / seconds:8.2f}" if other in base else f"{'-':>8}"

        gibibytes = size / 2**30
        print(f"{name:34}{seconds:8.2f} {gibibytes / seconds:6.2f} {ratio(ROWS[0][0])} {ratio(ROWS[2][0])}   "
              f"{seed_cpu / gibibytes:5.2f} {get_cpu / gibibytes:5.2f}   {seed_peak / MIB:5.0f} {get_peak / MIB:5.0f}",
              flush=True)
    return failed
