"""Peers that take connections and do not shake hands: what is said of them."""
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
        getting.line(r"1 peer closed the connection during the handshake and may require encryption", stream="err")
        getting.wait(20)
        assert getting.code == 3, getting.describe()
        assert "may require encryption" in getting.err.lines[-1] + getting.err.lines[-2], getting.describe()


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
