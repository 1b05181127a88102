"""A daemon that is killed while clients of its control port are at work: what was answered holds in the next run."""
import base64
import contextlib
import json
import os
import pathlib
import random
import threading
import time

from cases import limit
from daemon_test import Caller, Daemon, killed
from exits import DONE
from program import expect, scratch

KILLS = int(os.environ.get("BT_KILLS") or (100 if os.environ.get("BT_LONG") == "1" else 6))
FIELDS = ["hashString", "status", "labels", "downloadLimit", "downloadLimited", "wanted", "trackerList", "downloadDir",
          "downloadedEver", "uploadedEver", "totalSize"]


def stands(client):
    """What the daemon has, as the model below says it."""
    found = {}
    for each in client.done("torrent-get", fields=FIELDS)["torrents"]:
        assert each["downloadedEver"] == 0 and each["uploadedEver"] == 0, each
        found[each["hashString"]] = {
            "paused": each["status"] == 0, "labels": sorted(each["labels"]), "wanted": each["wanted"],
            "limit": each["downloadLimit"] if each["downloadLimited"] else 0, "trackers": each["trackerList"].split(),
            "dir": each["downloadDir"]}
    return found


class Wishes:
    """What was answered, and the one change that was not."""

    def __init__(self, chance, torrents, folder):
        self.chance, self.torrents, self.folder = chance, torrents, folder
        self.all, self.limit, self.open = {}, 0, None

    def next(self):
        """A change: (the torrent, how it stands then, the call)."""
        some = self.chance.choice(sorted(self.all)) if self.all and self.chance.random() < 0.8 else None
        if some is None:
            free = [each for each in self.torrents if each not in self.all]
            if not free:
                return None
            some = self.chance.choice(free)
            fresh = {"paused": True, "labels": ["new"], "wanted": [1, 1, 1], "limit": 0, "trackers": [], "dir": str(self.folder)}
            return some, fresh, ("torrent-add", {"metainfo": self.torrents[some], "paused": True, "labels": ["new"]})
        now = self.all[some]
        what = self.chance.randrange(8)
        if what == 0:
            return some, None, ("torrent-remove", {"ids": some})
        if what == 1:
            return some, {**now, "paused": not now["paused"]}, ("torrent-start" if now["paused"] else "torrent-stop", {"ids": some})
        if what == 2:
            labels = sorted(self.chance.sample(["a", "b", "c"], 2))
            return some, {**now, "labels": labels}, ("torrent-set", {"ids": some, "labels": labels})
        if what == 3:
            limit = self.chance.randrange(1, 900)
            return some, {**now, "limit": limit}, ("torrent-set", {"ids": some, "downloadLimit": limit, "downloadLimited": True})
        if what == 4:
            wanted = self.chance.choice([[1, 0, 1], [0, 1, 0], [1, 1, 0]])
            lists = {"files__wanted": [i for i in range(3) if wanted[i]], "files__unwanted": [i for i in range(3) if not wanted[i]]}
            return some, {**now, "wanted": wanted}, ("torrent-set", {"ids": some, **lists})
        if what == 5:
            url = f"http://127.0.0.1:9/{self.chance.randrange(9)}/announce"
            trackers = [*now["trackers"], *([] if url in now["trackers"] else [url])]
            return some, {**now, "trackers": trackers}, ("torrent-set", {"ids": some, "trackerAdd": [url]})
        if what == 6:
            to = str(self.folder / self.chance.choice(["x", "y"]))
            return some, {**now, "dir": to}, ("torrent-set-location", {"ids": some, "location": to, "move": True})
        return some, now, ("queue-move-top", {"ids": some})

    def work(self, client, stop):
        while not stop.is_set():
            change = self.next()
            if change is None:
                continue
            some, after, (method, arguments) = change
            self.open = some, after
            try:
                client.done(method, **arguments)
            except (OSError, ValueError, EOFError):  # it was killed meanwhile
                return
            except AssertionError as wrong:
                self.open = None
                self.wrong = wrong
                return
            self.take(some, after)
            self.open = None

    def take(self, some, after):
        self.all.pop(some, None)
        if after is not None:
            self.all[some] = after

    wrong = None

    def check(self, now, where):
        """The open change may have been done or not; every other was."""
        assert self.wrong is None, (where, self.wrong)
        if self.open:
            some, after = self.open
            if now.get(some) != self.all.get(some):
                assert now.get(some) == after, (where, "neither before nor after", self.all.get(some), after, now.get(some))
                self.take(some, after)
            self.open = None
        assert now == self.all, (where, {each: (now.get(each), self.all.get(each)) for each in {*now, *self.all}
                                         if now.get(each) != self.all.get(each)})


@limit(600)
def test_killed_under_the_work_of_clients_it_has_what_they_were_told():
    seed = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    chance = random.Random(seed)
    with scratch() as folder:
        world = Daemon(folder)
        torrents = {}
        for number in range(6):
            album = world.content([40_000, 30_000 + number, 20_000], name=f"album{number}")
            made = folder / f"{number}.torrent"
            expect(world.node("create", album, "-o", made), DONE)
            shown = json.loads(expect(world.node("show", "--json", made), DONE).out)
            torrents[shown["torrents"][0]["hash_string"]] = base64.b64encode(made.read_bytes()).decode()
        wishes = Wishes(chance, torrents, folder / "down")
        for round_ in range(KILLS):
            with world.runs() as daemon:
                client = Caller(world)
                wishes.check(stands(client), (seed, round_))
                for method in ("lan-get", "dht-stats", "history-get", "log-get", "hashing-get", "session-stats"):
                    client.done(method)
                stop = threading.Event()
                worker = threading.Thread(target=wishes.work, args=(client, stop))
                worker.start()
                time.sleep(chance.random() * 0.4)
                killed(daemon)
                stop.set()
                worker.join(20)
                assert not worker.is_alive()
        with world.runs():
            wishes.check(stands(Caller(world)), (seed, "at the end"))


def test_a_share_that_a_client_began_is_there_after_a_kill():
    with scratch() as folder:
        world = Daemon(folder)
        (folder / "down" / "lecture").mkdir()
        (folder / "down" / "lecture" / "one").write_bytes(os.urandom(300_000))
        with world.runs() as daemon:
            client = Caller(world)
            begun = client.done("share", path=str(folder / "down" / "lecture"), labels=["lab"])["hashing"]
            for _ in range(200):
                over = client.done("hashing-get", ids=[begun])["hashings"][0]
                if over["state"] == "done":
                    break
                time.sleep(0.05)
            killed(daemon)
        with world.runs():
            client = Caller(world)
            one = client.done("torrent-get", fields=["hashString", "labels", "status", "percentDone"])["torrents"]
            assert [each["hashString"] for each in one] == [over["hash_string"]] and one[0]["labels"] == ["lab"], one
            with contextlib.suppress(AssertionError):
                client.done("share", path="/etc/passwd")
                raise RuntimeError("it shares what lies anywhere")
            assert pathlib.Path(folder / "down" / "lecture" / "one").exists()
