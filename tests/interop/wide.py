"""A small internet: hosts with public-looking addresses, each in a /24 of its own, behind one router.

A client that keeps one node per /24, or none of a private network, meets here what it meets in the world. The router
is a namespace that forwards between its ports; it has no way out. It also sees everything: capture() prints the
datagrams of the DHT as they pass.
"""
import subprocess
import sys

from clients import HERE
from cases import Skip
from lan import Host, Lan, Process, ip

CONNECTIONS_RULE = """table ip wide {{
    chain forward {{
        type filter hook forward priority 0; policy accept;
        tcp flags & (syn | ack) == syn ip daddr != {{ {} }} reject with tcp reset
    }}
}}
"""


class WideHost(Host):
    def __init__(self, lan, number):
        super().__init__(lan, number)
        self.ipv4 = f"20.0.{number}.7"

    def _open(self):
        ip("netns", "add", self.namespace)
        inside, port = ["-n", self.namespace], f"port{self.number}"
        self._sysctl("net/ipv6/conf/default/disable_ipv6", 1)
        ip("link", "add", "eth0", "netns", self.namespace, "type", "veth", "peer", "name", port, "netns", self.lan.switch)
        ip("-n", self.lan.switch, "addr", "add", f"20.0.{self.number}.1/24", "dev", port)
        ip("-n", self.lan.switch, "link", "set", port, "up")
        ip(*inside, "addr", "add", f"{self.ipv4}/24", "brd", f"20.0.{self.number}.255", "dev", "eth0")
        ip(*inside, "link", "set", "lo", "up")
        ip(*inside, "link", "set", "eth0", "up")
        ip(*inside, "route", "add", "default", "via", f"20.0.{self.number}.1")
        self.dir.mkdir()
        self.own(self.dir)


class Wide(Lan):
    """As a Lan; its switch is the router."""

    def __init__(self, hosts):
        super().__init__(hosts=hosts, v6=False)
        self.capturing = None

    def _open(self):
        ip("netns", "add", self.switch)
        try:
            self._in_router(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])
        except subprocess.CalledProcessError as trouble:
            raise Skip(f"no forwarding between namespaces here: {trouble.stderr}") from None
        ip("-n", self.switch, "link", "set", "lo", "up")
        self.hosts = [WideHost(self, number + 1) for number in range(self._size)]
        for host in self.hosts:
            host._open()

    def _in_router(self, command, **options):
        return subprocess.run(["ip", "netns", "exec", self.switch, *command], check=True, capture_output=True, text=True,
                              **options)

    def only_calls_to(self, hosts):
        """Connections can be opened to these hosts only, so who has data of them has found their address himself."""
        rules = CONNECTIONS_RULE.format(", ".join(host.ipv4 for host in hosts))
        self._in_router(["nft", "-f", "-"], input=rules)

    def capture(self):
        """Prints the datagrams of the DHT that pass, a line each: SECONDS FROM TO HEX."""
        self.capturing = Process(["ip", "netns", "exec", self.switch], [sys.executable, HERE / "capture.py"], {})
        self.capturing.line("^ready")
        return self.capturing

    def __exit__(self, *error):
        if self.capturing:
            self.capturing.kill()
        super().__exit__(*error)
