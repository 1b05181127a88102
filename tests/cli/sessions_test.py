"""What a person or a script sees of whole sessions, word for word; what differs from run to run is a mark."""
import contextlib
import re
import socket

from control_test import World
from daemon_test import Daemon
from exits import DONE
from help_test import same_as_golden
from program import OFFLINE, background, scratch, terminal
from shell_test import Prompt
from transfer_test import free_port

MARKS = [(r"\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"), (r"\d\d\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)?", "DATE"),
         (r"process \d+", "process PROCESS"), (r"\b\d+(\.\d+)? ([kMG]i?)?B/s", "RATE"), (r"btnode \d+\.\d+\.\d+", "btnode VERSION"), (r"\bin \d+ (ms|s)\b", "in TIME"),
         (r"\b\d+(\.\d+)?s\b", "SPAN"), (r"[▁▂▃▄▅▆▇█]{20,}", "GRAPH")]


class Session:
    """Commands and what they said, in the folder of a world."""

    def __init__(self, world, *private):
        self.world, self.text = world, ""
        self.private = [(str(value), mark) for value, mark in private] + [(str(world.folder), "DIR")]

    def marked(self, text):
        text = re.sub(r".\[[0-9;]*m", "", text.replace("\r\n", "\n"))
        for value, mark in self.private:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", mark, text)
        for pattern, mark in MARKS:
            text = re.sub(pattern, mark, text)
        return re.sub(r"[ \t]+$", "", text, flags=re.M)

    def note(self, line, text):
        self.text += f"$ {line}\n" + self.marked(text) + ("" if not text or text.endswith("\n") else "\n")

    def run(self, *words, code=DONE):
        """Through pipes: standard output, then standard error."""
        done = self.world.node(*words)
        self.note(" ".join(["node", *(self.marked(str(word)) for word in words)]) + " | cat", done.out + done.err)
        assert done.code == code, done
        return done

    def show(self, *words, columns=80):
        """On a terminal."""
        with terminal(*words, columns=columns, rows=24, env=self.world.env, cwd=self.world.folder) as t:
            assert t.wait() == DONE, t.text()
            self.note(" ".join(["node", *map(str, words)]), "\n".join(line.rstrip() for line in t.screen()).rstrip("\n") + "\n")


def album(folder, name="album", files=(300_000, 70_000, 50)):
    (folder / name).mkdir(parents=True)
    for number, size in enumerate(files, 1):
        (folder / name / f"{number}.flac").write_bytes(bytes([number]) * size)
    return folder / name


def test_a_share_and_a_get_in_scripts():
    with scratch() as folder, scratch() as there:
        source, world = World(there), World(folder)
        album(there)
        port = free_port()
        with background("share", "album", "--piece-size", "16Ki", *OFFLINE, "--no-dht", "-4", "-p", port, env=source.env,
                        cwd=there) as share:
            link = share.line("out")
            share.line_that_begins("err", "sharing ")
            session = Session(world, (port, "PORT"), (socket.gethostname(), "HOST"))
            session.note("node share album | cat", link + "\n")
            session.run("show", link, "--hash")
            session.run("get", link, "--peer", f"127.0.0.1:{port}", *OFFLINE, "--no-dht", "--seed", "no")
            session.run("get", link, "--peer", f"127.0.0.1:{port}", *OFFLINE, "--no-dht", "--list")
            session.run("get", link, *OFFLINE, "--no-dht", "--seed", "no")
        same_as_golden("session_get", session.text)


def test_a_torrent_file_from_its_making_to_its_check():
    with scratch() as folder:
        world = World(folder)
        album(folder)
        session = Session(world)
        session.run("create", "--piece-size", "16Ki", "--date", "1700000000", "-t", "http://192.168.1.5:6969/announce", "--comment",
                    "a remark", "album")
        session.show("show", "album.torrent")
        session.run("show", "album.torrent")
        session.run("show", "--json", "album.torrent")
        session.run("verify", "album.torrent", ".")
        with open(folder / "album" / "1.flac", "r+b") as file:
            file.seek(100_000)
            file.write(b"other")
        session.run("verify", "album.torrent", ".", code=5)
        session.run("create", "album", code=6)
        same_as_golden("session_torrent_file", session.text)


@contextlib.contextmanager
def daemon():
    with scratch() as folder:
        world = Daemon(folder)
        album(folder)
        album(folder, "lecture", [40_000])
        rpc = free_port()
        with world.runs("--rpc-bind", f"127.0.0.1:{rpc}") as process:
            yield world, Session(world, (process.process.pid, "PROCESS"), (rpc, "RPC"), (world.words[-1], "PORT"))


def test_a_daemon_and_its_torrents():
    with daemon() as (world, session):
        session.run("share", "-d", "album", "--piece-size", "16Ki")
        session.run("share", "-d", "album", "--piece-size", "16Ki")
        session.run("add", "--paused", "--label", "lab", "magnet:?xt=urn:btih:" + "1" * 40 + "&dn=wanted.iso")
        session.run("add", "1" * 40)
        session.show("status")
        session.run("status")
        session.show("status", "album")
        session.run("status", "nothing", code=3)
        session.run("files", "album")
        session.show("files", "album")
        session.run("pieces", "album")
        session.show("pieces", "album")
        session.run("peers", "album")
        session.run("set", "album", "--up-limit", "500k")
        session.run("pause", "album")
        session.run("pause", "all")
        session.run("resume", "album")
        session.run("reannounce", "album")
        session.run("verify", "album")
        session.run("move", "album", "there")
        session.run("remove", "wanted.iso")
        session.run("remove", "--delete", "--yes", "album")
        session.run("remove", "album", code=3)
        session.show("daemon", "status")
        session.run("daemon", "stop")
        session.run("daemon", "status", code=4)
        same_as_golden("session_daemon", session.text)


def test_documents_of_a_daemon():
    with daemon() as (world, session):
        session.run("share", "-d", "lecture", "--piece-size", "16Ki", "--json")
        for words in (["status"], ["files", "lecture"], ["pieces", "lecture"], ["peers", "lecture"], ["pause", "lecture"]):
            session.run(*words, "--json")
        text = re.sub(r'("(added_date|since|time|elapsed|date_created)":\s*)[\d.]+', r"\1N", session.text)
        same_as_golden("session_documents", text)


def test_a_shell_that_reads_a_script():
    with scratch() as folder:
        world = Prompt(folder)
        album(folder, "lecture", [40_000])
        session = Session(world, (world.env["BTNODE_PORT"], "PORT"))
        script = "share lecture\nstatus\npause lecture\nresume lecture\nremove lecture\nclose\n"
        done = world.script(script)
        assert done.code == DONE, done
        session.note("node shell < script", script.replace("\n", "\n> ").rstrip("> ") + done.out + done.err)
        done = world.script("share lecture\nstatus nothing\nstatus\n")
        assert done.code == 3, done
        session.note("node shell < script", done.out + done.err)
        same_as_golden("session_shell", session.text)


def test_names_of_a_network():
    with scratch() as folder, scratch() as there:
        private = {"BTNODE_NETWORK": f"sessions-{free_port()}", "BTNODE_LAN_PORT": str(free_port()), "BTNODE_NO_DHT": "1", "BTNODE_IPV4": "1"}
        source, world = World(there), World(folder)
        for each in (source, world):
            each.env = {**each.env, **private}
        album(there, "lecture", [40_000])
        album(there, "album")
        with background("share", "lecture", "album", "--piece-size", "16Ki", env=source.env, cwd=there) as share:
            for _ in range(2):
                share.line("out")
            session = Session(world, (socket.gethostname(), "HOST"), (share.process.pid, "PROCESS"))
            session.run("discover")
            session.run("discover", "lect*")
            session.run("who")
            session.run("get", "lecture", "--seed", "no")
            session.run("get", "--newest", "alb*", "-o", "got", "--seed", "no")
        same_as_golden("session_network", re.sub(r"\b\d+\.\d+\.\d+\.\d+(:\d+)?\b", "ADDRESS", session.text))


def test_a_tracker_and_who_asks_it():
    with scratch() as folder:
        world = World(folder)
        album(folder, "lecture", [40_000])
        port, page = free_port(), free_port()
        with background("tracker", "--port", page, "--state", "none", "--bind", "127.0.0.1", env=world.env, cwd=folder) as tracker:
            session = Session(world, (page, "PORT"), (port, "PEER"), (tracker.process.pid, "PROCESS"))
            session.note("node tracker --port PORT | cat", tracker.line("out") + "\n")
            url = f"http://127.0.0.1:{page}/announce"
            with background("share", "lecture", "-t", url, *OFFLINE, "--no-dht", "-4", "-p", port, "--piece-size", "16Ki", env=world.env,
                            cwd=folder) as share:
                share.line("out")
                for _ in range(100):
                    if "\t1\t" in world.node("show", "--scrape", "lecture.torrent").out:
                        break
                    if not (folder / "lecture.torrent").exists():
                        world.node("create", "lecture", "-t", url, "--piece-size", "16Ki")
                session.run("show", "--scrape", "lecture.torrent")
                session.run("status", "lecture")
        same_as_golden("session_tracker", session.text)
