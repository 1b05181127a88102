"""`doctor`: each thing that can keep machines from seeing each other is made, and told apart from the others."""
import json
import pathlib
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from cases import limit
from content import make_file
from exits import FAILURE
from lan import NODE, Lan, ip
from nodes import share
from schema import check

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema" / "doctor.json"


def shared(host, *options):
    return share(host, make_file(host.folder("data") / "lesson.iso", 300_000), *options)[0]


def start_doctor(host, *words):
    return host.spawn([NODE, "doctor", "--json", "--no-internet", *words])


def findings(process):
    process.wait(60)
    document = json.loads(process.out.text)
    check(document, SCHEMA)
    found = document["findings"]
    failed = any(each["grade"] == "fail" for each in found)
    assert process.code == (FAILURE if failed else 0), process.describe()
    return found


def doctor(host, *words):
    return findings(start_doctor(host, *words))


def troubles(found):
    """What is not ok: "fail tcp-in". Disk, DHT and container are this machine's, not the test's."""
    return sorted(f"{each['grade']} {each['check']}" for each in found
                  if each["grade"] != "ok" and each["check"] not in ("disk", "dht", "container"))


def of(found, name):
    return next(each for each in found if each["check"] == name)


def firewall(host, *rules):
    """The input chain of a usual /etc/nftables.conf: what none of these rules takes is dropped."""
    lines = ["table inet filter", "delete table inet filter", "table inet filter {",
             "chain input { type filter hook input priority 0; policy drop;", "iif lo accept",
             "meta l4proto ipv6-icmp accept", *rules, "}", "}"]
    subprocess.run(["ip", "netns", "exec", host.namespace, "nft", "-f", "-"], input="\n".join(lines) + "\n", check=True,
                   text=True, capture_output=True)


def paste(host, line):
    """As the user does, in a shell of root's."""
    subprocess.run(["ip", "netns", "exec", host.namespace, "sh", "-c", line.replace("sudo ", "")], check=True, capture_output=True)


def test_where_nothing_is_wrong_all_is_ok_and_it_takes_seconds():
    with Lan(hosts=3) as lan:
        here, there, third = lan.hosts
        shared(there)
        shared(third)
        process = start_doctor(here)
        found = findings(process)
        assert not troubles(found), found
        for name in ("hello-port", "broadcast", "multicast", "multicast-ipv4", "others", "udp-in", "tcp-in", "tcp-out", "clock"):
            assert of(found, name)["grade"] == "ok", found
        assert "2 other machines" in of(found, "others")["what"], found
        assert process.ended_at - process.started < 15, process.ended_at - process.started
        lines = here.run([NODE, "doctor", "--no-internet"]).out.lines
        assert len(lines) == len(found) and all(line.startswith("ok\t") for line in lines), lines


def test_with_multicast_blocked():
    with Lan(hosts=2, block=["multicast"]) as lan:
        here, there = lan.hosts
        shared(there)
        found = doctor(here)
        assert troubles(found) == ["warn multicast", "warn multicast-ipv4"], found


def test_with_broadcast_blocked():
    with Lan(hosts=2, block=["broadcast"]) as lan:
        here, there = lan.hosts
        shared(there)
        found = doctor(here)
        assert troubles(found) == ["warn broadcast"], found


def test_with_both_blocked_a_machine_that_is_named_still_answers():
    with Lan(hosts=2, block=["broadcast", "multicast"]) as lan:
        here, there = lan.hosts
        shared(there)
        found = doctor(here, there.ipv4)
        assert troubles(found) == ["fail broadcast", "fail multicast", "warn multicast-ipv4"], found
        assert of(found, "host")["grade"] == "ok", found


def test_a_firewall_here_and_the_line_that_opens_it():
    with Lan(hosts=2) as lan:
        here, there = lan.hosts
        shared(there)
        firewall(here, "ct state established accept")
        found = doctor(here)
        assert troubles(found) == ["fail hello-port"], found
        paste(here, of(found, "hello-port")["command"])
        assert not [each for each in troubles(doctor(here)) if "multicast" not in each]  # the line is of IPv4


def test_tcp_blocked_here_and_the_line_that_opens_it():
    with Lan(hosts=2) as lan:
        here, there = lan.hosts
        shared(there)
        firewall(here, "ct state established accept", "meta l4proto udp accept")
        found = doctor(here)
        assert troubles(found) == ["fail tcp-in"], found
        paste(here, of(found, "tcp-in")["command"])
        assert not troubles(doctor(here)), found


def test_udp_open_at_the_port_of_all_nodes_alone():
    with Lan(hosts=2) as lan:
        here, there = lan.hosts
        shared(there)
        firewall(here, "ct state established accept", "meta l4proto tcp accept", "udp dport 8001 accept", "udp dport 6771 accept")
        found = doctor(here)
        assert troubles(found) == ["fail udp-in"], found


def test_tcp_blocked_there():
    with Lan(hosts=2) as lan:
        here, there = lan.hosts
        shared(there)
        firewall(there, "ct state established accept", "meta l4proto udp accept")
        found = doctor(here)
        assert troubles(found) == ["fail tcp-out", "warn tcp-in"], found
        assert there.ipv4 in of(found, "tcp-out")["what"], found


@limit(120)
def test_udp_blocked_there():
    with Lan(hosts=2) as lan:
        here, there = lan.hosts
        shared(there)
        firewall(there, "ct state established accept", "meta l4proto tcp accept", "udp dport != 8001 accept")
        found = doctor(here, "--timeout", "6s", there.ipv4)
        assert troubles(found) == ["fail host"], found
        assert "silent" in of(found, "host")["what"], found


@limit(120)
def test_everything_blocked_there():
    with Lan(hosts=2) as lan:
        here, there = lan.hosts
        shared(there)
        firewall(there)
        found = doctor(here, "--timeout", "6s", there.ipv4)
        assert troubles(found) == ["fail host"], found
        assert "drops everything" in of(found, "host")["what"], found


def test_another_network_name():
    with Lan(hosts=2) as lan:
        here, there = lan.hosts
        process = start_doctor(here)
        shared(there, "--network", "lab")
        found = findings(process)
        assert troubles(found) == ["fail network"], found
        assert "--network lab" in of(found, "network")["what"] and there.ipv4 in of(found, "network")["what"], found
        found = doctor(here, "--network", "lab")
        assert not troubles(found), found


def test_client_isolation():
    """As an access point does it: no packet of one client to another, but all to the cable."""
    with Lan(hosts=3) as lan:
        here, there, router = lan.hosts
        for host in (here, there):
            subprocess.run(["bridge", "-n", lan.switch, "link", "set", "dev", f"port{host.number}", "isolated", "on"], check=True)
        shared(there)
        found = doctor(here, there.ipv4)
        assert troubles(found) == ["fail host"], found
        assert "isolation" in of(found, "host")["advice"], found
        found = doctor(here, router.ipv4)
        assert "no node runs there" in of(found, "host")["what"], found


def test_a_machine_on_which_no_node_runs():
    with Lan(hosts=2) as lan:
        here, there = lan.hosts
        found = doctor(here, there.ipv4)
        assert troubles(found) == ["fail host"] and "no node runs there" in of(found, "host")["what"], found


def test_machines_that_cannot_be_neighbours():
    with Lan(hosts=1) as lan:
        here = lan.hosts[0]
        for host, what in ((here.ipv4, "is this machine"), ("192.0.2.1", "in another network"), ("no-such-name.invalid", "nothing is known")):
            found = doctor(here, host)
            assert troubles(found) == ["fail host"] and what in of(found, "host")["what"], found


@limit(90)
def test_alone_it_listens_as_long_as_a_node_may_be_silent():
    with Lan(hosts=1) as lan:
        process = start_doctor(lan.hosts[0])
        assert troubles(findings(process)) == ["warn others"], process.describe()
        assert 36 < process.ended_at - process.started < 50
        done = lan.hosts[0].run([NODE, "doctor", "--timeout", "5s", "--no-dht"])
        assert done.code == 0 and "listening" in done.err.text, done.describe()


def test_without_a_network():
    with Lan(hosts=1) as lan:
        ip("-n", lan.hosts[0].namespace, "link", "set", "eth0", "down")
        found = doctor(lan.hosts[0])
        assert troubles(found) == ["fail interface"], found
