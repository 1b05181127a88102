"""Clients nobody wants at the tracker's port: the others are served, and memory stays where it was."""
import pathlib
import sys

from cases import limit, note
from lan import Lan
from trackers import PORT, tracker

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = sys.executable
CUSTOMER = """
import sys, time, urllib.request
worst = 0
for number in range(40):
    query = f"info_hash={'%bb' * 20}&peer_id=-XX0000-{number:012}&port=7000&uploaded=0&downloaded=0&left=1&compact=1"
    began = time.monotonic()
    with urllib.request.urlopen(f"http://{sys.argv[1]}:{sys.argv[2]}/announce?{query}", timeout=5) as answer:
        assert b"interval" in answer.read()
    worst = max(worst, time.monotonic() - began)
    time.sleep(0.05)
print(f"{worst * 1000:.1f}")
"""
GROWTH = 48 << 20  # bytes: the bound for all connections' requests together, and some room


def besides(*attacks):
    """The customer of another host while the attacks are on."""
    with Lan(hosts=3, v6=False) as lan:
        host, attacker, other = lan.hosts
        running = tracker(host, "--no-lan")
        before = running.peak_rss()
        spawned = [attacker.spawn([PYTHON, HERE / "hostile_client.py", kind, host.ipv4, PORT, number])
                   for kind, number in attacks]
        for process in spawned:
            process.line("^ready", timeout=40)
        done = other.run([PYTHON, "-c", CUSTOMER, host.ipv4, PORT], timeout=60)
        assert done.code == 0, done.describe()
        grown = running.peak_rss() - before
        note(f"{', '.join(f'{kind} {number}' for kind, number in attacks)}: slowest of 40 answers "
             f"{done.out.text.strip()} ms, memory + {grown / (1 << 20):.1f} MiB")
        assert grown < GROWTH, grown
        assert running.running, running.describe()
        return [process.out.text for process in spawned]


@limit(120)
def test_five_thousand_idle_connections():
    # one address may hold a thousand, so most of them are refused; neither is anybody's loss
    besides(("idle", 5000))


def test_requests_byte_by_byte():
    besides(("drip", 200))


@limit(120)
def test_headers_and_bodies_without_end():
    for text in besides(("header", 1), ("body", 1)):
        sent = int(text.split("sent")[1]) if "sent" in text else 0
        assert sent < 16 << 20, text


def test_clients_that_never_read():
    besides(("deaf", 50))


@limit(120)
def test_a_flood_from_one_address():
    besides(("flood", 5), ("flood", 5))


@limit(120)
def test_all_of_it_together():
    besides(("idle", 900), ("drip", 50), ("header", 1), ("deaf", 20), ("flood", 5))
