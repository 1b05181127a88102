"""`get` among several shares: all that match, the newest of a name, those of one host; `peers` by machine."""
import json
import os
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from content import make_file
from exits import NOT_FOUND, USAGE
from lan import NODE, Lan
from nodes import same, share
from schema import check

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"


def get(host, out, *words):
    return host.run([NODE, "get", "--seed", "no", "-o", host.folder(out), *words])


def make(host, folder, name, size, modified=None):
    path = make_file(host.folder(folder) / name, size)
    if modified:
        os.utime(path, (modified, modified))
    return path


def test_all_that_match_are_fetched_each_its_own_torrent():
    with Lan(hosts=3) as lan:
        one, two, other = lan.hosts
        wanted = [make(one, "a", "disk-1.iso", 100_000), make(two, "b", "disk-2.iso", 120_000), make(two, "c", "disk-3.iso", 90_000)]
        share(one, wanted[0])
        share(two, wanted[1])
        share(two, wanted[2])
        share(two, make(two, "d", "notes.txt", 50_000))
        done = get(other, "out", "--all", "*.iso")
        assert done.code == 0 and len(done.out.lines) == 3, done.describe()
        for path in wanted:
            same(path, other.dir / "out" / path.name)
        assert not (other.dir / "out" / "notes.txt").exists()
        done = get(other, "none", "--all", "*.img")
        assert done.code == NOT_FOUND and "'*.img'" in done.err.text, done.describe()


def test_the_newest_of_a_name_is_the_one_whose_files_are():
    with Lan(hosts=4) as lan:
        one, two, three, other = lan.hosts
        old = make(one, "a", "nightly.img", 100_000, 1_700_000_000)
        new = make(two, "b", "nightly.img", 120_000, 1_700_086_400)
        older = make(three, "c", "nightly.img", 110_000, 1_600_000_000)
        share(two, new)
        share(one, old)
        share(three, older)
        done = get(other, "which", "nightly.img")
        assert done.code == NOT_FOUND and "--newest" in done.err.text, done.describe()
        done = get(other, "out", "--newest", "nightly.img")
        assert done.code == 0, done.describe()
        same(new, other.dir / "out" / "nightly.img")
        done = other.run([NODE, "discover", "--json"])
        document = json.loads(done.out.text)
        check(document, SCHEMAS / "discover.json")
        assert sorted(each["date_created"] for each in document["torrents"]) == [1_600_000_000, 1_700_000_000, 1_700_086_400], document


def test_of_two_that_are_equally_new_neither_is_the_newest():
    with Lan(hosts=3) as lan:
        one, two, other = lan.hosts
        share(one, make(one, "a", "nightly.img", 100_000, 1_700_000_000))
        share(two, make(two, "b", "nightly.img", 120_000, 1_700_000_000))
        done = get(other, "out", "--newest", "nightly.img")
        assert done.code == NOT_FOUND and "equally new" in done.err.text, done.describe()


def test_what_one_host_shares_by_its_address_or_name():
    with Lan(hosts=4) as lan:
        one, two, third, other = lan.hosts
        first, second = make(one, "a", "same.bin", 100_000), make(two, "b", "same.bin", 120_000)
        share(one, first)
        share(two, second)
        for number, (host, path) in enumerate(((one, first), (two, second))):
            done = get(other, f"out{number}", "--from", host.ipv4, "same.bin")
            assert done.code == 0, done.describe()
            same(path, other.dir / f"out{number}" / "same.bin")
        done = get(other, "all", "--all", "--from", one.ipv4, "*")
        assert done.code == 0 and len(done.out.lines) == 1, done.describe()
        name = json.loads(other.run([NODE, "discover", "--json"]).out.text)["torrents"][0]["hosts"][0]
        done = get(other, "both", "--from", name.upper(), "same.bin")  # all hosts here have the name of the machine
        assert done.code == NOT_FOUND and "several" in done.err.text, done.describe()
        done = get(other, "none", "--from", third.ipv4, "same.bin")
        assert done.code == NOT_FOUND and third.ipv4 in done.err.text, done.describe()
        done = get(other, "other", "--from", one.ipv4, "nothing.bin")
        assert done.code == NOT_FOUND and one.ipv4 in done.err.text and "nothing.bin" in done.err.text, done.describe()


def test_what_is_no_name_is_not_chosen_among_shares():
    with Lan(hosts=1) as lan:
        host = lan.hosts[0]
        for words in (["--newest", "magnet:?xt=urn:btih:" + 40 * "a"], ["--all", "--newest", "x"], ["--from", "lab", "--no-lan", "x"], ["--all", "./x"]):
            done = host.run([NODE, "get", *words])
            assert done.code == USAGE, done.describe()


def test_a_machine_is_one_row_whatever_runs_there():
    with Lan(hosts=3) as lan:
        one, two, other = lan.hosts
        share(one, make(one, "a", "first.iso", 100_000))
        share(one, make(one, "b", "second.iso", 100_000), "-6")
        share(one, make(one, "c", "third.iso", 100_000), "-4")
        share(two, make(two, "d", "fourth.iso", 100_000))
        rows = [line.split("\t") for line in other.run([NODE, "peers"]).out.lines]
        assert sorted(row[1] for row in rows) == [one.ipv4, two.ipv4], rows
        row = next(row for row in rows if row[1] == one.ipv4)
        assert sorted(row[3].split(",")) == ["first.iso", "second.iso", "third.iso"], rows
        document = json.loads(other.run([NODE, "peers", "--json"]).out.text)
        check(document, SCHEMAS / "peers.json")
        node = next(node for node in document["nodes"] if one.ipv4 in node["addresses"])
        assert one.ipv6 in node["addresses"] or any(at.startswith("fe80") for at in node["addresses"]), document
        assert node["share_count"] == 3 and len(node["peer_ports"]) == 3, document
