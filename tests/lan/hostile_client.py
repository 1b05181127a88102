#!/usr/bin/python3
"""A client nobody wants: hostile_client.py KIND ADDRESS PORT [NUMBER]. Prints `ready` when it has begun, then what came of it.

idle      NUMBER connections that say nothing
drip      NUMBER connections that send an announce byte by byte
header    a header of 1 GiB
body      a body of 1 GiB
deaf      NUMBER connections that ask for the page again and again and never read
flood     announces by UDP and HTTP as fast as it can, for NUMBER seconds
"""
import os
import resource
import selectors
import socket
import sys
import time

kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
number = int(sys.argv[4]) if len(sys.argv) > 4 else 1
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
ANNOUNCE = b"GET /announce?info_hash=" + b"%aa" * 20 + b"&peer_id=-XX0000-123456789012&port=1&left=1 HTTP/1.1\r\nHost: t\r\n\r\n"


def connect():
    return socket.create_connection((address, port), 10)


def say(*words):
    print(*words, flush=True)


def push(connection, piece, total):
    """Sends until it is refused; gives what was sent."""
    sent = 0
    try:
        while sent < total:
            sent += connection.send(piece)
    except OSError:
        pass
    return sent


if kind == "idle":
    held = [connect() for _ in range(number)]
    say("ready")
    time.sleep(600)
elif kind == "drip":
    held = [connect() for _ in range(number)]
    say("ready")
    for at in range(len(ANNOUNCE)):
        for one in held:
            try:
                one.send(ANNOUNCE[at:at + 1])
            except OSError:
                pass
        time.sleep(0.02)
    answered = sum(b"200 OK" in one.recv(4096) for one in held)
    say("answered", answered)
elif kind in ("header", "body"):
    connection = connect()
    if kind == "header":
        connection.sendall(b"GET /announce HTTP/1.1\r\nHost: t\r\nX: ")
    else:
        connection.sendall(b"POST /api/v1/torrents HTTP/1.1\r\nHost: t\r\nContent-Length: 1073741824\r\n\r\n")
    say("ready")
    say("sent", push(connection, b"x" * 65536, 1 << 30))
elif kind == "deaf":
    held = [connect() for _ in range(number)]
    page = b"GET / HTTP/1.1\r\nHost: t\r\n\r\n" * 100
    say("ready")
    for one in held:
        one.setblocking(False)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        for one in held:
            try:
                one.send(page)
            except BlockingIOError:
                pass
            except OSError:
                held.remove(one)
        time.sleep(0.05)
elif kind == "flood":
    end = time.monotonic() + number
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.connect((address, port))
    say("ready")
    asked = 0
    connection = connect()
    connection.setblocking(False)
    poll = selectors.DefaultSelector()
    poll.register(connection, selectors.EVENT_READ)
    while time.monotonic() < end:
        for _ in range(50):
            line = ANNOUNCE.replace(b"%aa" * 20, b"".join(b"%%%02x" % byte for byte in os.urandom(20)))
            try:
                udp.send(bytes.fromhex("00000417271019800000000000000007"))
                connection.send(line)
                asked += 1
            except BlockingIOError:
                pass
            except OSError:
                connection = connect()
                connection.setblocking(False)
        try:
            while connection.recv(65536):
                pass
        except OSError:
            pass
    say("asked", asked)
