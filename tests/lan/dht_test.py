"""The DHT alone, on networks with no internet: no hello and no tracker help to find, unless a test says so.

BT_LONG=1: more tries and longer outages.
"""
import json
import os
import pathlib
import random
import signal
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from cases import limit, note
from dht_island import (PORT, QUIET, Capture, at, by, cut, dht, good, link_of, mend, route, small_file, spread,
                        start_island, start_share, stats, torrent_with_nodes, until, wait_good)
from exits import NOT_FOUND
from lan import NODE, Lan, ip
from nodes import hash_of, same, start_get
from schema import check

LONG = os.environ.get("BT_LONG") == "1"
SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
ISLAND = 30
SOON, PROMISED = 10, 2  # seconds; a loaded machine may need more than what is promised
DEAD = ["--dht-bootstrap", "10.77.0.250:6881", "--dht-bootstrap", "router.invalid:6881"]
UNKNOWN = "9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1"


def timed_get(host, magnet, *options, timeout=SOON):
    """A whole `get` in a new process; gives the seconds from its start to its end."""
    folder = host.folder(f"out-{random.getrandbits(48):x}")
    began = time.monotonic()
    process = start_get(host, magnet, folder, *options)
    process.wait(timeout)
    assert process.code == 0, process.describe()
    return process.ended_at - began


def tell(what, times):
    soon = sum(one <= PROMISED for one in times)
    note(f"{what}: {len(times)} of {len(times)}, {soon} within {PROMISED} s; {spread(times)}")


@limit(300)
def test_thirty_nodes_find_each_other_and_miss_no_half():
    with Lan(hosts=ISLAND, v6=False) as lan:
        nodes, links = start_island(lan.hosts, *QUIET)
        note(f"8 good nodes in each after {wait_good(nodes, 8):.1f} s")
        times = []
        for number in range(500 if LONG else 50):
            seed, other, way_in, way_of_seed = random.sample(lan.hosts, 4)
            if number % 2:
                times.append(timed_get(other, links[seed], *QUIET, *by(way_in)))
                continue
            fresh = start_share(seed, f"new-{number}", *QUIET, *by(way_of_seed), port=0)
            times.append(timed_get(other, link_of(fresh), *QUIET, *by(way_in)))
            fresh.signal(signal.SIGKILL)
        tell("found by one bootstrap node", times)

        lost = random.sample(lan.hosts, ISLAND // 2)
        for host in lost:
            nodes[host].signal(signal.SIGKILL)
        left = [host for host in lan.hosts if host not in lost]
        tell("found when half of them were killed",
             [timed_get(random.choice(lost), links[seed], *QUIET, *by(random.choice(left))) for seed in left])


@limit(200)
def test_thirty_nodes_that_say_hello():
    with Lan(hosts=ISLAND) as lan:
        nodes, links = start_island(lan.hosts, "--no-internet", chain=False)
        wait_good(nodes, 8)
        times = []
        for _ in range(50 if LONG else 5):
            seed, *others = random.sample(lan.hosts, 5)
            for asking in [host.spawn([NODE, "dht", "peers", "--here", "--no-internet", hash_of(links[seed])])
                           for host in others]:
                _, found = asking.line_at(rf"^{seed.ipv4}:{PORT}$", SOON)
                times.append(found - asking.started)
                asking.signal(signal.SIGKILL)
        tell("told by dht peers", times)


def test_the_network_comes_after_the_start():
    """No link, no address, a link that is down: found when it comes, by the node that waits."""
    with Lan(hosts=4, v6=False) as lan:
        seed, unplugged, nameless, down = lan.hosts
        link = link_of(start_share(seed, "late", *QUIET))
        lan.unplug(unplugged)
        route(nameless, "addr", "flush", "dev", "eth0")
        route(down, "link", "set", "eth0", "down")
        gets = {host: start_get(host, link, host.folder("out"), *QUIET, *by(seed))
                for host in (unplugged, nameless, down)}
        time.sleep(60 if LONG else 4)
        assert all(process.running for process in gets.values()), [one.describe() for one in gets.values()]
        began = time.monotonic()
        lan.unplug(unplugged, down=False)
        route(nameless, "addr", "add", f"{nameless.ipv4}/24", "dev", "eth0")
        route(down, "link", "set", "eth0", "up")
        for process in gets.values():
            process.wait(SOON)
            assert process.code == 0, process.describe()
        note("seconds after it came: " + ", ".join(f"{one.ended_at - began:.2f}" for one in gets.values()))


@limit(200)
def test_an_outage_is_over_when_the_line_is_back():
    """One host sees its own cable pulled, another sees nothing: the line breaks behind its switch."""
    with Lan(hosts=6, v6=False) as lan:
        first, pulled, silent, *_ = lan.hosts
        nodes, links = start_island(lan.hosts, *QUIET)
        # they have something to look for all the time, so that they do not sleep through it
        looking = {host: start_get(host, UNKNOWN, host.folder("nothing"), *QUIET, *by(first))
                   for host in (pulled, silent)}
        wait_good({**nodes, **looking}, 5)
        lan.unplug(pulled)
        cut(silent)
        time.sleep(70 if LONG else 8)
        began = time.monotonic()
        lan.unplug(pulled, down=False)
        mend(silent)
        answered = {host: stats(host, process)["queries_answered"] for host, process in looking.items()}
        for host, process in looking.items():
            until(lambda: stats(host, process)["queries_answered"] >= answered[host] + 4 and good(host, process) >= 5,
                  began + SOON - time.monotonic(), lambda: f"host {host.number} is back: {stats(host, process)}")
            note(f"back after {time.monotonic() - began:.2f} s")
            seed = lan.hosts[-1]
            assert at(seed) in dht(host, "peers", hash_of(links[seed])).out.lines


def test_with_dead_routers_hello_is_the_way_in():
    with Lan(hosts=3, default_route=True) as lan:
        seed, _, other = lan.hosts
        nodes, links = start_island([seed, lan.hosts[1]], *DEAD, chain=False)
        wait_good(nodes, 1)
        found = dht(other, "peers", hash_of(links[seed]), *DEAD).out.lines
        assert at(seed) in found, found


def test_with_dead_routers_what_was_met_before_is_the_way_in():
    with Lan(hosts=4, v6=False, default_route=True) as lan:
        first, seed, _, other = lan.hosts
        nodes, links = start_island(lan.hosts[:3], *QUIET)
        before = start_share(other, "mine", "--no-lan", *by(first), port=0)
        link_of(before)
        wait_good({other: before}, 3)
        before.stop()
        took = timed_get(other, links[seed], "--no-lan", *DEAD)
        note(f"{took:.2f} s")


def test_with_dead_routers_a_peer_in_the_link_is_the_way_in():
    with Lan(hosts=3, default_route=True) as lan:
        seed, way_in, other = lan.hosts
        nodes, links = start_island([way_in, seed], *QUIET, *DEAD, seed=1)
        del nodes
        for named in (f"{way_in.ipv4}:{PORT}", f"[{way_in.ipv6}]:{PORT}"):
            took = timed_get(other, f"{links[seed]}&x.pe={named}", *QUIET, *DEAD)
            note(f"{took:.2f} s by {named}")


def test_with_dead_routers_nodes_of_a_torrent_are_the_way_in():
    with Lan(hosts=3, default_route=True) as lan:
        seed, way_in, other = lan.hosts
        start_island([way_in], *QUIET)
        saved = seed.folder("saved") / "plain.torrent"
        link_of(start_share(seed, "seeded", *QUIET, *by(way_in), "--save", saved))
        for name in (way_in.ipv4, way_in.ipv6):
            named = torrent_with_nodes(other, saved, [("nobody.invalid", 6881), (name, PORT)])
            took = timed_get(other, named, *QUIET, *DEAD)
            note(f"{took:.2f} s by {name}")


def test_a_new_default_route_starts_the_way_in_anew():
    """The addresses stay what they were. By the clock alone a node tries next after 6 s and more at that time."""
    outside = {"4": "11.22.33.44", "6": "2a11::44"}
    with Lan(hosts=5) as lan:
        gateway, *others = lan.hosts
        route(gateway, "addr", "add", f"{outside['4']}/32", "dev", "eth0")
        route(gateway, "addr", "add", f"{outside['6']}/128", "dev", "eth0", "nodad")
        bootstrap = ["--dht-bootstrap", f"{outside['4']}:{PORT}", "--dht-bootstrap", f"[{outside['6']}]:{PORT}"]
        start_island([gateway], *QUIET)
        waiting = [(host, family, start_share(host, f"share-{family}", f"-{family}", *QUIET, *bootstrap, port=0))
                   for host in others for family in outside]
        for _, _, process in waiting:
            link_of(process)
        time.sleep(9)
        assert not any(good(host, process) for host, _, process in waiting)
        took = []
        for host, family, process in waiting:
            time.sleep(random.uniform(0, 0.4))
            before = ip("-n", host.namespace, "-o", "addr")
            if family == "4":
                route(host, "route", "add", "default", "via", gateway.ipv4)
            else:
                route(host, "-6", "route", "add", "default", "via", gateway.ipv6)
            took.append(until(lambda: good(host, process), SOON, lambda: f"a node by the new route, {family}"))
            assert ip("-n", host.namespace, "-o", "addr") == before
        note(f"in the DHT after the route came: {spread(took)}")
        assert max(took) < 3, took  # a moment after its last try it waits for 2 s


def create_private(host, name):
    """Gives the content, its .torrent and its hash, which are known before anybody can tell of them."""
    content = small_file(host, name)
    made = host.dir / f"{name}.torrent"
    for words in (["create", "--private", "-o", made, content], ["show", "--hash", made]):
        done = host.run([NODE, *words])
        assert done.code == 0, done.describe()
    return content, made, done.out.lines[0].split()[0]


@limit(200)
def test_a_private_torrent_is_never_named():
    """Not by who shares it, and not by who looks for it in vain beside a public one."""
    with Lan(hosts=5, v6=False) as lan:
        seed, asker, *others = lan.hosts
        nodes, links = start_island(others, "--no-internet", chain=False)
        public = hash_of(links[others[0]])
        shared, _, shared_hash = create_private(seed, "shared")
        _, lost, lost_hash = create_private(asker, "lost")
        captures = [Capture(host, shared_hash, lost_hash, public) for host in (seed, asker)]
        sharing = seed.spawn([NODE, "share", "-p", PORT, "--private", "--no-internet", shared])
        assert hash_of(link_of(sharing)) == shared_hash
        looking = asker.spawn([NODE, "get", "-p", PORT, "--no-internet", *by(others[0]), "-o", asker.folder("out"),
                               lost, links[others[0]]])
        time.sleep(30 if LONG else 7)
        assert looking.running and sharing.running, looking.describe()
        assert good(asker, looking) >= 3, stats(asker, looking)
        for capture in captures:
            for secret in (shared_hash, lost_hash):
                assert not capture.holding(secret), capture.holding(secret)[:3]
        named = captures[1].holding(public)
        assert any(one[0] == "out" and one[1] == PORT for one in named), "the capture sees nothing"
        note(f"{[len(one.datagrams()) for one in captures]} datagrams seen, {len(named)} with the public hash")


def test_the_commands_with_a_running_node_and_without():
    """With IPv4, and where there is only IPv6."""
    for family, lan_options in (("-4", {"v6": False}), ("-6", {"v4": False})):
        with Lan(hosts=3, **lan_options) as lan:
            seed, host, other = lan.hosts
            first = start_share(seed, "first", family, *QUIET)
            link = link_of(first)
            second = start_share(host, "second", family, *QUIET, *by(seed))
            own = link_of(second)
            wait_good({seed: first, host: second}, 1)
            where, alone = at(seed), [family, *QUIET, *by(seed)]
            for asker, options, running in ((host, [], True), (other, alone, False)):
                now = json.loads(dht(asker, "stats", "--json", *options).out.text)
                check(now, SCHEMAS / "dht.json")
                assert now["running_node"] is running, now
                assert now["ipv4" if family == "-4" else "ipv6"]["this_network"]["good"] >= 1, now
                pong = dht(asker, "ping", where, *([family, *QUIET] if options else [])).out.lines
                assert pong[0].split("\t")[0] == where and len(pong) == 1, pong
                found = dht(asker, "peers", hash_of(link), *options).out.lines
                assert where in found, found
                port = [] if running else ["--port", "4711"]
                told = f"{at(asker, PORT if running else 4711)}"
                new = f"{random.getrandbits(160):040x}"
                taken = int(dht(asker, "announce", new, *port, *options).out.text)
                assert taken >= 1, taken
                assert told in dht(other, "peers", new, *alone).out.lines, (told, new)
                missing = dht(asker, "peers", UNKNOWN, *options, code=NOT_FOUND)
                assert "nobody has announced" in missing.err.text, missing.describe()
                dead = f"{seed.address}:9" if family == "-4" else f"[{seed.address}]:9"
                dht(asker, "ping", dead, *([family, *QUIET] if options else []), "--timeout", "300ms", code=NOT_FOUND)
            note(f"{family}: got in {timed_get(other, own, family, *QUIET, *by(seed)):.2f} s")


def test_five_nodes_of_one_host():
    with Lan(hosts=3, v6=False) as lan:
        seed, host, other = lan.hosts
        first = start_share(seed, "first", *QUIET)
        link_of(first)
        mine = [host.spawn([NODE, "share", "--no-lan", *by(seed), small_file(host, f"mine-{number}")])
                for number in range(5)]
        links = [link_of(process) for process in mine]
        for process in mine:
            until(lambda: good(host, process) >= 5, SOON, lambda: f"it knows the others: {stats(host, process)}")
        asking = [other.spawn([NODE, "dht", "peers", hash_of(link), *QUIET, *by(seed)]) for link in links]
        where = {process.wait(SOON).out.text for process in asking}
        assert len(where) == 5 and all(text.startswith(f"{host.ipv4}:") for text in where), where
        for link in links:
            timed_get(other, link, *QUIET, *by(seed))
        for process in mine:
            process.stop()
        kept = sorted(path.name for path in (host.dir / ".local/state/btnode").glob("dht*") if path.suffix != ".lock")
        note(f"kept in {kept}")
        assert {"dht", "dht-2", "dht-3", "dht-4", "dht-5"} <= set(kept), kept
