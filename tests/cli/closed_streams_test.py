"""Standard streams that are closed (<&-, >&-, 2>&-): nothing opened later gets their numbers, a lost result is told."""
import fcntl
import os
import signal
import subprocess
import time

from control_test import world
from exits import DONE, NOT_FOUND
from program import NODE, OFFLINE, clean_environment, expect, node, scratch
from transfer_test import free_port

HASH = "9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1"
FAILURE, NO_NODE = 1, 4
CLOSED = [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)]


def start(words, closed, cwd=None, env=None):
    """Only what is open has a pipe; the others are closed behind everything Popen does."""
    def close():
        for number in closed:
            os.close(number)
    return subprocess.Popen([NODE, *map(str, words)], cwd=cwd, env=env or clean_environment(), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=close)


def run(*words, closed, cwd=None, env=None):
    process = start(words, closed, cwd, env)
    out, err = process.communicate(timeout=20)
    return process.returncode, out, err


def test_no_word_of_ours_gets_into_a_torrent():
    with scratch() as folder:
        (folder / "d").mkdir()
        (folder / "d/x").write_bytes(b"x" * 100_000)
        words = ["create", "--no-date", "d", "-o"]
        assert run(*words, "good", closed=(), cwd=folder)[0] == DONE
        for closed in CLOSED:
            name = "n" + "".join(map(str, closed))
            code, _, err = run(*words, name, closed=closed, cwd=folder)
            assert (folder / name).read_bytes() == (folder / "good").read_bytes(), closed
            assert code == (FAILURE if 1 in closed else DONE), (closed, code, err)
            assert ("cannot write to standard output" in err) == (1 in closed and 2 not in closed), (closed, err)


def test_a_result_that_nobody_takes_is_a_failure():
    code, _, err = run("show", "--hash", HASH, closed=(1,))
    assert code == FAILURE and "standard output" in err, (code, err)
    with scratch() as folder:
        (folder / "x").write_bytes(b"x")
        code, _, err = run("create", "x", "-o", "-", closed=(1,), cwd=folder)
        assert code == FAILURE and "standard output" in err, (code, err)
    for word in ("--help", "--version"):
        assert run(word, closed=(1,))[0] == FAILURE, word
    assert run("show", "--hash", HASH, closed=(0, 2))[:2] == (DONE, HASH + "\n")


def test_a_closed_standard_input_holds_no_torrent():
    code, _, err = run("show", "-", closed=(0,))
    assert code not in (DONE, -signal.SIGABRT) and err.startswith("error: "), (code, err)


def test_who_looks_round_does_so_with_any_stream_closed():
    for closed in CLOSED:
        with scratch() as folder:
            env = clean_environment(XDG_RUNTIME_DIR=str(folder))
            place = ["--timeout", "0.3s", "--lan-port", free_port(), "--network", "of-this-test-alone"]
            assert run("status", closed=closed, env=env)[0] == NO_NODE, closed
            assert run("get", HASH, "--timeout", "0.3s", *OFFLINE, "--no-dht", closed=closed, env=env)[0] == NOT_FOUND, closed
            assert run("dht", "stats", "--timeout", "0.3s", "--no-lan", closed=closed, env=env)[0] == (FAILURE if 1 in closed else DONE), closed
            for command in ("discover", "peers"):
                assert run(command, *place, closed=closed, env=env)[0] == DONE, (command, closed)


def test_a_share_and_a_get_with_nothing_open_give_and_take():
    with world() as w:
        content = w.content([300_000])
        w.path().mkdir()
        port = free_port()
        common = [*OFFLINE, "--no-dht", "-4"]
        code, link, _ = run("create", content, "-o", "x.torrent", closed=(), cwd=w.folder)
        share = start(["share", content, "-p", port, *common], (0, 1, 2), w.folder, w.env)
        try:
            code, _, _ = run("get", link.strip(), "-o", "to", *common, "--seed", "no", "--timeout", "10s", "--peer",
                             f"127.0.0.1:{port}", closed=(0, 2), cwd=w.folder, env=w.env)
            assert code == DONE, code
            assert w.path("album", "1").read_bytes() == (w.folder / "source/album/1").read_bytes()
            share.send_signal(signal.SIGTERM)
            assert share.wait(10) == -signal.SIGTERM
        finally:
            share.kill()
            share.communicate()


def full_pipe():
    """A pipe that nobody reads, and that takes no byte more."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    for size in (4096, 1):
        try:
            while True:
                os.write(writer, b"x" * size)
        except BlockingIOError:
            pass
    os.set_blocking(writer, True)
    return reader, writer


def until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "never"
        time.sleep(0.05)


def test_a_share_whose_words_nobody_reads_goes_on_giving_and_answering():
    with scratch() as folder, world() as w:
        content = w.content([300_000])
        port = free_port()
        for stream in ("stderr", "stdout"):
            reader, writer = full_pipe()
            streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: writer}
            process = subprocess.Popen([NODE, "share", "-v", *OFFLINE, "--port", str(port), content], env=w.env,
                                       stdin=subprocess.DEVNULL, **streams)
            try:
                until(lambda: w.node("status").code == DONE)
                link = w.until(lambda state: state["status"] == "sharing", "shares", download=False)["hash_string"]
                got = folder / stream
                expect(node("get", "--seed", "no", *OFFLINE, "--peer", f"127.0.0.1:{port}", "-o", got, link,
                              env=clean_environment(BTNODE_STATE_DIR=str(folder / "other"))), DONE)
                # when somebody reads on, what was said comes whole and in order
                os.close(writer)
                text = b""
                process.send_signal(signal.SIGTERM)
                while part := os.read(reader, 65536):
                    text += part
                text = text.lstrip(b"x").decode()
                if stream == "stdout":
                    assert text.startswith("magnet:?xt=urn:btih:" + link) and text.endswith("\n"), text
                else:
                    assert text.startswith("sharing ") and "connected" in text, text
            finally:
                process.kill()
                process.communicate()
                os.close(reader)
