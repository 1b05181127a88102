"""Peers that take connections and do not shake hands: what is said of them."""
import re

from cases import limit
from content import make_file
from lan import NODE, Lan
from nodes import share

CLOSES = """
import socket
at = socket.create_server(("0.0.0.0", 7000))
print("ready", flush=True)
while True:
    one, _ = at.accept()
    one.recv(68)
    one.close()
"""
CALLS = """
import os, socket, sys
one = socket.create_connection((sys.argv[1], int(sys.argv[2])))
one.send(bytes([0]) + os.urandom(200))
one.recv(1)
"""


@limit(60)
def test_a_get_says_how_many_closed_during_the_handshake():
    with Lan(hosts=2) as lan:
        getter, other = lan.hosts
        other.spawn(["/usr/bin/python3", "-c", CLOSES]).line("^ready")
        getting = getter.spawn([NODE, "get", "-v", "--timeout", "6s", "--peer", f"{other.ipv4}:7000", "0123456789abcdef" * 2 + "01234567"])
        getting.line(r"10\.77\.0\.2:7000 closed the connection during the handshake", stream="err")
        reason = r"1 peer closed the connection during the handshake: .* requires encryption"
        getting.line("^stalled: " + reason, stream="err")
        told = getter.run([NODE, "status"])
        assert re.search(reason, told.out.text), told.describe()
        getting.wait(20)
        assert getting.code == 3, getting.describe()
        getting.line("^error: .* within 6 s: " + reason, stream="err")


@limit(60)
def test_a_paused_share_is_not_taken_for_one_that_requires_encryption():
    with Lan(hosts=2) as lan:
        seed, getter = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", 65536)
        _, magnet = share(seed, content, "--port", 7001)
        paused = seed.run([NODE, "pause", "content.bin"])
        assert paused.code == 0, paused.describe()
        getting = getter.spawn([NODE, "get", "-v", "--timeout", "20s", "--seed", "no", "--peer", f"{seed.ipv4}:7001", "-o",
                                getter.folder("out"), magnet])
        getting.line("^stalled: 1 peer closes the connection after the handshake: it is paused there", stream="err")
        assert seed.run([NODE, "resume", "content.bin"]).code == 0
        getting.wait(20)
        assert getting.code == 0 and "encryption" not in getting.err.text, getting.describe()


@limit(60)
def test_a_share_says_who_came_without_a_handshake():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", 65536)
        sharing, _ = share(seed, content, "--port", 7001)
        for _ in range(2):
            other.run(["/usr/bin/python3", "-c", CALLS, seed.ipv4, 7001])
        sharing.line(r"10\.77\.0\.2:\d+ connected without a BitTorrent handshake", stream="err")
        page = seed.run([NODE, "status", "--json"]).out.text
        assert '"peers_without_handshake":1' in page, page
        sharing.stop()
        assert sum("without a BitTorrent" in line for line in sharing.err.lines) == 1, sharing.describe()
