"""Our tracker between the other clients, and beside opentracker."""
import pathlib
import re
import socket
import struct
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lan"))
import bencode
import clients
from cases import limit, note
from content import MIB, difference, make_file
from lan import Lan
from trackers import PORT, ask, tracker, wait_stats

ASK_TCP = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as s:
    s.sendall(bytes.fromhex(sys.argv[3]))
    answer = b""
    while part := s.recv(65536):
        answer += part
print(answer.hex())
"""
ASK_UDP = """
import socket, sys
address = (sys.argv[1], int(sys.argv[2]))
s = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
s.sendto(bytes.fromhex("0000041727101980" "00000000" "00000007"), address)
connected = s.recv(2048)
print(connected.hex())
for question in sys.argv[3:]:
    s.sendto(connected[8:16] + bytes.fromhex(question), address)
    print(s.recv(2048).hex())
"""


def counted(host, where, kind, way):
    body = ask(host, f"http://{where}:{PORT}/metrics")[1]
    found = re.search(rf'^btnode_tracker_requests_total{{transport="{way}",type="{kind}",result="ok"}} (\d+)', body, re.M)
    assert found, body
    return int(found[1])


def room(scheme, v4):
    """Three clients and our tracker: one seeds, the two others get it from the tracker's word alone."""
    with Lan(hosts=4, default_route=True) as lan:
        keeper, *hosts = lan.hosts
        running = tracker(keeper, "--no-lan")
        where = f"[{keeper.ipv6}]" if not v4 else keeper.ipv4
        url = f"{scheme}://{where}:{PORT}/announce"
        # aria2 opens its UDP socket for the DHT only; nobody else here speaks that
        kinds = [clients.Libtorrent(), clients.Transmission(), clients.Aria2(*["--enable-dht=true"] * (scheme == "udp"))]
        if scheme == "udp" and not v4:
            kinds = [clients.Libtorrent(), clients.Libtorrent()]  # the others ask UDP trackers over IPv4 only
        content = make_file(hosts[0].folder("data") / "content.bin", 3 * MIB + 12345)
        torrent = lan.dir / "content.torrent"
        clients.make_torrent(content, torrent, tracker=url)
        hosts[0].own(content.parent)
        kinds[0].seed(hosts[0], torrent, content.parent, False)
        wait_stats(running, lambda e: e["seeders"] == 1, 20)
        fetched = []
        for kind, host in zip(kinds[1:], hosts[1:]):
            out = host.folder("out")
            process = kind.fetch(host, torrent, out, False)
            kind.wait_done(process, host, 60)
            assert difference(content, out / content.name) is None
            fetched.append(kind.name)
        scraping = hosts[0].spawn([clients.PYTHON, clients.HERE / "lt_peer.py", torrent, content.parent, "--stay",
                                   "--scrape", "--port", "7001"])
        found = scraping.line(r"^scraped \d+ \d+", timeout=20)
        note(f"libtorrent -> {', '.join(fetched)}; libtorrent's scrape: {found}")
        assert int(found.split()[1]) >= 1, found
        assert counted(keeper, where, "announce", scheme) >= len(kinds)
        assert counted(keeper, where, "scrape", scheme) >= 1


for _scheme in ("http", "udp"):
    for _v4 in (True, False):
        def _test(scheme=_scheme, v4=_v4):
            room(scheme, v4)
        _test.__name__ = f"test_others_meet_at_our_tracker_by_{_scheme}_over_ipv{4 if _v4 else 6}"
        globals()[_test.__name__] = limit(150)(_test)
        del _test


HASH = bytes(range(1, 21))


def quoted(raw):
    return "".join(f"%{byte:02x}" for byte in raw)


def announce_line(number, port, left, **more):
    peer_id = b"-XX0000-" + f"{number:012}".encode()
    rest = "".join(f"&{key}={value}" for key, value in more.items())
    return (f"GET /announce?info_hash={quoted(HASH)}&peer_id={quoted(peer_id)}&port={port}&uploaded=0&downloaded=0"
            f"&left={left}&compact=1{rest} HTTP/1.0\r\nHost: tracker\r\n\r\n")


def http(host, where, line):
    done = host.run([sys.executable, "-c", ASK_TCP, where, PORT, line.encode().hex()])
    assert done.code == 0, done.describe()
    answer = bytes.fromhex(done.out.text.strip())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200")), answer
    value, end = bencode.decode(body)
    assert end == len(body), body
    return value


def peers_of(answer):
    packed = answer[b"peers"]
    return sorted((socket.inet_ntoa(packed[i:i + 4]), int.from_bytes(packed[i + 4:i + 6], "big"))
                  for i in range(0, len(packed), 6))


def both():
    """The same questions to opentracker on one host and to ours on another."""
    lan = Lan(hosts=4, v6=False)
    lan.__enter__()
    theirs, ours, *askers = lan.hosts
    clients.opentracker(theirs, HASH.hex())
    tracker(ours, "--no-lan")
    return lan, theirs.ipv4, ours.ipv4, askers


def test_http_answers_are_opentrackers_key_by_key():
    lan, theirs, ours, (one, two) = both()
    try:
        questions = [(one, announce_line(1, 7001, 0, event="started")), (two, announce_line(2, 7002, 50, event="started")),
                     (one, announce_line(1, 7001, 0)), (two, announce_line(3, 7003, 50, event="started", numwant=1)),
                     (two, announce_line(3, 7003, 0, event="completed")), (two, announce_line(3, 7003, 0, event="stopped")),
                     (two, announce_line(2, 7002, 50, numwant=0))]
        free = {b"interval", b"min interval"}  # each tracker's own choice
        for host, line in questions:
            a, b = http(host, theirs, line), http(host, ours, line)
            missing = {key for key in a if key not in b or type(a[key]) is not type(b[key])} - {b"interval"}
            assert not missing, f"{missing} of opentracker's {a} is not in ours: {b}"
            for key in set(a) & set(b) - free - {b"peers"}:
                assert a[key] == b[key], f"{key}: opentracker {a}, ours {b}, asked {line}"
            if "numwant" not in line:  # opentracker hands the asker himself and, to seeds, other seeds
                port = int(re.search(r"port=(\d+)", line)[1])
                is_seed = "left=0" in line
                seeds = {(one.ipv4, 7001)} | ({(two.ipv4, 7003)} if port == 7003 else set())
                expected = set(peers_of(a)) - {(host.ipv4, port)} - (seeds if is_seed else set())
                assert set(peers_of(b)) == expected, (line, a, b)
            else:
                assert len(peers_of(b)) == len(peers_of(a)), (line, a, b)
        scrape = f"GET /scrape?info_hash={quoted(HASH)} HTTP/1.0\r\nHost: tracker\r\n\r\n"
        a, b = http(one, theirs, scrape), http(one, ours, scrape)
        assert a == {key: b[key] for key in a}, (a, b)
    finally:
        lan.__exit__(None, None, None)


def test_udp_answers_are_opentrackers_byte_by_byte():
    lan, theirs, ours, (one, two) = both()
    try:
        def announce(number, port, left, event):
            return (struct.pack(">II", 1, 8) + HASH + b"-XX0000-" + f"{number:012}".encode()
                    + struct.pack(">QQQIIIiH", 0, left, 0, event, 0, 5, -1, port)).hex()

        scrape = (struct.pack(">II", 2, 9) + HASH).hex()
        for host, question in ((one, announce(1, 7001, 0, 2)), (two, announce(2, 7002, 9, 2)), (one, scrape)):
            answers = []
            for where in (theirs, ours):
                done = host.run([sys.executable, "-c", ASK_UDP, where, PORT, question])
                assert done.code == 0, done.describe()
                answers.append([bytes.fromhex(line) for line in done.out.lines])
            (connect_a, a), (connect_b, b) = answers
            assert len(connect_a) == len(connect_b) == 16 and connect_a[:8] == connect_b[:8]
            if question == scrape:
                assert a == b, (a, b)
            else:  # all but the interval, and the asker himself, whom opentracker hands out
                assert a[:8] == b[:8] and a[12:20] == b[12:20], (a, b)
                asker = socket.inet_aton(host.ipv4) + struct.pack(">H", 7001 if host is one else 7002)
                peers = {a[i:i + 6] for i in range(20, len(a), 6)} - {asker}
                assert {b[i:i + 6] for i in range(20, len(b), 6)} == peers, (a, b)
    finally:
        lan.__exit__(None, None, None)
