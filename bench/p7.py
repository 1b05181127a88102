"""P7: from the start of a download by magnet link to the first verified piece, with no tracker and no internet."""
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests" / part) for part in ("support", "lan", "interop")]
import clients  # noqa: E402
from cases import Skip  # noqa: E402
from content import make_file  # noqa: E402
from lan import Lan, node  # noqa: E402
from quick_start_test import tries  # noqa: E402

OTHERS_TRIES = 5
OTHERS_WAIT = 20


def libtorrent_tries(same_host):
    """Each from a host the seed has not met, or all from one; the seconds of each, None where nothing came."""
    times = []
    with Lan(hosts=2 if same_host else 1 + OTHERS_TRIES, default_route=True) as lan:
        seed, *others = lan.hosts
        content = make_file(seed.folder("data") / "small.bin", 300_000)
        magnet = clients.make_torrent(content, lan.dir / "small.torrent")
        clients.Libtorrent().seed(seed, lan.dir / "small.torrent", content.parent, lan=True)
        time.sleep(5)
        for number in range(2 if same_host else OTHERS_TRIES):
            host = others[number % len(others)]
            process = clients.Libtorrent().fetch(host, magnet, host.folder(f"out{number}"), True)
            try:
                times.append(float(process.line("^piece", timeout=OTHERS_WAIT).split()[1]))
            except AssertionError:
                times.append(None)
            process.stop()
    return times


ROWS = [
    ("ours, one host again and again", lambda count: tries(count, 1)),
    ("ours, five hosts", lambda count: tries(count, 5)),
    ("ours, multicast blocked", lambda count: tries(count, 1, block=["multicast"])),
    ("ours, broadcast blocked", lambda count: tries(count, 1, block=["broadcast"])),
    ("libtorrent, a new host each", lambda _: libtorrent_tries(False)),
    ("libtorrent, one host again", lambda _: libtorrent_tries(True)),
]


def main(count, only=""):
    print("P7: start of `get` to the first verified piece, seed started long before")
    print(f"{'':34}{'found':>9} {'median s':>9} {'max s':>7} {'<= 1 s':>7}")
    failed = 0
    for name, how in ROWS:
        if only and only not in name:
            continue
        try:
            node() if name.startswith("ours") else clients.libtorrent()
            times = how(count)
        except Skip as why:
            print(f"{name:34} not measured: {why}")
            continue
        except AssertionError as trouble:
            failed += 1
            print(f"{name:34} failed: {trouble}")
            continue
        good = [value for value in times if value is not None]
        figures = f"{statistics.median(good):9.3f} {max(good):7.3f}" if good else f"{'-':>9} {'-':>7}"
        print(f"{name:34}{f'{len(good)}/{len(times)}':>9} {figures} {sum(value <= 1 for value in good):7}", flush=True)
    return failed
