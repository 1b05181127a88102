"""The control port among clients that are slow, idle or send too much (A5)."""
import json
import os
import selectors
import socket
import time
import urllib.parse

from cases import limit
from daemon_test import Daemon, Port
from program import scratch

CLIENTS = 500
HEADER_TIME = 10  # seconds, of the server
P99 = 0.1  # seconds
ID = "X-Transmission-Session-Id"


def address_of(port):
    at = urllib.parse.urlsplit(port.url)
    return at.hostname, at.port


def asked(port, identity):
    """How long an answer takes."""
    begun = time.monotonic()
    body = json.dumps({"method": "torrent-get", "arguments": {"fields": ["id"]}}).encode()
    assert port.ask(body, X_Transmission_Session_Id=identity)[0] == 200
    return time.monotonic() - begun


def connected(at, first=b""):
    client = socket.create_connection(at, timeout=10)
    client.sendall(first)
    return client


def closed_within(clients, seconds, meanwhile):
    """How many of them the server has closed by then."""
    open_ = selectors.DefaultSelector()
    for client in clients:
        client.setblocking(False)
        open_.register(client, selectors.EVENT_READ)
    end = time.monotonic() + seconds
    while open_.get_map() and time.monotonic() < end:
        for key, _ in open_.select(0.05):
            try:
                gone = not key.fileobj.recv(4096)
            except ConnectionError:
                gone = True
            if gone:
                open_.unregister(key.fileobj)
        meanwhile()
    left = len(open_.get_map())
    for client in clients:
        client.close()
    return len(clients) - left


@limit(60)
def test_A5_500_slow_clients_are_closed_and_the_port_answers_meanwhile():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs():
            port = Port(world)
            identity = port.ask()[1][ID]
            clients = [connected(address_of(port), b"POST /transmission/rpc HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
                       for _ in range(CLIENTS)]
            took = []
            closed = closed_within(clients, HEADER_TIME + 3, lambda: took.append(asked(port, identity)))
            took.sort()
            p99 = took[len(took) * 99 // 100]
            print(f"{closed} of {CLIENTS} closed, {len(took)} answers meanwhile, p99 {p99 * 1000:.0f} ms")
            assert closed == CLIENTS, closed
            assert p99 <= P99, (p99, len(took))


def test_A5_clients_that_only_wait_keep_nobody_out():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs():
            port = Port(world)
            identity = port.ask()[1][ID]
            idle = [connected(address_of(port)) for _ in range(CLIENTS)]
            for _ in range(20):
                asked(port, identity)
            for each in idle:
                each.close()


def test_A5_a_body_that_is_too_large_is_refused_before_it_is_kept():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs() as daemon:
            port = Port(world)
            identity = port.ask()[1][ID]
            for length, says in ((64 * 2**20 + 1, b"413"), (10**15, b"413"), (10**30, b"4")):
                head = f"POST /transmission/rpc HTTP/1.1\r\nHost: localhost\r\n{ID}: {identity}\r\nContent-Length: {length}\r\n\r\n"
                client = connected(address_of(port), head.encode())
                answer = client.recv(100)
                assert answer.split(b" ")[1].startswith(says), (length, answer)
                client.close()
            # whoever does not know the session id gets nothing kept, whatever its length
            head = f"POST /transmission/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Length: {32 * 2**20}\r\n\r\n"
            client = connected(address_of(port), head.encode())
            assert client.recv(100).split(b" ")[1] == b"409"
            client.close()
            held = int(open(f"/proc/{daemon.process.pid}/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")
            assert held < 100 * 2**20, held
            asked(port, identity)
