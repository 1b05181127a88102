"""The tracker on a LAN: found without being told, missed by nobody when it goes, used again when it comes back."""
import json
import pathlib
import signal
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from cases import limit, note
from content import MIB, make_file
from exits import NETWORK, NOT_FOUND, STORAGE
from lan import NODE, Lan
from nodes import get, hash_of, same, share, wait_event
from schema import check
from trackers import PORT, ask, stats, tracker, wait_stats


SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"


def torrents(host, address):
    status, body = ask(host, f"http://{address}:{PORT}/api/v1/torrents")
    assert status == 200, body
    return json.loads(body)["torrents"]


@limit(240)
def test_a_room_gets_by_name_loses_its_tracker_and_finds_the_next():
    with Lan(hosts=6, block=["multicast"]) as lan:
        first, seed, *others, last = lan.hosts
        running = tracker(first)
        content = make_file(seed.folder("data") / "lesson.iso", 24 * MIB)
        sharing, magnet = share(seed, content, "--up-limit", "6M", "--limit-lan")
        note(f"share known to the tracker after {wait_stats(running, lambda e: e['peers'] == 1, 5):.2f} s")
        outs = [host.folder("out") for host in others]
        gets = [host.spawn([NODE, "get", "--json", "--seed", "no", "-o", out, "lesson.iso"])
                for host, out in zip(others, outs)]
        for process in gets:
            wait_event(process, lambda e: e.get("have_valid", 0) > 2 * MIB, 30)
        wait_stats(running, lambda e: e["peers"] == 4, 10)
        running.kill()
        for process, out in zip(gets, outs):
            process.wait(60)
            assert process.code == 0, process.describe()
            same(content, out / "lesson.iso")
        # no tracker at all now
        same(content, get(others[0], "lesson.iso", others[0].folder("again"), timeout=30))
        same(content, get(others[1], hash_of(magnet), others[1].folder("again"), timeout=30))
        began = time.monotonic()
        running = tracker(last)
        wait_stats(running, lambda e: e["peers"] >= 1, 8)
        took = time.monotonic() - began
        note(f"the next tracker used after {took:.2f} s")
        assert took < 5, took
        assert sharing.running


def test_the_tracker_alone_is_enough_to_find_a_share():
    """Tokens and BEP 14 cannot tell: the two networks of nodes do not hear each other, the tracker's address is given."""
    with Lan(hosts=3) as lan:
        host, seed, other = lan.hosts
        tracker(host, "--no-lan")
        content = make_file(seed.folder("data") / "x.bin", 3 * MIB)
        for scheme in ("http", "udp"):
            url = f"{scheme}://{host.ipv4}:{PORT}/announce"
            sharing, magnet = share(seed, content, "--no-lan", "--tracker", url)
            same(content, get(other, magnet, other.folder(scheme), "--no-lan", timeout=20))
            done = other.run([NODE, "show", "--scrape", "--json", magnet])
            assert done.code == 0, done.describe()
            scraped = json.loads(done.out.text)
            check(scraped, SCHEMAS / "scrape.json")
            assert scraped["torrents"][0]["trackers"][0]["seeder_count"] == 1, scraped
            sharing.stop()


def test_ipv6_alone():
    with Lan(hosts=3, v4=False) as lan:
        host, seed, other = lan.hosts
        running = tracker(host)
        content = make_file(seed.folder("data") / "six.bin", 1 * MIB)
        share(seed, content)
        wait_stats(running, lambda e: e["peers"] == 1, 5)
        same(content, get(other, "six.bin", other.folder("out")))


def test_a_private_torrent_is_told_to_no_lan_tracker():
    with Lan(hosts=2) as lan:
        host, seed = lan.hosts
        running = tracker(host)
        secret = make_file(seed.folder("data") / "secret.bin", 100_000)
        public = make_file(seed.folder("more") / "public.bin", 100_000)
        share(seed, secret, "--private", "--tracker", "http://10.77.0.200:1/announce")
        share(seed, public)
        wait_stats(running, lambda e: e["peers"] == 1, 5)
        time.sleep(1.5)
        assert stats(host)["torrents"] == 1
        assert [t["name"] for t in torrents(host, host.ipv4)] == ["public.bin"]


def test_an_unlisted_share_is_found_by_hash_and_by_no_name():
    with Lan(hosts=3) as lan:
        host, seed, other = lan.hosts
        running = tracker(host)
        content = make_file(seed.folder("data") / "quiet.bin", 100_000)
        _, magnet = share(seed, content, "--unlisted")
        wait_stats(running, lambda e: e["peers"] == 1, 5)
        assert torrents(host, host.ipv4) == []
        for path in ("/", "/peers", "/api/v1/peers"):
            body = ask(other, f"http://{host.ipv4}:{PORT}{path}")[1]
            assert hash_of(magnet)[:8] not in body and "quiet.bin" not in body, body
        done = other.run([NODE, "get", "quiet.bin", "-o", other.folder("a")])
        assert done.code == NOT_FOUND and "quiet.bin" in done.err.text, done.describe()
        same(content, get(other, magnet, other.folder("b")))


def test_a_restarted_tracker_answers_at_once():
    with Lan(hosts=2) as lan:
        host, seed = lan.hosts
        state = host.folder("state") / "t.state"
        running = tracker(host, "--interval", "1h", state=state)
        content = make_file(seed.folder("data") / "kept.bin", 100_000)
        share(seed, content, "--no-lan", "--tracker", f"http://{host.ipv4}:{PORT}/announce")
        wait_stats(running, lambda e: e["peers"] == 1, 5)
        running.signal(signal.SIGTERM)
        running.wait(10)
        assert running.code == -signal.SIGTERM, running.describe()
        assert json.loads(running.out.lines[-1])["event"] == "stopped", running.describe()
        for line in running.out.lines:
            check(json.loads(line), SCHEMAS / "tracker.json")
        running = tracker(host, "--interval", "1h", state=state)
        assert stats(host)["peersAll"] == 1, "the peer was forgotten"
        # a state file that is damaged is no reason not to serve
        running.kill()
        state.write_bytes(state.read_bytes()[:-1])
        running = tracker(host, state=state)
        assert stats(host)["torrents"] in (0, 1)
        running.kill()
        # somebody else's file is
        foreign = host.folder("mine") / "note.txt"
        foreign.write_text("precious")
        host.own(foreign)
        refused = host.run([NODE, "tracker", "--no-lan", "--state", foreign])
        assert refused.code == STORAGE and "note.txt" in refused.err.text, refused.describe()
        assert foreign.read_text() == "precious" and sorted(foreign.parent.iterdir()) == [foreign]


def test_a_list_of_hashes_is_read_again_on_sighup():
    with Lan(hosts=2) as lan:
        host, other = lan.hosts
        allowed, foreign = "ab" * 20, "cd" * 20
        listed = host.dir / "allowed"
        listed.write_text(f"# ours\n{allowed}\n")
        running = tracker(host, "--allow", listed)

        def announce(value):
            query = "".join(f"%{value[i:i + 2]}" for i in range(0, 40, 2))
            return ask(other, f"http://{host.ipv4}:{PORT}/announce?info_hash={query}&peer_id=-XX0000-123456789012"
                              "&port=7000&uploaded=0&downloaded=0&left=1&compact=1")[1]

        assert "failure" not in announce(allowed) and "failure reason" in announce(foreign)
        listed.write_text("no hash at all\n")
        running.signal(signal.SIGHUP)
        running.line("line 1", stream="err")
        assert "failure" not in announce(allowed) and "failure reason" in announce(foreign)
        listed.write_text(f"{foreign}\n")
        running.signal(signal.SIGHUP)
        deadline = time.monotonic() + 5
        while "failure" in announce(foreign):
            assert time.monotonic() < deadline
        assert "failure reason" in announce(allowed)


def test_a_port_that_is_taken():
    with Lan(hosts=1) as lan:
        host = lan.hosts[0]
        tracker(host)
        second = tracker(host, "--no-lan")
        assert json.loads(second.out.lines[0])["announce"][0].endswith(":6970/announce"), second.describe()
        second.line("6969 is in use", stream="err")
        third = host.run([NODE, "tracker", "--port", PORT])
        assert third.code == NETWORK and "in use" in third.err.text, third.describe()


@limit(180)
def test_nodes_of_one_host_are_peers_for_the_others():
    """The tracker's own machine shares, too: others are told the address they can reach it at."""
    with Lan(hosts=2) as lan:
        host, other = lan.hosts
        tracker(host, "--no-lan")
        content = make_file(host.folder("data") / "here.bin", 1 * MIB)
        _, magnet = share(host, content, "--no-lan", "--tracker", f"http://127.0.0.1:{PORT}/announce")
        plain = magnet.partition("&tr=")[0]
        same(content, get(other, plain, other.folder("out"), "--no-lan", "--tracker",
                          f"http://{host.ipv4}:{PORT}/announce", timeout=30))


def test_the_page_shows_names_as_text():
    with Lan(hosts=2) as lan:
        host, seed = lan.hosts
        running = tracker(host)
        name = "<img src=x onerror=alert(1)>"
        share(seed, make_file(seed.folder("data") / name, 100_000))
        wait_stats(running, lambda e: e["peers"] == 1, 5)
        deadline = time.monotonic() + 5
        while not torrents(host, host.ipv4):
            assert time.monotonic() < deadline
        for path in ("/", "/peers"):
            status, body = ask(seed, f"http://{host.ipv4}:{PORT}{path}")
            assert status == 200 and "<img" not in body and "&lt;img src=x onerror=alert(1)&gt;" in body, body
        status, body = ask(seed, f"http://{host.ipv4}:{PORT}/", "Host: evil.example")
        assert status == 421, body
