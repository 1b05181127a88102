"""Calls and allocations that fail beneath a real download or share, a disk that is full again and again, names that want out:
it is said or tried again, nothing false is claimed, and the same command ends exact."""
import errno
import hashlib
import os
import random
import shutil
import signal
import time

import seed
from cases import limit, note
from exits import BAD_DATA, DONE, STORAGE
from over_trouble import LONG, SIZE, all_of, make_album, make_film, run, seeds, shares, trouble
from program import OFFLINE, background, clean_environment, expect, node, scratch
from transfer_test import free_port

# --- calls and allocations that fail ---------------------------------------------------------------

def ends_well(shared, machine, troubled, done, said):
    """A run that failed says why and leaves nothing false; the same command again ends exact. What is wrong, or None."""
    troubles = [line for line in machine.log() if line[0] in ("failed", "no memory")]
    if not isinstance(done.returncode, int) or done.returncode < 0:
        return f"{troubled}: exit {done.returncode}: {done.stderr}"
    if done.returncode != DONE and said not in done.stderr:
        return f"{troubled}: exit {done.returncode} says only {done.stderr}"
    if done.returncode == DONE and not shared.is_exact(machine):
        return f"{troubled}: complete, and not exact"
    wrong, _ = trouble.false_claims(machine, shared.torrent)
    if wrong:
        return f"{troubled}: the record claims {wrong}, which are wrong"
    again = run(shared.get(machine), machine.env())
    if again.returncode != DONE or not shared.is_exact(machine):
        return f"{troubled}: and then again: exit {again.returncode}: {again.stderr}"
    shutil.rmtree(machine.root.parent)
    return None if troubles else "nothing failed"


def judge(name, results, least):
    """The counters of a check, printed and asserted."""
    wrong = [each for each in results if each not in (None, "nothing failed")]
    came = len([each for each in results if each != "nothing failed"])
    note(f"{name}: {len(results)} runs, trouble came about in {came}: {len(wrong)} crashes, false claims or dead ends")
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong[:5])
    assert came >= least, came


@limit(3600 if LONG else 120)
def test_an_allocation_that_fails_ends_a_download_in_words_and_the_next_one_is_exact():
    first = seeds("I1")
    with scratch() as folder, shares(folder, lambda where: make_film(where, 60_000)) as (shared,):
        machine = trouble.Machine(folder / "count", clean_environment)
        assert run(shared.get(machine), machine.env(alloc=10**9)).returncode == DONE
        (_, all_allocations), = [line for line in machine.log() if line[0] == "allocations"]
        count = int(all_allocations)

        def one(number):
            machine = trouble.Machine(folder / f"run{number}", clean_environment)
            done = run(shared.get(machine), machine.env(alloc=number))
            return ends_well(shared, machine, f"allocation {number}", done, "out of memory")

        numbers = range(1, count + 1, max(1, count // 8_000)) if LONG else random.Random(first).sample(range(1, count), 80)
        note(f"{count} allocations in a download of 4 pieces")
        judge("I1", all_of(one, numbers), len(numbers) * 3 // 4)


CALLS = ("open", "pread", "pwrite", "fsync", "rename", "ftruncate", "mkdir", "unlink", "sendmsg", "recv", "recvmsg")
OF_A_SHARE = ("open", "pread", "accept", "sendmsg", "recv", "recvmsg")
NUMBERS = ("ENOSPC", "EIO", "EROFS", "EMFILE", "EINTR", "EAGAIN")
FOR_EVER = 10**9


def fails_in_a_share(folder, shared, fail):
    """It says why it does not begin, or gives everything in the end and lives."""
    machine = trouble.Machine(folder, clean_environment)
    getter = trouble.Machine(folder / "getter", clean_environment)
    port = free_port()
    with background("share", shared.torrent.path, *OFFLINE, "-4", "-p", port, env=machine.env(fail=fail)) as process:
        try:
            process.line("out")
        except AssertionError:
            done = process.ended(10)
            machine.log()
            return None if done.code > 0 and "error: " in done.err else f"{fail}: share: {done}"
        words = [port if word == shared.port else str(word).replace(f":{shared.port}", f":{port}")
                 for word in shared.get(getter, "--timeout", "2m")]
        done = run(words, getter.env())
        if process.process.poll() is not None:
            return f"{fail}: share: {process.ended(10)}"
        process.process.send_signal(signal.SIGTERM)
        process.ended(10)
    if done.returncode != DONE or not shared.is_exact(getter):
        return f"{fail}: share: the other side: exit {done.returncode}: {done.stderr}"
    troubles = [line for line in machine.log() if line[0] == "failed"]
    shutil.rmtree(folder)
    return None if troubles else "nothing failed"


@limit(3600 if LONG else 120)
def test_a_system_call_that_fails_is_said_or_tried_again_and_the_next_run_is_exact():
    first = seeds("I2")
    with scratch() as folder, shares(folder, make_album) as (shared,):

        def one(what):
            side, call, number, nth, count = what
            place, fail = folder / "-".join(map(str, what)), f"{call}:{nth}:{getattr(errno, number)}:{count}"
            if side == "share":
                return fails_in_a_share(place, shared, fail)
            machine = trouble.Machine(place, clean_environment)
            done = run(shared.get(machine, "--timeout", "30s"), machine.env(fail=fail))
            if count == FOR_EVER and call in ("pwrite", "fsync") and done.returncode != STORAGE:
                return f"{fail}: exit {done.returncode}: {done.stderr}"
            return ends_well(shared, machine, fail, done, "error: ")

        once = [(side, call, number, nth, 1) for side, calls in (("get", CALLS), ("share", OF_A_SHARE)) for call in calls
                for number in NUMBERS for nth in range(1, 6)]
        for_ever = [("get", call, number, 1, FOR_EVER) for call in CALLS[:8] for number in NUMBERS[:4]]
        if not LONG:
            once, for_ever = random.Random(first).sample(once, 80), random.Random(first).sample(for_ever, 8)
        judge("I2", all_of(one, once + for_ever), len(once) // 3)


def test_reads_and_writes_of_a_few_bytes_and_sockets_that_have_nothing_yet():
    with scratch() as folder, shares(folder, lambda where: make_film(where, 100_000), make_album) as (film, album):
        for number, (shared, trouble_is) in enumerate((
                (film, {"most": 1}), (album, {"most": 1000}),
                (album, {"fail": f"recv:3:{errno.EAGAIN}:500"}), (album, {"fail": f"sendmsg:3:{errno.EAGAIN}:500"}))):
            machine = trouble.Machine(folder / f"machine{number}", clean_environment)
            done = run(shared.get(machine), machine.env(**trouble_is))
            assert done.returncode == DONE and shared.is_exact(machine), (trouble_is, done)


# --- a disk that is full again and again ------------------------------------------------------------

FILLED = 20


def test_a_disk_that_is_filled_and_relieved_again_and_again_in_one_download():
    with scratch() as folder, shares(folder, make_film) as (shared,):
        machine, full = trouble.Machine(folder / "machine", clean_environment), folder / "full"
        longest = told = 0
        slow = ("--down-limit", SIZE // 200, "--limit-lan")  # or it is complete before
        with background(*shared.get(machine, *slow), env=machine.env(full=full)) as process:
            process.line_that_begins("err", " ")  # before it has begun, a full disk ends it

            def wait_for(words):
                while words not in process.line("err"):
                    pass

            for _ in range(FILLED):
                full.touch()
                filled = time.monotonic()
                wait_for("no space left")
                full.unlink()
                relieved = time.monotonic()
                told = max(told, relieved - filled)
                wait_for("the disk takes data again")
                longest = max(longest, (time.monotonic() - relieved) * trouble.FASTER)
            expect(node("set", shared.torrent.path.name, "--down-limit", "0", env=machine.env(speed=1)), DONE)
            done = process.ended(20)
        assert done.code == DONE and shared.is_exact(machine), done
        note(f"I3: filled and relieved {FILLED} times: said after {told:.2f} s, goes on by itself after {longest:.0f} s at most")
        assert told <= 2 and longest <= 30, (told, longest)


# --- names that want out ----------------------------------------------------------------------------

ELEMENTS = (b"..", b".", b"", b"/etc/btnode-escaped", b"../../escaped", b"a\0b", b"\xc0\xae\xc0\xae", b"\xc0\xae\xc0\xae\xc0\xaf",
            b"..\\..\\escaped", b"C:\\escaped", b"x" * 300, b"\xe2\x80\xae", b"\xff\xfe", b"name", b"Name", b"NAME.", b"name ",
            b"con", b"nul.txt", b"a:b", b"\n", b"\x1b[31m", b"~", b"$HOME", b"-rf", b"album", b"deep")


def hostile_info(pick):
    """The info dictionary of a torrent whose names want out of the folder, and its content."""
    files = []
    for _ in range(pick.randint(1, 8)):
        entry = {b"length": pick.choice((0, 1, 700, 20_000)), b"path": pick.choices(ELEMENTS, k=pick.randint(1, 4))}
        if pick.random() < 0.2:
            entry = {b"attr": b"l", **entry, b"length": 0, b"symlink path": [b"..", b"..", b"escaped"]}
        files.append(entry)
    single = pick.random() < 0.2
    size = 20_000 if single else sum(file[b"length"] for file in files)
    content = pick.randbytes(size)
    pieces = b"".join(hashlib.sha1(content[at:at + 16_384]).digest() for at in range(0, size, 16_384))
    what = {b"length": size} if single else {b"files": files}
    return {**what, b"name": pick.choice(ELEMENTS), b"piece length": 16_384, b"pieces": pieces}, content


@limit(600 if LONG else 60)
def test_no_name_of_a_torrent_leads_out_of_the_folder():
    first = seeds("M2")
    with scratch() as folder, seed.Seed() as peer:
        outside = folder / "outside"
        outside.mkdir()
        (outside / "precious").write_text("precious")

        def one(number):
            pick = random.Random(first + number)
            info, content = hostile_info(pick)
            raw, pieces = seed.encode(info), len(info[b"pieces"]) // 20
            hash_string = peer.add(raw, pieces, lambda piece, at, size: content[piece * 16_384 + at:][:size])
            machine = trouble.Machine(folder / f"machine{number}", clean_environment)
            torrent = machine.root.parent / "x.torrent"
            torrent.write_bytes(b"d4:info" + raw + b"e")
            machine.out.mkdir()
            if pick.random() < 0.5:  # and somebody was there before
                part = info[b"name"] + b"." + hash_string[:8].encode() + b".part"
                for name in (b"album", b"name", part):
                    if not {0, ord("/")} & set(name) and len(name) < 256:
                        os.symlink(outside, os.fsencode(machine.out) + b"/" + name)
            done = run(["get", torrent, *OFFLINE, "--no-dht", "-4", "--peer", f"127.0.0.1:{peer.port}", "--seed", "no",
                        "--timeout", "30s", "-o", machine.out], machine.env(root="/"))
            assert done.returncode in (DONE, BAD_DATA, STORAGE), f"seed {first + number}: {done}"
            for what, *paths in machine.log():
                for path in paths:
                    ours = path.split("/")[0] in ("out", "state") or path.startswith(clean_environment()["XDG_RUNTIME_DIR"])
                    assert ours, f"seed {first + number}: {what} {path}"
            inside = [os.path.realpath(path) for path in machine.out.rglob("*") if not path.is_symlink()]
            assert all(path.startswith(str(machine.out)) for path in inside), f"seed {first + number}: {inside}"
            assert os.listdir(outside) == ["precious"] and (outside / "precious").read_text() == "precious", first + number
            shutil.rmtree(machine.root.parent)
            return done.returncode

        codes = all_of(one, range(500 if LONG else 40))
    note(f"M2: {len(codes)} torrents, {codes.count(DONE)} fetched, {codes.count(BAD_DATA)} refused, {codes.count(STORAGE)} "
         "have no place: 0 paths outside")
    assert codes.count(DONE) > len(codes) // 5
