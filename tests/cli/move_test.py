"""Files of a daemon's torrents that go to another folder or disk, also where the daemon is killed meanwhile."""
import json
import os
import pathlib
import random
import tempfile
import time
import urllib.request

from cases import Skip, limit
from daemon_test import Daemon, Port, killed
from exits import DONE, FAILURE, NOT_FOUND, STORAGE, USAGE
from program import background, expect, scratch

KILLS = int(os.environ.get("BT_KILLS") or (100 if os.environ.get("BT_LONG") == "1" else 6))


class Mover(Daemon):
    """A daemon that shares one album, and what of it lies where."""

    def put(self, sizes):
        self.album = self.content(sizes)
        self.bytes = {each.name: each.read_bytes() for each in self.album.iterdir()}
        return self.album

    def whole_in(self, folder):
        album = pathlib.Path(folder) / "album"
        return all((album / name).is_file() and (album / name).read_bytes() == data for name, data in self.bytes.items())

    def nothing_in(self, folder):
        album = pathlib.Path(folder) / "album"
        return not any((album / name).exists() for name in self.bytes) and not list(pathlib.Path(folder).glob(".*.moving"))

    def folder_of(self):
        return json.loads(expect(self.node("status", "--json"), DONE).out)["torrents"][0]["download_dir"]


def other_disk():
    """A folder on another file system than the tests'."""
    for folder in ("/dev/shm", "/run"):
        if os.access(folder, os.W_OK) and os.stat(folder).st_dev != os.stat(tempfile.gettempdir()).st_dev:
            return tempfile.TemporaryDirectory(prefix="btnode-cli-move-", dir=folder)
    raise Skip("there is no other file system to write to")


def test_a_share_goes_to_another_folder_and_stays_there():
    with scratch() as folder:
        world = Mover(folder)
        album = world.put([40_000, 50_000, 3_000_000])
        (album / "notes").mkdir()
        with world.runs() as daemon:
            expect(world.node("share", "-d", album), DONE)
            (album / "own").write_text("not of the torrent")
            moved = expect(world.node("move", "album", "there/deep"), DONE)
            assert moved.out.startswith("moved ") and "there/deep" in moved.out, moved
            assert world.whole_in(folder / "there" / "deep"), list(folder.rglob("*"))
            assert [each.name for each in album.iterdir() if each.is_file()] == ["own"]
            assert world.folder_of() == str(folder / "there" / "deep")
            killed(daemon)
        with world.runs():
            assert world.folder_of() == str(folder / "there" / "deep")
            world.until(lambda state: state["status"] == "sharing" and state["percent_done"] == 1, "shares there", download=False)
            with other_disk() as disk:
                expect(world.node("move", "album", disk, "--json"), DONE)
                assert world.whole_in(disk) and world.nothing_in(folder / "there" / "deep")
                world.until(lambda state: state["status"] == "sharing" and state["percent_done"] == 1, "shares there", download=False)
                expect(world.node("daemon", "stop"), DONE)


def test_what_stands_in_the_way_stays_and_nothing_is_moved():
    with scratch() as folder:
        world = Mover(folder)
        album = world.put([40_000, 50_000])
        theirs = folder / "there" / "album" / "2"
        theirs.parent.mkdir(parents=True)
        theirs.write_bytes(b"somebody's")
        with world.runs():
            expect(world.node("share", "-d", album), DONE)
            expect(world.node("move", "album", folder / "there"), STORAGE, "in the way")
            assert theirs.read_bytes() == b"somebody's" and world.whole_in(album.parent)
            assert not (folder / "there" / "album" / "1").exists()
            expect(world.node("move", "album"), USAGE)
            expect(world.node("move", "nothing", folder), 3)
        with background("share", "--no-lan", album, env=world.env, cwd=folder) as share:
            share.line_that_holds("out", "magnet:")
            expect(world.node("move", "album", folder / "elsewhere"), FAILURE, "daemon")


def test_a_folder_that_was_moved_by_hand_is_found():
    with scratch() as folder:
        world = Mover(folder)
        album = world.put([40_000, 50_000])
        with world.runs():
            expect(world.node("share", "-d", album), DONE)
            (folder / "there").mkdir()
            album.rename(folder / "there" / "album")
            expect(world.node("move", "--find", "album", folder / "there"), DONE)
            world.until(lambda state: state["status"] == "sharing" and state["percent_done"] == 1, "shares there", download=False)


def test_a_folder_in_which_nothing_of_it_lies_is_not_found():
    with scratch() as folder:
        world = Mover(folder)
        album = world.put([40_000, 50_000])
        (folder / "there" / "album").mkdir(parents=True)
        with world.runs():
            expect(world.node("share", "-d", album), DONE)
            for place in (folder / "there", folder / "nowhere"):
                expect(world.node("move", "--find", "album", place), NOT_FOUND)
                assert world.folder_of() == str(album.parent) and not (folder / "nowhere").exists()
            world.until(lambda state: state["status"] == "sharing" and state["percent_done"] == 1, "shares", download=False)


def test_a_folder_that_is_a_link_is_moved_to_and_from():
    with scratch() as folder:
        world = Mover(folder)
        album = world.put([40_000, 50_000])
        (folder / "real").mkdir()
        (folder / "link").symlink_to(folder / "real")
        with world.runs():
            expect(world.node("share", "-d", album), DONE)
            expect(world.node("move", "album", folder / "link"), DONE)
            assert world.whole_in(folder / "real") and world.nothing_in(album.parent)
            world.until(lambda state: state["status"] == "sharing" and state["percent_done"] == 1, "shares there", download=False)
            expect(world.node("move", "album", folder / "on"), DONE)
            assert world.whole_in(folder / "on") and world.nothing_in(folder / "real")
            assert list((folder / "real").iterdir()) == [] and (folder / "link").is_symlink()


def test_a_folder_is_not_moved_into_itself():
    with scratch() as folder:
        world = Mover(folder)
        album = world.put([40_000, 50_000])
        (folder / "way").symlink_to(album)
        with world.runs():
            expect(world.node("share", "-d", album), DONE)
            for place in (album, album / "below" / "it", folder / "way", folder / "way" / "below"):
                expect(world.node("move", "album", place), USAGE, "into itself")
            assert sorted(each.name for each in album.iterdir()) == sorted(world.bytes) and world.whole_in(album.parent)


@limit(300)
def test_killed_while_it_moves_the_torrent_is_whole_in_one_place():
    seed = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    chance = random.Random(seed)
    with scratch() as folder, other_disk() as disk:
        world = Mover(folder)
        world.put([2_000_000, 700_000, 12_000_000])
        here = world.album.parent
        places = [here, folder / "second", pathlib.Path(disk)]
        at = here
        with world.runs():
            expect(world.node("share", "-d", world.album), DONE)
            expect(world.node("daemon", "stop"), DONE)
        for round_ in range(KILLS):
            to = chance.choice([each for each in places if each != at])
            with world.runs("--share-dir", folder, "--share-dir", disk) as daemon:
                port = Port(world)
                identity = port.ask()[1]["X-Transmission-Session-Id"]
                body = {"method": "torrent-set-location", "arguments": {"ids": 1, "location": str(to), "move": True}}
                request = urllib.request.Request(port.url, json.dumps(body).encode(),
                                                 {"X-Transmission-Session-Id": identity})
                pid = os.fork()
                if pid == 0:
                    try:
                        urllib.request.urlopen(request, timeout=20).read()
                    finally:
                        os._exit(0)
                time.sleep(chance.random() * 0.25)
                killed(daemon)
                os.waitpid(pid, 0)
            with world.runs():
                said = pathlib.Path(world.folder_of())
                assert said in (at, to), (seed, round_, said)
                for _ in range(100):
                    if world.nothing_in(at if said == to else to):
                        break
                    time.sleep(0.05)
                assert world.whole_in(said), (seed, round_, said)
                assert world.nothing_in(at if said == to else to), (seed, round_, said, at, to)
                world.until(lambda state: state["percent_done"] == 1, "whole", download=False)
                at = said
                expect(world.node("daemon", "stop"), DONE)
