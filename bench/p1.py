"""P1 and P3: torrents made of one large file and of many small ones, and checked, from the page cache; beside others.

What a start after a clean stop reads, the other half of P3, is not measured here.
"""
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("BT_BUILD", ROOT / "build"))
NODE = os.environ.get("BT_NODE", BUILD / "node")
sys.path += [str(ROOT / "tests" / part) for part in ("support", "lan", "interop")]
import clients  # noqa: E402
from cases import Skip  # noqa: E402

MIB = 1 << 20
PIECE = MIB
MANY_FILES, SMALL = 10_000, 100_000
TIMES_MKTORRENT = {"one": 3, "many": 2}  # P1
VERIFY_PART = 0.9  # of the rate of create: P3
LIBTORRENT = """
import os, sys, libtorrent as lt
path, out, piece = sys.argv[1], sys.argv[2], int(sys.argv[3])
files = lt.file_storage()
lt.add_files(files, path)
made = lt.create_torrent(files, piece, lt.create_torrent.v1_only)
lt.set_piece_hashes(made, os.path.dirname(path))
open(out, "wb").write(lt.bencode(made.generate()))
"""


class Place:
    """One file of so many MiB, and a folder of small ones, in memory."""

    def __init__(self, size_mib):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="btbench-", dir=os.environ.get("BT_TEST_DIR")))
        noise = random.Random(1).randbytes(16 * MIB)
        self.one = self.folder / "one.bin"
        with self.one.open("wb") as out:
            for _ in range(size_mib // 16):
                out.write(noise)
        self.many = self.folder / "many"
        self.many.mkdir()
        for i in range(MANY_FILES):
            at = i * 977 % (len(noise) - SMALL)
            (self.many / f"{i:05}").write_bytes(noise[at:at + SMALL])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


def run(command):
    """(seconds, processor seconds) of a command that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.monotonic()
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=300)
    seconds = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def least(runs, command, out=None):
    """Of some runs the quickest, and the least processor time: whatever else runs can only add to either."""
    results = []
    for _ in range(runs):
        if out:
            out.unlink(missing_ok=True)
        results.append(run(command))
    return min(seconds for seconds, _ in results), min(cpu for _, cpu in results)


def makers(path, out):
    """{name: (why it is missing or "", command)}"""
    def missing(program):
        return "" if shutil.which(program) else f"{program} is not installed"

    try:
        clients.libtorrent()
        no_libtorrent = ""
    except Skip as why:
        no_libtorrent = str(why)
    level = (PIECE - 1).bit_length()
    return {
        "create": ("", [NODE, "create", "--piece-size", PIECE, "-o", out, path]),
        "mktorrent -t 2": (missing("mktorrent"),
                           ["mktorrent", "-t", 2, "-l", level, "-a", "http://localhost/", "-o", out, path]),
        "libtorrent": (no_libtorrent, [clients.PYTHON, "-c", LIBTORRENT, path, out, PIECE]),
        "transmission-create": (missing("transmission-create"),
                                ["transmission-create", "-s", PIECE // 1024, "-o", out, path]),
    }


def size_of(path):
    return path.stat().st_size if path.is_file() else sum(each.stat().st_size for each in path.iterdir())


def row(name, size, seconds, cpu, note=""):
    print(f"{name:34}{seconds:8.2f} {size / 2**30 / seconds:7.2f} {cpu / (size / 2**30):11.2f}  {note}", flush=True)


def make(place, what, runs, only):
    """The rows of one tree; gives (missed, the seconds of create)."""
    path, out = getattr(place, what), place.folder / "made.torrent"
    size = size_of(path)
    print(f"{'one file' if what == 'one' else f'{MANY_FILES:,} files'}, {size / MIB:.0f} MiB")
    ours, missed = None, 0
    for name, (absent, command) in makers(path, out).items():
        if only and only not in name:
            continue
        if absent:
            print(f"{name:34} not measured: {absent}")
            continue
        seconds, cpu = least(runs, command, out)
        note = ""
        if name == "create":
            ours = seconds, cpu
        elif ours:
            note = f"create: {seconds / ours[0]:.2f} x, by processor time {cpu / ours[1]:.2f} x"
        if name == "mktorrent -t 2" and ours:
            reached = seconds / ours[0] >= TIMES_MKTORRENT[what]
            missed = int(not reached)
            note += f" (target {TIMES_MKTORRENT[what]} x: {'reached' if reached else 'MISSED'})"
        row(name, size, seconds, cpu, note)
    return missed, ours[0] if ours else None


def check(place, what, runs, create_seconds):
    path, torrent = getattr(place, what), place.folder / "checked.torrent"
    torrent.unlink(missing_ok=True)
    run([NODE, "create", "--piece-size", PIECE, "-o", torrent, path])
    seconds, cpu = least(runs, [NODE, "verify", torrent, path.parent])
    note, missed = "", False
    if create_seconds:
        missed = create_seconds / seconds < VERIFY_PART
        note = f"{create_seconds / seconds:.2f} x create's rate (target {VERIFY_PART}: {'MISSED' if missed else 'reached'})"
    row("verify", size_of(path), seconds, cpu, note)
    return int(missed)


def main(ids, size_mib, runs, only=""):
    print(f"P1, P3: torrents with pieces of {PIECE // MIB} MiB, page cache to page cache; least of {runs}")
    print(f"{'':34}{'seconds':>8} {'GiB/s':>7} {'CPU s/GiB':>11}")
    missed = 0
    with Place(size_mib) as place:
        for what in ("one", "many"):
            some, seconds = make(place, what, runs, only if "p1" in ids else "create")
            missed += some
            if "p3" in ids and (not only or only in "verify"):
                missed += check(place, what, runs, seconds)
    return missed
