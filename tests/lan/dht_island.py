"""What the tests of the DHT on a LAN need: nodes that meet by the DHT alone, questions over their control sockets,
outages, and an eye on the wire."""
import contextlib
import json
import pathlib
import random
import socket
import subprocess
import sys
import time

from lan import NODE, ip

PORT = 7001  # of the node that runs on every host; others take what is free
QUIET = ["--no-lan", "--no-internet"]  # no hello, no BEP 14, no public routers
CAPTURE = """
import socket, struct, sys
wanted = [bytes.fromhex(word) for word in sys.argv[1:]]
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))  # ETH_P_ALL
tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
print("listening", flush=True)
while True:
    packet, (device, kind, way, *_) = tap.recvfrom(65535)
    if kind == 0x0800:
        udp = packet[9] == 17 and packet[(packet[0] & 15) * 4:]
    else:
        udp = kind == 0x86dd and packet[6] == 17 and packet[40:]
    if not udp:
        continue
    held = [hash.hex() for hash in wanted if hash in udp or hash.hex().encode() in udp]
    print("out" if way == 4 else "in", *struct.unpack(">HH", udp[:4]), len(packet), ",".join(held) or "-", flush=True)
"""


def at(host, port=PORT):
    return f"{host.ipv4}:{port}" if host.ipv4 else f"[{host.ipv6}]:{port}"


def by(*hosts):
    """The options that name these hosts as the way in."""
    return [word for host in hosts for word in ("--dht-bootstrap", at(host))]


def small_file(host, name):
    """A few KiB that no other file has."""
    folder = host.dir / f"data-{name}"
    folder.mkdir()
    path = folder / name
    path.write_bytes(random.randbytes(random.randint(1_000, 8_000)))
    host.own(folder)
    return path


def start_share(host, name, *options, port=PORT):
    """Starts to share a small file of this name; its link comes later, with link_of()."""
    return host.spawn([NODE, "share", "-p", port, *options, small_file(host, name)])


def link_of(process, timeout=20):
    return process.line("^magnet:", timeout=timeout)


def start_island(hosts, *options, chain=True, seed=None):
    """A node on each host, begun in random order; each knows one that was begun before it, unless `chain` is off.
    Gives {host: process} and {host: link}."""
    order = random.Random(seed).sample(hosts, len(hosts))
    nodes = {}
    for number, host in enumerate(order):
        way = []
        if chain and number:
            known = random.choice(order[:number])
            link_of(nodes[known])  # it listens
            way = by(known)
        nodes[host] = start_share(host, f"of-{host.number}", *options, *way)
    return nodes, {host: link_of(process, 60) for host, process in nodes.items()}


def rpc(host, process, method, **params):
    """Asks a running node over its control socket."""
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(5)
        line.connect(str(host.dir / "btnode" / f"{process.pid}.sock"))
        line.sendall(b"POST /rpc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                     b"Content-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n%b" % (len(question), question))
        answer = b""
        while part := line.recv(65536):
            answer += part
    answer = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert "result" in answer, answer
    return answer["result"]


def stats(host, process):
    return rpc(host, process, "dht_stats")


def good(host, process):
    """How many good nodes it knows, of both families."""
    now = stats(host, process)
    return sum(now[family][where]["good"] for family in ("ipv4", "ipv6") if family in now
               for where in ("this_network", "internet"))


def until(holds, timeout, what):
    """Until holds() is true; gives the seconds it took. what() tells what was waited for."""
    began = time.monotonic()
    while True:
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):  # a node that begins just now
            if holds():
                return time.monotonic() - began
        assert time.monotonic() - began < timeout, f"not within {timeout:.0f} s: {what()}"
        time.sleep(0.05)


def wait_good(nodes, least, timeout=20):
    """Until every node of {host: process} knows so many good nodes; gives the seconds it took."""
    began = time.monotonic()
    for host, process in nodes.items():
        until(lambda: good(host, process) >= least, began + timeout - time.monotonic(),
              lambda: f"{least} good nodes at host {host.number}, {stats(host, process)}")
    return time.monotonic() - began


def dht(host, *words, code=0, timeout=40):
    """Runs `dht ...` and gives the finished process."""
    done = host.run([NODE, "dht", *words], timeout=timeout)
    assert done.code == code, done.describe()
    return done


def cut(host):
    """The line behind the host's own cable is dead: it sees no change of its interfaces."""
    ip("-n", host.lan.switch, "link", "set", f"port{host.number}", "nomaster")


def mend(host):
    ip("-n", host.lan.switch, "link", "set", f"port{host.number}", "master", "br0")


class Capture:
    """Every UDP datagram that a host sends or hears from now on, and which of these hashes are in it."""

    def __init__(self, host, *hashes):
        self._process = host.spawn([sys.executable, "-c", CAPTURE, *hashes], root=True)
        self._process.line("listening")

    def datagrams(self):
        """Each as (way, source port, target port, bytes, hashes)."""
        found = []
        for line in list(self._process.out.lines)[1:]:
            way, source, target, size, held = line.split()
            found.append((way, int(source), int(target), int(size), [] if held == "-" else held.split(",")))
        return found

    def holding(self, hash_string):
        return [one for one in self.datagrams() if hash_string in one[4]]

    def stop(self):
        self._process.kill()


def spread(times):
    """Median and maximum, to be read."""
    ordered = sorted(times)
    return f"median {ordered[len(ordered) // 2]:.2f} s, max {ordered[-1]:.2f} s"


def torrent_with_nodes(host, saved, nodes):
    """A .torrent that names nodes of the DHT; `saved` is one that does not."""
    text = b"".join(b"l%d:%bi%dee" % (len(name), name.encode(), port) for name, port in nodes)
    plain = pathlib.Path(saved).read_bytes()
    path = host.dir / "with-nodes.torrent"
    path.write_bytes(plain[:-1] + b"5:nodesl" + text + b"ee")  # "nodes" sorts behind "info"
    host.own(path)
    return path


def route(host, *words):
    subprocess.run(["ip", "-n", host.namespace, *map(str, words)], check=True, capture_output=True)
