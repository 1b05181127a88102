"""Files to share, made quickly and the same from the same seed, and their comparison."""
import os
import pathlib
import random
import subprocess

MIB = 1024 * 1024


def make_file(path, size, seed=1):
    """Bytes that repeat nowhere at the length of a block, at several hundred MiB per second."""
    block = bytearray(random.Random(seed).randbytes(MIB))
    with open(path, "wb") as out:
        for number in range(-(-size // MIB)):
            stamp = number.to_bytes(8, "big")
            for at in range(0, MIB, 4096):
                block[at:at + 8] = stamp
            out.write(block[:min(MIB, size - number * MIB)])
    return pathlib.Path(path)


ODD_NAMES = [
    "space  twice", "tab\u2003em", "quote\"s", "it's", "semi;colon", "dollar$HOME", "back`tick", "star*", "what?",
    "pipe|d", "<angle>", "amp&ersand", "percent%41", "hash#tag", "-rf", "--help", "~tilde", "{brace,s}", "[1-3]",
    "equal=s", "plus+plus", "comma,", "exclaim!", "at@sign", "caret^", "colon:colon", "über", "Ünïcödé", "日本語",
    "한국어", "русский", "עברית", "ไทย", "emoji🎉", "e\u0301-decomposed", "\u00e9-composed", ".hidden", "dots...",
    "many.dots.in.a.name.tar.gz", "UPPER", "lower", "CON", "nul.txt", "x" * 200, "ю" * 100, "0", "magnet:?xt",
]


def make_odd_folder(path, files=2000, seed=2):
    """A tree with names that break careless programs; sizes from nothing to several pieces."""
    random_source = random.Random(seed)
    path = pathlib.Path(path)
    path.mkdir(parents=True)
    folders = [path]
    for number in range(files):
        if number % 40 == 0:
            folder = random_source.choice(folders) / f"{ODD_NAMES[(number // 40) % len(ODD_NAMES)]} {number}"
            if len(folder.relative_to(path).parts) > 12 or len(os.fsencode(folder)) > 2500:
                folder = path / f"shallow {number}"
            folder.mkdir(parents=True)
            folders.append(folder)
        name = f"{ODD_NAMES[number % len(ODD_NAMES)]}{number // len(ODD_NAMES) or ''}"
        size = random_source.choice([0, 1, 100, 5000, 16384, 16385, 30000, 70000])
        (random_source.choice(folders) / name).write_bytes(random_source.randbytes(size))
    for folder in reversed(folders[1:]):  # a torrent knows files only
        if not any(folder.iterdir()):
            folder.rmdir()
    return path


def difference(one, other):
    """None when two files, or two trees, are byte-identical; else what differs."""
    done = subprocess.run(["diff", "-rq", "--no-dereference", str(one), str(other)], capture_output=True, text=True,
                          errors="replace")
    return None if done.returncode == 0 else (done.stdout + done.stderr)[:2000]
