"""Power cuts and kills at any moment of a real download or share, whose disk is a model (support/trouble): nothing false is
claimed, and the same command ends exact."""
import os
import random
import shutil
import signal
import time

from cases import limit, note
from exits import DONE
from over_trouble import LINE, LONG, all_of, make_album, make_film, run, seeds, shares, trouble
from program import OFFLINE, background, clean_environment, expect, node, scratch
from restart_test import moved

CUTS = 5  # at most, in one download


class Life:
    """A download that is cut short again and again, till it ends."""

    def __init__(self, folder, shared, seed):
        self.random, self.shared, self.seed = random.Random(seed), shared, seed
        self.machine = trouble.Machine(folder / f"life{seed}", clean_environment)
        self.cuts = self.kills = self.claimed = 0
        self.fault = None

    def live(self):
        for _ in range(CUTS):
            if self.fault or not self.is_cut():
                break
        if not self.fault:
            done = run(self.shared.get(self.machine), self.machine.env())
            if done.returncode != DONE:
                self.fault = f"exit {done.returncode}: {done.stderr}"
            elif not self.shared.is_exact(self.machine):
                self.fault = f"not exact: {sorted(map(str, self.machine.root.rglob('*')))}"
        if self.fault:
            self.fault = f"seed {self.seed}, after {self.cuts} cuts and {self.kills} kills: {self.fault}"
        else:
            shutil.rmtree(self.machine.root.parent)
        return self

    def is_cut(self):
        """One run. False: it came to its end."""
        pick = self.random
        kill = pick.random() < 0.25
        where = f"sync:{pick.randint(1, 40)}" if pick.random() < 0.5 else pick.randint(1, 600)
        slow = ("--down-limit", LINE, "--limit-lan") if pick.random() < 0.8 else ()
        done = run(self.shared.get(self.machine, *slow),
                   self.machine.env(cut=where, kill=1 if kill else None, seed=pick.randrange(2**32)))
        if done.returncode not in (DONE, -signal.SIGKILL):
            self.fault = f"exit {done.returncode}: {done.stderr}"
            return False
        if done.returncode == DONE:
            if not self.shared.is_exact(self.machine):
                self.fault = "complete, and not exact"
            return False
        self.kills += kill
        self.cuts += not kill
        if not kill:
            self.machine.starts_again()
        wrong, claimed = trouble.false_claims(self.machine, self.shared.torrent)
        self.claimed += claimed
        if wrong:
            self.fault = f"the record claims {wrong}, which are wrong"
        return False if self.fault else True


@limit(3600 if LONG else 120)
def test_a_power_cut_at_any_moment_of_a_download_makes_no_claim_false():
    first, points = seeds("C2"), 2_000 if LONG else 60
    cuts = kills = claimed = lives = 0
    with scratch() as folder, shares(folder, make_film, make_album) as found:
        while cuts < points:
            batch = [Life(folder, found[number % 2], first + number) for number in range(lives, lives + 8)]
            for life in all_of(Life.live, batch):
                assert life.fault is None, life.fault
                cuts, kills, claimed = cuts + life.cuts, kills + life.kills, claimed + life.claimed
            lives += len(batch)
    note(f"{lives} downloads, {cuts} power cuts and {kills} kills: 0 false claims of {claimed}, 0 failed starts, all exact")
    assert claimed > 5 * cuts  # or there was nothing to be wrong


@limit(600 if LONG else 60)
def test_a_power_cut_at_any_moment_of_a_share_makes_no_other_torrent_of_it():
    first = seeds("C2")
    with scratch() as folder:
        path = make_film(folder)
        os.utime(path, (time.time() - 3600,) * 2)  # what nobody changed for a minute is not hashed again
        expect(node("create", path, "-o", folder / "film.torrent"), DONE)
        right = trouble.Torrent(path, folder / "film.torrent").hash

        def share(machine, **cut):
            with background("share", path, *OFFLINE, env=machine.env(**cut)) as process:
                try:
                    link = process.line("out")
                    assert right in link, f"{cut}: {link}"
                    process.process.send_signal(signal.SIGTERM)
                except AssertionError as why:
                    if "it ended" not in str(why):
                        raise
                return process.ended(10).code

        def life(number):
            machine = trouble.Machine(folder / f"life{number}", clean_environment)
            share(machine)
            machine.state.joinpath("hashes").rename(folder / f"hashes{number}")  # made again beneath the cut
            cut = share(machine, cut=number % 30 + 1, seed=first + number)
            machine.starts_again()
            ended = share(machine)
            assert cut in (-signal.SIGKILL, -signal.SIGTERM) and ended == -signal.SIGTERM, (number, cut, ended)
            return cut == -signal.SIGKILL

        cuts = sum(all_of(life, range(300 if LONG else 30)))
    note(f"{cuts} power cuts: 0 other torrents, 0 failed starts")
    assert cuts > 10


def test_what_a_record_claims_was_made_durable_before_it_and_the_record_before_its_name():
    with scratch() as folder, shares(folder, make_film) as (shared,):
        machine = trouble.Machine(folder / "machine", clean_environment)
        assert run(shared.get(machine, "--down-limit", LINE // 2, "--limit-lan"), machine.env()).returncode == DONE
        record, data = f"state/torrents/{shared.torrent.hash}", f"out/film.bin.{shared.torrent.hash[:8]}.part"
        in_order = [("sync", data), ("create", f"{record}.tmp"), ("write", f"{record}.tmp"), ("sync", f"{record}.tmp"),
                    ("rename", f"{record}.tmp"), ("sync", "state/torrents")]
        generations, written, step = 0, False, 0
        for what, path, *to in machine.log():
            if (what, path) == ("write", data):
                written = True
            elif (what, path) == in_order[0] and step == 0:
                step, written = 1, False
            elif path == f"{record}.tmp" or (what, path) == in_order[-1]:
                if (what, path) == in_order[1] and step == 0 and not written:
                    step = 1  # nothing is new
                if step == 0 and path == "state/torrents":
                    continue
                assert (what, path) == in_order[step], (generations, what, path, in_order[step])
                step = (step + 1) % len(in_order)
                generations += step == 0
        note(f"C4: {generations} records, each in order: data durable, record written, durable, renamed, its folder durable")
        assert step == 0 and generations >= 4


def test_a_share_of_a_gibibyte_that_is_started_again_reads_nothing_and_is_ready_within_a_second():
    with scratch() as folder:
        path = folder / "large.bin"
        with open(path, "wb") as file:
            file.truncate(1 << 30)
        os.utime(path, (time.time() - 3600,) * 2)
        machine = trouble.Machine(folder / "machine", clean_environment)
        for may_read in (True, False):
            began = time.monotonic()
            with background("share", path, *OFFLINE, env=machine.env(speed=1)) as process:
                process.line("out")
                seconds, (read, _) = time.monotonic() - began, moved(process)
                process.process.send_signal(signal.SIGTERM)
                process.ended(10)
            assert may_read or (read < 3 << 20 and seconds <= 1), (read, seconds)
    note(f"C4: started again after {1000 * seconds:.0f} ms, {read / 1024:.0f} KiB read, libraries included")
