"""Mixed swarms: ours, libtorrent, Transmission and aria2 fetch the same at once, and each finishes."""
import pathlib
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lan"))
import clients
from cases import limit, note
from content import MIB, difference, make_file
from lan import NODE, Lan

SIZE = 24 * MIB
LINE = 12  # MiB/s, the seed's: what it gives to all is less than what all want


class Ours:
    name = "ours"

    def seed(self, host, torrent, folder, lan):
        process = host.spawn([NODE, "get", "--seed", "forever", "-o", folder, torrent])
        process.line("^/", timeout=60)
        return process

    def fetch(self, host, target, folder, lan):
        return host.spawn([NODE, "get", "--seed", "forever", "-o", folder, target])

    def wait_done(self, process, _host, timeout):
        process.line("^/", timeout=timeout)


def mixed_swarm(seeder, leechers):
    with Lan(hosts=2 + len(leechers), default_route=True) as net:
        seed, third, *others = net.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE + 12345)
        service, url = clients.http_tracker(third)
        torrent = net.dir / "content.torrent"
        clients.make_torrent(content, torrent, tracker=url)
        seed.own(content.parent)
        seeder.seed(seed, torrent, content.parent, True)
        service.line(r"^announce \S+ \S+ \d+ left 0", timeout=30)
        seed.limit_sending(LINE)
        before, began = seed.counted("tx"), time.monotonic()
        runs = [(leecher, leecher.fetch(host, torrent, out, True), host, out)
                for leecher, host in zip(leechers, others) for out in [host.folder("out")]]
        for leecher, process, host, out in runs:
            leecher.wait_done(process, host, 150)
            assert difference(content, out / content.name) is None, leecher.name
        took = time.monotonic() - began
        note(f"{', '.join(leecher.name for leecher in leechers)} from {seeder.name}: {took:.1f} s, the seed sent "
             f"{(seed.counted('tx') - before) / SIZE:.2f} x the size")


@limit(240)
def test_all_four_finish_with_our_seed():
    mixed_swarm(Ours(), [Ours(), clients.Libtorrent(), clients.Transmission(), clients.Aria2(), Ours()])


@limit(240)
def test_all_four_finish_with_a_seed_of_libtorrent():
    mixed_swarm(clients.Libtorrent(), [Ours(), clients.Libtorrent(), clients.Transmission(), clients.Aria2(), Ours()])


class StayingLibtorrent(clients.Libtorrent):
    def fetch(self, host, target, folder, lan):
        return self._spawn(host, target, folder, lan, "--stay")

    def wait_done(self, process, _host, timeout):
        process.line("^complete", timeout=timeout)


class StayingTransmission(clients.Transmission):
    def wait_done(self, process, host, timeout):
        clients.until(lambda: self._is_full(host), process, timeout)


@limit(240)
def test_a_share_ends_when_so_many_machines_have_proved_that_they_have_everything():
    # aria2 leaves as soon as it is complete, Transmission closes what leads to a seed: neither tells of its last pieces
    leechers = [StayingLibtorrent(), StayingTransmission(), clients.Aria2(), Ours()]
    with Lan(hosts=2 + len(leechers), default_route=True) as net:
        seed, third, *others = net.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE + 12345)
        seed.own(content.parent)
        service, url = clients.http_tracker(third)
        torrent = net.dir / "content.torrent"
        sharing = seed.spawn([NODE, "share", "--until", 4, "-t", url, "--save", seed.folder("out") / torrent.name,
                              content])
        sharing.line("^magnet:", timeout=60)
        service.line(r"^announce \S+ \S+ \d+ left 0", timeout=30)
        torrent.write_bytes((seed.dir / "out" / torrent.name).read_bytes())
        seed.limit_sending(LINE)
        runs = [(leecher, leecher.fetch(host, torrent, host.folder("out"), True), host)
                for leecher, host in zip(leechers, others)]
        for leecher, process, host in runs:
            leecher.wait_done(process, host, 150)
        began = time.monotonic()
        assert sharing.wait(40).code == 0, sharing.describe()
        note(f"ended {time.monotonic() - began:.1f} s after the last of them")
