"""P8: one seed to 8 leechers on one machine, each on a host of its own, page cache to page cache.

Wall time from the start of the leechers (all at once, the seed stands) to the end of the last; what the seed's host sent in all,
as a multiple of the content. libtorrent's peers are named the seed and meet each other by BEP 14 and peer exchange.
"""
import time

from p4 import PEER_PORT, TIMEOUT, TUNED, clients, libtorrent_options, missing_peers
from content import MIB, difference, make_file
from lan import NODE, Lan

LEECHERS = 8


def libtorrent(settings):
    def start(lan, content):
        seed, *others = lan.hosts
        torrent = lan.dir / "content.torrent"
        clients.make_torrent(content, torrent, piece_bytes=MIB)
        options = ["--lsd", "--port", PEER_PORT, *libtorrent_options(settings)]
        peer = [clients.PYTHON, clients.HERE / "lt_peer.py", torrent]
        seeding = seed.spawn([*peer, content.parent, "--stay", *options])
        seeding.line("^complete", timeout=120)
        return lambda host, out: host.spawn(
            [*peer, out, "--peer", f"{seed.ipv4}:{PEER_PORT}", "--stay", *options]), "^complete"

    return start


def ours(lan, content):
    sharing = lan.hosts[0].spawn([NODE, "share", content])
    magnet = sharing.line("^magnet:", timeout=120)
    return lambda host, out: host.spawn([NODE, "get", "--seed", "forever", "-o", out, magnet]), "^/"


ROWS = [("libtorrent", "libtorrent", libtorrent({})), ("libtorrent, tuned", "libtorrent", libtorrent(TUNED)),
        ("ours", "ours", ours)]


def measure(start, size):
    """(seconds, what the seed's host sent / size)"""
    with Lan(hosts=1 + LEECHERS, default_route=True) as lan:
        content = make_file(lan.hosts[0].folder("data") / "content.bin", size)
        leech, done = start(lan, content)
        places = [(host, host.folder("out")) for host in lan.hosts[1:]]
        sent = lan.hosts[0].counted("tx")
        began = time.monotonic()
        leechers = [leech(host, out) for host, out in places]
        last = max(process.line_at(done, TIMEOUT)[1] for process in leechers)
        sent = lan.hosts[0].counted("tx") - sent
        for _, out in places:
            found = difference(content, out / content.name)
            assert found is None, found
        return last - began, sent / size


def main(size_mib, runs, only=""):
    missing = missing_peers()
    print(f"P8: one seed to {LEECHERS} leechers, {size_mib} MiB, median of {runs}")
    print(f"{'':24}{'seconds':>8} {'of libtorrent':>14} {'seed sent':>10}")
    failed, base = 0, None
    for name, needs, start in ROWS:
        if only and only not in name:
            continue
        if needs in missing:
            print(f"{name:24} not measured: {missing[needs]}")
            continue
        try:
            seconds, sent = sorted(measure(start, size_mib * MIB) for _ in range(runs))[runs // 2]
        except AssertionError as trouble:
            failed += 1
            print(f"{name:24} failed: {trouble}")
            continue
        base = base or (seconds if name == ROWS[0][0] else None)
        ratio = f"{seconds / base:14.2f}" if base else f"{'-':>14}"
        print(f"{name:24}{seconds:8.2f} {ratio} {sent:10.2f}", flush=True)
    return failed
