"""Peers told of by peers (BEP 11): two that know only a third meet, unless the torrent is private."""
import json
import pathlib
import sys
import time

from cases import limit, note
from content import MIB, make_file
from exits import DONE, NO_NODE, NOT_FOUND
from lan import NODE, Lan
from nodes import finish_get, hash_of, same, share, start_get

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
PORT = 7001
SIZE = 40 * MIB
LINE = 2  # MiB/s: nobody is done while they meet
ALONE = ("--no-lan", "--no-dht")


def peers_of(host, torrent):
    """The addresses that a running download is connected with."""
    told = host.run([NODE, "status", "--json", torrent])
    if told.code in (NO_NODE, NOT_FOUND):  # not yet
        return set()
    assert told.code == DONE, told.describe()
    return {peer["address"] for one in json.loads(told.out.text)["torrents"] for peer in one["peers"]}


def until_met(one, other, torrent, seconds, process=None):
    began = time.monotonic()
    while other.ipv4 not in peers_of(one, torrent):
        assert process is None or process.running, process.describe()
        assert time.monotonic() < began + seconds, f"not met: {peers_of(one, torrent)}"
        time.sleep(0.1)
    return time.monotonic() - began


def two_that_know_only(lan, target, torrent, port, line=LINE):
    """Their downloads, once each is connected with the third."""
    known, *others = lan.hosts
    known.limit_sending(line)
    runs = []
    for host in others:
        out = host.folder("out")
        runs.append((start_get(host, target, out, *ALONE, "--peer", f"{known.ipv4}:{port}"), out))
        until_met(host, known, torrent, 20, runs[-1][0])
    return runs


def finish(lan, runs, content):
    lan.hosts[0].limit_sending(None)
    for process, out in runs:
        same(content, finish_get(process, out, 60))


def test_two_that_know_only_a_third_meet():
    with Lan(hosts=3, v6=False) as lan:
        content = make_file(lan.hosts[0].folder("data") / "content.bin", SIZE)
        _, magnet = share(lan.hosts[0], content, *ALONE, "--port", PORT)
        runs = two_that_know_only(lan, magnet, hash_of(magnet), PORT)
        note(f"met {until_met(*lan.hosts[1:], hash_of(magnet), 15):.1f} s after both knew the third")
        finish(lan, runs, content)


@limit(150)
def test_two_that_know_only_a_client_of_libtorrent_meet():
    import clients
    with Lan(hosts=3, v6=False) as lan:
        known = lan.hosts[0]
        content = make_file(known.folder("data") / "content.bin", SIZE)
        known.own(content.parent)
        file = lan.dir / "content.torrent"
        magnet = clients.make_torrent(content, file)
        clients.Libtorrent().seed(known, file, content.parent, False)
        runs = two_that_know_only(lan, magnet, hash_of(magnet), clients.PORT, line=0.5)  # it tells once a minute
        note(f"met {until_met(*lan.hosts[1:], hash_of(magnet), 75):.1f} s after both knew the third")
        finish(lan, runs, content)


def test_in_a_private_torrent_they_do_not():
    with Lan(hosts=3, v6=False) as lan:
        seed = lan.hosts[0]
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        file = seed.dir / "content.torrent"
        _, magnet = share(seed, content, *ALONE, "--port", PORT, "--private", "--save", file)
        runs = two_that_know_only(lan, file, hash_of(magnet), PORT)
        end = time.monotonic() + 8
        while time.monotonic() < end:
            for host in lan.hosts[1:]:
                assert peers_of(host, hash_of(magnet)) <= {seed.ipv4}, peers_of(host, hash_of(magnet))
            time.sleep(0.5)
        finish(lan, runs, content)
