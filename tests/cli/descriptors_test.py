"""Few descriptors (ulimit -n): what they are for is planned, and what does not fit is said in words."""
import contextlib
import os
import resource

from exits import DONE, FAILURE, NOT_FOUND
from program import OFFLINE, background, expect, node, scratch
from transfer_test import free_port

QUIET = [*OFFLINE, "-4", "--no-dht"]


def at_most(count):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def held(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


@contextlib.contextmanager
def sharing(folder, torrents, limit):
    """So many torrents of one file each; their links."""
    for number in range(torrents):
        (folder / f"file-{number}").write_bytes(b"%d" % number * 20_000)
    port = free_port()
    names = [f"file-{number}" for number in range(torrents)]
    with background("share", *names, *QUIET, "-p", port, cwd=folder, before=at_most(limit)) as running:
        running.links = [running.line("out") for _ in names]
        running.peer = [*QUIET, "--peer", f"127.0.0.1:{port}"]
        yield running


def test_too_few_descriptors_end_every_command_in_words():
    with scratch() as folder:
        (folder / "file").write_text("content")
        expect(node("create", "-q", "file", "-o", "x.torrent", cwd=folder), DONE)
        for words in (["share", "file", *QUIET], ["get", "x.torrent", *QUIET], ["discover"], ["tracker", "--state", "none"],
                      ["verify", "x.torrent"], ["show", "x.torrent"], ["dht", "stats"], ["status"]):
            for limit in (12, 20, 32, 58):
                done = expect(node(*words, cwd=folder, before=at_most(limit)), FAILURE,
                              f"error: only {limit} files may be open at a time", "raise the limit (ulimit -n)")
                assert not done.out, done


def test_with_64_descriptors_files_are_shared_and_fetched():
    with scratch() as folder, sharing(folder, 20, 64) as seed:
        (folder / "out").mkdir()
        done = expect(node("get", *seed.links[:3], *seed.peer, "--seed", "no", "-o", "out", cwd=folder, before=at_most(64)), DONE)
        assert sorted(done.out.split()) == sorted(f"{folder}/out/file-{number}" for number in range(3)), done
        assert held(seed.process) < 64


def test_a_torrent_that_rests_holds_no_descriptor():
    counts = []
    for torrents in (1, 150):
        with scratch() as folder, sharing(folder, torrents, 128) as seed:
            counts.append(held(seed.process))
            (folder / "out").mkdir()
            wanted = seed.links[::10]
            expect(node("get", *wanted, *seed.peer, "--seed", "no", "-o", "out", cwd=folder), DONE)
            # what was read last stays open, within a common bound
            assert held(seed.process) <= counts[0] + 25, (held(seed.process), counts)
    assert counts[1] <= counts[0], counts


def test_a_download_too_many_is_refused_in_words():
    links = [f"magnet:?xt=urn:btih:{number:040x}" for number in range(1, 61)]
    with scratch() as folder:
        done = expect(node("get", *links, *QUIET, "--timeout", "1s", cwd=folder, before=at_most(100)), FAILURE,
                      "downloads are as many as this process can have: only 100 files may be open at a time",
                      "hint: raise the limit (ulimit -n)")
        assert done.err.count("as many as this process can have") > 40, done
        assert node("get", *links[:8], *QUIET, "--timeout", "1s", cwd=folder, before=at_most(100)).code == NOT_FOUND
