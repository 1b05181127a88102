"""Wrong use and bad luck, each with its exit status and a message that a person understands."""
import json
import os
import subprocess
import time

from cases import limit
from content import MIB, make_file
from exits import BAD_DATA, NETWORK, NOT_FOUND, STORAGE, USAGE
from lan import NODE, Lan, node
from nodes import get, same, share

HASH = "0123456789abcdef0123456789abcdef01234567"


def refused(process, code, *words):
    """It ended with this status, said why in a line that begins `error:`, and printed no result."""
    process.wait(30)
    assert process.code == code, f"expected {code}: {process.describe()}"
    assert process.out.text == "", process.describe()
    complaint = process.err.text
    assert any(line.startswith("error: ") for line in process.err.lines), process.describe()
    for word in words:
        assert word.lower() in complaint.lower(), f"no word of '{word}': {process.describe()}"
    for noise in ("terminate called", "Assertion", "exception", "errno", "std::", "core dumped"):
        assert noise not in complaint, process.describe()


def on_one_host(function):
    with Lan(hosts=1) as lan:
        function(lan.hosts[0])


def with_a_share(function, size=2 * MIB):
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", size)
        _, magnet = share(seed, content)
        function(other, magnet, content)


def test_wrong_use():
    def body(host):
        for words in (["get"], ["share"], ["get", "--no-such-option", HASH], ["no-such-command"],
                      ["get", "--timeout", "soon", HASH], ["get", "--port", "70000", HASH], ["share", "--port", "x", "."]):
            done = host.run([NODE, *words], timeout=20)
            assert done.code == USAGE and done.out.text == "" and done.err.text, done.describe()

    on_one_host(body)


def test_malformed_magnets():
    def body(host):
        for link in ("magnet:", "magnet:?dn=name", "magnet:?xt=urn:btih:", f"magnet:?xt=urn:btih:{HASH[:-1]}",
                     f"magnet:?xt=urn:btih:{HASH}0", f"magnet:?xt=urn:btih:{'z' * 40}", "magnet:0123",
                     f"magnet:?xt=urn%%3Abtih:{HASH}", f"magnet:?xt=urn:sha1:{HASH}"):
            refused(host.spawn([NODE, "get", "--timeout", "1s", link]), BAD_DATA, "magnet")

    on_one_host(body)


def test_a_pure_v2_link_is_named_as_such():
    on_one_host(lambda host: refused(
        host.spawn([NODE, "get", "--timeout", "1s", f"magnet:?xt=urn:btmh:1220{'ab' * 32}"]), BAD_DATA, "v2"))


@limit(200)
def test_every_truncation_of_a_torrent():
    """All of them through `show`, which needs no network; some through `get` as well."""
    with Lan(hosts=1) as lan:
        host = lan.hosts[0]
        content = make_file(host.folder("data") / "content.bin", 100_000)
        file = host.dir / "whole.torrent"
        created = host.run([NODE, "create", "-o", file, content])
        assert created.code == 0, created.describe()
        whole = file.read_bytes()
        short = host.dir / "short.torrent"
        for length in range(len(whole)):
            short.write_bytes(whole[:length])
            done = subprocess.run([node(), "show", short], capture_output=True, text=True, timeout=20)
            assert done.returncode == BAD_DATA and not done.stdout and "short.torrent" in done.stderr, (
                f"{length} of {len(whole)} bytes: {done}")
        for length in (0, 1, len(whole) // 2, len(whole) - 1):
            short.write_bytes(whole[:length])
            refused(host.spawn([NODE, "get", short]), BAD_DATA, "short.torrent")


def test_a_hash_nobody_has():
    def body(host):
        began = time.monotonic()
        refused(host.spawn([NODE, "get", "--timeout", "2s", HASH]), NOT_FOUND)
        seconds = time.monotonic() - began
        assert 1.5 < seconds < 6, f"took {seconds:.1f} s"

    on_one_host(body)


def test_paths_that_cannot_be_shared():
    def body(host):
        refused(host.spawn([NODE, "share", host.dir / "nothing here"]), NOT_FOUND, "nothing here")
        secret = make_file(host.dir / "secret.bin", 1000)
        secret.chmod(0)
        refused(host.spawn([NODE, "share", secret]), STORAGE, "secret.bin", "permission")
        refused(host.spawn([NODE, "share", host.folder("empty")]), USAGE, "empty")

    on_one_host(body)


def test_a_target_folder_that_is_missing_or_read_only():
    def body(host, magnet, _):
        locked = host.dir / "locked"
        locked.mkdir()  # root's, and the program is not root
        refused(host.spawn([NODE, "get", "-o", locked, magnet]), STORAGE, "permission")
        assert not list(locked.iterdir())

    with_a_share(body)


@limit(180)
def test_a_disk_that_is_full():
    def body(host, magnet, content):
        small = host.small_disk("small", 8)
        refused(host.spawn([NODE, "get", "--seed", "no", "-o", small, magnet]), STORAGE, "space")
        same(content, get(host, magnet, host.folder("roomy")))

    with_a_share(body, size=64 * MIB)


def test_a_foreign_file_in_the_way_stays_as_it_is():
    def body(host, magnet, content):
        out = host.folder("out")
        for foreign in (b"my only copy", os.urandom(content.stat().st_size), os.urandom(content.stat().st_size + 1)):
            path = out / content.name
            path.write_bytes(foreign)
            host.own(path)
            refused(host.spawn([NODE, "get", "--seed", "no", "-o", out, magnet]), STORAGE, content.name)
            assert path.read_bytes() == foreign
        path.unlink()
        (out / content.name).mkdir()
        refused(host.spawn([NODE, "get", "--seed", "no", "-o", out, magnet]), STORAGE, content.name)

    with_a_share(body)


def test_a_file_that_is_ours_already_is_taken_over():
    def body(host, magnet, content):
        out = host.folder("out")
        first = get(host, magnet, out)
        before = first.stat()
        same(content, get(host, magnet, out))
        assert first.stat().st_mtime_ns == before.st_mtime_ns and first.stat().st_ino == before.st_ino

    with_a_share(body)


def test_a_port_that_is_taken():
    def body(host):
        content = make_file(host.dir / "content.bin", 1000)
        share(host, content, "--port", "7777")
        refused(host.spawn([NODE, "share", "--port", "7777", content]), NETWORK, "7777")
        refused(host.spawn([NODE, "get", "--port", "7777", HASH]), NETWORK, "7777")

    on_one_host(body)


def test_errors_are_json_when_json_is_asked():
    def body(host):
        done = host.run([NODE, "get", "--json", "--timeout", "1s", HASH], timeout=20)
        assert done.code == NOT_FOUND, done.describe()
        error = json.loads(done.err.lines[-1])
        assert error["schema"] == 1 and error["error"]["exit"] == NOT_FOUND and error["error"]["message"], error

    on_one_host(body)


def test_no_port_is_needed_to_be_known():
    """Another program on the hello port without address reuse: a node says so or goes on, but never hangs or dies."""
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", MIB)
        squatter = ("import socket,time; s=socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('::',8001)); "
                    "print('ready',flush=True); time.sleep(100)")
        other.spawn(["/usr/bin/python3", "-c", squatter]).line("ready")
        _, magnet = share(seed, content)
        same(content, get(other, magnet, other.folder("out")))
