"""share --until: it ends when so many other machines have everything, and not because a peer says so."""
import time

from cases import limit, note
from content import MIB, make_file
from hostile_peers_test import attack
from lan import NODE, Lan
from nodes import finish_get, get, share, start_get

PORT = 7001
PIECES = 8


def until(seed, number, *options):
    content = make_file(seed.folder("data") / "content.bin", PIECES * MIB)
    return share(seed, content, "--until", number, "--no-dht", "--port", PORT, "--piece-size", "1Mi", *options)


@limit(60)
def test_words_do_not_count_and_machines_do():
    with Lan(hosts=4) as lan:
        seed, one, other, hostile = lan.hosts
        sharing, magnet = until(seed, 2)
        attack(hostile, seed.ipv4, PORT, magnet, PIECES, 50, {"says_that_it_has_everything": 12})
        # of its own machine
        get(seed, magnet, seed.folder("own"))
        get(one, magnet, one.folder("out"))
        get(one, magnet, one.folder("again"), "-6")
        time.sleep(3)
        assert sharing.running, sharing.describe()
        get(other, magnet, other.folder("out"))
        sharing.wait(5)
        assert sharing.code == 0, sharing.describe()


@limit(90)
def test_machines_that_leave_as_soon_as_they_are_complete_count_whoever_they_took_it_from():
    for rule in ("no", "linger"):
        with Lan(hosts=7) as lan:
            seed, *others = lan.hosts
            sharing, magnet = until(seed, 6)
            seed.limit_sending(4)
            running = [(host, host.spawn([NODE, "get", "--no-dht", "--seed", rule, "-o", host.folder("out"), magnet]))
                       for host in others]
            for host, process in running:
                finish_get(process, host.dir / "out", 30)
            began = time.monotonic()
            sharing.wait(20)
            assert sharing.code == 0, sharing.describe()
            note(f"--seed {rule}: {time.monotonic() - began:.1f} s after the last")


@limit(60)
def test_a_machine_that_has_it_already_proves_it():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(other.folder("data") / "content.bin", PIECES * MIB)
        share(other, content, "--no-dht", "--piece-size", "1Mi")
        time.sleep(1)
        sharing, _ = until(seed, 1)
        sharing.wait(15)
        assert sharing.code == 0, sharing.describe()
