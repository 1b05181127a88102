"""Names on a LAN: discover, who, get NAME, with and without a tracker."""
import json
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from content import make_file
from exits import NOT_FOUND
from lan import NODE, Lan
from nodes import get, hash_of, same, share
from schema import check
from trackers import tracker

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"


def discover(host, *words):
    done = host.run([NODE, "discover", *words])
    assert done.code == 0, done.describe()
    return done.out.lines


def test_what_is_shared_is_listed_with_no_tracker_at_all():
    with Lan(hosts=4) as lan:
        one, two, three, other = lan.hosts
        first = make_file(one.folder("data") / "first.iso", 300_000)
        second = make_file(two.folder("data") / "second.iso", 200_000)
        _, link1 = share(one, first)
        _, link2 = share(two, second)
        share(three, first)
        rows = [line.split("\t") for line in discover(other)]
        assert [(row[0], row[1], row[2], row[5]) for row in rows] == [
            ("first.iso", "300000", "2", hash_of(link1)), ("second.iso", "200000", "1", hash_of(link2))], rows
        assert discover(other, "second*") == discover(other, "SECOND.iso") == discover(other, "second")
        check(json.loads("".join(discover(other, "--json"))), SCHEMAS / "discover.json")
        people = json.loads(other.run([NODE, "who", "--json"]).out.text)
        check(people, SCHEMAS / "peers.json")
        people = people["nodes"]
        assert sorted(share["name"] for node in people for share in node["shares"]) == [
            "first.iso", "first.iso", "second.iso"], people


def test_an_empty_network_is_no_error():
    with Lan(hosts=1) as lan:
        done = lan.hosts[0].run([NODE, "discover"])
        assert done.code == 0 and not done.out.text and "Nothing shared" in done.err.text, done.describe()
        document = json.loads(lan.hosts[0].run([NODE, "ls", "--json"]).out.text)
        assert document == {"schema": 1, "torrents": [], "trackers": []}, document


def test_a_name_that_means_two_things_lists_them():
    with Lan(hosts=3) as lan:
        one, two, other = lan.hosts
        links = [share(host, make_file(host.folder("data") / "same.bin", size))[1]
                 for host, size in ((one, 100_000), (two, 200_000))]
        done = other.run([NODE, "get", "same.bin"])
        assert done.code == NOT_FOUND and not done.out.text, done.describe()
        for link in links:  # a line for each
            done.line(rf"^  {hash_of(link)} .* same.bin", stream="err")


def test_a_name_is_got_by_its_other_spelling_and_by_glob():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "Lesson One.iso", 300_000)
        share(seed, content)
        same(content, get(other, "lesson one.ISO", other.folder("a")))
        same(content, get(other, "Lesson*", other.folder("b")))


def test_the_same_command_again_checks_what_is_there():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "nightly.bin", 300_000)
        share(seed, content)
        out = other.folder("out")
        for _ in range(2):
            done = other.run([NODE, "get", "--seed", "no", "nightly.bin"], cwd=out)
            assert done.code == 0, done.describe()
            same(content, out / "nightly.bin")
        assert "already there" in done.err.text or "was there" in done.err.text, done.describe()


def test_a_name_nobody_shares():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        share(seed, make_file(seed.folder("data") / "there.iso", 100_000))
        done = other.run([NODE, "get", "ther"])
        assert done.code == NOT_FOUND and "there.iso" in done.err.text, done.describe()
        done = other.run([NODE, "get", "--timeout", "1s", "elsewhere"])
        assert done.code == NOT_FOUND and "elsewhere" in done.err.text, done.describe()


def test_discover_of_a_name_nobody_shares_is_not_found():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        link = share(seed, make_file(seed.folder("data") / "there.iso", 100_000))[1]
        done = other.run([NODE, "discover", "elsewhere"])
        assert done.code == NOT_FOUND and not done.out.text, done.describe()
        done.line("^error: nobody on this network shares 'elsewhere'", stream="err")
        assert "there.iso" in discover(other, "ther")[0]
        done = other.run([NODE, "discover", "--json", "elsewhere"])
        assert done.code == NOT_FOUND and json.loads(done.out.text)["torrents"] == [], done.describe()
        assert len(discover(other, hash_of(link)[:8])) == 1


def test_a_share_called_like_a_torrent_file_is_got_by_its_name():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "notes.torrent", 100_000)
        share(seed, content)
        same(content, get(other, "notes.torrent", other.folder("out")))
        done = other.run([NODE, "get", "--timeout", "1s", "nothing.torrent"])
        assert done.code == NOT_FOUND and "there is no such file here" in done.err.text, done.describe()


def test_trackers_are_listed():
    with Lan(hosts=2) as lan:
        host, other = lan.hosts
        tracker(host)
        rows = [line.split("\t") for line in discover(other, "--trackers")]
        assert [row[0] for row in rows] == [f"http://{host.ipv4}:6969"], rows


def test_other_groups_are_not_seen():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        share(seed, make_file(seed.folder("data") / "theirs.iso", 100_000), "--network", "lab")
        assert discover(other) == []
        assert len(discover(other, "--network", "lab")) == 1
