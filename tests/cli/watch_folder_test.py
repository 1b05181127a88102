"""A folder whose entries are shared while they lie in it: in the foreground, and by the daemon over a restart."""
import os
import shutil
import time

from control_test import World
from daemon_test import Daemon, killed
from exits import DONE, NO_NODE, NOT_FOUND, USAGE
from program import OFFLINE, background, expect, node, scratch

SOON = 25  # seconds: quiet for some, seen within some more, on a busy machine


def wait_until(holds, what, seconds=SOON):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what()
        time.sleep(0.2)


def names(world):
    return sorted(each["name"] for each in world.torrents())


def wait_for_names(world, *wanted):
    wait_until(lambda: names(world) == sorted(wanted), lambda: f"{names(world)} instead of {wanted}")


def test_what_comes_into_the_folder_is_shared_and_what_goes_is_not():
    with scratch() as folder:
        world = World(folder)
        watched = folder / "watched"
        watched.mkdir()
        (watched / "first.bin").write_bytes(os.urandom(50_000))
        (watched / ".hidden").write_bytes(b"x")
        (watched / "film.mkv.1a2b3c4d.part").write_bytes(b"x")
        with background("share", *OFFLINE, "--watch-folder", watched, env=world.env, cwd=folder) as sharing:
            assert "first.bin" in sharing.line_that_holds("out", "magnet:", SOON)
            assert names(world) == ["first.bin"]
            album = watched / "album"
            album.mkdir()
            for number in range(3):
                (album / f"{number}.flac").write_bytes(os.urandom(30_000))
            assert "album" in sharing.line_that_holds("out", "magnet:", SOON)
            assert names(world) == ["album", "first.bin"]
            (watched / "first.bin").rename(folder / "first.bin")
            wait_for_names(world, "album")
            (watched / "film.mkv.1a2b3c4d.part").rename(watched / "film.mkv")
            wait_for_names(world, "album", "film.mkv")
            before = {each["name"]: each["hash_string"] for each in world.torrents()}
            (album / "3.flac").write_bytes(os.urandom(30_000))  # another torrent, then
            def is_another():  # for a moment none of that name is there
                now = {each["name"]: each["hash_string"] for each in world.torrents()}
                return sorted(now) == ["album", "film.mkv"] and now["album"] != before["album"]
            wait_until(is_another,
                       lambda: world.torrents())
            shutil.rmtree(album)
            (watched / "film.mkv").unlink()
            (folder / "first.bin").rename(watched / "first.bin")  # it goes on with nothing left
            wait_for_names(world, "first.bin")


def test_what_is_still_being_written_is_shared_when_it_is_whole():
    with scratch() as folder:
        world = World(folder)
        watched = folder / "watched"
        watched.mkdir()
        with background("share", *OFFLINE, "--watch-folder", watched, env=world.env, cwd=folder) as sharing:
            with open(watched / "slow.bin", "wb") as file:
                for _ in range(8):
                    file.write(os.urandom(10_000))
                    file.flush()
                    time.sleep(1)
            sharing.line_that_holds("out", "magnet:", SOON)
            shared, = world.torrents()
            assert shared["name"] == "slow.bin" and shared["have_valid"] == 80_000, shared


def test_a_file_that_is_written_without_pause_holds_up_no_other():
    with scratch() as folder:
        world = World(folder)
        watched = folder / "watched"
        watched.mkdir()
        with background("share", *OFFLINE, "--watch-folder", watched, env=world.env, cwd=folder) as sharing:
            sharing.line_that_holds("err", "Watching")
            (watched / "quiet.bin").write_bytes(os.urandom(50_000))
            end = time.monotonic() + SOON
            with open(watched / "busy.bin", "wb") as busy:
                while "quiet.bin" not in names(world):
                    assert time.monotonic() < end, world.torrents()
                    for _ in range(20):
                        busy.write(b"x")
                        busy.flush()
                        time.sleep(0.05)
            assert names(world) == ["quiet.bin"]


def test_a_daemon_watches_it_over_a_restart():
    with scratch() as folder:
        world = Daemon(folder)
        watched = folder / "watched"
        watched.mkdir()
        (watched / "stays.bin").write_bytes(os.urandom(50_000))
        (watched / "goes.bin").write_bytes(os.urandom(40_000))
        other = world.content([40_000])
        with world.runs() as daemon:
            told = expect(world.node("share", "-d", "--watch-folder", watched, other), DONE)
            assert f"watching {watched.resolve()}" in told.out and "added" in told.out, told
            wait_for_names(world, "stays.bin", "goes.bin", other.name)
            status = expect(world.node("daemon", "status", "--json"), DONE)
            assert str(watched.resolve()) in status.out, status
            before = {each["name"]: each["hash_string"] for each in world.torrents()}
            killed(daemon)
        (watched / "goes.bin").unlink()
        (watched / "comes.bin").write_bytes(os.urandom(30_000))
        with world.runs():
            wait_for_names(world, "stays.bin", "comes.bin", other.name)
            after = {each["name"]: each["hash_string"] for each in world.torrents()}
            assert after["stays.bin"] == before["stays.bin"], (before, after)
            told = expect(world.node("remove", "--watch-folder", watched), DONE)
            assert f"not watching {watched.resolve()}" in told.out, told
            wait_for_names(world, other.name)
            assert (watched / "stays.bin").exists()
            expect(world.node("remove", "--watch-folder", watched), NOT_FOUND, "not watched")
        with world.runs():
            time.sleep(1)
            assert names(world) == [other.name]


def test_wrong_folders_and_options_are_refused():
    with scratch() as folder:
        world = World(folder)
        expect(node("share", *OFFLINE, "--watch-folder", folder / "none", env=world.env), NOT_FOUND, "none")
        (folder / "file").write_bytes(b"x")
        expect(node("share", *OFFLINE, "--watch-folder", folder / "file", env=world.env), USAGE, "no folder")
        expect(node("share", "--watch-folder", folder, "--name", "x", env=world.env), USAGE, "exclude each other")
        expect(node("remove", "--watch-folder", folder, "x", env=world.env), USAGE, "stands alone")
        expect(node("share", "-d", "--watch-folder", folder, env=world.env), NO_NODE, "no daemon")
