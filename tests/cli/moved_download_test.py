"""Downloads that are moved, renamed and removed while their bytes arrive: nothing is left where they lay before."""
import json
import pathlib
import threading
import time

from cases import limit
from daemon_test import Caller, Daemon
from exits import DONE
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
