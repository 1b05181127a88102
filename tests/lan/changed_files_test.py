"""Other programs change the files while they are shared or fetched, and disks fill up: nothing false is said, what is right
goes on, and all goes on by itself when the cause is gone."""
import contextlib
import os

from cases import limit
from content import MIB, make_file
from lan import NODE, Lan
from nodes import finish_get, get, same, share, start_get

SIZE = 24 * MIB


def half_way(lan, seed, getter, out, *options, size=SIZE, until=r"^ *[2-7]\d% "):
    """A slow transfer that has come some way."""
    content = make_file(seed.folder("data") / "content.bin", size)
    seed.own(content.parent)
    seed.limit_sending(4)
    sharing, magnet = share(seed, content)
    process = start_get(getter, magnet, out, *options)
    process.line(until, 30, stream="err")
    (part,) = out.glob("*.part")
    return content, sharing, magnet, process, part


def fill(path):
    """A file that leaves no space on its disk."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(MIB)):
            pass
    return path


@limit(120)
def test_a_full_disk_is_waited_for_and_what_is_there_is_given_on():
    with Lan(hosts=3) as lan:
        seed, getter, third = lan.hosts
        out = getter.small_disk("small", 32)
        content, sharing, magnet, process, _ = half_way(lan, seed, getter, out)
        hog = fill(out / "hog")
        process.line("no space left on .*B more are needed, .*B are free; it waits", 30, stream="err")
        process.line("^stalled: no space left", 10, stream="err")
        told = getter.run([NODE, "status"])
        assert "no space left" in told.out.text, told.describe()
        sharing.stop()
        other = start_get(third, magnet, third.folder("out"))
        other.line(r"^ *[1-9]\d% ", 30, stream="err")  # only the full one has anything
        seed.limit_sending(None)
        share(seed, content)
        os.remove(hog)
        same(content, finish_get(process, out, 45))
        same(content, finish_get(other, third.dir / "out", 45))


@limit(60)
def test_a_full_disk_ends_with_storage_at_the_timeout():
    with Lan(hosts=2) as lan:
        seed, getter = lan.hosts
        out = getter.small_disk("small", 32)
        _, _, _, process, _ = half_way(lan, seed, getter, out, "--timeout", "3s")
        fill(out / "hog")
        process.wait(40)
        assert process.code == 6 and "no space left" in process.err.text, process.describe()


@limit(60)
def test_a_share_that_was_touched_or_grew_goes_on():
    with Lan(hosts=2) as lan:
        seed, getter = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        seed.own(content.parent)
        sharing, magnet = share(seed, content)
        os.utime(content)
        same(content, get(getter, magnet, getter.folder("touched")))
        with open(content, "ab") as more:
            more.write(b"more")
        path = get(getter, magnet, getter.folder("grown"))
        assert path.read_bytes() == content.read_bytes()[:-4]
        sharing.line(f"'content.bin' has {SIZE + 4} bytes instead of {SIZE}", stream="err", timeout=10)
        shown = seed.run([NODE, "status"])
        assert "bytes instead of" in shown.out.text, shown.describe()
        assert sharing.running, sharing.describe()


@limit(60)
def test_of_a_share_that_was_cut_the_rest_is_given_and_both_ends_say_so():
    with Lan(hosts=2) as lan:
        seed, getter = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        seed.own(content.parent)
        sharing, magnet = share(seed, content)
        process = start_get(getter, magnet, getter.folder("before"))
        finish_get(process, getter.dir / "before", 30)
        os.truncate(content, SIZE // 2)
        sharing.line("was changed: .* pieces are still right", 20, stream="err")
        assert "\tchanged, " in seed.run([NODE, "status"]).out.text
        listed = getter.run([NODE, "discover", "--json"])
        assert '"seeders":1' not in listed.out.text.replace(" ", ""), listed.describe()
        process = start_get(getter, magnet, getter.folder("out"), "--timeout", "12s")
        process.line("^stalled: nobody connected has [0-9]+ of the", 20, stream="err")
        process.wait(30)
        assert process.code == 8, process.describe()


@limit(90)
def test_a_share_that_is_overwritten_under_a_get_is_told_in_few_lines():
    with Lan(hosts=2) as lan:
        seed, getter = lan.hosts
        content, sharing, _, process, _ = half_way(lan, seed, getter, getter.folder("out"))
        before = content.read_bytes()
        with open(content, "r+b") as file:
            file.write(os.urandom(SIZE))
        sharing.line("was changed: 0 of .* pieces are still right", 20, stream="err")
        assert "not on disk" not in sharing.err.text and len(sharing.err.lines) < 10, sharing.describe()
        process.line("^stalled: ", 20, stream="err")
        told = [line for line in process.err.lines if line.startswith("warning: ")]
        assert len(told) < 5, process.describe()
        with open(content, "r+b") as file:
            file.write(before)
        sharing.line("^goes on", 20, stream="err")
        assert "\tsharing\t" in seed.run([NODE, "status"]).out.text
        assert "changed" not in seed.run([NODE, "status"]).out.text


@limit(90)
def test_a_part_that_others_write_to_cut_or_remove_ends_right():
    def overwrite(part):
        with open(part, "r+b") as file:
            file.write(bytes(SIZE // 8))

    def replace(part):
        os.remove(part)
        make_file(part, SIZE, seed=9)

    harms = [overwrite, replace, os.remove, lambda part: os.truncate(part, SIZE // 8)]
    with Lan(hosts=5) as lan:
        seed, *getters = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        seed.own(content.parent)
        seed.limit_sending(4)
        _, magnet = share(seed, content)
        running = [(getter, start_get(getter, magnet, getter.folder("out"))) for getter in getters]
        for (getter, process), harm in zip(running, harms):
            process.line(r"^ *[2-7]\d% ", 40, stream="err")
            (part,) = (getter.dir / "out").glob("*.part")
            harm(part)
            if part.exists():
                getter.own(part)
        for getter, process in running:
            same(content, finish_get(process, getter.dir / "out", 60))


@limit(60)
def test_a_download_whose_folder_or_part_was_exchanged_is_never_called_finished():
    def away(out, part):
        out.rename(out.parent / "moved")

    def linked(out, part):
        os.symlink(part.rename(out / "mine"), part)

    def foreign(out, part):
        (out / "content.bin").write_text("mine")

    for harm, words in ((away, "is not the folder any more"), (linked, "is in the way"), (foreign, "appeared while")):
        with Lan(hosts=2) as lan:
            seed, getter = lan.hosts
            out = getter.folder("out")
            _, _, _, process, part = half_way(lan, seed, getter, out)
            harm(out, part)
            process.wait(20)
            assert process.code == 6 and words in process.err.text, process.describe()
