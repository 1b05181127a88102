"""Programs that run over trouble: the library of this folder is loaded beneath them. And what a record claims, read
without our own code."""
import atexit
import hashlib
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import threading

import bencode
from cases import Skip

HERE = pathlib.Path(__file__).resolve().parent
FASTER = 20  # so many times as fast goes the clock of timers; file times stay
_compiling, _library = threading.Lock(), []


def library():
    """Compiled once a run."""
    with _compiling:
        if not _library:
            compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
            if compiler is None:
                raise Skip("there is no C compiler")
            folder = tempfile.mkdtemp(prefix="btnode-trouble-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            path = pathlib.Path(folder) / "trouble.so"
            subprocess.run([compiler, "-std=gnu17", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64", "-O1", "-fPIC", "-shared",
                            "-fexceptions", "-Wall", "-Wextra", "-Werror", "-o", path, HERE / "calls.c", HERE / "power.c"],
                           check=True)
            _library.append(path)
        return _library[0]


class Machine:
    """One that runs over trouble: what is below `root` is its disk."""

    def __init__(self, folder, environment):
        self.root, self.attic, self.log_path = folder / "disk", folder / "attic", folder / "log"
        for each in (self.root, self.attic):
            each.mkdir(parents=True)
        self.out, self.state = self.root / "out", self.root / "state"
        self.boots = 0
        self.environment = environment

    def env(self, **trouble):
        """trouble: what calls.c lists, in small letters."""
        asked = {f"TROUBLE_{name.upper()}": str(value) for name, value in trouble.items() if value is not None}
        return self.environment(**{**{"LD_PRELOAD": str(library()), "TROUBLE_ROOT": str(self.root), "TROUBLE_ATTIC": str(self.attic),
               "TROUBLE_LOG": str(self.log_path), "TROUBLE_BOOT": f"boot {self.boots}", "TROUBLE_SPEED": str(FASTER),
               "BTNODE_STATE_DIR": str(self.state)}, **asked})

    def log(self):
        """What was done since it was asked last: lines of words, with paths below the root."""
        lines = self.log_path.read_text().replace(f"{self.root}/", "").splitlines() if self.log_path.exists() else []
        self.log_path.unlink(missing_ok=True)
        return [line.split("\t") for line in lines]

    def starts_again(self):
        """After a power cut."""
        self.boots += 1
        for left in self.attic.iterdir():
            left.unlink()


class Torrent:
    """What is shared: a path and its torrent as `create` wrote it."""

    def __init__(self, path, torrent):
        self.path = path
        raw = pathlib.Path(torrent).read_bytes()
        self.info = bencode.decode(raw)[0][b"info"]
        at = raw.index(b"4:info") + 6
        self.hash = hashlib.sha1(raw[at:bencode.decode(raw, at)[1]]).hexdigest()
        name = self.info[b"name"].decode()
        self.names = ([f"{name}/" + "/".join(part.decode() for part in file[b"path"]) for file in self.info[b"files"]]
                      if b"files" in self.info else [name])
        self.sizes = [file[b"length"] for file in self.info[b"files"]] if b"files" in self.info else [self.info[b"length"]]

    def pieces_right(self, folder, inodes):
        """Which pieces the files hold in a folder, under whichever name, if they are the files of these inodes."""
        content = b""
        for name, size, inode in zip(self.names, self.sizes, inodes):
            top, _, rest = name.partition("/")
            part = folder / f"{top}.{self.hash[:8]}.part" / rest if rest else folder / f"{top}.{self.hash[:8]}.part"
            held = None
            for path in (folder / name, part):
                if path.is_file() and path.stat().st_ino == inode:
                    held = path.read_bytes()[:size].ljust(size, b"\0")
            content += held if held is not None else b"\0" * size
        step = self.info[b"piece length"]
        return [hashlib.sha1(content[at:at + step]).digest() == self.info[b"pieces"][at // step * 20:at // step * 20 + 20]
                for at in range(0, len(content), step)]

    def files_of(self, piece):
        step, at, found = self.info[b"piece length"], 0, []
        for number, size in enumerate(self.sizes):
            if at < (piece + 1) * step and at + size > piece * step:
                found.append(number)
            at += size
        return found


def read_record(path):
    """The pieces and the inode of each file that a record of torrents/ claims; None if it is not there, or not whole."""
    raw = path.read_bytes() if path.is_file() else b""
    if len(raw) < 60 or raw[:8] != b"btstate\n":
        return None
    length, = struct.unpack(">Q", raw[20:28])
    body = raw[60:]
    if length != len(body) or hashlib.sha256(body).digest() != raw[28:60]:
        return None
    order = "<" if body[0] == 1 else ">"  # cereal's portable archive
    kind, = struct.unpack(order + "Q", body[1:9])
    held = bencode.decode(body[9 + kind + 8:])[0].get(b"held")
    if held is None:
        return [], []
    boot, = struct.unpack(">I", held[16:20])
    at = 20 + boot
    count, = struct.unpack(">I", held[at:at + 4])
    bits = held[at + 4:at + 4 + (count + 7) // 8]
    pieces = [n for n in range(count) if bits[n // 8] >> (7 - n % 8) & 1]
    at += 4 + len(bits)
    files, = struct.unpack(">I", held[at:at + 4])
    at, inodes = at + 4, []
    for _ in range(files):
        there = held[at] == 1
        inodes.append(struct.unpack(">Q", held[at + 9:at + 17])[0] if there else None)
        at += 41 if there else 1
    return pieces, inodes


def false_claims(machine, torrent):
    """Pieces that a record claims in files that are there, and that are wrong; and how many are claimed."""
    wrong, most = [], 0
    for ending in ("", ".old"):
        record = read_record(machine.state / "torrents" / (torrent.hash + ending))
        if record is None or not record[0]:
            continue
        pieces, inodes = record
        right = torrent.pieces_right(machine.out, inodes)
        there = {path.stat().st_ino for path in machine.out.rglob("*") if path.is_file()}
        believed = [n for n in pieces if all(inodes[file] in there for file in torrent.files_of(n))]
        wrong += [n for n in believed if not right[n]]
        most = max(most, len(believed))
    return wrong, most
