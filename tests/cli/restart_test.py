"""What a run knows of its files counts in the next: how much of them is read again, counted by the kernel."""
import filecmp
import os
import pathlib
import random
import signal
import sys
import time

from cases import limit
from exits import DONE
from program import OFFLINE, background, clean_environment, expect, node, scratch
from transfer_test import Sharing, make_content, sharing

MIB = 1 << 20
AROUND = 3 * MIB  # libraries, records, the metadata
KILLS = int(os.environ.get("BT_KILLS") or (200 if os.environ.get("BT_LONG") == "1" else 8))


def moved(process):
    """Bytes this process has read and written so far; what came from sockets is not among what it has read."""
    with open(f"/proc/{process.process.pid}/io") as lines:
        counts = dict(line.split(": ") for line in lines)
    return int(counts["rchar"]), int(counts["wchar"])


def end(process):
    process.process.send_signal(signal.SIGTERM)
    process.ended(10)


def test_a_share_that_is_started_again_reads_nothing():
    path = pathlib.Path(sys.executable).resolve()  # a file that nobody has changed for a minute
    size = path.stat().st_size
    assert size > AROUND
    with scratch() as folder:
        env = clean_environment(BTNODE_STATE_DIR=str(folder / "state"))
        for may_read in (True, False):
            with background("share", path, *OFFLINE, env=env) as process:
                process.line("out")
                read, _ = moved(process)
                assert (read > size) if may_read else (read < AROUND), read
                end(process)
        changed = make_content(folder, size=32 * MIB)  # whoever changed it may do it again unseen
        for _ in range(2):
            with background("share", changed, *OFFLINE, env=env) as process:
                process.line("out")
                assert moved(process)[0] > 32 * MIB
                end(process)


def of_its_own(folder):
    """Another state folder than the share's: one process at a time has the record of a torrent."""
    return clean_environment(BTNODE_STATE_DIR=str(folder / "state"))


def test_what_is_complete_is_not_read_again_and_what_was_changed_is():
    with scratch() as folder, sharing(make_content(folder, size=32 * MIB)) as process:
        running = Sharing(process)
        out = folder / "out"
        out.mkdir()
        words = ("get", running.link, *running.options(), "-o", out)
        env = of_its_own(folder)
        expect(node(*words, "--seed", "no", cwd=folder, env=env), DONE)
        with background(*words, "--seed", "forever", cwd=folder, env=env) as again:
            again.line_that_begins("err", "100%")
            assert moved(again)[0] < AROUND, moved(again)
            end(again)
        changed = out / "file.bin"
        with open(changed, "r+b") as file:
            file.seek(20 * MIB)
            file.write(b"other")
        result = node(*words, "--seed", "no", cwd=folder, env=env)
        assert result.code != DONE and "file.bin" in result.err, result


def killed_again_and_again(make, size, compare, kills=KILLS, bounded=True):
    """`bounded`: what a run has written is kept soon enough to be believed in the next. A file in which a write was cut short is
    hashed; that is rare."""
    seed = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    moments = random.Random(seed)
    with scratch() as folder:
        source = make(folder)
        with sharing(source) as process:
            running = Sharing(process)
            out = folder / "out"
            out.mkdir()
            words = ("get", running.link, *running.options(), "-o", out, "--seed", "no")
            env, written, hashed = of_its_own(folder), 0, 0
            for _ in range(kills):
                slow = ("--down-limit", f"{size // kills}", "--limit-lan")
                with background(*words, *slow, cwd=folder, env=env) as getting:
                    early = moments.random() < 0.3  # perhaps before anything of it was kept
                    time.sleep(moments.uniform(0.02, 0.4) if early else moments.uniform(0.7, 1.5))
                    if getting.process.poll() is not None:
                        break
                    read, now_written = moved(getting)
                    hashed += bounded and read > written + AROUND
                    getting.process.send_signal(signal.SIGKILL)
                    written = now_written + (written if early else 0)
            expect(node(*words, cwd=folder, env=env, seconds=60), DONE)
            assert hashed <= kills // 4, f"seed {seed}: {hashed} of {kills} runs read what was held"
            assert compare(source, out / source.name), f"seed {seed}"


@limit(120 + 5 * KILLS)
def test_a_large_file_that_is_killed_at_random_moments():
    killed_again_and_again(lambda folder: make_content(folder, size=48 * MIB), 48 * MIB,
                           lambda one, other: filecmp.cmp(one, other, shallow=False))


@limit(120 + 5 * KILLS)
def test_what_is_damaged_right_after_a_kill_is_fetched_again():
    seed = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    moments = random.Random(seed)
    with scratch() as folder:
        source = make_content(folder, size=24 * MIB)
        with sharing(source) as process:
            running = Sharing(process)
            out, env = folder / "out", of_its_own(folder)
            out.mkdir()
            words = ("get", running.link, *running.options(), "-o", out, "--seed", "no")
            rounds = max(KILLS // 2, 1)
            slow = ("--down-limit", min(4 * MIB, 24 * MIB // rounds), "--limit-lan")  # it must not be complete
            for _ in range(rounds):
                with background(*words, *slow, cwd=folder, env=env) as getting:
                    time.sleep(moments.uniform(0.3, 1))
                    part = next(out.iterdir())
                    with open(part, "r+b") as file:  # before the kill: no time is lost then
                        places = [moments.randrange(24 * MIB) for _ in range(40)]
                        getting.process.send_signal(signal.SIGKILL)
                        for place in places:
                            file.seek(place)
                            file.write(b"damage")
            expect(node(*words, cwd=folder, env=env, seconds=60), DONE)
            assert filecmp.cmp(source, out / source.name, shallow=False), f"seed {seed}"


SMALL_BYTES = 30_000_000
SMALL_FILES = 3_000 if KILLS > 20 else 500


@limit(120 + 5 * KILLS)
def test_many_small_files_that_are_killed_at_random_moments():
    def make(folder):
        album = folder / "source" / "album"
        album.mkdir(parents=True)
        for number in range(SMALL_FILES):
            (album / f"{number:04}.bin").write_bytes(os.urandom(SMALL_BYTES // SMALL_FILES + number))
        return album

    def compare(one, other):
        names = [path.name for path in one.iterdir()]
        same, wrong, missing = filecmp.cmpfiles(one, other, names, shallow=False)
        return len(same) == SMALL_FILES and not wrong and not missing and len(list(other.iterdir())) == SMALL_FILES

    killed_again_and_again(make, SMALL_BYTES, compare, max(KILLS // 2, 1), False)  # so many files are made durable slowly
