#!/usr/bin/python3
"""A host of the LAN that lies: hostile_host.py KIND [ARGUMENT ...]. Prints `ready` when it has begun.

pages JSON               a node that is really there and serves this catalogue; its instance id is the smallest there is
silent NUMBER            so many nodes whose pages take connections and never answer
forge VICTIM HASH SECONDS
                         as root: a `who` for this torrent as if from another address, 90 a second, each with a port of its own
bye NAME                 speaks under the id of the first host of that name, and takes leave in its name ten times a second
"""
import hashlib
import json
import os
import random
import socket
import struct
import sys
import threading
import time

LAN_PORT = 8001
BROADCAST = "10.77.0.255"


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    return b"d" + b"".join(bencode(key) + bencode(value[key]) for key in sorted(value)) + b"e"


def field(datagram, key):
    """A byte string of a flat dictionary."""
    mark = b"1:" + key
    at = datagram.find(mark)
    if at < 0:
        return None
    length, _, rest = datagram[at + len(mark):].partition(b":")
    return rest[:int(length)] if length.isdigit() else None


def say(*words):
    print(*words, flush=True)


class Node:
    """Speaks hello as a node does: says that it is there, and answers when it is asked whether it said so."""

    def __init__(self, instance, name, **ports):
        self.instance, self.name, self.ports = instance, name, ports
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.socket.bind(("0.0.0.0", 0))
        threading.Thread(target=self.answer, daemon=True).start()

    def hello(self):
        message = {b"v": 1, b"k": b"hello", b"i": self.instance, b"h": self.name, b"c": b"liar/1", b"s": 1, b"z": bytes(200),
                   **{key.encode(): port for key, port in self.ports.items()}}
        self.socket.sendto(bencode(message), (BROADCAST, LAN_PORT))

    def answer(self):
        while True:
            datagram, source = self.socket.recvfrom(2048)
            if b"1:k3:ask" in datagram:
                nonce, token = field(datagram, b"n"), field(datagram, b"f")
                self.socket.sendto(bencode({b"v": 1, b"k": b"yes", b"i": self.instance, b"n": nonce, b"f": token}), source)


def serve(body):
    """A page at a port of its own; without a body it takes connections and never answers."""
    listener = socket.socket()
    listener.bind(("0.0.0.0", 0))
    listener.listen(64)
    held = []

    def run():
        while True:
            connection, _ = listener.accept()
            held.append(connection)
            if body is None:
                continue
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                               b"Connection: close\r\n\r\n%s" % (len(body), body))
            connection.close()

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


def instance(number):
    return number.to_bytes(20, "big")


def keep_saying(nodes):
    for count in range(10 ** 6):
        for node in nodes:
            node.hello()
        if count == 0:
            say("ready")
        time.sleep(0.5)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def forged(victim, destination, payload):
    udp = struct.pack("!HHHH", 40000, LAN_PORT, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), random.randrange(65536), 0, 1, 17, 0,
                       socket.inet_aton(victim), socket.inet_aton(destination))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


def forge(victim, info_hash, seconds):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    say("ready")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        nonce = os.urandom(8)
        token = hashlib.sha1(nonce + bytes.fromhex(info_hash)).digest()[:8]
        port = random.choice((random.randrange(1, 1024), random.randrange(1024, 65536)))
        message = {b"v": 1, b"k": b"who", b"i": os.urandom(20), b"n": nonce, b"f": token, b"p": port, b"t": port, b"w": port,
                   b"d": port, b"z": bytes(180)}
        raw.sendto(forged(victim, BROADCAST, bencode(message)), (BROADCAST, 0))
        time.sleep(1 / 90)
    say("done")


def bye(name):
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", LAN_PORT))
    listener.settimeout(20)
    while True:
        datagram, _ = listener.recvfrom(2048)
        if field(datagram, b"h") == name.encode():
            break
    own = Node(field(datagram, b"i"), b"liar", p=9)
    say("ready")
    while True:
        own.hello()
        own.socket.sendto(bencode({b"v": 1, b"k": b"bye", b"i": own.instance}), (BROADCAST, LAN_PORT))
        time.sleep(0.1)


kind, arguments = sys.argv[1], sys.argv[2:]
if kind == "pages":
    keep_saying([Node(instance(0), b"liar", w=serve(json.dumps(json.loads(arguments[0])).encode()), p=9)])
elif kind == "silent":
    keep_saying([Node(instance(number), b"mute", w=serve(None), p=9) for number in range(int(arguments[0]))])
elif kind == "forge":
    forge(arguments[0], arguments[1], float(arguments[2]))
elif kind == "bye":
    bye(arguments[0])
