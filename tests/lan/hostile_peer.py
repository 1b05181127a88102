#!/usr/bin/python3
"""Peers nobody wants: hostile_peer.py ADDRESS PORT HASH PIECES SECONDS [KIND=COUNT[/HOSTS]]...

They come from HOSTS addresses (10.77.0.40 and on, which this host has) in turn, else all from its own. Each COUNT connections of a KIND play their script again and again for SECONDS; one that is closed connects again a
second later. Prints `ready`, then for each kind a line of JSON: how often it was closed and the seconds that took.
What a kind does stands at its function; CLOSED and IGNORED say what must come of it.
"""
import asyncio
import json
import os
import random
import socket
import struct
import sys

BLOCK = 16 * 1024
MOST_A_SECOND = 400  # messages of a flood, all its connections together: the machine has other work, too


class Peer:
    """One connection and what was heard on it."""

    def __init__(self, target, reader, writer):
        self.target, self.reader, self.writer = target, reader, writer
        self.heard = b""

    def send(self, raw):
        self.writer.write(raw)

    async def until_closed(self, seconds):
        """Reads until the other side ends it; raises TimeoutError if it does not."""
        async def read():
            while data := await self.reader.read(65536):
                self.heard = (self.heard + data)[-65536:]

        await asyncio.wait_for(read(), seconds)

    def greet(self, *, fast=True, torrent=None, own_id=None):
        reserved = bytes([0, 0, 0, 0, 0, 0x10, 0, 0x04 if fast else 0])
        self.send(b"\x13BitTorrent protocol" + reserved + (torrent or self.target.hash) +
                  (own_id or b"-XX0000-" + os.urandom(12)))

    def extend(self, text=None):
        names = b"d8:bn_claimi4e11:lt_donthavei3e11:ut_metadatai1e6:ut_pexi2ee"
        self.send(extended(0, text or b"d1:m" + names + b"1:pi6881ee"))

    def begin(self, *, has_all=False):
        self.greet()
        self.extend()
        self.send(message(14 if has_all else 15))

    async def flood(self, make, seconds, read=True):
        """make(number) a few hundred times a second, until the time is over or nobody takes it any more."""
        end = asyncio.get_running_loop().time() + seconds
        number = 0
        while asyncio.get_running_loop().time() < end:
            for _ in range(max(MOST_A_SECOND // 10 // self.target.share, 1)):
                if self.writer.transport.is_closing():
                    raise ConnectionError("closed")
                self.send(make(number))
                number += 1
            try:
                await asyncio.wait_for(self.writer.drain(), 0.5)
            except asyncio.TimeoutError:
                pass  # it does not read us: our turn to wait
            if read:
                try:
                    await self.until_closed(0.1)
                    raise ConnectionError("closed")
                except asyncio.TimeoutError:
                    continue
            await asyncio.sleep(0.1)


class Target:
    def __init__(self, address, port, torrent, pieces, share):
        self.address, self.port, self.hash, self.pieces = address, port, torrent, pieces
        self.share = share  # connections of one kind that play at the same time


def message(kind, payload=b""):
    return struct.pack(">IB", 1 + len(payload), kind) + payload


def numbers(*values):
    return struct.pack(f">{len(values)}I", *values)


def extended(kind, payload):
    return message(20, bytes([kind]) + payload)


def bitfield(pieces, more=0, fill=0):
    return message(5, bytes([fill]) * ((pieces + 7) // 8 + more))


# --- closed at once: what they say cannot be

async def length_huge(p):
    p.begin()
    p.send(b"\xff\xff\xff\xff\x05")


async def length_over_the_limit(p):
    p.begin()
    p.send(struct.pack(">IB", 1024 * 1024 + 1, 7) + bytes(1000))


async def choke_with_a_payload(p):
    p.begin()
    p.send(message(0, b"x"))


async def have_too_short(p):
    p.begin()
    p.send(message(4, b"123"))


async def bitfield_short(p):
    p.greet()
    p.send(bitfield(p.target.pieces, -1))


async def bitfield_long(p):
    p.greet()
    p.send(bitfield(p.target.pieces, 1))


async def have_of_no_piece(p):
    p.begin()
    p.send(message(4, numbers(p.target.pieces)))


async def unknown_hash(p):
    p.greet(torrent=os.urandom(20))


async def no_bittorrent(p):
    p.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


async def requests_while_choked(p):
    p.begin()
    for number in range(200):
        p.send(message(6, numbers(number % p.target.pieces, 0, BLOCK)))


async def requests_for_no_piece(p):
    p.begin()
    p.send(message(2))
    for number in range(200):
        p.send(message(6, numbers(p.target.pieces + number, 0, BLOCK)))


async def extension_garbage(p):
    p.greet()
    p.send(extended(0, b"d1:m" * 100))


async def metadata_message_huge(p):
    p.begin()
    p.send(extended(1, b"d8:msg_typei1e5:piecei0e10:total_sizei99999999ee" + bytes(100_000)))


async def claim_malformed(p):
    p.begin()
    p.send(extended(4, b"\0" + b"12345"))


async def donthave_of_no_piece(p):
    p.begin()
    p.send(extended(3, numbers(p.target.pieces)))


async def oneself(p):
    p.greet()
    try:
        while len(p.heard) < 68:
            p.heard += await p.reader.readexactly(68)
    except asyncio.IncompleteReadError:
        return
    again = await connect(p.target)
    again.greet(own_id=p.heard[48:68])
    try:
        await again.until_closed(5)
    finally:
        p.writer.close()
        again.writer.close()
    raise ConnectionError("closed")


# --- closed when the time for a handshake is over

async def says_nothing(p):
    pass


async def half_a_handshake(p):
    p.send(b"\x13BitTorrent prot")


async def slow_loris(p):
    for byte in b"\x13BitTorrent protocol" + bytes(48):
        p.send(bytes([byte]))
        try:
            await p.until_closed(0.5)
            return
        except asyncio.TimeoutError:
            continue


# --- closed or endured: they ask and do not read

async def requests_and_never_reads(p):
    p.begin()
    p.send(message(2))
    await p.flood(lambda n: b"".join(message(6, numbers(n % p.target.pieces, 0, BLOCK)) for _ in range(8)), 1e9, read=False)


async def metadata_and_never_reads(p):
    p.begin()
    ask = extended(1, b"d8:msg_typei0e5:piecei0ee")
    await p.flood(lambda _: ask * 8, 1e9, read=False)


# --- endured: it is noise, or a promise that nobody must rely on

async def metadata_size_absurd(p):
    p.greet()
    for size in (b"-1", b"0", b"2147483647", b"99999999999999999999"):
        p.extend(b"d1:md11:ut_metadatai1ee13:metadata_sizei" + size + b"ee")
    p.send(message(15))


async def blocks_nobody_asked_for(p):
    p.begin(has_all=True)
    await p.flood(lambda n: message(7, numbers(n % p.target.pieces, 0) + bytes(1000)), 1e9)


async def peers_of_nowhere(p):
    """PEX without end, of hosts of this LAN that are not there: a flood of half-open connections."""
    p.begin()
    own = bytes(map(int, p.target.address.split(".")))[:3] if "." in p.target.address else b"\x0a\x4d\x00"

    def exchange(_):
        added = b"".join(own + bytes([random.randrange(100, 250)]) + struct.pack(">H", random.randrange(1, 65536))
                         for _ in range(50))
        return extended(2, b"d5:added300:" + added + b"7:added.f50:" + bytes(50) + b"e")

    await p.flood(exchange, 1e9)


async def claims_all_and_fetches_nothing(p):
    p.begin()

    def claim(n):
        first = n * 1000 % max(p.target.pieces, 1000)
        return extended(4, b"\0" + numbers(*range(first, min(first + 1000, p.target.pieces))))

    p.send(b"".join(claim(n) for n in range(8)))
    await p.flood(lambda n: claim(n) if n % 40 == 0 else message(2 + n % 2), 1e9)


async def has_everything_again_and_again(p):
    p.begin()
    await p.flood(lambda n: message(4, numbers(n % p.target.pieces)) * 20, 1e9)


async def had_it_a_moment_ago(p):
    """donthave and have in turn, of every piece"""
    p.begin(has_all=True)
    p.send(message(1))
    await p.flood(lambda n: extended(3, numbers(n % p.target.pieces)) + message(4, numbers(n % p.target.pieces)), 1e9)


async def all_and_none_in_turn(p):
    p.begin()
    await p.flood(lambda n: message(14 + n % 2), 1e9)


async def wants_and_does_not_want(p):
    p.begin()
    await p.flood(lambda n: message(2 + n % 2), 1e9)


async def chokes_and_unchokes(p):
    p.begin(has_all=True)
    await p.flood(lambda n: message(n % 2), 1e9)


async def promises_and_never_delivers(p):
    p.begin(has_all=True)
    p.send(message(1))
    for piece in range(min(p.target.pieces, 10)):
        p.send(message(17, numbers(piece)))


async def allowed_fast_of_everything(p):
    """lets us have every piece without a slot, then rejects what is asked"""
    p.begin(has_all=True)
    p.send(b"".join(message(17, numbers(piece)) for piece in range(p.target.pieces)))
    await p.flood(lambda n: message(17, numbers(n % p.target.pieces)) +
                  message(16, numbers(n % p.target.pieces, 0, BLOCK)), 1e9)


async def greets_without_end(p):
    p.begin()
    await p.flood(lambda n: extended(0, b"d1:md6:ut_pexi%dee1:pi%de6:yourip4:%be" % (n % 2, 1000 + n % 60000,
                                                                                    os.urandom(4))), 1e9)


# --- of one host many, played by tests of their own

async def messages(p):
    """What it is told: (kind, payload), behind the handshake."""
    try:
        await p.reader.readexactly(68)
        while True:
            length, = struct.unpack(">I", await p.reader.readexactly(4))
            raw = await p.reader.readexactly(length)
            if raw:
                yield raw[0], raw[1:]
    except asyncio.IncompleteReadError:
        raise ConnectionError("closed") from None


async def takes_the_same_again_and_again(p):
    """Never the last block of a piece."""
    p.begin()
    p.send(message(2))
    asked = number = 0
    choked = True
    async for kind, _ in messages(p):
        choked = kind == 0 or (choked and kind != 1)
        asked = 0 if choked else asked - (kind in (7, 16))
        while not choked and asked < 64:
            p.send(message(6, numbers(number % p.target.pieces, 0, BLOCK)))
            number, asked = number + 1, asked + 1


async def asks_for_single_bytes(p):
    """With always as many requests on the way as it gets answers for."""
    p.begin()
    p.send(message(2))
    number, open_ = 0, 0
    async for kind, _ in messages(p):
        open_ = 0 if kind == 0 else open_ - (kind in (7, 16))
        if kind == 1 or (kind in (7, 16) and open_ < 128):
            more = range(number, number + 250 - open_)
            p.send(b"".join(message(6, numbers(n % p.target.pieces, n % BLOCK, 1)) for n in more))
            number, open_ = more.stop, 250


async def gives_single_bytes(p):
    """Has everything, and sends what it is asked for at five bytes a second."""
    p.begin(has_all=True)
    p.send(message(1))
    async for kind, payload in messages(p):
        if kind != 6:
            continue
        piece, begin, length = struct.unpack(">III", payload)
        p.send(struct.pack(">IBII", 9 + length, 7, piece, begin))
        for _ in range(length):
            await asyncio.sleep(0.2)
            p.send(b"x")


async def says_that_it_has_everything(p):
    p.begin(has_all=True)


async def does_nothing(p):
    p.begin()


async def reads_slowly(p):
    """Asks for everything, and takes 10 kB a second."""
    await read_slowly(p, 2000)


async def reads_70_kB_a_second(p):
    await read_slowly(p, 14_000)


async def read_slowly(p, each_time):
    """As many bytes five times a second, with always more on the way than it takes."""
    p.begin()
    p.send(message(2))
    for number in range(256):
        p.send(message(6, numbers(number % p.target.pieces, 0, BLOCK)))
    asked = taken = 0
    while data := await p.reader.read(each_time):
        p.heard = (p.heard + data)[-100:]
        taken += len(data)
        while asked * BLOCK < taken:
            p.send(message(6, numbers(asked % p.target.pieces, asked // p.target.pieces % 15 * BLOCK, BLOCK)))
            asked += 1
        await asyncio.sleep(0.2)


CLOSED = [length_huge, length_over_the_limit, choke_with_a_payload, have_too_short, bitfield_short, bitfield_long,
          have_of_no_piece, unknown_hash, no_bittorrent, requests_while_choked, requests_for_no_piece, extension_garbage,
          metadata_message_huge, claim_malformed, donthave_of_no_piece, oneself]
CLOSED_IN_TIME = [says_nothing, half_a_handshake, slow_loris]
EITHER = [requests_and_never_reads, metadata_and_never_reads]
IGNORED = [metadata_size_absurd, blocks_nobody_asked_for, peers_of_nowhere, claims_all_and_fetches_nothing,
           has_everything_again_and_again, had_it_a_moment_ago, all_and_none_in_turn, wants_and_does_not_want,
           chokes_and_unchokes, promises_and_never_delivers, allowed_fast_of_everything, greets_without_end]
CROWD = [takes_the_same_again_and_again, asks_for_single_bytes, gives_single_bytes, says_that_it_has_everything, does_nothing, reads_slowly,
         reads_70_kB_a_second]
KINDS = {kind.__name__: kind for kind in CLOSED + CLOSED_IN_TIME + EITHER + IGNORED + CROWD}


async def connect(target, source=None):
    family = socket.AF_INET6 if ":" in target.address else socket.AF_INET
    raw = socket.socket(family, socket.SOCK_STREAM)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)  # who does not read makes the other side wait soon
    raw.setblocking(False)
    if source:
        raw.bind((source, 0))
    await asyncio.wait_for(asyncio.get_running_loop().sock_connect(raw, (target.address, target.port)), 5)
    return Peer(target, *await asyncio.open_connection(sock=raw, limit=16384))


async def play(kind, target, end, outcome, source=None):
    """Until the time is over; notes when each connection was closed by the other side."""
    now = asyncio.get_running_loop().time
    while now() < end:
        try:
            peer = await connect(target, source)
        except (OSError, asyncio.TimeoutError):
            outcome["refused"] += 1
            await asyncio.sleep(0.2)
            continue
        began = now()
        outcome["begun"] += 1

        async def script():
            await kind(peer)
            await peer.until_closed(1e9)

        try:
            await asyncio.wait_for(script(), end - began)
            outcome["closed"].append(round(now() - began, 2))
        except asyncio.TimeoutError:
            outcome["open"] += 1
        except OSError:
            outcome["closed"].append(round(now() - began, 2))
        finally:
            peer.writer.transport.abort()
        await asyncio.sleep(1)


async def main(arguments):
    address, port, torrent, pieces, seconds, *kinds = arguments
    outcomes = {}
    print("ready", flush=True)
    end = asyncio.get_running_loop().time() + float(seconds)
    runs = []
    for each in kinds:
        name, _, count = each.partition("=")
        count, _, hosts = count.partition("/")
        target = Target(address, int(port), bytes.fromhex(torrent), int(pieces), int(count or 1))
        outcomes[name] = {"kind": name, "begun": 0, "refused": 0, "open": 0, "closed": []}
        sources = [f"10.77.0.{40 + number}" for number in range(int(hosts))] if hosts else [None]
        runs += [asyncio.create_task(play(KINDS[name], target, end, outcomes[name], sources[number % len(sources)]))
                 for number in range(int(count or 1))]
    await asyncio.wait(runs, timeout=float(seconds) + 2)  # wait_for may swallow the end of a script
    for outcome in outcomes.values():
        print(json.dumps(outcome), flush=True)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
