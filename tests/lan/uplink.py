"""A LAN with a way out: one machine outside, behind a router, over a slow line."""
import subprocess

from lan import Host, Lan, ip


class Outside(Host):
    """Its eth0 leads to the router; what it sends is what comes in over the uplink."""

    def __init__(self, lan, number):
        super().__init__(lan, number)
        self.ipv4, self.ipv6 = f"20.0.{number}.7", None

    def _open(self):
        router = f"20.0.{self.number}.1"
        ip("netns", "add", self.namespace)
        self._sysctl("net/ipv6/conf/default/disable_ipv6", 1)
        port = f"port{self.number}"
        ip("link", "add", "eth0", "netns", self.namespace, "type", "veth", "peer", "name", port, "netns", self.lan.switch)
        ip("-n", self.lan.switch, "addr", "add", f"{router}/24", "dev", port)
        ip("-n", self.lan.switch, "link", "set", port, "up")
        ip("-n", self.namespace, "addr", "add", f"{self.ipv4}/24", "brd", f"20.0.{self.number}.255", "dev", "eth0")
        ip("-n", self.namespace, "link", "set", "lo", "up")
        ip("-n", self.namespace, "link", "set", "eth0", "up")
        ip("-n", self.namespace, "route", "add", "default", "via", router)
        self.dir.mkdir()
        self.own(self.dir)


class Uplink(Lan):
    """As a Lan with a default route, and one host outside."""

    def __init__(self, hosts):
        super().__init__(hosts=hosts, v6=False, default_route=True)

    def _open(self):
        super()._open()
        ip("-n", self.switch, "addr", "add", "10.77.0.254/24", "dev", "br0")
        subprocess.run(["ip", "netns", "exec", self.switch, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"],
                       check=True, capture_output=True)
        self.outside = Outside(self, len(self.hosts) + 1)
        self.hosts.append(self.outside)  # ended with the others
        self.outside._open()

    @property
    def inside(self):
        return self.hosts[:-1]
