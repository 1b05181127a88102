"""Torrents of running nodes watched and controlled from a second terminal, and what a restart remembers."""
import contextlib
import json
import os
import pathlib
import re
import signal
import time

from cases import Skip
from exits import BAD_DATA, DONE, NO_NODE, NOT_FOUND, STORAGE, UNFINISHED, USAGE
from program import OFFLINE, SCHEMAS, background, clean_environment, events, expect, node, scratch, terminal
from schema import check
from transfer_test import free_port

PIECE = 16 * 1024
SLOW = ["--limit-lan", "--down-limit", "60k"]
LONG = 600_000  # bytes: with SLOW ten seconds, many times as long as a few commands take on a busy machine


class World:
    """Nothing of other tests runs here, and nothing was remembered."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "own").mkdir()
        self.env = clean_environment(BTNODE_STATE_DIR=str(folder / "own"), XDG_RUNTIME_DIR=str(folder / "own"))

    def node(self, *words, **more):
        return node(*words, cwd=self.folder, env=self.env, **more)

    def content(self, sizes, name="album"):
        """A folder of files, "1" and so on."""
        (self.folder / "source" / name).mkdir(parents=True)
        for number, size in enumerate(sizes, 1):
            (self.folder / "source" / name / str(number)).write_bytes(os.urandom(size))
        return self.folder / "source" / name

    def path(self, *names):
        return self.folder.joinpath("to", *names)

    def torrents(self, *words):
        document = json.loads(expect(self.node("status", "--json", *words), DONE).out)
        check(document, SCHEMAS / "status.json")
        return document["torrents"]

    def state(self, download=True):
        """The only download, or the only share; None before it runs."""
        return next((t for t in self.torrents() if t["is_shared"] != download), None)

    def until(self, holds, what, seconds=20, **which):
        end = time.monotonic() + seconds
        while not ((state := self.state(**which)) and holds(state)):
            assert time.monotonic() < end, f"never {what}: {state}"
            time.sleep(0.05)
        return state


@contextlib.contextmanager
def world():
    with scratch() as folder:
        yield World(folder)


@contextlib.contextmanager
def sharing(w, path, *words):
    port = free_port()
    with background("share", path, "--piece-size", "16Ki", *OFFLINE, "--no-dht", "-4", "-p", port, *words, cwd=w.folder,
                    env=w.env) as process:
        process.link, process.port = process.line("out"), port
        process.hash = process.link.split(":")[3][:40]
        yield process


@contextlib.contextmanager
def getting(w, share, *words):
    w.path().mkdir(exist_ok=True)
    with background("get", share.link, "-o", "to", *OFFLINE, "--no-dht", "-4", "--peer", f"127.0.0.1:{share.port}", *words,
                    cwd=w.folder, env=w.env) as process:
        yield process


def test_wrong_use_says_what_would_be_right():
    for words, says in ((["pause"], "pause what? No TORRENT given"), (["set"], "set what? No TORRENT given"),
                        (["set", "x"], "--down-limit, --up-limit, --select, --first, --last, --seed, --label or --rename"),
                        (["set", "x", "y", "--first", "1"], "unexpected argument 'y'"),
                        (["set", "x", "--up-limit", "much"], "bad value for --up-limit"),
                        (["pause", "x", "--now"], "unknown option '--now'"),
                        (["get", "x", "--at-once", "0"], "bad value for --at-once")):
        expect(node(*words), USAGE, says)


def test_with_nothing_running_that_is_said():
    with world() as w:
        for words in (["status"], ["status", "x"], ["pause", "all"], ["set", "x", "--first", "1"], ["verify", "x"]):
            done = expect(w.node(*words), NO_NODE, "nothing is running: start a share or a get first", "hint: ")
            assert not done.out, done
        check(json.loads(expect(w.node("status", "--json"), NO_NODE).err), SCHEMAS / "error.json")
        expect(w.node("verify", "x"), NO_NODE, "there is no file 'x', and nothing is running")
        # what looks like a file is a file
        for name in ("x.torrent", "./x"):
            assert "running" not in expect(w.node("verify", name), NOT_FOUND, "cannot read").err


def test_a_control_folder_that_others_can_enter_or_own_is_not_used_and_that_is_said():
    with world() as w:
        folder = w.folder / "own" / "btnode"
        for harm, says in ((lambda: folder.chmod(0o755), "others can enter it"),
                           (lambda: os.chown(folder, 65534, 65534), "it belongs to somebody else")):
            if os.geteuid() != 0 and "somebody" in says:
                raise Skip("needs root to give a folder away")
            folder.mkdir(mode=0o700)
            harm()
            with background("share", w.content([100], says.replace(" ", "_")), *OFFLINE, "--no-dht", cwd=w.folder, env=w.env) as share:
                share.line_that_begins("err", f"warning: the folder {folder} for the control socket: {says}; status and other")
                expect(w.node("status"), NO_NODE, f"the folder {folder} for the control socket: {says}", "hint: ")
                assert not list(folder.iterdir())
            folder.rmdir()


def test_a_process_that_is_stopped_is_named():
    with world() as w, sharing(w, w.content([100])) as share:
        share.process.send_signal(signal.SIGSTOP)
        expect(w.node("status"), NO_NODE, f"does not answer (process {share.process.pid})", "kill -CONT")
        with background("share", w.content([200], "other"), *OFFLINE, "--no-dht", cwd=w.folder, env=w.env) as other:
            other.line("out")
            for words in (["status"], ["pause", "other"]):
                done = expect(w.node(*words), DONE, f"warning: process {share.process.pid}", "does not answer")
                assert "other" in done.out, done
            expect(w.node("daemon", "status"), NO_NODE, f"process {share.process.pid} does not", "kill -CONT")
        share.process.send_signal(signal.SIGCONT)
        w.until(lambda s: s["status"] == "sharing", "gone on", download=False)


def test_processes_that_are_stopped_delay_no_command():
    with world() as w, contextlib.ExitStack() as running:
        others = [running.enter_context(background("share", w.content([100 + number], f"other{number}"), *OFFLINE, "--no-dht",
                                                   cwd=w.folder, env=w.env)) for number in range(3)]
        daemon = running.enter_context(background("daemon", *OFFLINE, cwd=w.folder, env=w.env))
        for other in others:
            other.line("out")
        daemon.line_that_holds("err", "ready")
        for other in others:
            other.process.send_signal(signal.SIGSTOP)
        try:
            for words in (["status"], ["daemon", "status"], ["dht", "stats"]):
                began = time.monotonic()
                expect(w.node(*words), DONE)
                assert time.monotonic() - began < 1, words
        finally:
            for other in others:
                other.process.send_signal(signal.SIGCONT)


def test_status_tells_a_program_a_pipe_and_a_person():
    with world() as w, sharing(w, w.content([40_000])) as share:
        document = w.torrents()
        assert [t["hash_string"] for t in document] == [share.hash], document
        assert document[0]["status"] == "sharing" and document[0]["is_shared"] and document[0]["percent_done"] == 1, document
        one = w.torrents(share.hash[:6])
        assert one[0]["peers"] == [] and one[0]["download_dir"] == str(w.folder / "source"), one
        cells = expect(w.node("status"), DONE).out.rstrip("\n").split("\t")
        assert cells == [share.hash, "album", "sharing", "40000", "40000", *["0"] * 7, "-"], cells
        with terminal("status", env=w.env) as t:
            assert t.wait() == 0
            assert re.search(r"NAME +DONE +STATE", t.text()) and re.search(r"album +100% +sharing", t.text()), t.text()
        with terminal("status", "album", env=w.env) as t:
            assert t.wait() == 0
            assert f"Hash        {share.hash}" in t.text() and "limit none" in t.text(), t.text()


def test_status_shows_the_limits_of_the_process_as_they_are_now():
    with world() as w, sharing(w, w.content([40_000]), "--up-limit", "70k") as share:
        state = w.state(download=False)
        assert (state["node_download_limit"], state["node_upload_limit"], state["upload_limit"]) == (0, 70_000, 0), state
        assert expect(w.node("status"), DONE).out.rstrip("\n").split("\t")[-3:] == ["0", "70000", "-"]
        with terminal("status", env=w.env) as t:
            assert t.wait() == 0 and f"Limits of process {share.process.pid}: down none, up 70.0 kB/s" in t.text(), t.text()
        with terminal("status", "album", env=w.env) as t:
            assert t.wait() == 0 and "all its torrents together: limit down none, up 70.0 kB/s" in t.text(), t.text()
        done = expect(w.node("set", "album", "--up-limit", "0"), DONE)
        assert "; the process's limit of 70.0 kB/s up still applies\n" in done.out, done
        expect(w.node("set", "album", "--up-limit", "50k"), DONE)  # its own, beside that of the process
        state = w.state(download=False)
        assert (state["node_upload_limit"], state["upload_limit"]) == (70_000, 50_000), state
        with terminal("share", w.content([100], "other"), "--up-limit", "1M", *OFFLINE, "--no-dht", env=w.env) as t:
            t.wait_for("other")
            t.type("-")
            t.wait_for("Limit")
            changed = w.torrents("other")[0]["node_upload_limit"]
            assert 0 < changed < 1_000_000, changed


def test_a_torrent_is_named_in_many_ways_and_candidates_are_told():
    with world() as w, sharing(w, w.content([100], "one")) as one, sharing(w, w.content([100], "two")) as two:
        for word, many in ((one.hash, 1), (one.hash[:4].upper(), 1), ("one", 1), ("o*", 1), ("*", 2), ("all", 2)):
            assert len(w.torrents(word)) == many, word
        expect(w.node("status", "three"), NOT_FOUND, "no such torrent is running: 'three'", "hint: 'status' lists them")
        # all unknown ones are told, and nothing is done
        for word in ("pause", "resume", "remove", "reannounce"):
            done = expect(w.node(word, "one", "three", "two", "four"), NOT_FOUND, "no such torrents are running: 'three', 'four'",
                          "hint: nothing was done; 'status' lists them")
            assert not done.out and {t["status"] for t in w.torrents()} == {"sharing"}, done
        done = expect(w.node("set", "*", "--up-limit", "1M"), NOT_FOUND, "means several torrents", f"{one.hash[:12]} one",
                      f"{two.hash[:12]} two")
        assert not done.out, done
        done = expect(w.node("pause", "all"), DONE)
        assert sorted(done.out.splitlines()) == sorted([f"paused {one.hash[:8]} one", f"paused {two.hash[:8]} two"]), done
        assert {t["status"] for t in w.torrents()} == {"paused"}
        told = json.loads(expect(w.node("resume", "one", "two", "one", "--json"), DONE).out)
        check(told, SCHEMAS / "told.json")
        assert [t["done"] for t in told["torrents"]] == ["resumed", "resumed"], told
        assert {t["status"] for t in w.torrents()} == {"sharing"}


def test_a_download_pauses_goes_on_and_takes_other_limits():
    with world() as w, sharing(w, w.content([LONG])) as share, getting(w, share, *SLOW, "--seed", "no") as get:
        w.until(lambda s: s["have_valid"] > 0, "got anything")
        expect(w.node("pause", share.hash), DONE)  # both, the share and the get
        assert {t["status"] for t in w.torrents()} == {"paused"}
        w.until(lambda s: s["peers_connected"] == 0, "left alone")
        kept = w.state()["have_valid"]
        expect(w.node("set", "album", "--down-limit", "5M", "--up-limit", "7M"), DONE)
        assert (w.state()["download_limit"], w.state()["upload_limit"]) == (5_000_000, 7_000_000)
        expect(w.node("set", "album", "--down-limit", "0"), DONE)
        assert (w.state()["download_limit"], w.state()["upload_limit"]) == (0, 7_000_000)
        expect(w.node("reannounce", "album"), DONE)
        expect(w.node("resume", "album"), DONE)
        assert get.ended(60).code == DONE
        assert kept < LONG
        assert w.path("album", "1").read_bytes() == (w.folder / "source/album/1").read_bytes()


def test_a_pipe_hears_that_another_terminal_paused_it():
    with world() as w, sharing(w, w.content([LONG])) as share, getting(w, share, *SLOW) as get:
        w.until(lambda s: s["status"] == "downloading", "downloading")
        expect(w.node("pause", share.hash), DONE)
        get.line_that_begins("err", "paused")
        expect(w.node("resume", share.hash), DONE)
        get.line_that_begins("err", "goes on")


def test_verify_of_a_name_beside_a_file_of_that_name_looks_at_what_runs():
    with world() as w, sharing(w, w.content([LONG])) as share:
        (w.folder / "album").write_bytes(b"no torrent")
        done = expect(node("verify", "album", cwd=w.folder, env=w.env), DONE)
        assert done.out.endswith(" pieces good\n"), done
        expect(node("verify", "./album", cwd=w.folder, env=w.env), BAD_DATA)
        expect(node("verify", "alb", cwd=w.folder, env=w.env), NOT_FOUND, "there is no file 'alb'")
        os.kill(share.process.pid, signal.SIGSTOP)
        try:
            expect(node("verify", "alb", cwd=w.folder, env=w.env), NO_NODE, "does not answer")
        finally:
            os.kill(share.process.pid, signal.SIGCONT)


def test_what_of_a_torrent_is_there_by_file_and_by_piece():
    with world() as w, sharing(w, w.content([40 * PIECE, 2 * PIECE + 5])) as share:
        def document(schema, *words):
            shown = json.loads(expect(w.node(*words, "--json"), DONE).out)
            check(shown, SCHEMAS / schema)
            return shown

        with getting(w, share, *SLOW, "--first", "2") as get:
            w.until(lambda s: s["have_valid"] > 2 * PIECE + 5, "got the second")
            files = document("torrent_files.json", "files", share.hash)  # of the download, not of the share
            assert [f["name"] for f in files["files"]] == ["album/1", "album/2"], files
            assert files["files"][1]["bytes_completed"] == 2 * PIECE + 5, files
            assert files["files"][0]["bytes_completed"] < 40 * PIECE, files
            assert [f["priority"] for f in files["files"]] == ["normal", "high"], files
            pieces = document("pieces.json", "pieces", share.hash)
            counts = {state: sum(r["count"] for r in pieces["pieces"] if r["state"] == state) for state in ("have", "missing")}
            assert pieces["piece_count"] == 43 and counts["have"] >= 3 and counts["missing"] > 0, pieces
            speeds = document("speeds.json", "speeds")
            assert speeds["torrent_count"] == 2 and speeds["downloaded_ever"] > 0, speeds
            both = expect(w.node("peers", "album"), DONE).out.splitlines()  # of the share and of the download
            assert len(both) == 2, both
            for row in both:
                address, client, flags, done, down, up, source = row.split("\t")
                assert address.startswith("127.0.0.1:") and client.startswith("btnode/") and source == "LAN", row
            assert sorted("I" in row.split("\t")[2] for row in both) == [False, True], both
            assert len(document("torrent_peers.json", "peers", f"album@{get.process.pid}")["peers"]) == 1
            get.process.kill()
        rows = expect(w.node("pieces", "album"), DONE).out.splitlines()
        assert rows == [f"{i}\thave" for i in range(43)], rows
        row = expect(w.node("files", "album"), DONE).out.splitlines()[1]
        assert row == f"2\t{2 * PIECE + 5}\t{2 * PIECE + 5}\tnormal\talbum/2", row
        expect(w.node("files", "nothing"), NOT_FOUND)
        expect(w.node("pieces"), USAGE, "pieces of what? No TORRENT given")


def test_what_is_there_fits_narrow_and_wide_terminals():
    with world() as w, sharing(w, w.content([300 * PIECE, 7])):
        for columns in (40, 80, 200):
            for words, shows in ((["files", "album"], "album/2"), (["pieces", "album"], "301 of 301 pieces"),
                                 (["speeds"], "0 peers in 1 torrent")):
                with terminal(*words, columns=columns, env=w.env) as t:
                    assert t.wait() == 0 and shows in t.text(), (columns, t.text())
                    lines = [re.sub(r".\[[0-9;]*m", "", line) for line in t.text().splitlines()]
                    assert max(map(len, lines)) <= columns, (columns, words, lines)
                    assert words[0] != "pieces" or "\u2026" not in t.text(), (columns, t.text())


def test_remove_ends_a_torrent_and_keeps_its_files():
    with world() as w, sharing(w, w.content([LONG])) as share:
        with getting(w, share, *SLOW) as get:
            w.until(lambda s: s["have_valid"] > 0, "got anything")
            hash_of_get = w.state()["hash_string"]
            done = expect(w.node("remove", hash_of_get), DONE)
            process = get.process.pid
            assert f"removed {share.hash[:8]} album in process {process} (files kept in {w.path()})" in done.out.splitlines(), done
            assert get.ended().code == UNFINISHED
        assert share.ended().code == DONE  # it was meant in both
        assert [p.name for p in w.path().iterdir()] == [f"album.{share.hash[:8]}.part"]
        assert (w.folder / "source/album/1").exists()


def test_remove_deletes_the_part_of_a_download_and_the_original_of_a_share_only_when_told():
    with world() as w, sharing(w, w.content([LONG, 1000])) as share:
        original = w.folder / "source/album"
        with getting(w, share, *SLOW) as get:
            w.until(lambda s: s["have_valid"] > 0, "got anything")
            # by its process: the share of the same torrent is not meant
            done = expect(w.node("remove", "--delete", f"{share.hash}@{get.process.pid}"), DONE)
            assert "(deleted 2 files, " in done.out or "(deleted 1 file, " in done.out, done
            get.ended()
        assert list(w.path().iterdir()) == []
        refused = expect(w.node("remove", "--delete", share.hash), USAGE, "would delete what is shared from its own place")
        assert "album: 2 files, " in refused.err and str(original.parent) in refused.err, refused
        (original / "own").write_text("not of the torrent")
        (original / "1").write_bytes(b"changed")
        done = expect(w.node("remove", "--delete", "--yes", "--json", share.hash), STORAGE, "another program changed it")
        deleted = json.loads(done.out)["torrents"][0]["deleted"]
        assert (deleted["files"], deleted["bytes"]) == (1, 1000), deleted
        assert [pathlib.Path(each["path"]).name for each in deleted["kept"]] == ["1"], deleted
        assert sorted(p.name for p in original.iterdir()) == ["1", "own"]
        expect(w.node("remove", "--yes", "x"), USAGE, "--yes answers what --delete asks")


def test_other_files_in_the_middle_of_a_download():
    # each file is whole pieces, so that none comes along with another
    with world() as w, sharing(w, w.content([40 * PIECE, 4 * PIECE, 4 * PIECE, 4 * PIECE])) as share:
        with getting(w, share, *SLOW, "--select", "1,2", "--last", "2", "--seed", "no") as get:
            first = w.until(lambda s: s["have_valid"] > 0, "got anything")
            assert first["size_when_done"] == 44 * PIECE and first["files_wanted"] == 2, first
            expect(w.node("set", w.state()["hash_string"], "--select", "7"), NOT_FOUND, "no file matches '7'")
            # of the two processes the download is meant
            done = expect(w.node("set", share.hash, "--select", "1,3", "--first", "3"), DONE)
            assert done.out == f"set {share.hash[:8]} album\n", done
            state = w.state()  # set says what became of it, not that it was heard
            assert state["select"] == "1,3", state
            assert (state["first"], state["last"], state["size_when_done"]) == ("3", "2", 44 * PIECE), state
            expect(w.node("status", share.hash), DONE)
            done = get.ended(60)
            assert done.code == DONE, done
        assert sorted(p.name for p in w.path("album").iterdir()) == ["1", "3"]
        for name in "13":
            assert w.path("album", name).read_bytes() == (w.folder / "source/album" / name).read_bytes()


def test_a_choice_of_files_is_checked_at_once_or_said_to_be_noted():
    with world() as w, sharing(w, w.content([PIECE, PIECE, PIECE])) as share:
        w.path().mkdir()
        # nobody is known who could give the description
        with background("get", share.link, "-o", "to", *OFFLINE, "--no-dht", "-4", "-p", (port := free_port()), "--select", "2",
                        "--seed", "no", cwd=w.folder, env=w.env) as get:
            w.until(lambda s: s["status"] == "finding", "looking for it")
            expect(w.node("set", share.hash, "--select", "5-3"), USAGE, "not a file number or range: '5-3'")
            done = expect(w.node("set", share.hash, "--select", "99"), DONE)
            assert done.out == f"noted {share.hash[:8]} album (its files are not known yet: the choice is checked when they are)\n", done
            told = json.loads(expect(w.node("set", share.hash, "--select", "typo", "--first", "2", "--json"), DONE).out)
            check(told, SCHEMAS / "told.json")
            assert [t["done"] for t in told["torrents"]] == ["noted"], told
            expect(w.node("set", share.hash, "--last", "typo"), DONE)
            with background("get", share.link, "-o", "own", *OFFLINE, "--no-dht", "-4", "--peer", f"127.0.0.1:{share.port}",
                            "--peer", f"127.0.0.1:{port}", cwd=w.folder, env=clean_environment(
                                BTNODE_STATE_DIR=str(w.folder), XDG_RUNTIME_DIR=str(w.folder))):
                done = expect(get.ended(), DONE, "warning: the choice of files stays as it was: no file matches '99'",
                              "warning: the choice of files stays as it was: no file matches 'typo'")
        assert done.err.count("warning") == 3, done
        assert [p.name for p in w.path("album").iterdir()] == ["2"]


def test_what_waits_for_its_turn_with_known_files_refuses_a_wrong_choice():
    with world() as w, sharing(w, w.content([150_000], "one")) as one, sharing(w, w.content([150_000], "two")) as two:
        w.path().mkdir()
        expect(w.node("create", "-q", "--piece-size", "16Ki", "-o", "two.torrent", "source/two"), DONE)
        with background("get", one.link, "two.torrent", "-o", "to", "--at-once", "1", *SLOW, *OFFLINE, "--no-dht", "-4",
                        "--peer", f"127.0.0.1:{one.port}", cwd=w.folder, env=w.env):
            end = time.monotonic() + 20
            while {t["status"] for t in w.torrents() if t["hash_string"] == two.hash and not t["is_shared"]} != {"queued"}:
                assert time.monotonic() < end, w.torrents()
                time.sleep(0.05)
            for wrong in ("99", "typo"):
                done = expect(w.node("set", two.hash, "--select", wrong), NOT_FOUND, f"no file matches '{wrong}'")
                assert not done.out, done


def test_more_files_after_the_end_are_fetched_too():
    with world() as w, sharing(w, w.content([30_000, 30_000])) as share:
        with getting(w, share, "--select", "1", "--seed", "forever", "--json") as get:
            w.until(lambda s: s["status"] == "sharing", "complete")
            expect(w.node("set", share.hash, "--select", "*"), DONE)
            w.until(lambda s: s["files_wanted"] == 2 and s["status"] == "sharing", "complete again")
            get.process.send_signal(signal.SIGINT)
            told = events(get.ended().out)
        for event in told:
            check(event, SCHEMAS / "event.json")
        names = [event["event"] for event in told if event["event"] in ("complete", "reopened", "stopped")]
        assert names == ["complete", "reopened", "complete", "stopped"], names
        for name in "12":
            assert w.path("album", name).read_bytes() == (w.folder / "source/album" / name).read_bytes()


def test_who_chooses_a_file_whose_place_is_taken_is_told_so():
    with world() as w, sharing(w, w.content([40 * PIECE, 4 * PIECE, 4 * PIECE])) as share:
        with getting(w, share, *SLOW, "--select", "1", "--seed", "no") as get:
            before = w.until(lambda s: s["have_valid"] > 0, "got anything")
            w.path("album").mkdir()
            w.path("album", "2").write_bytes(b"precious")
            refused = expect(w.node("set", share.hash, "--select", "1,2", "--json"), STORAGE)
            error = json.loads(refused.err)
            check(error, SCHEMAS / "error.json")
            assert "album/2" in error["error"]["message"], error
            assert json.loads(refused.out)["torrents"] == [], refused
            get.line_that_begins("err", "warning: the choice of files stays as it was")
            after = w.state()
            assert (after["files_wanted"], after["select"]) == (1, before["select"]), after
            expect(w.node("set", share.hash, "--select", "1,3", "--down-limit", "0"), DONE)
            assert expect(get.ended(60), DONE)
        assert w.path("album", "2").read_bytes() == b"precious" and w.path("album", "3").exists()


def test_the_files_of_a_share_are_not_chosen():
    with world() as w, sharing(w, w.content([100])):
        expect(w.node("set", "album", "--select", "1"), USAGE, "what is shared is shared as a whole")


def spoil(path):
    with open(path, "r+b") as file:
        file.seek(20_000)
        file.write(b"something else")


def test_a_share_whose_file_changed_says_what_is_bad_and_gives_the_rest():
    with world() as w, sharing(w, w.content([4 * PIECE])) as share:
        done = expect(w.node("verify", "album"), DONE)
        assert done.out == "4 of 4 pieces good\n", done
        spoil(w.folder / "source/album/1")
        done = expect(w.node("verify", "album"), BAD_DATA)
        assert done.out == "bad\t1\t1\talbum/1\n3 of 4 pieces good\n", done
        report = json.loads(expect(w.node("verify", "album", "--json"), BAD_DATA).out)
        check(report, SCHEMAS / "verify.json")
        assert report["torrents"][0]["pieces_good"] == 3, report
        share.line_that_begins("err", f"checked {share.hash[:8]} 3 of 4 pieces good; bad: 1 in album/1; they are not given")
        assert w.state(download=False)["status"] == "sharing"


def test_a_share_that_was_changed_and_put_back_says_no_more_of_it():
    with world() as w, sharing(w, w.content([4 * PIECE])):
        path = w.folder / "source/album/1"
        before = path.read_bytes()
        spoil(path)
        w.until(lambda s: s["reason"] == "changed, 3 of 4 pieces", "said to be changed", download=False)
        path.write_bytes(before)
        assert expect(w.node("verify", "album"), DONE).out == "4 of 4 pieces good\n"
        assert w.state(download=False)["reason"] == ""


def test_the_time_of_a_download_is_without_its_pause():
    with world() as w, sharing(w, w.content([20 * PIECE])) as share:
        with getting(w, share, *SLOW, "--seed", "no", "--json") as get:
            began = time.monotonic()
            w.until(lambda s: s["have_valid"] > 0, "got anything")
            expect(w.node("pause", share.hash), DONE)
            time.sleep(4)
            expect(w.node("resume", share.hash), DONE)
            done = events(expect(get.ended(60), DONE).out)
            took = next(event["seconds"] for event in done if event["event"] == "complete")
            assert took < time.monotonic() - began - 3.5, (took, time.monotonic() - began)


def test_a_download_fetches_again_what_was_lost():
    with world() as w, sharing(w, w.content([4 * PIECE, PIECE])) as share:
        with getting(w, share, "--seed", "forever") as get:
            get.line_that_begins("out", str(w.path("album")))
            w.path("album", "1").unlink()
            done = expect(w.node("verify", share.hash), BAD_DATA)
            assert "bad\t0\t3\talbum/1\n" in done.out, done
            w.until(lambda s: s["status"] == "sharing" and s["percent_done"] == 1, "mended")
            assert w.path("album", "1").read_bytes() == (w.folder / "source/album/1").read_bytes()
            # what somebody changed is his
            spoil(w.path("album", "1"))
            changed = w.path("album", "1").read_bytes()
            done = expect(w.node("verify", share.hash), BAD_DATA)
            assert "bad\t1\t1\talbum/1\n" in done.out, done
            assert w.state()["status"] == "sharing"
            assert w.path("album", "1").read_bytes() == changed
            assert get.process.poll() is None


def test_with_at_once_the_others_wait_for_their_turn():
    with world() as w, sharing(w, w.content([150_000], "one")) as one, sharing(w, w.content([150_000], "two")) as two:
        w.path().mkdir()
        with background("get", one.link, two.link, "-o", "to", "--at-once", "1", *SLOW, *OFFLINE, "--no-dht", "-4",
                        "--peer", f"127.0.0.1:{one.port}", "--peer", f"127.0.0.1:{two.port}", cwd=w.folder, env=w.env):
            def downloads():
                return {t["hash_string"]: t["status"] for t in w.torrents() if not t["is_shared"]}
            end = time.monotonic() + 20
            while downloads() != {one.hash: "downloading", two.hash: "queued"}:
                assert time.monotonic() < end, downloads()
                time.sleep(0.05)
            expect(w.node("resume", "--now", two.hash), DONE)
            while downloads().get(two.hash) not in ("downloading", "stalled"):
                assert time.monotonic() < end, downloads()
                time.sleep(0.05)


def test_a_record_that_cannot_be_written_is_said_once():
    with world() as w:
        (w.folder / "own/torrents").write_text("none of ours")
        with background("share", w.content([100], "one"), *OFFLINE, "--no-dht", "-4", cwd=w.folder, env=w.env) as share:
            share.line("out")
            share.process.send_signal(signal.SIGINT)
            said = share.ended().err
        assert said.count("own/torrents'") == 1 and "; nothing is kept of this torrent" in said, said


def test_totals_and_peers_survive_a_restart_and_a_damaged_record_does_not_matter():
    with world() as w, sharing(w, w.content([100_000])) as share:
        other = clean_environment(BTNODE_STATE_DIR=str(w.folder / "other"), XDG_RUNTIME_DIR=str(w.folder / "own"))
        peer = ["--peer", f"127.0.0.1:{share.port}"]
        get = ["get", share.link, "-o", "to", *OFFLINE, "--no-dht", "-4", "--seed", "no", "--json", "--timeout", "10s"]
        w.path().mkdir()
        told = []

        def run(*words):
            lines = events(expect(node(*get, *words, cwd=w.folder, env=other), DONE).out)
            told.extend(line for line in lines if line["event"] == "complete")
            return lines[-1]["downloaded_ever"]

        once = run(*peer)
        assert once >= 100_000
        record = w.folder / "other" / "torrents" / share.hash
        assert record.exists()
        w.path("album", "1").unlink()
        again, complete = run(), told[-1]  # found by what was saved of the last run alone
        assert again >= once + 100_000
        check(complete, SCHEMAS / "event.json")
        # one name, one meaning
        assert (complete["downloaded"], complete["downloaded_ever"]) == (again - once, again), (complete, once, again)
        get.remove("--json")
        for nonsense in (b"btstate\nnonsense", bytes(500), b"x", b"btstate\n"):
            for path in record.parent.glob("*"):
                if path.name in (share.hash, share.hash + ".old"):
                    path.write_bytes(nonsense)
            w.path("album", "1").unlink()
            done = expect(node(*get, *peer, cwd=w.folder, env=other), DONE)
            assert f"was damaged and is now '{record}.damaged'; its sums begin anew" in done.err, done
            assert pathlib.Path(f"{record}.damaged").read_bytes() == nonsense
            assert record.read_bytes().startswith(b"btstate\n") and record.stat().st_size > 60
            assert "warning" not in expect(node(*get, *peer, cwd=w.folder, env=other), DONE).err
        record.write_bytes(bytes(500))  # the only one
        pathlib.Path(f"{record}.old").unlink()
        w.path("album", "1").unlink()
        done = expect(node(*get, *peer, cwd=w.folder, env=other), DONE)
        assert [line for line in done.err.splitlines() if line.startswith("warning")] == [
            f"warning: what was kept of the torrent was damaged and is now '{record}.damaged'; its sums begin anew"], done
        expect(node(*get, *peer, cwd=w.folder, env=other), DONE)
        # with a whole generation before it, that counts
        record.write_bytes(bytes(500))
        done = expect(node(*get, *peer, cwd=w.folder, env=other), DONE)
        assert f"{record}.damaged'; what was kept before that counts" in done.err, done


def test_what_is_killed_forgets_no_more_than_half_a_minute():
    with world() as w, sharing(w, w.content([2_000_000])) as share:
        record = w.folder / "own" / "torrents" / share.hash
        with getting(w, share, *SLOW) as get:
            begun = time.monotonic()
            while not record.exists():
                assert time.monotonic() < begun + 31, "nothing was written"
                time.sleep(0.2)
            share.process.kill()  # it had the record, and gave all this
            get.process.kill()
        share.ended()
        with sharing(w, w.folder / "source/album") as again:
            assert w.state(download=False)["uploaded_ever"] > 0, w.torrents()
            assert again.hash == share.hash


def test_two_processes_with_the_same_torrent_both_work():
    with world() as w, sharing(w, w.content([100_000])) as share:  # it has the record
        with getting(w, share, "--seed", "no") as get:
            done = get.ended()
            assert done.code == DONE and "warning" not in done.err, done
