"""What the tests over trouble (support/trouble) have in common: torrents that are shared, machines that fetch them, many at a
time. BT_LONG=1 takes the whole counts, BT_SEED=N repeats a run."""
import contextlib
import filecmp
import os
import pathlib
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support" / "trouble"))
import trouble  # noqa: E402
from cases import note  # noqa: E402
from exits import DONE  # noqa: E402
from program import NODE, OFFLINE, expect, node, scratch  # noqa: E402
from transfer_test import Sharing, sharing  # noqa: E402

LONG = os.environ.get("BT_LONG") == "1"
SIZE = 3_000_000
LINE = SIZE // 12  # bytes a second: a record is written every 5 s
AT_ONCE = 2 * (os.cpu_count() or 2)


def seeds(name):
    first = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    note(f"{name}: seed {first} (BT_SEED repeats it)")
    return first


def run(command, env, seconds=60):
    """With -v: what a failure says is all that is known of it."""
    process = subprocess.Popen([NODE, *map(str, command), "-v"], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, errors="replace")
    late = ""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        status = node("status", "--json", env=env_of_status(env))
        process.kill()
        out, err = process.communicate()
        late = f"\nstill running after {seconds} s: {status}"
    return subprocess.CompletedProcess(command, "none" if late else process.returncode, out, err + late)


def env_of_status(env):
    return {name: value for name, value in env.items() if not name.startswith(("TROUBLE_", "LD_PRELOAD"))}


class Shared:
    """A torrent that is shared, and what fetches it."""

    def __init__(self, folder, path, port, link):
        torrent = folder / f"{path.name}.torrent"
        expect(node("create", path, "-o", torrent), DONE)
        self.torrent = trouble.Torrent(path, torrent)
        self.link, self.port = link, port

    def get(self, machine, *more):
        return ["get", self.link, *OFFLINE, "-4", "--peer", f"127.0.0.1:{self.port}", "--seed", "no", "-o", machine.out,
                *more]

    def is_exact(self, machine):
        """In its place, and nothing of ours beside it."""
        place = machine.out / self.torrent.path.name
        if len(list(machine.out.iterdir())) != 1:
            return False
        if place.is_file():
            return filecmp.cmp(self.torrent.path, place, shallow=False)
        return subprocess.run(["diff", "-rq", self.torrent.path, place], capture_output=True).returncode == 0


def make_film(folder, size=SIZE):
    path = folder / "source" / "film.bin"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(os.urandom(size))
    return path


def make_album(folder):
    path = folder / "source" / "album"
    (path / "inner").mkdir(parents=True)
    for number, size in enumerate((0, 5, 70_000, 1_000_000, 16_384, 900_000)):
        (path / ("inner" if number % 2 else "") / f"{number}.bin").write_bytes(os.urandom(size))
    (path / "2.bin").chmod(0o755)
    return path


@contextlib.contextmanager
def shares(folder, *makers):
    with contextlib.ExitStack() as running:
        found = []
        for make in makers:
            path = make(folder)
            process = running.enter_context(sharing(path, "--quiet"))  # nobody reads what it tells
            found.append(Shared(folder, path, process.port, Sharing(process).link))
        yield found


def all_of(work, items):
    """Several at a time: they wait for each other's clocks. The results, and the first failure as it is."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        return list(pool.map(work, items))
    finally:
        pool.shutdown(cancel_futures=True)
