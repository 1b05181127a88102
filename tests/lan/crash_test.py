"""kill -9 in the middle of a download: the next run finishes it, exact, and does not fetch again what was verified."""
import os
import random
import time

from cases import limit, note
from content import MIB, make_file
from lan import Lan
from nodes import finish_get, same, share, start_get, verified_bytes

KILLS = 20
SIZE = 64 * MIB
LINE = 40  # MiB/s, so that there is a middle
AGAIN = 8 * MIB  # what may come twice: pieces not yet whole, what was on its way, and the packets around it


@limit(400)
def test_killed_at_random_moments_and_started_again():
    seed_number = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    note(f"seed {seed_number} (BT_SEED repeats it)")
    moments = random.Random(seed_number)
    kept, again = [], []
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        _, magnet = share(seed, content)
        seed.limit_sending(LINE)
        for number in range(KILLS):
            out = other.folder(f"out{number}")
            first = start_get(other, magnet, out, "--json")
            time.sleep(moments.uniform(0.02, SIZE / MIB / LINE))
            first.kill()
            had = verified_bytes(first)
            before = other.counted("rx")
            second = start_get(other, magnet, out)
            path = finish_get(second, out, 60)
            fetched = other.counted("rx") - before
            same(content, path)
            assert fetched <= (SIZE - had) * 1.06 + AGAIN, (
                f"kill {number}: {had} bytes were verified, yet {fetched} of {SIZE} came afterwards")
            kept.append(had)
            again.append(max(0, fetched - (SIZE - had)))
            path.unlink()
    note(f"{KILLS} of {KILLS} exact; verified before the kill {min(kept) // MIB} to {max(kept) // MIB} MiB; "
         f"fetched again, packets included, at most {max(again) / MIB:.1f} MiB")


@limit(200)
def test_a_killed_overwrite_leaves_the_old_file_whole():
    """Half of the old file is right: it is taken from there, and not fetched."""
    seed_number = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    note(f"seed {seed_number} (BT_SEED repeats it)")
    moments = random.Random(seed_number)
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        content = make_file(seed.folder("data") / "content.bin", SIZE)
        _, magnet = share(seed, content)
        seed.limit_sending(LINE)
        out = other.folder("out")
        old = bytearray(content.read_bytes()[:SIZE - 4096])
        old[::MIB // 2] = bytes(byte ^ 1 for byte in old[::MIB // 2])
        for _ in range(8):
            (out / "content.bin").write_bytes(old)
            for _ in range(3):
                process = start_get(other, magnet, out, "--overwrite")
                time.sleep(moments.uniform(0.02, 0.5))
                process.kill()
                assert (out / "content.bin").read_bytes() in (bytes(old), content.read_bytes())
            before = other.counted("rx")
            same(content, finish_get(start_get(other, magnet, out, "--overwrite"), out, 60))
            assert other.counted("rx") - before < SIZE * 0.6, "what the old file has was fetched"
            assert [each.name for each in out.iterdir()] == ["content.bin"]


@limit(200)
def test_a_killed_folder_download_is_taken_up_again():
    with Lan(hosts=2) as lan:
        seed, other = lan.hosts
        folder = seed.folder("data") / "folder"
        folder.mkdir()
        for number in range(24):
            make_file(folder / f"{number}.bin", MIB * (1 + number % 3) + number, seed=number)
        _, magnet = share(seed, seed.own(folder))
        seed.limit_sending(LINE)
        out = other.folder("out")
        for _ in range(3):
            process = start_get(other, magnet, out)
            time.sleep(0.4)
            process.kill()
        seed.limit_sending(None)
        same(folder, finish_get(start_get(other, magnet, out), out, 60))
