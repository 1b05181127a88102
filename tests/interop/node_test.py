"""This program with the other clients, each way, found through a tracker and by BEP 14."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lan"))
import clients
from cases import limit, note
from content import MIB, difference, make_file
from lan import NODE, Lan
from nodes import events, finish_get, hash_of, share, start_get

SIZE = 7 * MIB + 54321
LARGE_METADATA = 25 * MIB + 54321  # at 16 KiB a piece the info dictionary takes three parts


def found_by(lan, how, torrent_hash=None):
    """Sets up how the two find each other: gives (options for us, tracker URL, what the other client is told)."""
    if how == "bep14":
        return [], None, {"lan": True}
    third = lan.hosts[2]
    if how == "dht":
        (third.dir / "other").write_bytes(b"a node that both know")
        share(third, third.dir / "other", "--no-lan", "-4", "-p", clients.PORT)
        entry = f"{third.ipv4}:{clients.PORT}"
        return ["--no-lan", "-4", "--dht-bootstrap", entry], None, {"lan": False, "dht": entry}
    if how in ("opentracker", "opentracker_udp"):
        _, url = clients.opentracker(third, torrent_hash)
        if how == "opentracker_udp":
            url = url.replace("http://", "udp://")
    else:
        _, url = clients.http_tracker(third)
    return ["--no-lan"], url, {"lan": False}


def we_get(client, how, by="magnet", size=SIZE, **lan_options):
    """The other client shares, we get."""
    with Lan(hosts=3, default_route=True, **lan_options) as lan:
        seed, other, _ = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", size)
        seed.own(content.parent)
        piece = 16384 if size == LARGE_METADATA else 65536
        file = lan.dir / "content.torrent"
        options, url, told = found_by(lan, how, hash_of(clients.make_torrent(content, file, piece_bytes=piece)))
        magnet = clients.make_torrent(content, file, tracker=url, piece_bytes=piece)
        theirs = client().seed(seed, file, content.parent, **told)
        target = {"magnet": magnet, "hash": hash_of(magnet), "torrent": file}[by]
        getting = start_get(other, target, other.folder("out"), *options)
        try:
            path = finish_get(getting, other.dir / "out", timeout=90)
        except AssertionError as late:
            raise AssertionError(f"{late}\ntheirs: {theirs.describe()}") from None
        found = difference(content, path)
        assert found is None, found


def they_get(client, how, by="magnet", size=SIZE, **lan_options):
    """We share, the other client gets."""
    with Lan(hosts=3, default_route=True, **lan_options) as lan:
        seed, other, _ = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", size)
        piece = ["--piece-size", "16Ki"] if size == LARGE_METADATA else []
        created = seed.run([NODE, "create", "--no-date", *piece, "-o", seed.dir / "x.torrent", content])
        assert created.code == 0, created.describe()
        options, url, told = found_by(lan, how, hash_of(created.out.lines[-1]))
        file = seed.dir / "content.torrent"
        sharing, magnet = share(seed, content, *piece, *options, *(["--tracker", url] if url else []), "--save", file)
        out = other.folder("out")
        theirs = client()
        process = theirs.fetch(other, magnet if by == "magnet" else file, out, **told)
        try:
            theirs.wait_done(process, other, 90)
        except AssertionError as late:
            raise AssertionError(f"{late}\nours: {sharing.describe()}") from None
        found = difference(content, out / content.name)
        assert found is None, found


def _define(name, function, *arguments, **options):
    @limit(150)
    def test():
        function(*arguments, **options)

    test.__name__ = name
    globals()[name] = test


for _client in (clients.Libtorrent, clients.Transmission, clients.Aria2):
    for _how in ("tracker", "bep14"):
        # aria2 stalls after the metadata of a magnet it found by BEP 14, whoever shares it, so it gets the .torrent.
        _by = "torrent" if (_client, _how) == (clients.Aria2, "bep14") else "magnet"
        _define(f"test_we_get_from_{_client.name}_by_{_how}", we_get, _client, _how)
        _define(f"test_{_client.name}_gets_from_us_by_{_how}", they_get, _client, _how, _by)
# those that take an info dictionary of several parts each in its own way
for _client, _hows in ((clients.Qbittorrent, ("tracker", "opentracker_udp", "bep14")),
                       (clients.Rtorrent, ("tracker", "opentracker_udp", "dht")),
                       (clients.Webtorrent, ("tracker", "opentracker_udp", "bep14", "dht"))):
    _define(f"test_we_get_from_{_client.name}_by_its_torrent", we_get, _client, "tracker", "torrent", size=LARGE_METADATA)
    _define(f"test_{_client.name}_gets_from_us_by_our_torrent", they_get, _client, "tracker", "torrent", size=LARGE_METADATA)
    for _how in _hows:
        _define(f"test_we_get_from_{_client.name}_by_{_how}", we_get, _client, _how, size=LARGE_METADATA)
        _define(f"test_{_client.name}_gets_from_us_by_{_how}", they_get, _client, _how, size=LARGE_METADATA)
_define("test_we_get_from_libtorrent_by_opentracker", we_get, clients.Libtorrent, "opentracker", "torrent")
_define("test_libtorrent_gets_from_us_by_opentracker", they_get, clients.Libtorrent, "opentracker", "torrent")
_define("test_we_get_from_libtorrent_by_opentracker_over_udp", we_get, clients.Libtorrent, "opentracker_udp", "torrent")
_define("test_libtorrent_gets_from_us_by_opentracker_over_udp", they_get, clients.Libtorrent, "opentracker_udp", "torrent")
_define("test_we_get_from_libtorrent_by_bep14_with_a_bare_hash", we_get, clients.Libtorrent, "bep14", "hash")
_define("test_we_get_from_libtorrent_by_tracker_on_ipv6", we_get, clients.Libtorrent, "tracker", "torrent", v4=False)


@limit(150)
def test_a_swarm_of_all_of_us():
    """We share; libtorrent, Transmission and another of ours get at the same time, then ours seeds aria2 alone."""
    with Lan(hosts=6, default_route=True) as lan:
        seed, mine, theirs, third, last, tracker_host = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        _, url = clients.http_tracker(tracker_host)
        file = seed.dir / "content.torrent"
        sharing, magnet = share(seed, content, "--tracker", url, "--save", file)
        staying = mine.spawn([NODE, "get", "--json", "--seed", "forever", "-o", mine.folder("out"), magnet])
        libtorrent, transmission, aria2 = clients.Libtorrent(), clients.Transmission(), clients.Aria2()
        first = libtorrent.fetch(theirs, magnet, theirs.folder("out"), True)
        second = transmission.fetch(third, magnet, third.folder("out"), True)
        libtorrent.wait_done(first, theirs, 60)
        transmission.wait_done(second, third, 60)
        staying.line('"complete"', timeout=60)
        sharing.stop()
        aria2.wait_done(aria2.fetch(last, file, last.folder("out"), False), last, 60)
        for host in (mine, theirs, third, last):
            found = difference(content, host.dir / "out" / content.name)
            assert found is None, f"{host.namespace}: {found}"
        note(f"{len(events(staying))} events from our second node")


@limit(150)
def test_a_swarm_with_qbittorrent_rtorrent_and_webtorrent():
    """We share; each of them and another of ours get at the same time by magnet, through one tracker."""
    kinds = [clients.Qbittorrent(), clients.Rtorrent(), clients.Webtorrent()]
    with Lan(hosts=6, default_route=True) as lan:
        seed, mine, *theirs, tracker_host = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", LARGE_METADATA)
        _, url = clients.http_tracker(tracker_host)
        _, magnet = share(seed, content, "--tracker", url, "--piece-size", "16Ki")
        staying = mine.spawn([NODE, "get", "--json", "--seed", "forever", "-o", mine.folder("out"), magnet])
        started = [kind.fetch(host, magnet, host.folder("out"), True) for kind, host in zip(kinds, theirs)]
        for kind, host, process in zip(kinds, theirs, started):
            kind.wait_done(process, host, 90)
        staying.line('"complete"', timeout=60)
        for host in (mine, *theirs):
            found = difference(content, host.dir / "out" / content.name)
            assert found is None, f"{host.namespace}: {found}"
