"""Other BitTorrent programs on hosts of a Lan, all with one shape:

    seed(host, torrent, folder)    shares what lies in folder; gives the process
    fetch(host, target, folder)    downloads; wait_done(process) says when; ends it

`lan` says whether BEP 14 is on, `dht` names a node of the DHT. Without either they find others through the tracker in
the torrent or link only.
"""
import json
import pathlib
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "lan"), str(HERE.parent / "support")]
from cases import Skip  # noqa: E402
from lan import Lan  # noqa: E402

# Other clients are not to be found through the world, however these hosts are connected.
Lan.environment = {"BTNODE_NO_INTERNET": "1"}

PYTHON = "/usr/bin/python3"
PORT = 6881
TRACKER_PORT = 6969


def need(tool):
    if not shutil.which(tool):
        raise Skip(f"{tool} is not installed")


def until(ready, process, timeout):
    deadline = time.monotonic() + timeout
    while not ready():
        assert process.running and time.monotonic() < deadline, process.describe()
        time.sleep(0.2)


def libtorrent():
    try:
        import libtorrent as found
        return found
    except ImportError:
        raise Skip("python3-libtorrent is not installed") from None


def make_torrent(content, path, tracker=None, piece_bytes=65536):
    """Writes a v1 .torrent made by libtorrent; gives its magnet link."""
    lt = libtorrent()
    files = lt.file_storage()
    lt.add_files(files, str(content))
    make = lt.create_torrent(files, piece_bytes, lt.create_torrent.v1_only)
    if tracker:
        make.add_tracker(tracker)
    lt.set_piece_hashes(make, str(pathlib.Path(content).parent))
    path = pathlib.Path(path)
    path.write_bytes(lt.bencode(make.generate()))
    path.chmod(0o644)
    return lt.make_magnet_uri(lt.torrent_info(str(path)))


class Libtorrent:
    name = "libtorrent"

    def __init__(self):
        libtorrent()

    def _spawn(self, host, target, folder, lan, *more):
        return host.spawn([PYTHON, HERE / "lt_peer.py", target, folder, *(["--lsd"] if lan else []), *more])

    def seed(self, host, torrent, folder, lan):
        process = self._spawn(host, torrent, folder, lan, "--stay")
        process.line("^complete", timeout=60)
        return process

    def fetch(self, host, target, folder, lan):
        return self._spawn(host, target, folder, lan)

    def wait_done(self, process, _host, timeout):
        process.line("^complete", timeout=timeout)
        assert process.wait(20).code == 0, process.describe()


class Aria2:
    name = "aria2"

    def __init__(self, *options):
        need("aria2c")
        self.options = options

    def _spawn(self, host, target, folder, lan, *more):
        return host.spawn(["aria2c", "--no-conf", "--dir", folder, "--enable-dht=false", "--enable-dht6=false",
                           f"--bt-enable-lpd={'true' if lan else 'false'}", f"--listen-port={PORT}",
                           "--enable-color=false", "--summary-interval=1", "--file-allocation=none",
                           *self.options, *more, target])

    def seed(self, host, torrent, folder, lan):
        process = self._spawn(host, torrent, folder, lan, "--check-integrity=true", "--seed-ratio=0.0")
        host.wait_listening(PORT)
        process.line(r"SEED\(|Verification finished successfully", timeout=60)
        return process

    def fetch(self, host, target, folder, lan):
        return self._spawn(host, target, folder, lan, "--seed-time=0", "--bt-save-metadata=false")

    def wait_done(self, process, _host, timeout):
        assert process.wait(timeout).code == 0, process.describe()


class Transmission:
    name = "transmission"
    RPC = "9091"

    def __init__(self):
        need("transmission-daemon")
        need("transmission-remote")

    def _spawn(self, host, target, folder, lan):
        config = host.folder("transmission")
        settings = {"lpd-enabled": lan, "dht-enabled": False, "pex-enabled": False, "utp-enabled": False,
                    "peer-port": PORT, "port-forwarding-enabled": False, "download-dir": str(folder),
                    "rpc-whitelist-enabled": False, "incomplete-dir-enabled": False, "start-added-torrents": True,
                    "preallocation": 0, "trash-original-torrent-files": False}
        (config / "settings.json").write_text(json.dumps(settings))
        host.own(config)
        process = host.spawn(["transmission-daemon", "--foreground", "--config-dir", config, "--port", self.RPC])
        host.wait_listening(int(self.RPC))
        added = self._remote(host, "--add", target)
        assert "success" in added.out.text, added.describe()
        return process

    def _remote(self, host, *words):
        return host.run(["transmission-remote", self.RPC, *words])

    def _is_full(self, host):
        shown = self._remote(host, "--torrent", "1", "--info").out.text
        return "Percent Done: 100%" in shown and "Verifying" not in shown

    def seed(self, host, torrent, folder, lan):
        process = self._spawn(host, torrent, folder, lan)
        until(lambda: self._is_full(host), process, 60)
        return process

    def fetch(self, host, target, folder, lan):
        return self._spawn(host, target, folder, lan)

    def wait_done(self, process, host, timeout):
        until(lambda: self._is_full(host), process, timeout)
        process.stop()


class Qbittorrent:
    """Its DHT is libtorrent's, see dht_test; 4.5 has no option for the way into it."""
    name = "qbittorrent"
    PAGE = 8080

    def __init__(self):
        need("qbittorrent-nox")

    def _spawn(self, host, target, folder, lan):
        profile = host.folder("qbittorrent")
        config = profile / "qBittorrent" / "config"
        config.mkdir(parents=True)
        session = {"LSDEnabled": lan, "DHTEnabled": False, "PeXEnabled": False, "Port": PORT, "DefaultSavePath": folder,
                   "QueueingSystemEnabled": False, "TempPathEnabled": False}
        (config / "qBittorrent.conf").write_text(
            "[LegalNotice]\nAccepted=true\n[Preferences]\nWebUI\\LocalHostAuth=false\n[BitTorrent]\n" +
            "".join(f"Session\\{key}={str(value).lower() if isinstance(value, bool) else value}\n"
                    for key, value in session.items()))
        for path in (profile, profile / "qBittorrent", config, config / "qBittorrent.conf"):
            host.own(path)
        process = host.spawn(["qbittorrent-nox", f"--profile={profile}", f"--webui-port={self.PAGE}",
                              f"--save-path={folder}", "--skip-dialog=true", target])
        host.wait_listening(self.PAGE, timeout=30)
        return process

    def _is_full(self, host):
        ask = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{self.PAGE}/api/v2/torrents/info').read().decode())"
        shown = host.run([PYTHON, "-c", ask])
        torrents = json.loads(shown.out.text) if shown.code == 0 else []
        return bool(torrents) and torrents[0]["progress"] == 1 and torrents[0]["state"] in ("uploading", "stalledUP", "forcedUP")

    def seed(self, host, torrent, folder, lan):
        process = self._spawn(host, torrent, folder, lan)
        until(lambda: self._is_full(host), process, 60)
        return process

    def fetch(self, host, target, folder, lan):
        return self._spawn(host, target, folder, lan)

    def wait_done(self, process, host, timeout):
        until(lambda: self._is_full(host), process, timeout)
        process.stop()


class Rtorrent:
    """It does not know BEP 14."""
    name = "rtorrent"

    def __init__(self):
        need("rtorrent")

    def _spawn(self, host, target, folder, event, dht):
        state = host.folder("rtorrent")
        mark = state / "done"
        rc = state / "rtorrent.rc"
        # a node is added when the DHT runs, and that is a moment after the start
        ways = "\n".join([f"dht.port.set = {PORT}", "dht.mode.set = on",
                          f'schedule2 = enter, 1, 5, "dht.add_node={dht}"']) if dht else "dht.mode.set = disable"
        rc.write_text(f"""directory.default.set = {folder}
session.path.set = {state}
network.port_range.set = {PORT}-{PORT}
network.port_random.set = no
{ways}
protocol.pex.set = no
trackers.use_udp.set = yes
system.daemon.set = true
method.set_key = event.download.{event}, mark, "execute.nothrow=touch,{mark}"
""")
        host.own(rc)
        process = host.spawn(["rtorrent", "-n", "-o", f"import={rc}", target], env={"TERM": "dumb"})
        host.wait_listening(PORT)
        process.mark = mark
        return process

    def seed(self, host, torrent, folder, lan, dht=None):
        process = self._spawn(host, torrent, folder, "hash_done", dht)
        until(process.mark.exists, process, 60)
        return process

    def fetch(self, host, target, folder, lan, dht=None):
        return self._spawn(host, target, folder, "finished", dht)

    def wait_done(self, process, _host, timeout):
        until(process.mark.exists, process, timeout)
        process.stop()


class Webtorrent:
    """From npm. The module with which it speaks WebRTC is native and not needed here."""
    name = "webtorrent"
    FOLDER = HERE.parents[1] / "build" / "webtorrent"

    def __init__(self):
        need("node")
        if not (self.FOLDER / "node_modules" / "webtorrent" / "package.json").exists():
            raise Skip("webtorrent is not installed: scripts/test could not get it from npm")

    def _spawn(self, host, target, folder, lan, dht):
        options = {"lsd": lan, "dht": {"bootstrap": [dht]} if dht else False, "torrentPort": PORT, "dhtPort": PORT}
        return host.spawn(["node", HERE / "wt_peer.mjs", self.FOLDER, target, folder, json.dumps(options)], root=True)

    def seed(self, host, torrent, folder, lan, dht=None):
        process = self._spawn(host, torrent, folder, lan, dht)
        process.line("^complete", timeout=60)
        return process

    def fetch(self, host, target, folder, lan, dht=None):
        return self._spawn(host, target, folder, lan, dht)

    def wait_done(self, process, _host, timeout):
        process.line("^complete", timeout=timeout)
        process.stop()


def http_tracker(host):
    """Starts the small tracker of this folder; gives its process and the announce URL."""
    process = host.spawn([PYTHON, HERE / "http_tracker.py", TRACKER_PORT])
    process.line("^ready")
    name = f"[{host.address}]" if ":" in host.address else host.address
    return process, f"http://{name}:{TRACKER_PORT}/announce"


def opentracker(host, *info_hashes):
    """Debian's opentracker serves only hashes on its list; it reads that list in the folder it shuts itself into."""
    need("opentracker")
    folder = host.folder("opentracker")
    (folder / "allowed").write_text("".join(f"{value}\n" for value in info_hashes))
    process = host.spawn(["opentracker", "-i", host.ipv4, "-p", TRACKER_PORT, "-P", TRACKER_PORT, "-d", folder,
                          "-w", "allowed", "-u", "nobody"], root=True, cwd=folder)
    host.wait_listening(TRACKER_PORT)
    return process, f"http://{host.ipv4}:{TRACKER_PORT}/announce"
