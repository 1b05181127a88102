"""Files that a client of the control port gives to the daemon, part by part, to be shared."""
import base64
import json
import os
import urllib.error
import urllib.request

from daemon_test import Daemon
from program import scratch
from transfer_test import free_port


class Rpc:
    """The control port of a daemon, in the new dialect."""

    def __init__(self, port):
        self.url, self.session = f"http://127.0.0.1:{port}/transmission/rpc", ""

    def call(self, method, **params):
        """The result; an AssertionError with the reason where there is none."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        for _ in range(2):
            try:
                question = urllib.request.Request(self.url, body, {"X-Transmission-Session-Id": self.session})
                with urllib.request.urlopen(question, timeout=30) as given:
                    answer = json.load(given)
                assert "error" not in answer, answer["error"].get("data", answer["error"])
                return answer["result"]
            except urllib.error.HTTPError as refused:
                assert refused.code == 409, refused
                self.session = refused.headers["X-Transmission-Session-Id"]
        raise AssertionError("no session")

    def refused(self, method, **params):
        try:
            self.call(method, **params)
        except AssertionError as why:
            return str(why)
        raise AssertionError(f"{method} was not refused")

    def give(self, upload, path, data, part=100_000):
        for at in range(0, len(data), part):
            self.call("upload_part", upload=upload, path=path, offset=at, data=base64.b64encode(data[at:at + part]).decode())


def run(test):
    with scratch() as folder:
        world, port = Daemon(folder), free_port()
        with world.runs("--rpc-bind", f"127.0.0.1:{port}"):
            test(Rpc(port), world, folder / "down")


def hidden(downloads):
    return [each.name for each in downloads.iterdir() if each.name.startswith(".")]


def shared(rpc, name):
    while True:
        states = {one["name"]: one for one in rpc.call("hashing_get")["hashings"]}
        if states.get(name, {}).get("state") == "done":
            return states[name]["hash_string"]
        assert states.get(name, {}).get("state") not in ("failed", "stopped"), states


def test_a_folder_comes_whole_is_shared_and_never_lies_over_another():
    def test(rpc, world, downloads):
        files = {"Fotos/a.jpg": os.urandom(250_000), "Fotos/unter/Grüße.txt": b"hallo", "Fotos/leer": b""}
        for name in ("Fotos", "Fotos (2)"):
            upload = rpc.call("upload_begin", name="Fotos", files=[{"path": p, "length": len(d)} for p, d in files.items()])["upload"]
            for path, data in files.items():
                rpc.give(upload, path, data)
            rpc.call("upload_end", upload=upload)
            for path, data in files.items():
                assert (downloads / name / path.split("/", 1)[1]).read_bytes() == data
            assert not hidden(downloads)
        assert shared(rpc, "Fotos") in {t["hash_string"] for t in world.torrents()}
    run(test)


def test_what_is_not_whole_or_is_no_plain_name_is_refused():
    def test(rpc, _, downloads):
        for path in ("../x", "x/../../y", "/etc/x", "x//y", ".hidden", "x/.git", "x/", "other", ""):
            assert rpc.refused("upload_begin", name="x", files=[{"path": path, "length": 1}]), path
        assert "free" in rpc.refused("upload_begin", name="x", files=[{"path": "x", "length": 1 << 49}])
        assert "twice" in rpc.refused("upload_begin", name="x", files=[{"path": "x", "length": 1}] * 2)
        upload = rpc.call("upload_begin", name="x", files=[{"path": "x", "length": 10}])["upload"]
        one = base64.b64encode(b"12345678901").decode()
        assert rpc.refused("upload_part", upload=upload, path="x", offset=0, data=one)
        assert rpc.refused("upload_part", upload=upload, path="y", offset=0, data="")
        assert rpc.refused("upload_part", upload=upload, path="x", offset=11, data="")
        rpc.give(upload, "x", b"12345")
        rpc.give(upload, "x", b"12345")  # as a client does whose answer was lost
        assert "whole" in rpc.refused("upload_end", upload=upload)
        assert hidden(downloads)
        rpc.call("upload_cancel", upload=upload)
        assert not hidden(downloads) and not (downloads / "x").exists()
        assert rpc.refused("upload_end", upload=upload)
    run(test)


def test_what_a_killed_daemon_was_given_in_part_is_gone_with_the_next():
    with scratch() as folder:
        world, port = Daemon(folder), free_port()
        with world.runs("--rpc-bind", f"127.0.0.1:{port}") as daemon:
            rpc = Rpc(port)
            upload = rpc.call("upload_begin", name="x", files=[{"path": "x", "length": 10}])["upload"]
            rpc.give(upload, "x", b"12345")
            daemon.process.kill()
            daemon.process.wait()
        assert hidden(folder / "down")
        with world.runs("--rpc-bind", f"127.0.0.1:{port}"):
            while hidden(folder / "down"):
                pass


def test_a_link_that_somebody_puts_in_the_way_is_not_followed():
    def test(rpc, world, downloads):
        outside = world.folder / "outside"
        outside.mkdir()
        (outside / "b").write_bytes(b"precious")
        upload = rpc.call("upload_begin", name="x", files=[{"path": "x/a/b", "length": 6}])["upload"]
        rpc.call("upload_part", upload=upload, path="x/a/b", offset=0, data=base64.b64encode(b"abc").decode())
        staging = downloads / hidden(downloads)[0]
        (staging / "x" / "a").rename(world.folder / "away")
        (staging / "x" / "a").symlink_to(outside)
        part = {"upload": upload, "path": "x/a/b", "offset": 3, "data": base64.b64encode(b"def").decode()}
        assert rpc.refused("upload_part", **part)
        (staging / "x" / "a").unlink()
        # the folder as a whole is what was made, wherever it is
        staging.rename(world.folder / "moved")
        staging.symlink_to(outside)
        (world.folder / "away").rename(world.folder / "moved" / "x" / "a")
        rpc.call("upload_part", **part)
        rpc.call("upload_end", upload=upload)
        assert (downloads / "x" / "a" / "b").read_bytes() == b"abcdef"
        assert (outside / "b").read_bytes() == b"precious"
    run(test)
