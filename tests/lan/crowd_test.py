"""One host with very many connections: it has the part of one host, and keeps none out."""
import time

from cases import limit, note
from content import MIB, make_file
from hostile_peers_test import attack, finish, timed_get
from lan import NODE, Lan, ip
from nodes import events, share

SEED_PORT, GET_PORT = 7001, 7002
LINE, SIZE = 4, 24 * MIB  # MiB/s, so that the rate is the line's and not this machine's
PIECES = SIZE // (256 * 1024)


def beside(kinds, *options, line=LINE):
    """Seconds that a get takes alone, and beside so many hostile connections of another host to the seed."""
    with Lan(hosts=3, v6=False) as lan:
        seed, other, hostile = lan.hosts
        for number in range(40, 240):
            ip("-n", hostile.namespace, "addr", "add", f"10.77.0.{number}/24", "dev", "eth0")
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        _, magnet = share(seed, content, "--no-dht", "--port", SEED_PORT, "--piece-size", "256Ki", *options)
        if line:
            seed.limit_sending(line)
        took = []
        for crowd in (False, True):
            if crowd:
                attack(hostile, seed.ipv4, SEED_PORT, magnet, PIECES, 100, kinds)
                time.sleep(3)
            run = timed_get(other, magnet, f"out{crowd}", "--peer", f"{seed.ipv4}:{SEED_PORT}")
            took.append(finish(run, content))
            run[0].stop()
        note(f"{took[0]:.1f} s alone, {took[1]:.1f} s beside them")
        return took


@limit(150)
def test_twenty_connections_that_take_the_same_for_ever_have_half_of_the_line():
    alone, crowded = beside({"takes_the_same_again_and_again": 20})
    assert crowded < 2.5 * alone + 1, crowded


@limit(150)
def test_twenty_connections_have_half_of_what_a_limit_lets_through():
    alone, crowded = beside({"takes_the_same_again_and_again": 20}, "--up-limit", "4M", "--limit-lan", line=None)
    assert crowded < 2.5 * alone + 1, crowded


@limit(150)
def test_two_hundred_connections_that_do_nothing_delay_nobody():
    alone, crowded = beside({"does_nothing": 200})
    assert crowded < alone + 3, crowded
    alone, crowded = beside({"says_nothing": 200})
    assert crowded < alone + 3, crowded


@limit(240)
def test_two_hundred_connections_of_many_addresses_delay_nobody():
    for kinds in ({"does_nothing": "200/200"}, {"does_nothing": "200/40"}, {"reads_slowly": "200/200"}, {"reads_slowly": "120/40"}):
        alone, crowded = beside(kinds, line=None)
        assert crowded < alone + 2, (kinds, crowded)


@limit(150)
def test_two_hundred_addresses_that_read_slowly_leave_the_line_to_others():
    alone, crowded = beside({"reads_70_kB_a_second": "200/200"}, line=None)
    assert crowded < alone + 2, crowded


@limit(150)
def test_who_asks_for_single_bytes_costs_others_little():
    alone, crowded = beside({"asks_for_single_bytes": 20})
    assert crowded < 1.5 * alone + 1, crowded


@limit(90)
def test_twenty_sources_that_give_single_bytes_delay_little():
    with Lan(hosts=3, v6=False) as lan:
        seed, other, hostile = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        _, magnet = share(seed, content, "--no-dht", "--port", SEED_PORT, "--piece-size", "256Ki")
        seed.limit_sending(LINE)
        run = timed_get(other, magnet, "out", "--peer", f"{seed.ipv4}:{SEED_PORT}")
        other.wait_listening(GET_PORT)
        attack(hostile, other.ipv4, GET_PORT, magnet, PIECES, 60, {"gives_single_bytes": 20})
        took = finish(run, content)
        note(f"{took:.1f} s, {SIZE / MIB / LINE:.1f} s of the line alone")
        assert took < SIZE / MIB / LINE + 4, took


@limit(60)
def test_two_hundred_connections_that_promise_everything_do_not_keep_a_seed_that_comes_later_out():
    with Lan(hosts=3, v6=False) as lan:
        seed, other, hostile = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        before, magnet = share(seed, content, "--no-dht", "--port", SEED_PORT, "--piece-size", "256Ki")
        before.stop()
        out = other.folder("out")
        run = other.spawn([NODE, "get", "--no-dht", "--port", GET_PORT, "--seed", "forever", "--json", "-o", out, magnet])
        other.wait_listening(GET_PORT)
        attack(hostile, other.ipv4, GET_PORT, magnet, PIECES, 50, {"says_that_it_has_everything": 200})
        time.sleep(5)
        reasons = {event.get("reason") for event in events(run) if event["event"] == "progress"}
        assert "200 peers are connected, none has described it yet" in reasons, reasons
        began = time.monotonic()
        share(seed, content, "--no-dht", "--port", SEED_PORT, "--piece-size", "256Ki")
        run.line('"event":"complete"', 30)
        note(f"{time.monotonic() - began:.1f} s")
        assert time.monotonic() - began < 5, run.describe()
