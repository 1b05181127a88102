"""Some of a torrent's files: what is fetched is what they need, and nothing else appears."""
import signal
import time

from control_test import PIECE, SLOW, getting, sharing, world
from exits import DONE
from program import OFFLINE, SCHEMAS, background, events, expect
from schema import check
from transfer_test import free_port

# Sizes that are no whole pieces, so that files share pieces with their neighbours.
SIZES = [5 * PIECE + 100, 3 * PIECE, 7 * PIECE - 50, 40, 6 * PIECE + 1, 4 * PIECE]


def pieces_of(sizes, wanted):
    """The bytes of all pieces that hold something of the files with these numbers, from 1."""
    begins = [sum(sizes[:i]) for i in range(len(sizes) + 1)]
    numbers = {piece for file in wanted for piece in range(begins[file - 1] // PIECE, (begins[file] - 1) // PIECE + 1)}
    return sum(min(PIECE, begins[-1] - piece * PIECE) for piece in numbers)


def check_files(w, wanted):
    there = sorted(path.name for path in w.path("album").iterdir())
    assert there == sorted(map(str, wanted)), there
    for name in there:
        assert w.path("album", name).read_bytes() == (w.folder / "source/album" / name).read_bytes(), name
    assert [path.name for path in w.path().iterdir()] == ["album"], list(w.path().iterdir())


def test_only_the_pieces_of_wanted_files_are_fetched():
    for wanted in ([2], [1], [6], [4], [1, 3], [2, 4, 6], [1, 2, 3, 4, 5, 6]):
        with world() as w, sharing(w, w.content(SIZES)) as share:
            chosen = ",".join(map(str, wanted))
            with getting(w, share, "--select", chosen, "--seed", "no", "--json") as get:
                done = expect(get.ended(), DONE)
            fetched = events(done.out)[-1]["downloaded_ever"]
            assert fetched == pieces_of(SIZES, wanted), (wanted, fetched, pieces_of(SIZES, wanted))
            check_files(w, wanted)


def test_a_choice_of_files_ends_with_their_size_and_their_names_alone():
    for wanted in ([2], [1, 4], [3, 6], [1, 2, 3, 4, 5, 6]):
        size = sum(SIZES[number - 1] for number in wanted)
        chosen = ["--select", ",".join(map(str, wanted)), "--seed", "no"]
        with world() as w, sharing(w, w.content(SIZES)) as share:
            with getting(w, share, *chosen) as get:
                last = expect(get.ended(), DONE).err.splitlines()[-1]
            assert last.startswith(f"100% {size} in "), last
            # of a piece that lies in another file, too, a part is not there any more: it comes again
            with getting(w, share, *chosen) as get:
                expect(get.ended(), DONE, f"\n100% {size} ")
            with getting(w, share, *chosen, "--json") as get:
                told = events(expect(get.ended(), DONE).out)
            complete = next(event for event in told if event["event"] == "complete")
            check(complete, SCHEMAS / "event.json")
            assert complete["size_when_done"] == size, complete
            assert (complete["total_size"], complete["file_count"]) == (sum(SIZES), len(SIZES)), complete
            assert complete["files"] == [{"name": f"album/{number}", "length": SIZES[number - 1]} for number in wanted]
            with getting(w, share, *chosen[:2], "--seed", "forever") as get:
                state = w.until(lambda s: s["status"] == "sharing", "complete")
                assert state["have_valid"] == state["size_when_done"] == size and state["percent_done"] == 1, state


def test_a_piece_that_lies_in_other_files_too_is_given_and_found_good_after_the_end():
    sizes = [PIECE // 4, PIECE // 4, 3 * PIECE]
    with world() as w, sharing(w, w.content(sizes)) as share:
        port = free_port()
        with getting(w, share, "--select", "1", "--seed", "forever", "-p", port) as first:
            w.until(lambda s: s["status"] == "sharing", "complete")
            assert [path.name for path in w.path("album").iterdir()] == ["1"]
            for _ in range(2):
                expect(w.node("verify", w.state()["hash_string"]), DONE)
            w.until(lambda s: s["status"] == "sharing" and s["downloaded_ever"] == PIECE, "good again, with nothing fetched")
            share.process.send_signal(signal.SIGINT)
            share.process.wait(20)
            # the only one that has it now
            (w.folder / "second").mkdir()
            expect(w.node("get", share.link, "-o", "second", *OFFLINE, "--no-dht", "-4", "--peer", f"127.0.0.1:{port}",
                          "--select", "1", "--seed", "no"), DONE)
            assert (w.folder / "second/album/1").read_bytes() == (w.folder / "source/album/1").read_bytes()
            first.process.send_signal(signal.SIGINT)
            first.process.wait(20)
            assert "is not on disk" not in first.ended().err
        check_files(w, [1])


def test_a_link_names_the_files_that_are_wanted():
    for so, wanted in (("1", [2]), ("0,2-3", [1, 3, 4]), ("5", [6])):
        with world() as w, sharing(w, w.content(SIZES)) as share:
            share.link += f"&so={so}"
            with getting(w, share, "--seed", "no", "--json") as get:
                done = expect(get.ended(), DONE)
            fetched = events(done.out)[-1]["downloaded_ever"]
            assert fetched == pieces_of(SIZES, wanted), (so, fetched)
            check_files(w, wanted)


def test_other_files_in_the_middle_cost_what_was_fetched_by_then():
    sizes = [10 * PIECE + 100, 10 * PIECE + 200, 4 * PIECE + 300]
    with world() as w, sharing(w, w.content(sizes)) as share:
        with getting(w, share, *SLOW, "--select", "1", "--seed", "no", "--json") as get:
            had = w.until(lambda s: s["have_valid"] > 0, "got anything")["have_valid"]
            expect(w.node("set", w.state()["hash_string"], "--select", "3", "--down-limit", "0"), DONE)
            done = expect(get.ended(), DONE)
        fetched, needed = events(done.out)[-1]["downloaded_ever"], pieces_of(sizes, [3])
        # of the first file there may be what was on its way then
        assert needed <= fetched <= needed + had + 3 * PIECE + 60_000, (fetched, needed, had)
        assert fetched < pieces_of(sizes, [1, 3]), fetched
        assert w.path("album", "3").read_bytes() == (w.folder / "source/album/3").read_bytes()
        assert not w.path("album", "1").exists() and not w.path("album", "2").exists()


def states(w):
    return {t["hash_string"]: t for t in w.torrents() if not t["is_shared"]}


def until(w, holds, what, seconds=20):
    end = time.monotonic() + seconds
    while not holds(states(w)):
        assert time.monotonic() < end, f"never {what}: {states(w)}"
        time.sleep(0.05)


def test_of_several_torrents_one_pauses_goes_on_and_is_removed_while_the_others_go_on():
    with world() as w:
        contents = [w.content([300_000], name) for name in ("one", "two", "three")]
        w.path().mkdir()
        with sharing(w, contents[0]) as one, sharing(w, contents[1]) as two, sharing(w, contents[2]) as three:
            peers = [word for share in (one, two, three) for word in ("--peer", f"127.0.0.1:{share.port}")]
            with background("get", one.link, two.link, three.link, "-o", "to", "--limit-lan", "--down-limit", "150k",
                            *OFFLINE, "--no-dht", "-4", "--seed", "no", *peers, cwd=w.folder, env=w.env) as get:
                until(w, lambda s: len(s) == 3 and all(t["have_valid"] > 0 for t in s.values()), "all began")
                # the shares have the same hashes: a word means both
                expect(w.node("pause", one.hash), DONE)
                paused = states(w)
                assert paused[one.hash]["status"] == "paused", paused
                expect(w.node("remove", two.hash), DONE)
                until(w, lambda s: two.hash not in s, "removed")
                until(w, lambda s: three.hash not in s or s[three.hash]["percent_done"] == 1, "the third was there")
                now = states(w)
                assert now[one.hash]["status"] == "paused", now
                assert now[one.hash]["have_valid"] <= paused[one.hash]["have_valid"] + PIECE, (paused, now)
                expect(w.node("resume", one.hash), DONE)
                # a removed torrent is one that was not finished
                done = get.ended(30)
                assert done.code != DONE, done
        for name in ("one", "three"):
            assert w.path(name, "1").read_bytes() == (w.folder / "source" / name / "1").read_bytes(), name
        assert not w.path("two").exists() and list(w.path().glob("two.*.part"))
