"""Seeders that die, come back, or are joined by others in the middle of a transfer."""
import signal
import time

from cases import limit, note
from content import MIB, make_file
from lan import Lan
from nodes import finish_get, same, share, start_get, verified_bytes

SIZE = 48 * MIB
LINE = 16  # MiB/s


def begin(lan):
    """A slow transfer from the first host to the last; gives (content, seed process, magnet, get process, out)."""
    seed, getter = lan.hosts[0], lan.hosts[-1]
    content = make_file(seed.folder("data") / "content.bin", SIZE)
    sharing, magnet = share(seed, content)
    seed.limit_sending(LINE)
    out = getter.folder("out")
    getting = start_get(getter, magnet, out, "--json")
    deadline = time.monotonic() + 30
    while verified_bytes(getting) < 4 * MIB:
        assert getting.running and time.monotonic() < deadline, getting.describe()
        time.sleep(0.05)
    assert verified_bytes(getting) < SIZE - 8 * MIB, "over before the test began"
    return content, sharing, magnet, getting, out


def end(getting, out, content, timeout=60):
    getting.wait(timeout)
    assert getting.code == 0, getting.describe()
    same(content, out / content.name)


@limit(180)
def test_the_seeder_is_killed_and_comes_back():
    with Lan(hosts=2) as lan:
        content, sharing, _, getting, out = begin(lan)
        sharing.kill()
        time.sleep(2)
        had = verified_bytes(getting)
        assert getting.running and had < SIZE, getting.describe()
        share(lan.hosts[0], content)
        began = time.monotonic()
        while verified_bytes(getting) <= had and getting.running:
            assert time.monotonic() < began + 60, getting.describe()
            time.sleep(0.05)
        note(f"went on {time.monotonic() - began:.2f} s after the seeder was back")
        end(getting, out, content)


@limit(180)
def test_the_seeder_leaves_politely_and_comes_back():
    with Lan(hosts=2) as lan:
        content, sharing, _, getting, out = begin(lan)
        sharing.signal(signal.SIGINT)
        sharing.wait(10)
        time.sleep(1)
        assert getting.running, getting.describe()
        share(lan.hosts[0], content)
        end(getting, out, content)


@limit(180)
def test_a_second_seeder_joins_and_carries_most():
    with Lan(hosts=3) as lan:
        content, _, magnet, getting, out = begin(lan)
        lan.hosts[0].limit_sending(1)
        second = lan.hosts[1]
        copy = make_file(second.folder("data") / "content.bin", SIZE)
        _, other_magnet = share(second, copy)
        assert other_magnet == magnet
        began = time.monotonic()
        end(getting, out, content)
        sent = second.counted("tx")
        note(f"finished {time.monotonic() - began:.2f} s after the second seeder began, which sent {sent // MIB} MiB")
        assert sent > 8 * MIB


@limit(180)
def test_a_second_seeder_takes_over_from_a_dead_one():
    with Lan(hosts=3) as lan:
        content, sharing, _, getting, out = begin(lan)
        copy = make_file(lan.hosts[1].folder("data") / "content.bin", SIZE)
        sharing.kill()
        share(lan.hosts[1], copy)
        end(getting, out, content)


@limit(180)
def test_a_cable_is_pulled_and_put_back():
    with Lan(hosts=2) as lan:
        content, _, _, getting, out = begin(lan)
        lan.unplug(lan.hosts[0])
        time.sleep(3)
        assert getting.running, getting.describe()
        lan.unplug(lan.hosts[0], down=False)
        began = time.monotonic()
        end(getting, out, content, 120)
        note(f"finished {time.monotonic() - began:.1f} s after the cable was back")
