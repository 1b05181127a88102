"""share on one machine, get on others: the files arrive, whatever the form of the link and the state of the network."""
import pathlib
import re
import time

from cases import limit, note
from content import MIB, make_file, make_odd_folder
from lan import NODE, Lan
from nodes import events, finish_get, get, hash_of, same, share, start_get


def three_forms_at_once(lan, content, timeout):
    """One host shares, three get it at the same time: by magnet link, by bare hash, by .torrent file."""
    seed, *others = lan.hosts
    seed.own(content)
    file = seed.folder("torrents") / "content.torrent"
    _, magnet = share(seed, content, "--save", file)
    targets = [magnet, hash_of(magnet), file]
    began = time.monotonic()
    running = [(host, start_get(host, target, host.folder("out"))) for host, target in zip(others, targets)]
    paths = [finish_get(process, host.dir / "out", timeout) for host, process in running]
    seconds = time.monotonic() - began
    for path in paths:
        assert path.name == content.name
        same(content, path)
    return seconds


@limit(180)
def test_two_thousand_oddly_named_files_in_all_forms_at_once():
    with Lan(hosts=4) as lan:
        content = make_odd_folder(lan.hosts[0].dir / "Odd  Földer")
        seconds = three_forms_at_once(lan, content, timeout=120)
        note(f"2,000 files to 3 hosts in {seconds:.1f} s")


@limit(400)
def test_one_gibibyte_in_all_forms_at_once():
    with Lan(hosts=4) as lan:
        content = make_file(lan.hosts[0].dir / "one gibibyte.bin", 1024 * MIB)
        seconds = three_forms_at_once(lan, content, timeout=300)
        note(f"1 GiB to 3 hosts in {seconds:.1f} s")


def one_transfer(**lan_options):
    with Lan(hosts=2, **lan_options) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", 5 * MIB + 1234)
        seed.own(content.parent)
        _, magnet = share(seed, content)
        same(content, get(other, magnet, other.folder("out")))


def test_with_ipv6_only():
    one_transfer(v4=False)


def test_with_link_local_ipv6_only():
    one_transfer(v4=False, ula=False)


def test_with_ipv4_only():
    one_transfer(v6=False)


def test_with_a_default_route_to_nowhere():
    one_transfer(default_route=True)


def test_with_multicast_blocked():
    one_transfer(block=["multicast"])


def test_with_broadcast_blocked():
    one_transfer(block=["broadcast"])


def test_as_an_unprivileged_user():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.dir / "content.bin", MIB)
        content.chmod(0o444)
        sharing, magnet = share(seed, content)
        status = pathlib.Path(f"/proc/{sharing.pid}/status").read_text()
        assert re.search(r"^Uid:\s+65534\s", status, re.M) and re.search(r"^CapEff:\s+0+$", status, re.M), status
        same(content, get(other, magnet, other.folder("out")))


def test_several_nodes_on_one_host():
    with Lan(hosts=2) as lan:
        host, other = lan.hosts
        data = host.folder("data")
        contents = [make_file(data / f"{number}.bin", MIB + number, seed=number) for number in range(3)]
        magnets = [share(host, content)[1] for content in contents]
        for number, content in enumerate(contents):
            same(content, get(host, magnets[number], host.folder(f"here{number}")))
            same(content, get(other, magnets[number], other.folder(f"there{number}")))


def test_a_host_without_any_network_serves_itself():
    with Lan(hosts=1) as lan:
        host = lan.hosts[0]
        lan.unplug(host)
        content = make_file(host.folder("data") / "content.bin", MIB)
        _, magnet = share(host, content)
        same(content, get(host, magnet, host.folder("out")))


def test_a_getter_that_waits_is_served_once_somebody_shares():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", MIB)
        sharing, magnet = share(seed, content)
        sharing.stop()
        waiting = start_get(other, magnet, other.folder("out"))
        time.sleep(3)
        assert waiting.running, waiting.describe()
        share(seed, content)
        began = time.monotonic()
        same(content, finish_get(waiting, other.dir / "out", 30))
        note(f"served {time.monotonic() - began:.2f} s after the share began")


def test_a_finished_getter_serves_others_while_it_stays():
    with Lan(hosts=3) as lan:
        seed, middle, last = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", 3 * MIB)
        sharing, magnet = share(seed, content)
        staying = middle.spawn([NODE, "get", "--seed", "forever", "-o", middle.folder("out"), magnet])
        staying.line("^/", timeout=30)
        sharing.kill()
        same(content, get(last, magnet, last.folder("out")))


def test_streams_follow_the_rules():
    """A pipe gets the magnet, or the path, and nothing else; --json one event a line."""
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", MIB)
        sharing, magnet = share(seed, content)
        assert re.fullmatch(r"magnet:\?xt=urn:btih:[0-9a-f]{40}&dn=content\.bin", magnet), magnet
        plain = start_get(other, magnet, other.folder("plain"))
        finish_get(plain, other.dir / "plain", 30)
        assert len(plain.out.lines) == 1 and "\x1b" not in plain.out.text + plain.err.text, plain.describe()
        spoken = start_get(other, magnet, other.folder("json"), "--json").wait(30)
        assert spoken.code == 0, spoken.describe()
        heard = events(spoken)
        assert all(event["schema"] == 1 and event["time"] > 1e9 for event in heard), heard
        names = [event["event"] for event in heard]
        assert "metadata" in names and names.count("complete") == 1, names
        complete = next(event for event in heard if event["event"] == "complete")
        assert complete["hash_string"] == hash_of(magnet) and complete["name"] == "content.bin", complete
        assert sharing.running and sharing.out.lines == [magnet], sharing.describe()
        assert sharing.stop().code in (-15, 143), sharing.describe()
