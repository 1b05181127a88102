"""Torrents as large as they may be."""
import gc
import hashlib
import os
import time

import seed
from cases import note
from exits import BAD_DATA, DONE
from hostile_torrents_test import cost
from program import OFFLINE, expect, node, scratch

MIB, TIB = 1 << 20, 1 << 40
PIECE = 16 * MIB


def test_of_a_tebibyte_the_piece_at_the_far_end_is_fetched_and_all_is_found_right():
    last, zeros = os.urandom(PIECE), hashlib.sha1(bytes(PIECE)).digest()
    pieces = TIB // PIECE
    info = {b"length": TIB, b"name": b"large.img", b"piece length": PIECE,
            b"pieces": zeros * (pieces - 1) + hashlib.sha1(last).digest()}

    def read(piece, at, size):
        return last[at:at + size] if piece == pieces - 1 else bytes(size)

    with scratch() as folder, seed.Seed() as peer:
        raw = seed.encode(info)
        hash_string = peer.add(raw, pieces, read)
        (folder / "x.torrent").write_bytes(b"d4:info" + raw + b"e")
        part = folder / f"large.img.{hash_string[:8]}.part"
        with open(part, "wb") as file:  # all but the last piece: holes
            try:
                file.truncate(TIB)
            except OSError as why:
                return note(f"not seen: no file of a tebibyte here: {why.strerror}")
        began = time.monotonic()
        expect(node("get", "x.torrent", *OFFLINE, "--no-dht", "-4", "--peer", f"127.0.0.1:{peer.port}", "--seed", "no",
                    cwd=folder, seconds=60), DONE)
        fetched = time.monotonic() - began
        with open(folder / "large.img", "rb") as file:
            file.seek(TIB - PIECE)
            assert file.read() == last
        assert (folder / "large.img").stat().st_blocks * 512 < 2 * PIECE
        began = time.monotonic()
        done = expect(node("verify", "x.torrent", cwd=folder, seconds=60), DONE)
        assert done.out == f"{pieces} of {pieces} pieces good\n", done
        note(f"L4: fetched after {fetched:.1f} s, verified in {time.monotonic() - began:.1f} s")


def test_as_many_pieces_as_there_may_be_are_read_in_two_seconds_and_200_MiB_and_one_more_is_refused():
    most = 2_097_152
    with scratch() as folder:
        for pieces in (most, most + 1):
            raw = seed.encode({b"length": pieces * 16_384, b"name": b"n", b"piece length": 16_384, b"pieces": bytes(20 * pieces)})
            (folder / "x.torrent").write_bytes(b"d4:info" + raw + b"e")
            del raw
            gc.collect()  # what this program holds when it starts another counts as the other's
            code, memory, seconds = cost("show", "x.torrent", cwd=folder)
            assert (code == DONE) == (pieces == most) and seconds <= 2 and memory <= 200, (pieces, code, memory, seconds)
            if pieces == most:
                note(f"L4: {seconds:.1f} s, {memory:.0f} MiB")
        expect(node("show", "x.torrent", cwd=folder), BAD_DATA, "2097152")
