"""get into a file system that takes fewer names than ours, and --prealloc and --overwrite as a user meets them."""
import contextlib
import os
import shutil
import subprocess

from cases import Skip
from exits import DONE, STORAGE
from program import OFFLINE, expect, node, scratch
from transfer_test import SIZE, Sharing, make_content, sharing


@contextlib.contextmanager
def windows_disk(folder):
    """An NTFS that refuses what Windows does."""
    if os.geteuid() != 0:
        raise Skip("mounting a disk needs root")
    if not os.path.exists("/dev/fuse") or not all(map(shutil.which, ("ntfs-3g", "mkntfs", "losetup"))):
        raise Skip("ntfs-3g is not installed, or there is no /dev/fuse")
    image, place = folder / "image", folder / "disk"
    with open(image, "wb") as file:
        file.truncate(32_000_000)
    place.mkdir()
    loop = subprocess.run(["losetup", "-f", "--show", image], capture_output=True, text=True)
    if loop.returncode:
        raise Skip(f"no loop device: {loop.stderr}")
    try:
        subprocess.run(["mkntfs", "-q", "-F", loop.stdout.strip()], check=True, capture_output=True)
        mounted = subprocess.run(["ntfs-3g", "-o", "windows_names", loop.stdout.strip(), place], capture_output=True, text=True)
        if mounted.returncode:
            raise Skip(f"NTFS cannot be mounted: {mounted.stderr}")
        try:
            yield place
        finally:
            subprocess.run(["umount", place], check=True)
    finally:
        subprocess.run(["losetup", "-d", loop.stdout.strip()], check=True)


def test_names_that_a_disk_refuses_are_changed_and_found_again():
    with scratch() as folder, windows_disk(folder) as disk:
        album = folder / "talks: 2024"
        album.mkdir()
        for name in ("what?.bin", "CON.txt", "plain"):
            (album / name).write_bytes(os.urandom(100_000))
        with sharing(album, "--save", folder / "talks.torrent") as process:
            running = Sharing(process)
            done = expect(node("get", running.link, "-o", disk, *running.options(), "--seed", "no", "--save-torrent"), DONE,
                          "does not take all names: 'talks: 2024/CON.txt' is 'talks_ 2024/_CON.txt' there, and 2 more")
            assert done.out == f"{disk}/talks_ 2024\n", done
            assert sorted(os.listdir(disk)) == ["talks_ 2024", "talks_ 2024.torrent"], os.listdir(disk)
            assert sorted(os.listdir(disk / "talks_ 2024")) == ["_CON.txt", "plain", "what_.bin"]
            for there, name in (("what_.bin", "what?.bin"), ("_CON.txt", "CON.txt"), ("plain", "plain")):
                assert (disk / "talks_ 2024" / there).read_bytes() == (album / name).read_bytes()
            expect(node("get", running.link, "-o", disk, *running.options(), "--seed", "no"), DONE, "already there")
        expect(node("verify", folder / "talks.torrent", disk), DONE)
        shutil.copytree(disk / "talks_ 2024", folder / "copy" / "talks_ 2024")
        expect(node("verify", folder / "talks.torrent", folder / "copy"), DONE)


def test_room_that_is_reserved_is_there_before_the_data():
    with scratch() as folder:
        content = make_content(folder)
        link = expect(node("create", content, "-o", folder / "x.torrent"), DONE) and folder / "x.torrent"
        done = node("get", link, "-o", folder, "--prealloc", "--timeout", "1s", *OFFLINE)
        assert done.code != DONE, done
        with sharing(content) as process:
            running = Sharing(process)
            expect(node("get", running.link, "-o", folder, "--prealloc", *running.options(), "--seed", "no"), DONE)
            assert (folder / "file.bin").stat().st_blocks * 512 >= SIZE
            assert (folder / "file.bin").read_bytes() == content.read_bytes()


def test_what_is_right_of_an_old_file_is_not_fetched_and_its_other_names_keep_it():
    with scratch() as folder:
        content = make_content(folder)
        old = bytearray(content.read_bytes())
        old[SIZE // 2] ^= 1
        (folder / "file.bin").write_bytes(old)
        os.link(folder / "file.bin", folder / "backup")
        with sharing(content) as process:
            running = Sharing(process)
            expect(node("get", running.link, *running.options(), cwd=folder), STORAGE, "--overwrite")
            done = expect(node("get", running.link, "--overwrite", "--json", *running.options(), "--seed", "no", cwd=folder), DONE)
            assert '"downloaded": 3000000' not in done.out and '"downloaded":3000000' not in done.out, done
            assert (folder / "file.bin").read_bytes() == content.read_bytes()
            assert (folder / "backup").read_bytes() == bytes(old)
