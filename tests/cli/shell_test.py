"""The prompt: words at a terminal and lines from a pipe."""
import contextlib
import json
import os
import signal

from control_test import World
from exits import DONE, NOT_FOUND, NO_NODE, USAGE
from program import background, expect, scratch, terminal
from transfer_test import free_port


class Prompt(World):
    """Whose daemon finds nobody on this network but where it is pointed to."""

    def __init__(self, folder):
        super().__init__(folder)
        (folder / "down").mkdir()
        self.env = {**self.env, "HOME": str(folder), "BTNODE_NO_LAN": "1", "BTNODE_PORT": str(free_port()),
                    "BTNODE_DOWNLOAD_DIR": str(folder / "down"), "BTNODE_RPC_BIND": "off"}

    def script(self, text):
        return self.node("shell", stdin=text.encode())

    @contextlib.contextmanager
    def at_terminal(self):
        with terminal("shell", env=self.env, cwd=self.folder, columns=100) as t:
            t.wait_for("node> ")
            yield t


def prompts(t):
    return t.text().count("node> ")


def test_a_script_shares_and_asks_and_leaves_nothing_behind():
    with scratch() as folder:
        world = Prompt(folder)
        world.content([40_000])
        done = expect(world.script("# a remark\n\nshare 'source/album'\nstatus\npause album\nstatus --json\n"), DONE)
        assert "magnet:" in done.out and "paused " in done.out, done
        assert json.loads(done.out.splitlines()[-1])["torrents"][0]["status"] == "paused", done
        expect(world.node("daemon", "status"), NO_NODE)
        # the daemon keeps its list
        assert "album\t" in expect(world.script("start\nstatus\n"), DONE).out
        expect(world.node("daemon", "status"), NO_NODE)


def test_a_script_ends_at_the_first_failure_with_its_exit_code():
    with scratch() as folder:
        world = Prompt(folder)
        done = expect(world.script("show nowhere.torrent\nhelp\n"), NOT_FOUND, "nowhere.torrent")
        assert not done.out, done
        expect(world.script("statsu\n"), USAGE, "unknown command 'statsu'; did you mean 'status'?")
        expect(world.script("get 'x\n"), USAGE, "a quote (') is not closed")
        expect(world.script("status\nhelp\n"), NO_NODE)
        expect(world.script("close\nnonsense\n"), DONE)
        expect(world.script(""), DONE)
        expect(world.node("shell", "x"), USAGE, "unexpected argument 'x'")


def test_request_in_a_script_waits_for_what_it_fetches():
    with scratch() as folder, scratch() as there:
        source, world = Prompt(there), Prompt(folder)
        album = source.content([40_000])
        with background("share", album, "--port", source.env["BTNODE_PORT"], env=source.env) as share:
            link = share.line("out")
            peer = f"127.0.0.1:{source.env['BTNODE_PORT']}"
            done = expect(world.script(f"request --seed no --peer {peer} '{link}'\n"), DONE)
            assert done.out == f"{folder}/album\n", done
            assert (folder / "album" / "1").read_bytes() == (album / "1").read_bytes()


def test_it_uses_the_daemon_that_runs_and_leaves_it_running():
    with scratch() as folder:
        world = Prompt(folder)
        with background("daemon", env=world.env, cwd=folder) as daemon:
            daemon.line_that_holds("err", "ready: ")
            expect(world.script("start\nadd --paused " + "1" * 40 + "\nstatus\n"), DONE)
            stands = json.loads(expect(world.node("daemon", "status", "--json"), DONE).out)
            assert stands["process"] == daemon.process.pid and stands["torrents"] == 1, stands


def test_at_a_terminal_a_failure_goes_on_and_close_ends_the_daemon():
    with scratch() as folder:
        world = Prompt(folder)
        world.content([40_000])
        with world.at_terminal() as t:
            expect(world.node("daemon", "status"), DONE)
            assert "[0 down 0.0 kB/s | 0 up 0.0 kB/s]" in t.text(), t.text()
            t.type("statsu\r")
            t.wait_for("did you mean 'status'?")
            t.type("help\r")
            t.wait_for("update           list what is shared on this network")
            assert "?" not in next(line for line in t.text().splitlines() if line.startswith("share PATH")), t.text()
            t.type("share source/album\r")
            t.wait_for("magnet:")
            t.wait_for("1 up")
            t.type("close\r")
            assert t.wait() == DONE, t.text()
            assert "No longer shared or fetched: 1 torrent, until the next 'start'." in t.text(), t.text()
        expect(world.node("daemon", "status"), NO_NODE, "start it with 'daemon'", "1")


def test_ctrl_d_and_ctrl_c_leave_no_daemon():
    for keys, code in (("\x04", DONE), ("\x03", -signal.SIGINT)):
        with scratch() as folder:
            world = Prompt(folder)
            with world.at_terminal() as t:
                before = t.before
                t.type(keys)
                assert t.wait() == code, t.text()
                assert t.mode()[3] == before[3], "the terminal stays as the editor had it"
            for _ in range(100):
                if world.node("daemon", "status").code == NO_NODE:
                    break
            else:
                raise AssertionError("its daemon still runs")


def test_the_line_is_edited_completed_and_remembered():
    with scratch() as folder:
        world = Prompt(folder)
        with world.at_terminal() as t:
            t.type("dae\tst\x7f\x7fstatus --js\t\r")
            t.wait_for('"download_folder"')
            t.type("close\r")
            assert t.wait() == DONE, t.text()
        with world.at_terminal() as t:
            t.type("\x1b[A\x1b[A\r")  # the line before the last
            t.wait_for('"download_folder"')
