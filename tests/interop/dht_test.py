"""A DHT of this program and the other clients: who announces a torrent is found by everybody, by the DHT alone."""
import json
import os
import pathlib
import re
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "lan"))
import clients
import dht_clients
import shapes
from cases import limit, note
from clients import PORT
from content import difference, make_file
from lan import NODE, Lan
from nodes import events, hash_of, share
from wide import Wide

SIZE = 300_000


def at(host):
    return f"{host.ipv4}:{PORT}"


def entering(entries, port=PORT):
    """What our program is told: no other way to anybody than these nodes."""
    return ["--no-lan", "-4", "-p", port, *(word for entry in entries for word in ("--dht-bootstrap", entry))]


class Ours:
    name = "ours"

    def seed(self, host, torrent, content, entries):
        """Makes the torrent, too; gives its link."""
        saved = host.dir / torrent.name
        _, magnet = share(host, content, "--save", saved, *entering(entries))
        torrent.write_bytes(saved.read_bytes())
        return magnet

    class Finder:
        by = "dht peers and the download"

        def __init__(self, host, entries):
            self.host, self.entries, self.out, self.process = host, entries, host.folder("out"), None
            self.asked = {}

        def look_for(self, wanted):
            self.process = self.host.spawn([NODE, "get", "--json", "--seed", "forever", *entering(self.entries), "-o",
                                            self.out, *wanted])

        def done(self, info_hash, content, seeder):
            if not dht_clients.holds(self.out, content):
                return False
            if info_hash not in self.asked:
                self.asked[info_hash] = self.host.spawn([NODE, "dht", "peers", info_hash])
            asked = self.asked[info_hash]
            if at(seeder) in list(asked.out.lines):
                return True
            if asked.out.ended and not asked.running:
                del self.asked[info_hash]  # again
            return False


def dht_stats(host):
    done = host.run([NODE, "dht", "stats", "--json"])
    assert done.code == 0, done.describe()
    stats = json.loads(done.out.text)
    assert stats["running_node"], stats
    return stats


def wait_until(ready, seconds, what):
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, f"not within {seconds} s: {what() if callable(what) else what}"
        time.sleep(0.1)
    return found


def wait_for_announces(capture, wanted, seconds):
    """Until each (host, hash) of `wanted` has announced itself; gives the seconds each took since the capture began."""
    seen, told = 1, {}  # the first line says that it listens

    def ready():
        nonlocal seen
        lines = capture.out.lines
        for line in lines[seen:len(lines)]:
            when, source, _, raw = line.split()
            if "31333a616e6e6f756e63655f70656572" in raw:  # 13:announce_peer
                for name, (host, info_hash) in wanted.items():
                    if source == at(host) and info_hash in raw:
                        told.setdefault(name, float(when))
            seen += 1
        return len(told) == len(wanted)

    try:
        wait_until(ready, seconds, lambda: f"announces of {set(wanted) - set(told)}; came: {told}")
    except AssertionError as late:
        return told, str(late)
    return told, None


def show(matrix, kinds):
    """seeder x finder, in seconds."""
    note(f"{'seeder / finder':>16}" + "".join(f"{kind:>14}" for kind in kinds))
    for seeder in kinds:
        cells = (matrix.get((seeder, finder)) for finder in kinds)
        note(f"{seeder:>16}" + "".join(f"{'-' if cell is None else f'{cell:.1f} s':>14}" for cell in cells))


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def fits(node_id, address):
    """Whether BEP 42 allows this id at this address."""
    raw = bytes.fromhex(node_id)
    masked = [byte & mask for byte, mask in zip(map(int, address.split(".")), (0x03, 0x0f, 0x3f, 0xff))]
    masked[0] |= (raw[19] & 7) << 5
    wanted = crc32c(bytes(masked)).to_bytes(4, "big")
    return raw[:2] == wanted[:2] and raw[2] & 0xf8 == wanted[2] & 0xf8


def test_bep_42_vectors_hold_for_the_check_itself():
    for address, node_id in (("124.31.75.21", "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401"),
                             ("21.75.31.124", "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256"),
                             ("65.23.51.170", "a5d43220bc8f112a3d426c84764f8c2a1150e616"),
                             ("84.124.73.14", "1b0321dd1bb1fe518101ceef99462b947a01ff41"),
                             ("43.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a")):
        assert fits(node_id, address) and not fits("00" + node_id[2:], address), address


@limit(200)
def test_everybody_finds_everybody():
    """10 nodes of libtorrent, 3 of ours, 2 of Transmission, 2 of aria2; one of each kind seeds, one looks."""
    with Wide(hosts=17) as world:
        lt, ours, transmission, aria2 = (world.hosts[a:b] for a, b in ((0, 10), (10, 13), (13, 15), (15, 17)))
        kinds = {"ours": (Ours(), *ours[:2]), "libtorrent": (dht_clients.Libtorrent(), *lt[:2]),
                 "transmission": (dht_clients.Transmission(), *transmission), "aria2": (dht_clients.Aria2(), *aria2)}
        world.only_calls_to([seeder for _, seeder, _ in kinds.values()])
        capture = world.capture()
        began = time.monotonic()
        entries = [at(lt[2]), at(ours[2]), at(lt[3])]
        for host in lt[2:]:
            kinds["libtorrent"][0].node(host, entries)
        (ours[2].dir / "other").write_bytes(os.urandom(1000))
        share(ours[2], ours[2].dir / "other", *entering(entries[::2]))
        contents, links, torrents, hashes = {}, {}, {}, {}
        for number, (name, (kind, seeder, _)) in enumerate(kinds.items()):
            content = contents[name] = make_file(seeder.folder("data") / f"{name}.bin", SIZE, seed=number)
            seeder.own(content.parent)
            torrent = torrents[name] = world.dir / f"{name}.torrent"
            if name == "ours":
                links[name] = kind.seed(seeder, torrent, content, entries[:1])
            else:
                links[name] = clients.make_torrent(content, torrent)
                used = [at(host) for host in (*lt[2:], *ours)] if name == "transmission" else entries
                kind.seed(seeder, torrent, content.parent, used)
            hashes[name] = hash_of(links[name])
        finders = {name: kind.Finder(finder, [at(host) for host in (*lt[2:], *ours)] if name == "transmission" else entries)
                   for name, (kind, _, finder) in kinds.items()}
        seeders = {name: (kinds[name][1], hashes[name]) for name in kinds}
        told, trouble = wait_for_announces(capture, seeders, 100)  # Transmission's can take more than a minute
        note("announced after " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in told.items()))
        asked = time.monotonic()
        for finder in finders.values():
            finder.look_for([links[name] for name in kinds])
        matrix, wanted = {}, {(a, b) for a in kinds for b in kinds}

        def look():
            for cell in wanted - set(matrix):
                seeder, finder = cell
                if finders[finder].done(hashes[seeder], contents[seeder], kinds[seeder][1]):
                    matrix[cell] = time.monotonic() - asked
            return len(matrix) == len(wanted)

        try:
            wait_until(look, 50, lambda: f"not found: {sorted(wanted - set(matrix))}")
        except AssertionError as late:
            trouble = (trouble or "") + str(late)
        show(matrix, kinds)
        note(f"all in {time.monotonic() - began:.1f} s; {len(capture.out.lines)} datagrams")
        clients_at = {host.ipv4: name for name, hosts in (("ours", ours), ("libtorrent", lt), ("transmission", transmission),
                                                          ("aria2", aria2)) for host in hosts}
        shapes.keep(capture.out.lines, clients_at)
        assert not trouble, trouble + "".join(
            f"\n== {host.namespace}\n{p.describe()}" for host in (*lt[:3], *transmission, *aria2) for p in host.processes[:1])


@limit(90)
def test_libtorrent_that_knows_nobody_but_us():
    """Its nodes meet at ours alone, hold ours with an id that fits its address, and refuse ids that do not."""
    with Wide(hosts=11) as world:
        ours, strict, last, *lt = world.hosts
        (ours.dir / "other").write_bytes(os.urandom(1000))
        share(ours, ours.dir / "other", "--no-lan", "-4", "-p", PORT)
        began = time.monotonic()
        kind, seeder = dht_clients.Libtorrent(), lt[0]
        content = make_file(seeder.folder("data") / "content.bin", SIZE)
        seeder.own(content.parent)
        torrent = world.dir / "content.torrent"
        link = clients.make_torrent(content, torrent)
        kind.seed(seeder, torrent, content.parent, [at(ours)])
        finders = [kind.Finder(host, [at(ours)]) for host in lt[1:]]
        finders[-1].look_for([link])

        def named():
            family = dht_stats(ours)["ipv4"]
            return family.get("external_address") == ours.ipv4 and family

        family = wait_until(named, 30, lambda: dht_stats(ours))
        note(f"address known after {time.monotonic() - began:.1f} s by {family['external_votes']} votes, id {family['node_id']}")
        assert fits(family["node_id"], ours.ipv4), family
        wait_until(lambda: finders[-1].done(hash_of(link), content, seeder), 30, finders[-1].process.describe)
        assert difference(content, lt[-1].dir / "out" / content.name) is None
        note(f"a link to libtorrent's share was found and got after {time.monotonic() - began:.1f} s")

        # it takes no answer of an id that does not fit, and ours is the only way in
        enforcing = kind.Finder(strict, [at(ours)], "--set", "dht_enforce_node_id=true")
        enforcing.process.line("^bootstrapped", timeout=20)
        enforcing.say("find", hash_of(link))
        enforcing.process.line(f"^found {hash_of(link)} {at(seeder)} ", timeout=20)

        # nobody's way in stands in his own table, so another one holds ours
        other = kind.Finder(last, [at(lt[0])], "--set", "dht_enforce_node_id=true")
        other.process.line("^bootstrapped", timeout=20)
        other.say("meet", at(ours))

        def held():
            other.say("nodes")
            return any(line.startswith(f"node {family['node_id']} {at(ours)} ") for line in list(other.process.out.lines))

        wait_until(held, 20, other.process.describe)
        table = wait_until(lambda: (t := dht_stats(ours)["ipv4"]["internet"])["good"] >= 9 and t, 30,
                           lambda: f"all libtorrents in our table: {dht_stats(ours)}")
        note(f"a libtorrent that enforces ids holds ours; our table: {table}; {time.monotonic() - began:.1f} s")


def island(*settings):
    """3 of libtorrent and 3 of ours in one /24 with no way out: each kind has a seed, the others look for both."""
    more = [word for setting in settings for word in ("--set", setting)]
    with Lan(hosts=6, v6=False) as lan:
        lt, ours = lan.hosts[:3], lan.hosts[3:]
        entries, kind = [at(lt[0]), at(ours[0])], dht_clients.Libtorrent()
        seeds = {"ours": ours[0], "libtorrent": lt[0]}
        contents, links, torrents = {}, {}, {}
        for number, (name, host) in enumerate(seeds.items()):
            contents[name] = make_file(host.folder("data") / f"{name}.bin", SIZE, seed=number)
            host.own(contents[name].parent)
            torrents[name] = lan.dir / f"{name}.torrent"
        began = time.monotonic()
        links["ours"] = Ours().seed(ours[0], torrents["ours"], contents["ours"], entries[:1])
        links["libtorrent"] = clients.make_torrent(contents["libtorrent"], torrents["libtorrent"])
        kind.seed(lt[0], torrents["libtorrent"], contents["libtorrent"].parent, entries[1:], *more)
        finders = {f"{name} {number}": make(host, entries, *options) for name, make, hosts, options in (
            ("libtorrent", kind.Finder, lt[1:], more), ("ours", Ours.Finder, ours[1:], ()))
            for number, host in enumerate(hosts, 1)}
        for finder in finders.values():
            finder.look_for([links[name] for name in seeds])
        found, wanted = {}, {(seeder, finder) for seeder in seeds for finder in finders}
        must = {(seeder, finder) for seeder, finder in wanted if finder.startswith("ours")}

        def look():
            for seeder, finder in wanted - set(found):
                if finders[finder].done(hash_of(links[seeder]), contents[seeder], seeds[seeder]):
                    found[seeder, finder] = time.monotonic() - began
            return set(found) == wanted or (must <= set(found) and time.monotonic() > began + 20)

        try:
            wait_until(look, 40, lambda: f"not found: {sorted(must - set(found))}, {sorted(wanted - set(found))}")
        finally:
            for seeder in seeds:
                note(f"{seeder}'s share found by " + ", ".join(
                    f"{finder} {f'{cell:.1f} s' if (cell := found.get((seeder, finder))) else 'never'}"
                    for finder in finders))
    

def test_an_island_with_libtorrent_as_it_comes():
    """libtorrent keeps one node of a /24; whatever it finds, ours find all."""
    island()


def test_an_island_with_libtorrent_without_its_restrictions():
    island("dht_restrict_routing_ips=false", "dht_restrict_search_ips=false")
