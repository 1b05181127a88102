"""Downloads that are moved, renamed and removed while their bytes arrive: nothing is left where they lay before."""
import http.client
import json
import pathlib
import shutil
import threading
import time

from cases import limit
from daemon_test import Caller, Daemon, killed
from exits import DONE, STORAGE
from move_test import other_disk
from program import expect, scratch
from rename_test import Renamer, contents

ROUNDS = 12


def files(folder):
    return sorted(contents(folder))


class Fetching:
    """A daemon that fetches an album of another one, as fast as `rate` lets it."""

    def __init__(self, there, here, sizes, rate):
        self.source, self.world = Daemon(there), Daemon(here)
        self.album, self.rate = self.source.content(sizes), rate

    def begins(self):
        link = expect(self.source.node("share", "-d", self.album), DONE).out.split()[0]
        expect(self.world.node("get", "-d", "-o", self.world.folder / "down", "--down-limit", self.rate, "--peer", f"127.0.0.1:{self.source.words[-1]}", link), DONE)
        self.arrives(0)

    def done(self):
        return json.loads(expect(self.world.node("status", "--json"), DONE).out)["torrents"][0]["have_valid"]

    def arrives(self, after):
        """More than that has arrived."""
        for _ in range(200):
            if self.done() > after:
                return
            time.sleep(0.05)
        raise AssertionError("nothing arrives")

    def ends_in(self, folder, name):
        """Whole, and there is nothing else."""
        expect(self.world.node("set", name, "--down-limit", "0"), DONE)
        self.world.until(lambda state: state["percent_done"] == 1 and state["status"] == "sharing", "complete")
        wanted = {f"{name}/{path}": data for path, data in contents(self.album).items()}
        same = contents(folder) == wanted  # not in the assertion, which would print them
        assert same, (files(folder), sorted(wanted))


@limit(120)
def test_a_download_that_is_renamed_again_and_again_leaves_nothing_behind():
    with scratch() as there, scratch() as here:
        run = Fetching(there, here, [6_000_000, 300_000, 40_000], "3M")
        with run.source.runs(), run.world.runs("--limit-lan"):
            run.begins()
            caller, name = Renamer(run.world), "album"
            for round_ in range(ROUNDS):
                said = caller.rename(name, f"disc {round_}")
                assert said == "success", (round_, said)
                name = f"disc {round_}"
            run.ends_in(here / "down", name)


@limit(120)
def test_a_download_that_goes_to_another_disk_leaves_nothing_behind():
    with scratch() as there, scratch() as here, other_disk() as disk:
        run = Fetching(there, here, [24_000_000, 300_000], "4M")
        disk = pathlib.Path(disk)
        with run.source.runs(), run.world.runs("--limit-lan"):
            run.begins()
            for place in (disk, here / "down", disk):
                before = run.done()
                expect(run.world.node("move", "album", place), DONE)
                assert files(here / "down" if place == disk else disk) == []
                run.arrives(before)
            run.ends_in(disk, "album")
            assert files(here / "down") == []


@limit(120)
def test_what_is_removed_while_it_moves_is_gone_from_both_places():
    with scratch() as there, scratch() as here, other_disk() as disk:
        run = Fetching(there, here, [24_000_000, 300_000], "8M")
        disk = pathlib.Path(disk)
        with run.source.runs(), run.world.runs("--limit-lan", "--share-dir", disk):
            for round_ in range(ROUNDS):
                run.begins()
                caller = Caller(run.world)
                one = [torrent["id"] for torrent in caller.done("torrent-get", fields=["id"])["torrents"]]
                moving = threading.Thread(target=caller.ask, args=["torrent-set-location"],
                                          kwargs={"ids": one, "location": str(disk), "move": True})
                moving.start()
                time.sleep(0.004 * round_)
                Caller(run.world).done("torrent-remove", ids=one, delete__local__data=True)
                left = files(here / "down") + files(disk)
                assert not left, (round_, left)
                assert not list((here / "own").rglob("*.move")), round_
                moving.join()


def test_a_download_that_ends_when_it_is_complete_rests_once_and_goes_with_its_files():
    with scratch() as there, scratch() as here:
        source, world = Daemon(there), Daemon(here)
        album = source.content([40_000])
        with source.runs(), world.runs():
            link = expect(source.node("share", "-d", album), DONE).out.split()[0]
            expect(world.node("add", "--seed", "no", "--peer", f"127.0.0.1:{source.words[-1]}", link), DONE)
            world.until(lambda state: state["status"] == "paused" and state["percent_done"] == 1, "rests")
            states = [world.state()["status"] for _ in range(20)]
            assert set(states) == {"paused"}, states
            removed = expect(world.node("remove", "--delete", "album"), DONE)
            assert "deleted 1 file" in removed.out and files(here / "down") == [], (removed, files(here / "down"))


def test_what_is_not_there_is_not_moved():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000, 50_000])
        with world.runs():
            expect(world.node("share", "-d", album), DONE)
            album.rename(folder / "elsewhere")
            world.until(lambda state: state["percent_done"] == 0, "notices", download=False)
            expect(world.node("move", "album", folder / "there"), STORAGE, "none of its files is where it was")
            assert world.state(download=False)["download_dir"] == str(album.parent)


def test_a_record_of_a_move_that_was_being_replaced_is_read():
    """A kill between the two renames of a record leaves the generation before alone."""
    with scratch() as folder, other_disk() as disk:
        world = Daemon(folder)
        album = world.content([3_000_000, 50_000])
        before = contents(album)
        for _ in range(6):
            with world.runs("--share-dir", folder, "--share-dir", disk) as daemon:
                expect(world.node("share", "-d", album), DONE)
                caller = Caller(world)
                moving = threading.Thread(target=lambda: ignored(caller.ask, "torrent-set-location", ids=[1], location=str(disk),
                                                                 move=True))
                moving.start()
                time.sleep(0.01)
                killed(daemon)
                moving.join()
            for record in (folder / "own").rglob("*.move"):
                record.rename(f"{record}.old")
            with world.runs():
                world.until(lambda state: state["percent_done"] == 1, "whole", download=False)
                at = pathlib.Path(world.state(download=False)["download_dir"])
                same = contents(at / "album") == before
                assert same, (at, files(at))
                expect(world.node("remove", "album"), DONE)
                expect(world.node("daemon", "stop"), DONE)
            if at != album.parent:
                shutil.copytree(at / "album", album, dirs_exist_ok=True)
                shutil.rmtree(at / "album")


def ignored(call, *words, **more):
    """It may be killed meanwhile."""
    try:
        call(*words, **more)
    except (OSError, ValueError, AssertionError, http.client.HTTPException):
        pass
