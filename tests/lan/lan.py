"""A LAN made of network namespaces: a switch, some hosts, real processes in them.

    with Lan(hosts=3) as lan:
        seed, other, third = lan.hosts
        sharing = seed.spawn([NODE, "share", path])
        link = sharing.line(r"^magnet:")
        assert other.run([NODE, "get", link, "-o", other.dir / "out"]).code == 0

The switch is a bridge in a namespace of its own, so nothing of the machine's own network is touched and everything
goes away with the namespaces. Names carry our process id; what a killed run left behind is removed by the next.
Programs run as an unprivileged user without capabilities. Every process is ended when the Lan is left, every wait has
a time limit.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from cases import Broken, Skip  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = pathlib.Path(os.environ.get("BT_NODE") or ROOT / "build" / "node")
PREFIX = "btlan"
CRASHES = {-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE}
NOBODY = 65534  # user and group of the programs under test
_lan_count = 0


def node():
    """The program under test."""
    if not BUILT.is_file():
        raise Skip(f"{BUILT} is not built")
    return BUILT


def ip(*words, check=True):
    return subprocess.run(["ip", *map(str, words)], check=check, capture_output=True, text=True).stdout


def need_namespaces():
    if os.geteuid() != 0:
        raise Skip("needs root for network namespaces")
    for tool in ("ip", "setpriv"):
        if not shutil.which(tool):
            raise Skip(f"needs the program '{tool}'")
    probe = f"{PREFIX}{os.getpid()}-probe"
    try:
        ip("netns", "add", probe)
        ip("-n", probe, "link", "add", "br0", "type", "bridge")
        ip("-n", probe, "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    except subprocess.CalledProcessError as trouble:
        raise Skip(f"no network namespaces, bridges or veths here: {trouble.stderr.strip()}") from None
    finally:
        ip("netns", "del", probe, check=False)


def is_leftover(name):
    match = re.match(PREFIX + r"(\d+)[.-]", name)
    return bool(match) and not pathlib.Path("/proc", match[1]).exists()


def remove_leftovers():
    """Namespaces and folders of runs whose process is gone."""
    for line in ip("netns", "list").splitlines():
        if is_leftover(line):
            remove_namespace(line.split()[0])
    for folder in pathlib.Path(scratch_root()).glob(f"{PREFIX}*"):
        if is_leftover(folder.name):
            remove_folder(folder)


def scratch_root():
    return os.environ.get("BT_TEST_DIR") or tempfile.gettempdir()


def remove_folder(folder):
    mounts = [line.split()[1] for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed(mounts):
        if mount.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", mount], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def remove_namespace(name):
    for pid in ip("netns", "pids", name, check=False).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    ip("netns", "del", name, check=False)


class Output:
    """The lines of one stream, with the time at which each came."""

    def __init__(self, stream, wake):
        self.lines, self.times = [], []
        self.ended = False
        self._stream, self._wake = stream, wake
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for raw in self._stream:
            with self._wake:
                self.lines.append(raw.decode(errors="surrogateescape").rstrip("\r\n"))
                self.times.append(time.monotonic())
                self._wake.notify_all()
        self._stream.close()
        with self._wake:
            self.ended = True
            self._wake.notify_all()

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)


class Process:
    """A running program. `out` and `err` collect what it prints; `peak_rss` and `usage` what it cost."""

    def __init__(self, wrapper, command, popen_options):
        self.shown = [str(word) for word in command]
        self.command = [str(word) for word in wrapper] + self.shown
        self.started = time.monotonic()
        self._wake = threading.Condition()
        self._popen = subprocess.Popen(
            self.command, stdin=popen_options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, **popen_options)
        self.pid = self._popen.pid
        self.out = Output(self._popen.stdout, self._wake)
        self.err = Output(self._popen.stderr, self._wake)
        self.code = None  # exit status; minus the signal's number if one ended it
        self.usage = None  # of resource.getrusage, after the end
        self.ended_at = None
        threading.Thread(target=self._reap, daemon=True).start()

    def _reap(self):
        _, status, usage = os.wait4(self.pid, 0)
        with self._wake:
            self.ended_at = time.monotonic()
            self.usage = usage
            self.code = self._popen.returncode = os.waitstatus_to_exitcode(status)
            self._wake.notify_all()

    def peak_rss(self):
        """Bytes, while it runs; None after. (The usage of a forked child would include its parent's memory.)"""
        try:
            status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
            return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 1024
        except (OSError, TypeError):
            return None

    def cpu(self):
        """Seconds of processor time so far."""
        if self.usage:
            return self.usage.ru_utime + self.usage.ru_stime
        try:
            fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended just now
            with self._wake:
                self._wake.wait_for(lambda: self.usage, 5)
            return self.cpu()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def running(self):
        return self.code is None

    def is_foreign_crash(self):
        """Whether it is another client and fell over by itself."""
        with self._wake:  # its output ends a moment before it
            self._wake.wait_for(lambda: self.code is not None or not self.out.ended, 1)
        return pathlib.Path(self.shown[0]).name != "node" and self.code in CRASHES

    def _until(self, ready, timeout, what):
        deadline = time.monotonic() + timeout
        with self._wake:
            while True:
                found = ready()
                if found is not None:
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"no {what} within {timeout} s from {self.describe()}")
                self._wake.wait(left)

    def line(self, pattern, timeout=10.0, stream="out", start=0):
        """The first line from number `start` on that matches, waiting for it; fails when the program ends without."""
        return self.line_at(pattern, timeout, stream, start)[0]

    def line_at(self, pattern, timeout=10.0, stream="out", start=0):
        """As line(), with the monotonic time at which it came."""
        output = getattr(self, stream)
        wanted = re.compile(pattern)
        seen = start

        def ready():
            nonlocal seen
            while seen < len(output.lines):
                seen += 1
                if wanted.search(output.lines[seen - 1]):
                    return output.lines[seen - 1], output.times[seen - 1]
            if output.ended:
                raise AssertionError(f"no line {pattern!r} from {self.describe()}")
            return None

        return self._until(ready, timeout, f"line {pattern!r}")

    def wait(self, timeout=60.0):
        """Until it has ended and all its output is read; gives itself."""
        self._until(lambda: True if self.code is not None and self.out.ended and self.err.ended else None, timeout,
                    "end")
        return self

    def signal(self, number):
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self, timeout=10.0):
        """Asks it to end, insists after the time is over."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except AssertionError:
            return self.kill()

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait(10)

    def describe(self):
        state = "running" if self.running else f"exit status {self.code}"
        words = [word if len(word) < 100 else word[:60].splitlines()[0] + " ..." for word in self.shown]
        return (f"'{' '.join(words)}' ({state})\n--- stdout\n{self.out.text[-2000:]}"
                f"--- stderr\n{self.err.text[-2000:]}")


class Host:
    """One machine of the LAN: a namespace with eth0, and a folder of its own."""

    def __init__(self, lan, number):
        self.lan, self.number = lan, number
        self.namespace = f"{lan.name}-{number}"
        self.ipv4 = f"10.77.0.{number}" if lan.v4 else None
        self.ipv6 = f"fd77::{number}" if lan.v6 and lan.ula else None
        self.dir = lan.dir / f"host{number}"
        self.processes = []

    @property
    def address(self):
        return self.ipv4 or self.ipv6

    def link_local(self):
        return re.search(r"inet6 (fe80::[0-9a-f:]+)/64", ip("-n", self.namespace, "addr", "show", "eth0"))[1]

    def _open(self):
        ip("netns", "add", self.namespace)
        in_host = ["-n", self.namespace]
        self._sysctl("net/ipv6/conf/default/accept_dad", 0)  # addresses work at once
        self._sysctl("net/ipv6/conf/default/disable_ipv6", 0 if self.lan.v6 else 1)
        ip("link", "add", "eth0", "netns", self.namespace, "type", "veth",
           "peer", "name", f"port{self.number}", "netns", self.lan.switch)
        ip("-n", self.lan.switch, "link", "set", f"port{self.number}", "master", "br0", "up")
        if self.ipv4:
            ip(*in_host, "addr", "add", f"{self.ipv4}/24", "brd", "10.77.0.255", "dev", "eth0")
        if self.ipv6:
            ip(*in_host, "addr", "add", f"{self.ipv6}/64", "dev", "eth0", "nodad")
        ip(*in_host, "link", "set", "lo", "up")
        ip(*in_host, "link", "set", "eth0", "up")
        if self.lan.default_route:  # to a router that is not there, as with a dead internet line
            if self.ipv4:
                ip(*in_host, "route", "add", "default", "via", "10.77.0.254")
            if self.ipv6:
                ip(*in_host, "-6", "route", "add", "default", "via", "fd77::ffff")
        self.dir.mkdir()
        os.chown(self.dir, NOBODY, NOBODY)

    def _sysctl(self, path, value):
        subprocess.run(["ip", "netns", "exec", self.namespace, "sh", "-c", f"echo {value} >/proc/sys/{path}"],
                       check=True, capture_output=True)

    def spawn(self, command, env=None, cwd=None, root=False, **popen_options):
        """Starts a program on this host, in its folder. It becomes the process itself: signals reach it directly."""
        wrapped = ["ip", "netns", "exec", self.namespace]
        if not root:
            wrapped += ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs",
                        "--bounding-set=-all", "--inh-caps=-all"]
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "HOME": str(self.dir),
                       "TMPDIR": str(self.dir), "XDG_RUNTIME_DIR": str(self.dir),
                       "XDG_STATE_HOME": str(self.dir / ".local" / "state"), **self.lan.environment, **(env or {})}
        if command[0] == NODE:
            command = [self.lan.program(), *command[1:]]
        process = Process(wrapped, command, {"env": environment, "cwd": str(cwd or self.dir), **popen_options})
        self.processes.append(process)
        return process

    def run(self, command, timeout=60.0, **options):
        """Runs a program to its end."""
        return self.spawn(command, **options).wait(timeout)

    def wait_listening(self, port, timeout=10.0, udp=False):
        """Until something listens on a port of this host."""
        state, suffix = ("07", "udp") if udp else ("0A", "tcp")
        pattern = re.compile(rf"^\s*\d+: [0-9A-F]+:{port:04X} \S+ {state} ", re.M)
        script = f"cat /proc/net/{suffix} /proc/net/{suffix}6"
        deadline = time.monotonic() + timeout
        while not pattern.search(self.run(["sh", "-c", script]).out.text):
            assert time.monotonic() < deadline, f"nothing listens on {self.namespace}:{port} after {timeout} s"
            time.sleep(0.05)

    def folder(self, name):
        """A new empty folder that the programs of this host may write to."""
        path = self.dir / name
        path.mkdir()
        os.chown(path, NOBODY, NOBODY)
        return path

    def small_disk(self, name, mebibytes):
        """A folder that holds only so much."""
        path = self.folder(name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,uid={NOBODY},gid={NOBODY}", "btlan", path],
                       check=True)
        return path

    def limit_sending(self, mebibytes_per_second):
        """The line out of this host carries no more than that; None lifts it."""
        if mebibytes_per_second is None:
            subprocess.run(["tc", "-n", self.namespace, "qdisc", "del", "dev", "eth0", "root"], check=True)
            return
        subprocess.run(["tc", "-n", self.namespace, "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate",
                        f"{int(mebibytes_per_second * 8 * 1024)}kibit", "burst", "256kb", "latency", "50ms"], check=True)

    def counted(self, direction):
        """Bytes that eth0 has carried: direction is "rx" or "tx"."""
        shown = json.loads(ip("-n", self.namespace, "-s", "-j", "link", "show", "eth0"))
        return shown[0]["stats64"][direction]["bytes"]

    def count_packets(self, hook, **counters):
        """Counts packets at a hook ("input", "output") of this host from now on, each counter those its rule matches."""
        if not shutil.which("nft"):
            raise Skip("needs the program 'nft' to count packets")
        lines = ["table inet btcount {", *(f"counter {name} {{ }}" for name in counters),
                 f"chain seen {{ type filter hook {hook} priority 0; policy accept;",
                 *(f"{rule} counter name {name}" for name, rule in counters.items()), "}", "}"]
        subprocess.run(["ip", "netns", "exec", self.namespace, "nft", "-f", "-"], input="\n".join(lines) + "\n", check=True,
                       text=True, capture_output=True)

    def packets(self):
        """What was counted so far, by name."""
        shown = subprocess.run(["ip", "netns", "exec", self.namespace, "nft", "-j", "list", "counters"], check=True, text=True,
                               capture_output=True).stdout
        return {one["counter"]["name"]: one["counter"]["packets"] for one in json.loads(shown)["nftables"] if "counter" in one}

    def own(self, path):
        """Gives a file or a tree to the user the programs run as."""
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(path)], check=True)
        return path


NODE = "node under test"  # as command[0]: the program of build/, copied to where an unprivileged user may run it


class Lan:
    """environment: variables of all programs, beside what every program has: its host's folder as home, for what it keeps
    and for what it listens at. Set it for a suite, before it begins.
    hosts: how many. v4, v6: which addresses they have (ula: an fd77:: address beside the link-local one).
    default_route: whether they have one. block: any of "multicast", "broadcast", which the switch then drops for UDP;
    ARP and neighbour discovery still work."""

    environment = {}

    def __init__(self, hosts=2, v4=True, v6=True, ula=True, default_route=False, block=()):
        global _lan_count
        _lan_count += 1
        self.name = f"{PREFIX}{os.getpid()}.{_lan_count}"
        self.switch = f"{self.name}-switch"
        self.v4, self.v6, self.ula, self.default_route, self.block = v4, v6, ula, default_route, set(block)
        self.dir = None
        self._size = hosts
        self.hosts = []

    def __enter__(self):
        need_namespaces()
        if self.block and not shutil.which("nft"):
            raise Skip("needs the program 'nft' to block packets")
        remove_leftovers()
        # Not in a private folder of root's: the programs run as somebody else.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=scratch_root()))
        self.dir.chmod(0o755)
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def _open(self):
        ip("netns", "add", self.switch)
        ip("-n", self.switch, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        ip("-n", self.switch, "link", "set", "br0", "up")
        self.hosts = [Host(self, number + 1) for number in range(self._size)]
        for host in self.hosts:
            host._open()
        if self.block:
            self.filter(self.block)

    def filter(self, block):
        """Drops what `block` names from now on; an empty set opens the switch again."""
        rules = ["table bridge btlan", "delete table bridge btlan", "table bridge btlan {",
                 "chain forward { type filter hook forward priority 0; policy accept;"]
        if "multicast" in block:
            rules += ["ip daddr 224.0.0.0/4 drop", "ip6 daddr ff00::/8 ip6 nexthdr udp drop"]
        if "broadcast" in block:
            rules += ["ether daddr ff:ff:ff:ff:ff:ff ether type ip drop"]
        subprocess.run(["ip", "netns", "exec", self.switch, "nft", "-f", "-"], input="\n".join(rules) + "\n}\n}\n",
                       check=True, text=True, capture_output=True)

    def unplug(self, host, down=True):
        """Pulls a host's cable, or puts it back."""
        ip("-n", self.switch, "link", "set", f"port{host.number}", "down" if down else "up")

    def program(self):
        """The program under test, where everybody may run it."""
        copy = self.dir / "node"
        if not copy.exists():
            shutil.copy(node(), copy)
            copy.chmod(0o755)
        return copy

    def __exit__(self, kind, trouble, _):
        crashed = kind and [process for host in self.hosts for process in host.processes if process.is_foreign_crash()]
        self._close()
        if crashed:
            raise Broken(crashed[0].describe()) from trouble

    def _close(self):
        for host in self.hosts:
            for process in host.processes:
                process.signal(signal.SIGKILL)
        for namespace in [host.namespace for host in self.hosts] + [self.switch]:
            remove_namespace(namespace)
        if self.dir:
            remove_folder(self.dir)
