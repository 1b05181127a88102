"""The other clients among themselves: what the harness and they can do without us."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lan"))
import clients
from content import MIB, difference, make_file
from lan import Lan


def transfer(seeder, leecher, tracker=None, lan=False, by_magnet=False):
    with Lan(hosts=3, default_route=True) as net:
        left, right, third = net.hosts
        content = make_file(left.folder("data") / "content.bin", 3 * MIB + 12345)
        torrent = net.dir / "content.torrent"
        url = None
        if tracker == "small":
            service, url = clients.http_tracker(third)
        elif tracker == "opentracker":
            info_hash = clients.make_torrent(content, torrent).partition("btih:")[2][:40]
            service, url = clients.opentracker(third, info_hash)
        magnet = clients.make_torrent(content, torrent, tracker=url)
        left.own(content.parent)
        seeder.seed(left, torrent, content.parent, lan)
        if tracker == "small":
            service.line(r"^announce \S+ \S+ \d+ left 0", timeout=20)
        out = right.folder("out")
        process = leecher.fetch(right, magnet if by_magnet else torrent, out, lan)
        leecher.wait_done(process, right, 60)
        assert difference(content, out / content.name) is None


def test_libtorrent_to_aria2_through_a_tracker():
    transfer(clients.Libtorrent(), clients.Aria2(), tracker="small")


def test_libtorrent_to_libtorrent_by_bep14_from_a_magnet():
    transfer(clients.Libtorrent(), clients.Libtorrent(), lan=True, by_magnet=True)


def test_transmission_to_libtorrent_through_opentracker():
    transfer(clients.Transmission(), clients.Libtorrent(), tracker="opentracker", by_magnet=True)


def test_aria2_to_transmission_through_a_tracker():
    transfer(clients.Aria2(), clients.Transmission(), tracker="small", by_magnet=True)
