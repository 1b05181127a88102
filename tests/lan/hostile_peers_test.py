"""Peers that break the protocol, flood, promise and lie: who breaks it is closed, the process lives and stays small, and an
honest download beside them keeps its rate."""
import collections
import json
import time

import hostile_peer
from cases import limit, note
from content import MIB, make_file
from lan import NODE, ROOT, Lan
from nodes import hash_of, same, share
from uplink import Uplink

SEED_PORT, GET_PORT = 7001, 7002
LINE = 6  # MiB/s, so that the rate is the line's and not this machine's
SIZE = 48 * MIB
PIECES = SIZE // (256 * 1024)
KEPT = 0.8  # of the clean rate
ONCE = 2  # s: what neighbours say delays others once, for less than that (docs/protocol.md, bn_claim)
MORE_MEMORY = 64 * MIB
HANDSHAKE = 10  # s
HOSTILE = ROOT / "tests" / "lan" / "hostile_peer.py"


def attack(host, address, port, magnet, pieces, seconds, kinds):
    """kinds: {name: how many connections at once}"""
    process = host.spawn(["/usr/bin/python3", HOSTILE, address, port, hash_of(magnet), pieces, seconds,
                          *(f"{name}={count}" for name, count in kinds.items())])
    process.line("^ready")
    return process


def outcomes(process, seconds):
    process.wait(seconds)
    assert process.code == 0, process.describe()
    return {each["kind"]: each for each in map(json.loads, process.out.lines[1:])}


def timed_get(host, magnet, name, *options, timeout=60):
    """A download that stays afterwards: (its process, its folder, the time it took)."""
    out = host.folder(name)
    began = time.monotonic()
    process = host.spawn([NODE, "get", "--no-lan", "--no-dht", "--port", GET_PORT, *options, "--seed", "forever", "-o", out,
                          magnet])
    return process, out, began, timeout


def finish(run, content):
    process, out, began, timeout = run
    _, at = process.line_at("^/", timeout)
    same(content, out / content.name)
    return at - began


def names(kinds):
    return [kind.__name__ for kind in kinds]


def check_verdicts(heard, where):
    for name in names(hostile_peer.CLOSED):
        each = heard[name]
        assert each["closed"] and max(each["closed"]) < 3 and each["open"] == 0, f"{where}: {each}"
    for name in names(hostile_peer.CLOSED_IN_TIME):
        each = heard[name]
        assert each["closed"] and HANDSHAKE - 1 < each["closed"][0] < HANDSHAKE + 1.5, f"{where}: {each}"


@limit(150)
def test_twenty_ways_to_be_hostile_and_then_two_hundred_at_once():
    with Lan(hosts=3, v6=False) as lan:
        seed, other, hostile = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        sharing, magnet = share(seed, content, "--no-lan", "--no-dht", "--port", SEED_PORT, "--piece-size", "256Ki")
        seed.limit_sending(LINE)
        peer = ("--peer", f"{seed.ipv4}:{SEED_PORT}")

        run = timed_get(other, magnet, "clean", *peer)
        clean = finish(run, content)
        memory = {"seed": sharing.peak_rss(), "get": run[0].peak_rss()}
        run[0].stop()

        def under(kinds, seconds, out):
            """A download while both sides of it are attacked."""
            ends = {"seed": (seed.ipv4, SEED_PORT), "get": (other.ipv4, GET_PORT)}
            run = timed_get(other, magnet, out, *peer)
            other.wait_listening(GET_PORT)
            attacks = {where: attack(hostile, *at, magnet, PIECES, seconds, kinds) for where, at in ends.items()}
            took = finish(run, content)
            heard = {where: outcomes(process, seconds + 20) for where, process in attacks.items()}
            assert sharing.running and run[0].running, sharing.describe() + run[0].describe()
            more = {"seed": sharing.peak_rss() - memory["seed"], "get": run[0].peak_rss() - memory["get"]}
            cpu = sharing.cpu(), run[0].cpu()
            run[0].stop()
            begun = sum(each["begun"] for side in heard.values() for each in side.values())
            note(f"{begun} hostile connections: {clean / took:.0%} of the clean rate ({took:.1f} s, clean {clean:.1f} s), "
                 f"memory +{more['seed'] / MIB:.1f} MiB (seed) +{more['get'] / MIB:.1f} MiB (get), "
                 f"{cpu[0]:.1f} and {cpu[1]:.1f} s of processor in all")
            return heard, clean / max(took - ONCE, clean), max(more.values())

        heard, rate, more = under(dict.fromkeys(set(hostile_peer.KINDS) - set(names(hostile_peer.CROWD)), 1), 12, "scripts")
        for where, each in heard.items():
            check_verdicts(each, where)
            ends = collections.Counter()
            for name in names(hostile_peer.EITHER + hostile_peer.IGNORED):
                ends["closed" if each[name]["closed"] else "open"] += 1
            note(f"{where}: {ends['closed']} of those that only make noise were closed, {ends['open']} endured")
        assert rate >= KEPT and more <= MORE_MEMORY, (rate, more)

        kinds = hostile_peer.EITHER + hostile_peer.IGNORED + hostile_peer.CLOSED_IN_TIME
        each = 200 // len(kinds) + 1
        _, rate, more = under(dict.fromkeys(names(kinds), each), 9, "crowd")
        assert rate >= KEPT and more <= MORE_MEMORY, (rate, more)


@limit(60)
def test_neighbours_that_claim_everything_cost_seconds():
    """They say that they fetch all pieces over the uplink, and fetch none."""
    size, line = 8 * MIB, 4
    with Uplink(hosts=2) as net:
        content = make_file(net.outside.folder("data") / "content.bin", size)
        _, magnet = share(net.outside, content, "--port", SEED_PORT, "--piece-size", "64Ki")
        net.outside.limit_sending(line)
        victim, hostile = net.inside
        run = timed_get(victim, magnet, "out", "--peer", f"{net.outside.ipv4}:{SEED_PORT}")
        victim.wait_listening(GET_PORT)
        attack(hostile, victim.ipv4, GET_PORT, magnet, size // 65536, 50, {"claims_all_and_fetches_nothing": 4})
        took = finish(run, content)
        note(f"{took:.1f} s, without them {size / MIB / line:.1f} s")
        assert took < size / MIB / line + ONCE + 1, took
