"""create, show and verify: what they print, write and refuse."""
import json
import os
import random

from exits import BAD_DATA, DONE, NOT_FOUND, STORAGE, USAGE
from program import OFFLINE, SCHEMAS, clean_environment, expect, node, scratch, terminal
from schema import check


def make_content(folder, size=100_000):
    (folder / "file.bin").write_bytes(bytes(range(256)) * (size // 256 + 1))
    return folder / "file.bin"


def make_tree(folder):
    (folder / "tree" / "sub").mkdir(parents=True)
    (folder / "tree" / "b.txt").write_bytes(b"b" * 20_000)
    (folder / "tree" / "sub" / "a.srt").write_bytes(b"a" * 30_000)
    (folder / "tree" / "empty").write_bytes(b"")
    return folder / "tree"


def test_create_prints_the_link_and_writes_the_torrent():
    with scratch() as folder:
        make_content(folder)
        done = expect(node("create", "file.bin", "--no-date", cwd=folder), DONE)
        assert done.out.startswith("magnet:?xt=urn:btih:") and done.out.count("\n") == 1, done
        assert done.err.startswith("Created file.bin.torrent  ") and "7 pieces of 16 KiB" in done.err, done
        digits = done.out.split(":")[3][:40]
        assert expect(node("show", "--hash", "file.bin.torrent", cwd=folder), DONE).out.strip() == digits
        assert expect(node("show", "--magnet", "file.bin.torrent", cwd=folder), DONE).out == done.out
        again = expect(node("create", "file.bin", cwd=folder), STORAGE, "file.bin.torrent")
        assert not again.out, again


def test_create_is_reproducible_and_writes_to_a_pipe():
    with scratch() as folder:
        make_content(folder)
        env = clean_environment(SOURCE_DATE_EPOCH="1700000000")
        one, two = (node("create", "-o", "-", "file.bin", cwd=folder, env=env, text=False) for _ in range(2))
        assert one.code == 0 and one.out == two.out and b"creation datei1700000000e" in one.out, one
        none = node("create", "-o", "-", "--no-date", "file.bin", cwd=folder, text=False)
        assert b"creation date" not in none.out, none
        dated = node("create", "-o", "-", "--date", "5", "file.bin", cwd=folder, env=env, text=False)
        assert b"creation datei5e" in dated.out, dated
        shown = node("show", "--hash", "-", stdin=one.out)
        assert shown.code == 0 and len(shown.out) == 41, shown


def test_create_takes_what_a_torrent_can_say():
    with scratch() as folder:
        make_tree(folder)
        expect(node("create", "tree", "-o", "t.torrent", "-n", "other", "-t", "http://a.example/x,http://b.example/x",
                    "-t", "udp://c.example:1/x", "--private", "--piece-size", "32k", "--comment", "a remark", "--source",
                    "here", "-w", "http://w.example/", "--exclude", "*.srt", "--date", "9", cwd=folder), DONE)
        shown = json.loads(expect(node("show", "--json", "t.torrent", cwd=folder), DONE).out)
        check(shown, SCHEMAS / "show.json")
        torrent = shown["torrents"][0]
        assert torrent["name"] == "other" and torrent["is_private"] and torrent["piece_size"] == 32768, torrent
        assert [(t["announce"], t["tier"]) for t in torrent["trackers"]] == [
            ("http://a.example/x", 0), ("http://b.example/x", 0), ("udp://c.example:1/x", 1)], torrent
        assert torrent["comment"] == "a remark" and torrent["source"] == "here" and torrent["date_created"] == 9, torrent
        assert torrent["webseeds"] == ["http://w.example/"], torrent
        assert sorted(f["name"] for f in torrent["files"]) == ["other/b.txt", "other/empty"], torrent


def test_json_of_create_is_one_document():
    with scratch() as folder:
        make_content(folder)
        done = expect(node("create", "--json", "file.bin", cwd=folder), DONE)
        document = json.loads(done.out)
        check(document, SCHEMAS / "create.json")
        assert document["torrents"][0]["torrent_file"] == "file.bin.torrent" and not done.err, done
        failed = expect(node("create", "--json", "file.bin", cwd=folder), STORAGE)
        check(json.loads(failed.err), SCHEMAS / "error.json")


def test_show_in_a_pipe_is_tab_separated_and_whole():
    with scratch() as folder:
        make_tree(folder)
        expect(node("create", "tree", "--date", "9", cwd=folder), DONE)
        rows = [line.split("\t") for line in
                expect(node("show", "tree.torrent", cwd=folder), DONE).out.splitlines()]
        named = {row[0]: row[1:] for row in rows if row[0] != "file"}
        assert named["name"] == ["tree"] and named["size"] == ["50000"] and named["created"] == ["9"], rows
        assert named["private"] == ["no"] and named["piece_size"] == ["16384"], rows
        assert [row[1:] for row in rows if row[0] == "file"] == [
            ["1", "20000", "tree/b.txt"], ["2", "0", "tree/empty"], ["3", "30000", "tree/sub/a.srt"]], rows


def test_show_on_a_terminal_is_cut_to_its_width():
    with scratch() as folder:
        make_content(folder)
        expect(node("create", "file.bin", cwd=folder), DONE)
        with terminal("show", "file.bin.torrent", columns=50, cwd=folder) as t:
            assert t.wait() == 0
            rows = t.screen()
            link = next(row for row in rows if row.startswith("Magnet"))
            assert link.split()[1] == node("show", "--magnet", "file.bin.torrent", cwd=folder).out.strip(), link
            rows.remove(link)
            assert rows[0] == "Name      file.bin" and max(map(len, rows)) <= 50, rows
            assert any(row.startswith("Size      100.1 kB (100096 bytes), 7 pi") for row in rows), rows


def test_show_prints_the_raw_tree():
    with scratch() as folder:
        (folder / "odd.torrent").write_bytes(
            b"d4:infod6:lengthi1e4:name1:a12:piece lengthi16384e6:pieces20:" + b"p" * 20 + b"e7:unknownl2:\xff\xfei-3eee")
        tree = json.loads(expect(node("show", "--tree", "odd.torrent", cwd=folder), DONE).out)
        assert tree["unknown"] == [{"base64": "//4="}, -3], tree
        assert tree["info"]["pieces"] == {"base64": "cHBwcHBwcHBwcHBwcHBwcHBwcHA="}, tree


def test_a_name_that_is_no_utf8_breaks_no_json():
    with scratch() as folder:
        (folder / "odd.torrent").write_bytes(
            b"d7:comment3:\xff\x1bx4:infod6:lengthi1e4:name3:a\xffb12:piece lengthi16384e6:pieces20:" + b"p" * 20 + b"ee")
        check(json.loads(expect(node("show", "--json", "odd.torrent", cwd=folder), DONE).out), SCHEMAS / "show.json")
        expect(node("show", "odd.torrent", cwd=folder), DONE)


def test_list_prints_the_files_of_a_torrent():
    with scratch() as folder:
        make_tree(folder)
        expect(node("create", "tree", cwd=folder), DONE)
        done = expect(node("get", "--list", "tree.torrent", cwd=folder), DONE)
        assert done.out == "1\t20000\ttree/b.txt\n2\t0\ttree/empty\n3\t30000\ttree/sub/a.srt\n", done
        document = json.loads(expect(node("get", "-l", "--json", "tree.torrent", "tree.torrent", cwd=folder), DONE).out)
        check(document, SCHEMAS / "files.json")
        assert len(document["torrents"]) == 1, document  # the same is one


def test_every_cut_of_a_torrent_is_bad_data():
    with scratch() as folder:
        make_content(folder, 1000)
        whole = node("create", "-o", "-", "--date", "9", "-t", "http://a.example/x", "file.bin", cwd=folder, text=False).out
        for size in range(0, len(whole), 7):
            done = node("show", "-", stdin=whole[:size])
            assert done.code == BAD_DATA and not done.out and done.err.startswith("error: "), (size, done)


def test_verify_finds_bad_and_missing_pieces():
    with scratch() as folder:
        path = make_content(folder)
        expect(node("create", "file.bin", cwd=folder), DONE)
        assert expect(node("verify", "file.bin.torrent", cwd=folder), DONE).out == "7 of 7 pieces good\n"
        assert expect(node("verify", folder / "file.bin.torrent", folder), DONE).out == "7 of 7 pieces good\n"
        with open(path, "r+b") as file:
            for at in (20_000, 40_000, 90_000):
                file.seek(at)
                file.write(b"XXXX")
        before = path.stat()
        done = expect(node("verify", "file.bin.torrent", cwd=folder), BAD_DATA)
        assert done.out == "bad\t1\t2\tfile.bin\nbad\t5\t5\tfile.bin\n4 of 7 pieces good\n", done
        document = json.loads(expect(node("verify", "--json", "file.bin.torrent", cwd=folder), BAD_DATA).out)
        check(document, SCHEMAS / "verify.json")
        assert document["torrents"][0]["pieces_good"] == 4, document
        after = path.stat()
        assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
        os.truncate(path, 50_000)
        done = expect(node("verify", "file.bin.torrent", cwd=folder), BAD_DATA)
        assert "\t6\tfile.bin\n" in done.out, done


def test_verify_finds_each_of_fifty_flipped_bits_and_names_their_pieces():
    size, piece = (256 if os.environ.get("BT_LONG") == "1" else 32) << 20, 256 << 10
    seed = int(os.environ.get("BT_SEED") or random.randrange(10**6))
    with scratch() as folder:
        path = make_content(folder, size=size)
        expect(node("create", path.name, "--piece-size", "256Ki", cwd=folder), DONE)
        pieces = sorted(random.Random(seed).sample(range(size // piece), 50))
        with open(path, "r+b") as file:
            for number in pieces:
                at = number * piece + (seed * 7919 + number) % piece
                file.seek(at)
                (byte,) = file.read(1)
                file.seek(at)
                file.write(bytes([byte ^ 1 << number % 8]))
        done = expect(node("verify", f"{path.name}.torrent", cwd=folder), BAD_DATA)
        found = [number for line in done.out.splitlines() if line.startswith("bad\t")
                 for number in range(int(line.split("\t")[1]), int(line.split("\t")[2]) + 1)]
        assert found == pieces, f"seed {seed}: {set(found) ^ set(pieces)}"


def test_verify_names_every_file_that_lies_in_a_bad_piece():
    with scratch() as folder:
        (folder / "t").mkdir()
        for number in range(10, 40):
            (folder / "t" / str(number)).write_bytes(os.urandom(2_000))
        expect(node("create", "t", "--piece-size", "16Ki", cwd=folder), DONE)
        (folder / "t" / "12").unlink()
        done = expect(node("verify", "t.torrent", cwd=folder), BAD_DATA)
        names = "\t".join(f"t/{number}" for number in range(10, 19))
        assert done.out == f"bad\t0\t0\t{names}\n3 of 4 pieces good\n", done
        for number in range(13, 40):
            (folder / "t" / str(number)).unlink()
        done = expect(node("verify", "t.torrent", cwd=folder), BAD_DATA)
        assert done.out.splitlines()[0].endswith("\tt/29\tand 10 more"), done
        document = json.loads(expect(node("verify", "--json", "t.torrent", cwd=folder), BAD_DATA).out)
        check(document, SCHEMAS / "verify.json")
        (bad,) = document["torrents"][0]["bad"]
        assert (bad["file"], len(bad["files"]), bad["more_files"]) == ("t/10", 20, 10), bad


def test_verify_looks_at_files_that_have_no_piece():
    with scratch() as folder:
        (folder / "t").mkdir()
        make_content(folder / "t")
        (folder / "t" / "empty").touch()
        expect(node("create", "t", cwd=folder), DONE)
        expect(node("verify", "t.torrent", cwd=folder), DONE)
        (folder / "t" / "empty").write_bytes(b"nine here")
        done = expect(node("verify", "t.torrent", cwd=folder), BAD_DATA)
        assert done.out == "bad\t-\t-\tt/empty\n7 of 7 pieces good\n", done
        (folder / "t" / "empty").unlink()
        document = json.loads(expect(node("verify", "--json", "t.torrent", cwd=folder), BAD_DATA).out)
        check(document, SCHEMAS / "verify.json")
        assert document["torrents"][0]["bad_files"] == [{"file": "t/empty", "expected": 0}], document
        (folder / "t" / "empty").touch()
        with open(folder / "t" / "file.bin", "ab") as file:
            file.write(b"more")
        expect(node("verify", "t.torrent", cwd=folder), BAD_DATA)


def test_names_that_are_fine_for_their_owner_are_found():
    names = ["a\u200cb.txt", "\U0001f469\u200d\U0001f4bb.png", "back\\slash", "line\nend", "sep\u2028", "k" * 250]
    for name in [os.fsencode(each) for each in names] + [b"latin\xe9"]:
        with scratch() as folder:
            (folder / "d").mkdir()
            for path in (os.path.join(bytes(folder), name), os.path.join(bytes(folder), b"d", name)):
                with open(path, "wb") as file:
                    file.write(os.urandom(40_000))
            expect(node("create", os.fsdecode(name), "-o", "f.torrent", cwd=folder), DONE)
            expect(node("verify", "f.torrent", ".", cwd=folder), DONE)
            expect(node("create", "d", "-o", "d.torrent", cwd=folder), DONE)
            expect(node("verify", "d.torrent", ".", cwd=folder), DONE)
            for torrent in ("f.torrent", "d.torrent"):  # it is adopted, not fetched anew
                done = expect(node("get", torrent, "--seed", "no", "--timeout", "5s", *OFFLINE, cwd=folder), DONE)
                assert "already there" in done.err, done


def test_create_names_its_file_by_a_name_of_any_length():
    for length in (240, 250, 255):
        with scratch() as folder:
            (folder / ("k" * length)).write_bytes(b"content")
            expect(node("create", "k" * length, cwd=folder), DONE)
            assert len(list(folder.glob("*.torrent"))) == 1


def test_names_that_differ_in_case_only_are_told_apart():
    with scratch() as folder:
        (folder / "t").mkdir()
        (folder / "t" / "A").write_bytes(b"1")
        (folder / "t" / "a").write_bytes(b"2")
        expect(node("create", "t", cwd=folder), DONE)
        expect(node("verify", "t.torrent", cwd=folder), DONE)
        listed = node("get", "--list", "t.torrent", cwd=folder)
        assert sorted(line.split("\t")[2] for line in listed.out.splitlines()) == ["t/A", "t/a (1)"], listed


def test_verify_where_nothing_is():
    with scratch() as folder:
        make_content(folder)
        expect(node("create", "file.bin", cwd=folder), DONE)
        (folder / "elsewhere").mkdir()
        done = node("verify", "file.bin.torrent", "elsewhere", cwd=folder)
        assert done.code in (BAD_DATA, NOT_FOUND), done
        assert done.code != USAGE
