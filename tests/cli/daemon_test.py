"""The node that stays: torrents handed to it, and what it has after a restart, a kill, a closed terminal."""
import base64
import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import time
import urllib.error
import urllib.request

from cases import limit
from control_test import LONG, World
from exits import DONE, NO_NODE, STORAGE, USAGE
from program import OFFLINE, background, expect, node, scratch, terminal
from transfer_test import free_port

KILLS = int(os.environ.get("BT_KILLS") or (100 if os.environ.get("BT_LONG") == "1" else 6))


class Daemon(World):
    def __init__(self, folder):
        super().__init__(folder)
        (folder / "down").mkdir()
        self.words = ["daemon", *OFFLINE, "--download-dir", folder / "down", "--port", free_port()]

    @contextlib.contextmanager
    def runs(self, *words):
        with background(*self.words, *words, env=self.env, cwd=self.folder) as process:
            process.line_that_holds("err", "ready: ")
            yield process

    def stands(self):
        """What is on the list, by hash: what a user has wished."""
        kept = ("name", "status", "download_limit", "upload_limit", "select", "is_shared")
        return {t["hash_string"]: {key: t.get(key) for key in kept} for t in self.torrents()}


def killed(process):
    process.process.kill()
    process.process.wait()


def test_what_was_handed_over_is_there_after_a_kill():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000, 50_000, 60_000])
        with world.runs() as daemon:
            shared = expect(world.node("share", "-d", album), DONE)
            assert "added 1 album" in shared.out and "magnet:" in shared.out, shared
            added = expect(world.node("add", "--paused", "--label", "lab", "--seed", "ratio:2", "1" * 40), DONE)
            assert added.out.startswith("added 2 "), added
            assert expect(world.node("add", "1" * 40), DONE).out.startswith("exists 2 ")
            expect(world.node("set", "album", "--up-limit", "70k"), DONE)
            expect(world.node("pause", "album"), DONE)
            before = world.stands()
            killed(daemon)
        with world.runs() as daemon:
            after = world.stands()
            assert after == before, (before, after)
            assert {t["status"] for t in after.values()} == {"paused"}, after
            expect(world.node("resume", "album"), DONE)
            killed(daemon)
        with world.runs() as daemon:
            assert "paused" not in [t["status"] for t in world.stands().values() if t["is_shared"]]
            expect(world.node("remove", "album"), DONE)
            killed(daemon)
        with world.runs():
            left = list(world.stands())
            assert left == ["1" * 40], left
        assert (album / "1").exists()


def test_a_killed_daemon_is_told_with_what_it_has():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000])
        refused = expect(world.node("share", "-d", album), NO_NODE, "no daemon")
        assert not refused.out, refused
        world.words = [each for each in world.words if each not in OFFLINE] + ["--network", f"told-{os.getpid()}", "--lan-port",
                                                                               free_port()]
        with world.runs() as daemon:
            told = expect(world.node("share", "-d", "--qr", album), DONE)
            assert "In a browser  http://" in told.err and "█" in told.err, told
            given = json.loads(expect(world.node("share", "-d", "--json", album), DONE).out.splitlines()[-1])
            assert given["torrents"][0]["url"] in told.err, given
            expect(world.node("add", "--paused", "1" * 40), DONE)
            killed(daemon)
        expect(world.node("status"), NO_NODE, "the daemon that has 2 torrents does not run: 'node daemon' goes on with them")
        expect(world.node("share", "-d", album), NO_NODE, "wait for it: 2")
        with world.runs():
            assert len(world.torrents()) == 2


def test_a_download_goes_on_after_a_kill_and_its_selection_holds():
    with scratch() as folder, scratch() as there:
        source = Daemon(there)
        album = source.content([LONG, 30_000, 20_000])
        world = Daemon(folder)
        with source.runs(), world.runs("--limit-lan") as daemon:
            link = next(line for line in expect(source.node("share", "-d", album), DONE).out.splitlines()
                        if line.startswith("magnet:"))
            port = source.words[-1]
            expect(world.node("get", "-d", "-o", "got", "--select", "1", "--down-limit", "100k", "--peer",
                              f"127.0.0.1:{port}", link), DONE)
            expect(world.node("set", "album", "--select", "1,3"), DONE)
            killed(daemon)
            with world.runs() as again:
                expect(world.node("set", "album", "--down-limit", "0"), DONE)
                again.line_that_holds("err", "complete: album")
        got = folder / "got" / "album"
        assert (got / "1").read_bytes() == (album / "1").read_bytes()
        assert (got / "3").read_bytes() == (album / "3").read_bytes()
        assert not (got / "2").exists()


def test_a_closed_terminal_does_not_end_it_and_stop_does():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs() as daemon:
            daemon.process.send_signal(signal.SIGHUP)
            stands = json.loads(expect(world.node("daemon", "status", "--json"), DONE).out)
            assert stands["process"] == daemon.process.pid and stands["torrents"] == 0, stands
            assert stands["download_folder"] == str(folder / "down"), stands
            expect(world.node("daemon", "stop"), DONE)
            assert daemon.ended(5).code == DONE
        for _ in range(3):  # what is stopped holds nothing any more
            with world.runs():
                expect(world.node("daemon", "stop"), DONE)
        expect(world.node("daemon", "status"), NO_NODE, "no daemon")
        expect(world.node("add", "1" * 40), NO_NODE, "no daemon")


def test_what_failed_rests_and_goes_on_when_it_is_resumed():
    with scratch() as folder, scratch() as there:
        source, world = Daemon(there), Daemon(folder)
        content = source.content([40_000])
        world.words[world.words.index("--download-dir") + 1] = "down"  # as seen from where it was started
        with source.runs(), world.runs() as daemon:
            link = expect(source.node("share", "-d", content), DONE).out.split()[0]
            in_the_way = folder / "down" / "album"
            in_the_way.write_bytes(b"somebody's")
            expect(node("add", "--peer", f"127.0.0.1:{source.words[-1]}", link, cwd=there, env=world.env), DONE)
            daemon.line_that_holds("err", "it is paused")
            assert in_the_way.read_bytes() == b"somebody's"
            in_the_way.unlink()
            world.until(lambda state: state["status"] == "paused", "rests")
            expect(world.node("resume", "album"), DONE)
            daemon.line_that_holds("err", "complete: album")
            assert (in_the_way / "1").read_bytes() == (content / "1").read_bytes()


def test_a_share_beside_a_daemon_says_that_it_could_stay():
    with scratch() as folder:
        world = Daemon(folder)
        content = world.content([40_000])
        for runs in (True, False):
            with world.runs() if runs else contextlib.nullcontext(), \
                    background("share", *OFFLINE, content, env=world.env) as share:
                first = share.line("err")
                assert ("A daemon runs: " in first) == runs, first


def test_one_daemon_has_a_state_folder():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs():
            expect(world.node("daemon", *OFFLINE), STORAGE, "a daemon runs already")


class Port:
    """The control port of a daemon, asked as a browser or a program would."""

    def __init__(self, world):
        self.url = json.loads(expect(world.node("daemon", "status", "--json"), DONE).out)["rpc"]

    def ask(self, body=b"{}", method="POST", path=None, **headers):
        request = urllib.request.Request(path or self.url, data=body, method=method,
                                         headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, dict(refused.headers), refused.read()


class Caller:
    """A client of the control port that has its session id."""

    def __init__(self, world):
        self.port = Port(world)
        self.identity = self.port.ask()[1]["X-Transmission-Session-Id"]

    def ask(self, method, **arguments):
        """The answer; `a__b` stands for the argument a-b."""
        body = json.dumps({"method": method, "arguments": {name.replace("__", "-"): value for name, value in arguments.items()}})
        status, _, answer = self.port.ask(body.encode(), X_Transmission_Session_Id=self.identity)
        assert status == 200, (method, status)
        return json.loads(answer)

    def done(self, method, **arguments):
        answer = self.ask(method, **arguments)
        assert answer["result"] == "success", (method, arguments, answer)
        return answer["arguments"]


def test_the_download_folder_is_another_from_now_on():
    with scratch() as folder:
        world = Daemon(folder)
        fresh = folder / "fresh"
        for runs in range(2):
            with world.runs("--share-dir", folder):
                port = Port(world)
                identity = port.ask()[1]["X-Transmission-Session-Id"]
                if runs == 0:
                    body = json.dumps({"method": "session-set", "arguments": {"download-dir": str(fresh)}}).encode()
                    assert json.loads(port.ask(body, X_Transmission_Session_Id=identity)[2])["result"] == "success"
                expect(world.node("add", "--paused", str(runs + 1) * 40), DONE)
                assert {t["download_dir"] for t in world.torrents()} == {str(fresh)}, world.torrents()
                assert f"Downloads  {fresh}" in expect(world.node("daemon", "status"), DONE).out


def test_what_was_given_enough_rests_until_it_is_resumed():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs() as daemon:
            expect(world.node("share", "-d", world.content([40_000])), DONE)
            port = Port(world)
            identity = port.ask()[1]["X-Transmission-Session-Id"]
            body = json.dumps({"method": "torrent-set", "arguments": {"ids": [1], "seedRatioLimit": 0, "seedRatioMode": 1}}).encode()
            assert json.loads(port.ask(body, X_Transmission_Session_Id=identity)[2])["result"] == "success"
            rests = {"status": "paused", "reason": "stopped at its ratio limit 0.0"}
            world.until(lambda state: rests.items() <= state.items(), "rests", download=False)
            killed(daemon)
        with world.runs():
            world.until(lambda state: rests.items() <= state.items(), "rests", download=False)
            port = Port(world)
            identity = port.ask()[1]["X-Transmission-Session-Id"]
            body = json.dumps({"method": "torrent-get", "arguments": {"fields": ["status", "isFinished", "error"]}}).encode()
            one = json.loads(port.ask(body, X_Transmission_Session_Id=identity)[2])["arguments"]["torrents"][0]
            assert one == {"status": 0, "isFinished": True, "error": 0}, one
            expect(world.node("resume", "album"), DONE)
            body = json.dumps({"method": "torrent-get", "arguments": {"fields": ["status", "isFinished", "seedRatioMode"]}}).encode()
            for _ in range(100):
                one = json.loads(port.ask(body, X_Transmission_Session_Id=identity)[2])["arguments"]["torrents"][0]
                if one["seedRatioMode"] == 2:
                    break
                time.sleep(0.05)
            assert one == {"status": 6, "isFinished": False, "seedRatioMode": 2}, one


def test_what_is_shared_again_goes_on_and_options_without_effect_are_named():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000])
        with world.runs():
            expect(world.node("share", "-d", album), DONE)
            expect(world.node("pause", "album"), DONE)
            again = expect(world.node("share", "-d", "--up-limit", "10k", album), DONE, "as it is: --up-limit changed nothing")
            assert "resumed 1 album" in again.out, again
            world.until(lambda state: state["status"] == "sharing", "shares", download=False)
            again = expect(world.node("share", "-d", album), DONE)
            assert "exists 1 album" in again.out and "changed nothing" not in again.err, again
            expect(world.node("add", "--paused", "1" * 40), DONE)
            told = expect(world.node("add", "--label", "x", "--seed", "ratio:2", "1" * 40), DONE, "--seed, --label changed nothing")
            assert told.out.startswith("exists 2 "), told
            paused = [each["status"] for each in world.torrents()]
            assert paused == ["sharing", "paused"], paused


def test_seed_rules_and_labels_are_set_and_kept_and_the_log_tells_what_was_done():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000])
        with world.runs() as daemon:
            expect(world.node("share", "-d", album), DONE)
            expect(world.node("add", "--paused", "1" * 40), DONE)
            for words in (("add", "--label", "a,b", "2" * 40), ("set", "album", "--label", "a,b")):
                expect(world.node(*words), USAGE, "labels cannot contain comma")
            expect(world.node("set", "album", "--seed", "ratio:2"), USAGE, "a share is given until it is stopped")
            expect(world.node("set", "1" * 40, "--seed", "linger"), USAGE, "--seed")
            expect(world.node("set", "1" * 40, "--seed", "ratio:2", "--label", "tv", "--label", "new"), DONE)
            expect(world.node("set", "album", "--label", "one"), DONE)
            expect(world.node("set", "album", "--label", ""), DONE)
            expect(world.node("pause", "album"), DONE)
            expect(world.node("resume", "album"), DONE)
            expect(world.node("move", "album", folder / "there"), DONE)
            expect(world.node("set", "album", "--rename", "disc"), DONE)
            expect(world.node("daemon", "stop"), DONE)
            told = daemon.ended(10).err
            for line in ("added: album", "added: 11111111", "paused: album", "resumed: album", f"moved: album ({folder / 'there'})",
                         "renamed: album (disc)"):
                assert told.count(line) == 1, (line, told)
        with world.runs():
            port = Port(world)
            identity = port.ask()[1]["X-Transmission-Session-Id"]
            body = json.dumps({"method": "torrent-get", "arguments": {"fields": ["labels"]}}).encode()
            kept = json.loads(port.ask(body, X_Transmission_Session_Id=identity)[2])["arguments"]["torrents"]
            assert kept == [{"labels": []}, {"labels": ["tv", "new"]}], kept


def test_what_is_watched_is_cut_to_the_terminal():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs():
            for digit in "123456789abc":
                expect(world.node("add", "--paused", digit * 40), DONE)
            with terminal("status", "-w", env=world.env, cwd=folder, columns=90, rows=10) as t:
                t.wait_for("… 5 more")
                lines = t.text().rpartition("\x1b[2J")[2].rstrip().splitlines()
                assert lines[0].startswith("NAME") and lines[-1] == "… 5 more" and len(lines) == 9, lines


def test_the_order_of_what_came_within_a_second_is_that_of_the_additions():
    with scratch() as folder:
        world = Daemon(folder)
        hashes = [each * 40 for each in "7c29e"]
        with world.runs() as daemon:
            for each in hashes:
                expect(world.node("add", "--paused", each), DONE)
            killed(daemon)
        with world.runs():
            assert [each["hash_string"] for each in world.torrents()] == hashes
            assert expect(world.node("add", "--paused", "3" * 40), DONE).out.startswith("added 6 ")
            expect(world.node("remove", hashes[0]), DONE)
            expect(world.node("daemon", "stop"), DONE)
        with world.runs():
            assert [each["hash_string"] for each in world.torrents()] == [*hashes[1:], "3" * 40]


def as_other_user(url, *words):
    """The status that another user of this machine gets."""
    asked = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "curl", "-s", "-o", "/dev/null", "-w",
                            "%{http_code}", *words, url], capture_output=True, text=True, timeout=20)
    return asked.stdout


def test_the_control_port_asks_who_asks():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs():
            port = Port(world)
            status, headers, _ = port.ask()
            assert status == 409, status
            identity = headers["X-Transmission-Session-Id"]
            assert len(identity) == 48 and port.ask()[1]["X-Transmission-Session-Id"] == identity
            assert port.ask(X_Transmission_Session_Id=identity)[0] == 200
            for hostile in ({"Host": "evil.example"}, {"Host": "127.0.0.1.evil"}):
                status, headers, _ = port.ask(X_Transmission_Session_Id=identity, **hostile)
                assert status == 421, (hostile, status)
            for answer in (port.ask(), port.ask(method="OPTIONS", Origin="http://evil.example"),
                           port.ask(X_Transmission_Session_Id=identity, Origin="null")):
                assert not [name for name in answer[1] if name.lower().startswith("access-control")], answer
                assert answer[1]["X-Frame-Options"] == "SAMEORIGIN", answer
            if os.geteuid() == 0:  # another user of this machine
                assert as_other_user(port.url) == "403"


def test_a_password_is_read_from_a_file_and_needed_beyond_this_machine():
    with scratch() as folder:
        world = Daemon(folder)
        secret = folder / "secret"
        secret.write_text("me:open sesame\n")
        secret.chmod(0o644)
        everywhere = ["--rpc-bind", f"0.0.0.0:{free_port()}"]
        expect(world.node("daemon", *everywhere), USAGE, "a password is needed")
        expect(world.node("daemon", *everywhere, "--rpc-auth", f"@{secret}"), USAGE, "nobody else can read")
        refused = expect(world.node("daemon", "--rpc-auth", "me:open"), USAGE, "every user of this machine sees")
        assert "me:open" not in refused.err.replace("--rpc-auth me:open", ""), refused
        secret.chmod(0o600)
        with world.runs(*everywhere, "--rpc-auth", f"@{secret}") as daemon:
            port = Port(world)
            port.url = port.url.replace("0.0.0.0", "127.0.0.1")
            assert port.ask()[0] == 401
            login = base64.b64encode(b"me:open sesame").decode()
            status, headers, _ = port.ask(Authorization=f"Basic {login}")
            assert status == 409, status
            if os.geteuid() == 0:  # another user of this machine guesses, and keeps out nobody but itself
                guesses = ["Basic bWU6d3Jvbmc="] * 11 + [f"Basic {login}"]
                told = [as_other_user(port.url, "-H", f"Authorization: {each}") for each in guesses]
                assert told == ["401"] * 10 + ["429"] * 2, told
            assert port.ask(Authorization=f"Basic {login}")[0] == 409
            assert b"sesame" not in pathlib.Path(f"/proc/{daemon.process.pid}/cmdline").read_bytes()


def test_what_belongs_to_a_node_of_its_own_is_refused():
    with scratch() as folder:
        world = Daemon(folder)
        expect(world.node("get", "-d", "--port", "1234", "1" * 40), USAGE, "--daemon and --port")
        expect(world.node("get", "-d", "-o", "-", "1" * 40), USAGE)
        expect(world.node("daemon", "sleep"), USAGE, "stop, status")


def test_a_second_torrent_of_the_same_name_is_on_the_list_and_says_why_it_rests():
    with scratch() as folder:
        world = Daemon(folder)
        for name in ("one", "two"):
            (folder / name / "album").mkdir(parents=True)
            (folder / name / "album" / "1").write_bytes(name.encode() * 9_000)
            expect(world.node("create", folder / name / "album", "-o", folder / f"{name}.torrent"), DONE)
        with world.runs() as daemon:
            expect(world.node("add", folder / "one.torrent"), DONE)
            assert expect(world.node("add", folder / "two.torrent"), DONE).out.startswith("added 2 ")
            daemon.line_that_holds("err", "another torrent of this name")
            for _ in range(200):
                second = world.torrents()[-1]
                if second["status"] == "paused":
                    break
                time.sleep(0.05)
            assert second["status"] == "paused" and "another torrent of this name" in second["reason"], second
            killed(daemon)
        with world.runs():
            second = world.torrents()[-1]
            assert second["status"] == "paused" and "another torrent of this name" in second["reason"], second
            expect(world.node("remove", "all"), DONE)
            assert not world.torrents()


def test_what_another_torrent_of_the_list_has_stays_when_one_is_deleted():
    with scratch() as folder:
        world = Daemon(folder)
        down = folder / "down"
        album = world.content([40_000, 50_000])
        album = album.rename(down / "album")
        (down / "beside").write_bytes(b"x" * 30_000)
        (down / "film").mkdir()
        (down / "film" / "reel").write_bytes(b"y" * 30_000)
        expect(world.node("create", down / "film", "-o", folder / "film.torrent"), DONE)
        (folder / "link").symlink_to(down)
        with world.runs():
            expect(world.node("share", "-d", album), DONE)
            expect(world.node("add", "-o", folder / "link", folder / "film.torrent"), DONE)
            world.until(lambda state: state["status"] == "sharing", "is there")
            expect(world.node("share", "-d", "--name", "whole", down), DONE)
            gone = expect(world.node("remove", "--delete", "--yes", "whole"), STORAGE, f"'{album / '1'}' stays: another torrent has it")
            assert f"'{album / '2'}' stays" in gone.err and f"'{down / 'film' / 'reel'}' stays" in gone.err and "deleted 1 file" in gone.out, gone
            assert (album / "1").exists() and (album / "2").exists() and not (down / "beside").exists()
            expect(world.node("remove", "--delete", "--yes", "album", "film"), DONE)
            assert not album.exists() and not (down / "film").exists()


def test_a_damaged_wish_is_told_and_the_generation_before_counts():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000])
        with world.runs() as daemon:
            expect(world.node("share", "-d", album), DONE)
            expect(world.node("add", "--paused", "2" * 40), DONE)
            expect(world.node("daemon", "stop"), DONE)
            daemon.ended(5)
        records = folder / "own" / "torrents"
        (records / f"{'2' * 40}.wish").write_bytes(b"btstate\n and no more")
        with background(*world.words, env=world.env, cwd=folder) as daemon:
            daemon.line_that_holds("err", "2" * 8)
            daemon.line_that_holds("err", "ready: 1 torrent")
            assert [t["name"] for t in world.torrents()] == ["album"]


@limit(240)
def test_killed_at_any_moment_it_has_what_commands_were_told():
    """A command that said it was done is remembered; the one under way may be or not."""
    seed = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    chance = random.Random(seed)
    with scratch() as folder:
        world = Daemon(folder)
        wished = {}
        for round_ in range(KILLS):
            with world.runs() as daemon:
                stands = world.stands()
                assert {h: t["status"] == "paused" for h, t in stands.items()} == wished, (seed, round_, stands, wished)
                for _ in range(chance.randrange(1, 6)):
                    some = chance.choice(list(wished)) if wished and chance.random() < 0.7 else None
                    if some is None:
                        some = f"{chance.getrandbits(160):040x}"
                        expect(world.node("add", "--paused", some), DONE)
                        wished[some] = True
                    elif chance.random() < 0.2:
                        expect(world.node("remove", some), DONE)
                        del wished[some]
                    else:
                        expect(world.node("resume" if wished[some] else "pause", some), DONE)
                        wished[some] = not wished[some]
                killed(daemon)


def test_a_download_onto_another_file_is_paused_once_and_says_why():
    with scratch() as folder:
        world = Daemon(folder)
        seed = folder / "seed"
        seed.mkdir()
        (seed / "dup.txt").write_bytes(b"one" * 1000)
        (folder / "down" / "dup.txt").write_bytes(b"other" * 900)
        expect(node("create", seed / "dup.txt", "-o", folder / "dup.torrent"), DONE)
        with world.runs() as daemon:
            expect(world.node("add", folder / "dup.torrent"), DONE)
            daemon.line_that_holds("err", "it is paused")
            for _ in range(20):
                one = next(t for t in world.torrents())
                assert one["status"] == "paused", one
            expect(world.node("daemon", "stop"), DONE)
            assert daemon.ended(10).err.count("it is paused") == 0, "again and again"
        with world.runs() as daemon:  # and with the next start no more often
            assert next(t for t in world.torrents())["status"] == "paused"
            expect(world.node("resume", "dup.txt"), DONE)
            daemon.line_that_holds("err", "it is paused")
            expect(world.node("remove", "dup.txt"), DONE)
            assert not world.torrents()
