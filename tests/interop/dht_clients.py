"""The other clients as nodes of a DHT, all with one shape:

    seed(host, torrent, folder, entries)     shares what lies in folder
    Finder(host, entries)                    a node that will look for torrents
    finder.look_for([magnet])                does so; done(hash, content, seeder) says when it has found and got it
"""
import json
import os
import pathlib
import subprocess

from clients import HERE, PORT, PYTHON, libtorrent, need
from content import difference


def holds(folder, content):
    """Whether the download is whole: under its name, without a sign of being unfinished, and equal."""
    path = pathlib.Path(folder) / content.name
    unfinished = [path.with_name(path.name + end) for end in (".part", ".aria2")]
    return path.exists() and not any(map(pathlib.Path.exists, unfinished)) and difference(content, path) is None


class Libtorrent:
    name = "libtorrent"

    def __init__(self):
        libtorrent()

    def node(self, host, entries=(), *more):
        return host.spawn([PYTHON, HERE / "lt_dht.py", host.dir, "--bootstrap", ",".join(entries), *more])

    def seed(self, host, torrent, folder, entries, *more):
        return host.spawn([PYTHON, HERE / "lt_dht.py", folder, "--bootstrap", ",".join(entries), "--seed", torrent, *more])

    class Finder:
        by = "the DHT's answer"

        def __init__(self, host, entries, *more):
            reading, self.commands = os.pipe()
            self.process = host.spawn([PYTHON, HERE / "lt_dht.py", host.folder("out"), "--bootstrap", ",".join(entries),
                                       *more], stdin=reading)
            os.close(reading)

        def say(self, *words):
            os.write(self.commands, (" ".join(words) + "\n").encode())

        def look_for(self, wanted):
            for magnet in wanted:
                self.say("get", magnet)

        def done(self, info_hash, _content, seeder):
            lines = list(self.process.out.lines)
            return any(line.startswith(f"found {info_hash} {seeder.ipv4}:{PORT} ") for line in lines) and any(
                line.startswith(f"complete {info_hash} ") for line in lines)


class Aria2:
    name = "aria2"

    def __init__(self):
        need("aria2c")

    @staticmethod
    def spawn(host, folder, entries, *more):
        return host.spawn(["aria2c", "--no-conf", "--dir", folder, "--enable-dht=true", "--enable-dht6=false",
                           f"--dht-listen-port={PORT}", f"--dht-entry-point={entries[0]}",
                           f"--dht-file-path={host.dir / 'dht.dat'}", "--dht-message-timeout=2", "--bt-enable-lpd=false",
                           "--enable-peer-exchange=false", f"--listen-port={PORT}", "--enable-color=false",
                           "--summary-interval=0", "--file-allocation=none", *more])

    def seed(self, host, torrent, folder, entries):
        return self.spawn(host, folder, entries, "--check-integrity=true", "--seed-ratio=0.0", torrent)

    class Finder:
        by = "the download"

        def __init__(self, host, entries):
            self.host, self.entries, self.out, self.process = host, entries, host.folder("out"), None

        def look_for(self, wanted):
            self.process = Aria2.spawn(self.host, self.out, self.entries, "--seed-time=0", "--bt-save-metadata=false",
                                       "--max-concurrent-downloads=10", *wanted)

        def done(self, _hash, content, _seeder):
            return holds(self.out, content)


class Transmission:
    name = "transmission"
    RPC = "9091"

    def __init__(self):
        need("transmission-daemon")
        need("transmission-remote")

    @classmethod
    def spawn(cls, host, folder, entries):
        config = host.folder("transmission")
        settings = {"lpd-enabled": False, "dht-enabled": True, "pex-enabled": False, "utp-enabled": False,
                    "peer-port": PORT, "port-forwarding-enabled": False, "download-dir": str(folder),
                    "rpc-whitelist-enabled": False, "incomplete-dir-enabled": False, "start-added-torrents": True,
                    "preallocation": 0, "trash-original-torrent-files": False, "rename-partial-files": True,
                    "message-level": 3}
        (config / "settings.json").write_text(json.dumps(settings))
        # what an earlier run would have left: the way into the DHT
        packed = b"".join(bytes(map(int, entry.partition(":")[0].split("."))) + int(entry.partition(":")[2]).to_bytes(2, "big")
                          for entry in entries)
        (config / "dht.dat").write_bytes(b"d2:id20:" + os.urandom(20) + b"5:nodes%d:" % len(packed) + packed + b"e")
        host.own(config)
        return host.spawn(["transmission-daemon", "--foreground", "--log-debug", "--config-dir", config, "--port", cls.RPC])

    @classmethod
    def add(cls, host, target):
        host.wait_listening(int(cls.RPC))
        added = host.run(["transmission-remote", cls.RPC, "--add", target])
        assert "success" in added.out.text, added.describe()

    def seed(self, host, torrent, folder, entries):
        process = self.spawn(host, folder, entries)
        self.add(host, torrent)
        return process

    class Finder:
        by = "the download"

        def __init__(self, host, entries):
            self.host, self.out = host, host.folder("out")
            self.process = Transmission.spawn(host, self.out, entries)

        def look_for(self, wanted):
            for magnet in wanted:
                Transmission.add(self.host, magnet)

        def done(self, _hash, content, _seeder):
            return holds(self.out, content)
