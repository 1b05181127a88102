"""The LAN itself: that it connects what it should, drops what it should, and leaves nothing behind."""
import pathlib
import subprocess

from lan import PREFIX, Lan, ip

RECEIVE = r"""
import socket, struct, sys
family, group, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
if family == "6":
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind(("::", port))
    if group != "-":
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                     socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", socket.if_nametoindex("eth0")))
else:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", port))
    if group != "-":
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     struct.pack("4s4si", socket.inet_aton(group), b"\0" * 4, socket.if_nametoindex("eth0")))
print("ready", flush=True)
s.settimeout(1.5)
try:
    print("got", s.recvfrom(100)[0].decode(), flush=True)
except TimeoutError:
    print("nothing", flush=True)
"""
SEND = r"""
import socket, struct, sys
family, to, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
if family == "6":
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.sendto(b"hello", (to, port, 0, socket.if_nametoindex("eth0")))
else:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("4s4si", b"\0" * 4, b"\0" * 4, socket.if_nametoindex("eth0")))
    s.sendto(b"hello", (to, port))
"""
PYTHON = ["/usr/bin/python3", "-c"]


def arrives(lan, family, to, group="-"):
    sender, receiver = lan.hosts[:2]
    waiting = receiver.spawn([*PYTHON, RECEIVE, family, group, "9000"])
    waiting.line("ready")
    sent = sender.run([*PYTHON, SEND, family, to, "9000"])
    assert sent.code == 0, sent.describe()
    return waiting.wait().out.lines[-1] == "got hello"  # ended: the next one takes the same port


def reach(lan):
    receiver = lan.hosts[1]
    return {
        "unicast": arrives(lan, "4", receiver.ipv4),
        "unicast6": arrives(lan, "6", receiver.ipv6),
        "broadcast": arrives(lan, "4", "10.77.0.255"),
        "multicast": arrives(lan, "4", "239.192.152.143", "239.192.152.143"),
        "multicast6": arrives(lan, "6", "ff12::8001", "ff12::8001"),
    }


def test_everything_passes_on_an_open_lan():
    with Lan(hosts=2) as lan:
        assert all(reach(lan).values()), reach(lan)
        lan.filter({"multicast"})
        assert not arrives(lan, "4", "239.192.152.143", "239.192.152.143")
        lan.filter(set())
        assert arrives(lan, "4", "239.192.152.143", "239.192.152.143")


def test_blocked_multicast_leaves_unicast_and_broadcast():
    with Lan(hosts=2, block=["multicast"]) as lan:
        assert reach(lan) == {"unicast": True, "unicast6": True, "broadcast": True, "multicast": False,
                              "multicast6": False}


def test_blocked_broadcast_leaves_unicast_and_multicast():
    with Lan(hosts=2, block=["broadcast"]) as lan:
        assert reach(lan) == {"unicast": True, "unicast6": True, "broadcast": False, "multicast": True,
                              "multicast6": True}


def test_hosts_have_only_the_addresses_asked_for():
    with Lan(hosts=1, v4=False) as lan:
        shown = ip("-n", lan.hosts[0].namespace, "addr", "show", "eth0")
        assert "inet " not in shown and "fd77::1/64" in shown and "fe80::" in shown, shown
    with Lan(hosts=1, v6=False, default_route=True) as lan:
        shown = ip("-n", lan.hosts[0].namespace, "addr", "show", "eth0")
        assert "inet6" not in shown and "10.77.0.1/24" in shown, shown
        assert "default via" in ip("-n", lan.hosts[0].namespace, "route")


def test_programs_run_without_privileges():
    with Lan(hosts=1) as lan:
        done = lan.hosts[0].run(["sh", "-c", "id -u; id -G; grep CapEff /proc/self/status; touch mine; pwd"])
        user, groups, capabilities, folder = done.out.lines
        assert (user, groups) == ("65534", "65534") and int(capabilities.split()[1], 16) == 0, done.out.text
        assert folder == str(lan.hosts[0].dir) and (lan.hosts[0].dir / "mine").exists()


def test_a_process_is_bounded_and_ended():
    with Lan(hosts=1) as lan:
        host = lan.hosts[0]
        sleeping = host.spawn(["sh", "-c", "echo one; echo two >&2; exec sleep 1000"])
        assert sleeping.line("o") == "one" and sleeping.line("t", stream="err") == "two"
        try:
            sleeping.wait(0.2)
            raise RuntimeError("wait() came back")
        except AssertionError as late:
            assert "no end within 0.2 s" in str(late)
        assert sleeping.peak_rss() > 100_000
        assert sleeping.stop().code == -15
        lan_dir, namespaces = lan.dir, [host.namespace, lan.switch]
        forgotten = host.spawn(["sleep", "1000"])
    assert forgotten.wait(5).code == -9
    assert not lan_dir.exists()
    for name in namespaces:
        assert name not in ip("netns", "list")


def test_leftovers_of_a_dead_run_are_removed():
    died = subprocess.Popen(["true"])
    died.wait()
    assert not pathlib.Path("/proc", str(died.pid)).exists()
    name = f"{PREFIX}{died.pid}.1-switch"
    with Lan(hosts=0):  # also skips here where there are no namespaces
        ip("netns", "add", name)
    with Lan(hosts=0):
        assert name not in ip("netns", "list")
