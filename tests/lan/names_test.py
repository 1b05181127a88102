"""Names on a LAN are claims: hosts that call torrents by names that are not theirs, whose pages are silent, or who speak in the
name of others."""
import json
import pathlib
import re
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from cases import note
from content import make_file
from exits import BAD_DATA, NOT_FOUND
from lan import NODE, Lan
from nodes import get, hash_of, same, share

LIAR = pathlib.Path(__file__).resolve().parent / "hostile_host.py"


def lie(host, kind, *arguments, root=False):
    process = host.spawn([sys.executable, LIAR, kind, *arguments], root=root)
    process.line("^ready", timeout=30)
    return process


def page(host, **names):
    """Serves a catalogue in which each hash has the name that is given for it."""
    entries = [{"hash_string": info_hash, "name": name, "total_size": 300_000, "file_count": 1, "seeders": 1, "leechers": 0,
                "hosts": []} for info_hash, name in names.items()]
    return lie(host, "pages", json.dumps({"schema": 1, "torrents": entries}))


def discovered(host, *words):
    return json.loads(host.run([NODE, "discover", "--json", *words]).out.text)["torrents"]


def honest_and_evil(lan):
    seed, liar, getter = lan.hosts
    content = make_file(seed.folder("data") / "ubuntu.iso", 300_000)
    honest = hash_of(share(seed, content)[1])
    evil = hash_of(share(liar, make_file(liar.folder("data") / "evil.exe", 300_000))[1])
    return content, honest, evil, liar, getter


def test_a_name_that_a_liar_gives_to_its_own_file_is_ambiguous_and_says_who_says_what():
    with Lan(hosts=3) as lan:
        _, honest, evil, liar, getter = honest_and_evil(lan)
        page(liar, **{honest: "other.iso", evil: "ubuntu.iso"})
        done = getter.run([NODE, "get", "ubuntu.iso"])
        assert done.code == NOT_FOUND and not done.out.text, done.describe()
        lines = [done.line(rf"^  {one} ", stream="err") for one in (honest, evil)]
        assert re.search(r"ubuntu\.iso  by \S+ \(10\.77\.0\.1\)", lines[0]) and "other.iso" in lines[0], lines
        assert re.search(r"ubuntu\.iso  by liar \(10\.77\.0\.2\)", lines[1]), lines


def test_an_honest_share_that_is_renamed_is_still_found_and_the_other_name_is_shown():
    with Lan(hosts=3) as lan:
        content, honest, _, liar, getter = honest_and_evil(lan)
        page(liar, **{honest: "evil.iso"})
        same(content, get(getter, "ubuntu.iso", getter.folder("out")))
        shown = getter.run([NODE, "discover"])
        assert re.search(r"is named differently by \S+ \(10\.77\.0\.[12]\): '(evil|ubuntu)\.iso'", shown.err.text), shown.describe()
        entry = next(one for one in discovered(getter) if one["hash_string"] == honest)
        assert {one["name"] for one in entry["names"]} == {"ubuntu.iso", "evil.iso"}, entry


def test_what_cannot_be_seen_in_a_name_makes_no_other_name():
    with Lan(hosts=3) as lan:
        _, honest, evil, liar, getter = honest_and_evil(lan)
        page(liar, **{honest: "\u200bubuntu.iso", evil: "ubun\u00adtu.iso"})
        done = getter.run([NODE, "get", "ubuntu.iso"])
        assert done.code == NOT_FOUND and honest in done.err.text and evil in done.err.text, done.describe()


def test_a_name_that_the_metadata_does_not_bear_out_is_not_fetched():
    with Lan(hosts=2) as lan:
        liar, getter = lan.hosts
        evil = hash_of(share(liar, make_file(liar.folder("data") / "evil.exe", 300_000))[1])
        page(liar, **{evil: "ubuntu.iso"})
        out = getter.folder("out")
        done = getter.run([NODE, "get", "ubuntu.iso", "-o", out])
        assert done.code == BAD_DATA and "not 'ubuntu.iso' but 'evil.exe'" in done.err.text, done.describe()
        assert "10.77.0.1" in done.err.text and not list(out.iterdir()), done.describe()
        assert getter.run([NODE, "get", evil, "-o", out, "--seed", "no"]).code == 0  # asked for as what it is


def test_a_beginning_of_a_hash_as_discover_prints_it_is_taken():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "file.iso", 300_000)
        info_hash = hash_of(share(seed, content)[1])
        same(content, get(other, info_hash[:8], other.folder("out")))
        shown = other.run([NODE, "show", "--json", info_hash[:8]])
        assert shown.code == 0 and info_hash in shown.out.text, shown.describe()


def test_a_typing_error_names_what_may_be_meant():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        share(seed, make_file(seed.folder("data") / "Videos", 100_000))
        done = other.run([NODE, "get", "Vidoes"])
        assert done.code == NOT_FOUND and "Videos" in done.err.text, done.describe()


def test_what_is_paused_is_not_listed():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        share(seed, make_file(seed.folder("data") / "file.iso", 100_000))
        assert [one["name"] for one in discovered(other)] == ["file.iso"]
        assert seed.run([NODE, "pause", "all"]).code == 0
        assert discovered(other) == []
        assert other.run([NODE, "get", "file.iso"]).code == NOT_FOUND


def test_two_hundred_silent_pages_of_one_host_hold_up_nobody():
    with Lan(hosts=3) as lan:
        seed, liar, getter = lan.hosts
        content = make_file(seed.folder("data") / "file.iso", 300_000)
        share(seed, content)
        lie(liar, "silent", "200")
        for number in range(3):
            began = time.monotonic()
            same(content, get(getter, "file.iso", getter.folder(f"out{number}")))
            took = time.monotonic() - began
            assert took < 3.5, took
            assert [one["name"] for one in discovered(getter)] == ["file.iso"]


def test_no_other_host_takes_leave_in_a_nodes_name():
    with Lan(hosts=3) as lan:
        seed, liar, watcher = lan.hosts
        share(seed, make_file(seed.folder("data") / "file.iso", 100_000))
        name = json.loads(watcher.run([NODE, "who", "--json"]).out.text)["nodes"][0]["host"]
        process = liar.spawn([sys.executable, LIAR, "bye", name])
        process.line("^ready", timeout=60)
        for _ in range(5):
            assert [one["name"] for one in discovered(watcher)] == ["file.iso"]


def test_a_forged_source_makes_nodes_call_nobody_in_crowds():
    with Lan(hosts=5) as lan:
        *seeds, victim = lan.hosts
        content = make_file(seeds[0].folder("data") / "file.iso", 100_000)
        links = []
        for seed in seeds:
            copy = seed.folder("copy") / "file.iso"
            copy.write_bytes(content.read_bytes())
            links.append(share(seed, seed.own(copy))[1])
        syn = "tcp flags & (syn | ack) == syn"
        victim.count_packets("input", calls=syn, low=f"{syn} tcp dport < 1024")
        seconds = 8
        attack = lie(seeds[0], "forge", victim.ipv4, hash_of(links[0]), str(seconds), root=True)
        attack.line("^done", timeout=60)
        counts = victim.packets()
        note(f"{counts['calls']} connections begun by {len(seeds)} nodes in {seconds} s")
        assert counts["low"] == 0, counts
        assert counts["calls"] <= 10 * seconds * len(seeds), counts
