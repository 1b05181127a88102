"""Files of a daemon's torrents that get other names, also where the daemon is killed meanwhile."""
import base64
import os
import random
import time

from cases import limit
from daemon_test import Caller, Daemon, killed
from exits import DONE, STORAGE, USAGE
from program import expect, scratch

KILLS = int(os.environ.get("BT_KILLS") or (100 if os.environ.get("BT_LONG") == "1" else 6))


class Renamer(Caller):
    def rename(self, path, name):
        return self.ask("torrent-rename-path", ids=[1], path=path, name=name)["result"]

    def names(self):
        one = self.done("torrent-get", ids=[1], fields=["name", "files"])["torrents"][0]
        return [one["name"], *(file["name"] for file in one["files"])]


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def shares(state):
    return state["status"] == "sharing" and state["percent_done"] == 1


def test_a_folder_and_a_file_get_other_names_and_keep_them():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000, 50_000])
        here = album.parent
        before = contents(album)
        with world.runs("--share-dir", folder) as daemon:
            expect(world.node("share", "-d", album), DONE)
            (album / "own").write_text("not of the torrent")
            caller = Renamer(world)
            assert caller.rename("album/2", "second") == "success"
            assert caller.rename("album", "disc") == "success"
            assert contents(here) == {"disc/1": before["1"], "disc/second": before["2"], "album/own": b"not of the torrent"}
            assert caller.names() == ["disc", "disc/1", "disc/second"], caller.names()
            renamed = expect(world.node("set", "disc", "--rename", "two words"), DONE)
            assert renamed.out.startswith("renamed ") and renamed.out.endswith(" disc (to two words)\n"), renamed
            expect(world.node("set", "two words", "--rename", "disc", "--json"), DONE)
            expect(world.node("set", "disc", "--rename", "a/b"), USAGE, "not a name for a file")
            expect(world.node("set", "disc", "--rename", "x", "--up-limit", "1M"), USAGE, "exclude each other")
            killed(daemon)
        with world.runs("--share-dir", folder):
            caller = Renamer(world)
            world.until(shares, "shares", download=False)
            assert caller.names() == ["disc", "disc/1", "disc/second"], caller.names()
            expect(world.node("move", "disc", folder / "there"), DONE)
            assert contents(folder / "there") == {"disc/1": before["1"], "disc/second": before["2"]}
            world.until(shares, "shares there", download=False)
            assert caller.rename("disc", "album") == "success" and caller.names()[0] == "album"


def test_what_stands_in_the_way_stays_and_no_link_is_followed():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000, 50_000])
        before = contents(album)
        with world.runs("--share-dir", folder):
            expect(world.node("share", "-d", album), DONE)
            caller = Renamer(world)
            (album / "3").write_bytes(b"somebody's")
            (album / "4").symlink_to(folder / "nowhere")
            for name in ("3", "4"):
                assert "stands in the way" in caller.rename("album/2", name)
            assert contents(album) == {**before, "3": b"somebody's"}
            (here := album.parent / "there").mkdir()
            (here / "1").write_bytes(b"somebody's")
            assert "stands in the way" in caller.rename("album", "there")  # and no folder is put into another
            expect(world.node("set", "album", "--rename", "there"), STORAGE, "stands in the way")
            (album / "folder").mkdir()
            assert "stands in the way" in caller.rename("album/2", "folder")
            assert contents(here) == {"1": b"somebody's"}
            for path, name in (("album/2", "../2"), ("album/2", "1"), ("album/../album", "x"), ("album", ".")):
                assert caller.rename(path, name) != "success", (path, name)
            outside = folder / "outside"
            album.rename(outside)
            album.symlink_to(outside)  # and its files are reached by a link
            assert caller.rename("album/1", "first") != "success"
            assert "1" in contents(outside) and "first" not in contents(outside)


def test_no_torrent_takes_the_place_of_another_that_is_on_the_list():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000, 50_000])
        expect(world.node("create", album, "--name", "coming", "-o", folder / "coming.torrent"), DONE)
        with world.runs("--share-dir", folder):
            expect(world.node("share", "-d", album), DONE)
            expect(world.node("add", "-o", album.parent, "--paused", folder / "coming.torrent"), DONE)
            assert "another torrent of this name" in Renamer(world).rename("album", "coming")
            assert (album / "1").exists() and not (album.parent / "coming").exists()


def test_a_client_puts_files_below_the_allowed_folders_alone():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000, 50_000])
        (folder / "down" / ".ssh").mkdir()
        (folder / "down" / "keys").symlink_to(folder / "down" / ".ssh")
        outside = folder / "outside"
        with world.runs():
            expect(world.node("share", "-d", album), DONE)
            caller = Renamer(world)
            before = contents(album)
            for place in (outside, folder / "down" / ".ssh", folder / "down" / "keys", folder / "down" / ".." / "outside", "/etc"):
                for method, words in (("torrent-set-location", {"ids": [1], "location": str(place), "move": True}),
                                      ("torrent-set-location", {"ids": [1], "location": str(place)}),
                                      ("torrent-add", {"filename": "magnet:?xt=urn:btih:" + "1" * 40, "download-dir": str(place)}),
                                      ("session-set", {"download-dir": str(place)})):
                    said = caller.ask(method, **words)["result"]
                    assert "clients may put nothing at" in said and f"'{folder / 'down'}'" in said, (method, place, said)
            assert "clients may put nothing at" in caller.rename("album", "disc")  # it lies outside
            assert contents(album) == before and not outside.exists() and len(world.torrents()) == 1
            taken = caller.ask("torrent-set-location", ids=[1], location=str(folder / "down" / "in"), move=True)["result"]
            assert "clients move nothing from where it lies" in taken, taken
            deleted = caller.ask("torrent-remove", ids=[1], delete__local__data=True)["result"]
            assert "clients delete nothing where it lies" in deleted and contents(album) == before, deleted
            expect(world.node("move", "album", folder / "down" / "in"), DONE)
            assert "clients may put nothing at" in caller.rename("album", ".ssh")
            (secret := folder / ".config").mkdir()
            (secret / "x").write_bytes(b"x" * 40_000)
            expect(world.node("create", secret, "-o", folder / "hidden.torrent"), DONE)
            hidden = base64.b64encode((folder / "hidden.torrent").read_bytes()).decode()
            assert caller.ask("torrent-add", metainfo=hidden)["result"] == "success"
            world.until(lambda state: state["name"] == ".config" and state["status"] == "paused" and "is hidden" in state["reason"], "refused")
            expect(world.node("remove", ".config"), DONE)
            expect(world.node("add", folder / "hidden.torrent"), DONE)
            world.until(lambda state: state["name"] == ".config" and state["status"] == "stalled", "begun")
            hash_ = next(each["hash_string"] for each in world.torrents() if each["name"] == ".config")
            moved = caller.ask("torrent-set-location", ids=[hash_], location=str(folder / "down" / "in"), move=True)["result"]
            assert "clients may put nothing at" in moved, moved
            expect(world.node("remove", ".config"), DONE)
            assert caller.rename("album", "disc") == "success"
            expect(world.node("move", "disc", outside), DONE)  # its user goes where he wants
            assert (outside / "disc" / "1").exists()


def test_what_was_shared_through_a_link_is_renamed_where_it_lies():
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([40_000, 50_000])
        before = contents(album)
        (folder / "linked").symlink_to(album.parent)
        with world.runs("--share-dir", folder):
            expect(world.node("share", "-d", folder / "linked" / "album"), DONE)
            caller = Renamer(world)
            assert caller.rename("album/2", "second") == "success"
            assert caller.rename("album", "disc") == "success"
            assert contents(album.parent) == {"disc/1": before["1"], "disc/second": before["2"]}
            world.until(shares, "shares", download=False)


def test_a_download_that_is_under_way_goes_on_under_its_new_name():
    with scratch() as folder, scratch() as there:
        source, world = Daemon(there), Daemon(folder)
        album = source.content([600_000, 30_000])
        with source.runs(), world.runs("--limit-lan", "--share-dir", folder) as daemon:
            link = expect(source.node("share", "-d", album), DONE).out.split()[0]
            expect(world.node("add", "--down-limit", "100k", "--peer", f"127.0.0.1:{source.words[-1]}", link), DONE)
            world.until(lambda state: state["percent_done"] > 0.1, "has a part")
            caller = Renamer(world)
            assert caller.rename("album", "disc") == "success"
            assert caller.rename("disc/2", "second") == "success"
            assert [each.name for each in (folder / "down").iterdir() if not each.name.startswith("disc.")] == []
            killed(daemon)
            with world.runs("--limit-lan", "--share-dir", folder) as again:
                expect(world.node("set", "disc", "--down-limit", "0"), DONE)
                again.line_that_holds("err", "complete: disc")
        assert contents(folder / "down") == {f"disc/{new}": (album / old).read_bytes() for old, new in (("1", "1"), ("2", "second"))}


@limit(300)
def test_killed_while_it_is_renamed_the_torrent_is_whole_under_one_name():
    seed = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    chance = random.Random(seed)
    with scratch() as folder:
        world = Daemon(folder)
        album = world.content([20_000] * 40)
        here, name = album.parent, "album"
        whole = sorted(contents(album).values())
        with world.runs("--share-dir", folder):
            expect(world.node("share", "-d", album), DONE)
            expect(world.node("daemon", "stop"), DONE)
        for round_ in range(KILLS):
            new = f"name{round_}"
            with world.runs("--share-dir", folder) as daemon:
                caller = Renamer(world)
                pid = os.fork()
                if pid == 0:
                    try:
                        caller.rename(name, new)
                    finally:
                        os._exit(0)
                time.sleep(chance.random() * 0.06)
                killed(daemon)
                os.waitpid(pid, 0)
            with world.runs("--share-dir", folder):
                said = Renamer(world).names()[0]
                assert said in (name, new), (seed, round_, said)
                world.until(shares, "is whole", download=False)
                assert sorted(contents(here).values()) == whole, (seed, round_)
                assert {path.split("/")[0] for path in contents(here)} == {said}, (seed, round_, said)
                name = said
                expect(world.node("daemon", "stop"), DONE)
