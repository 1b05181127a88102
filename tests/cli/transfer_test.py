"""share and get as a script meets them, on one machine: streams, lines, events, signals, exit codes."""
import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time

from exits import DONE, FAILURE, NOT_FOUND, STORAGE, UNFINISHED
from program import NODE, OFFLINE, SCHEMAS, SIGNALS, background, clean_environment, events, expect, node, scratch
from schema import check

SIZE = 3_000_000


def make_content(folder, name="file.bin", size=SIZE):
    path = folder / "source" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(os.urandom(size))
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sharing:
    """A running `share` that others reach by address."""

    def __init__(self, process):
        self.link = process.line("out")
        self.port = process.port

    def options(self):
        return [*OFFLINE, "-4", "--peer", f"127.0.0.1:{self.port}"]


@contextlib.contextmanager
def sharing(path, *words):
    port = free_port()
    with background("share", path, *OFFLINE, "-4", "-p", port, *words) as process:
        process.port = port
        yield process


def test_share_prints_the_link_alone_and_ends_by_the_signal():
    for name, number in SIGNALS.items():
        with scratch() as folder, background("share", make_content(folder), *OFFLINE) as process:
            link = process.line("out")
            assert link.startswith("magnet:?xt=urn:btih:") and "&dn=file.bin" in link, link
            told = process.line("err")
            assert told == f"sharing {link.split(':')[3][:8]} file.bin {SIZE} bytes", told
            process.process.send_signal(number)
            done = process.ended(5)
            assert done.code == -number and not done.out, done
            assert f"stopping: {name}\n" in done.err, done


def test_the_last_event_has_the_exit_code_of_the_signal():
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        with scratch() as folder, background("share", make_content(folder), "--json", *OFFLINE) as process:
            while json.loads(process.line("out"))["event"] != "sharing":
                pass
            process.process.send_signal(number)
            done = process.ended(5)
            last = events(done.out)[-1]
            assert done.code == -number and (last["event"], last["exit"]) == ("stopped", 128 + number), done


def test_one_torrent_given_twice_is_fetched_once():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        hash_string = running.link.split(":")[3][:40]
        done = expect(node("get", hash_string, running.link, *running.options(), "--seed", "no", "--timeout", "10s", cwd=folder),
                      DONE, "warning: file.bin is given twice; it is fetched once")
        assert done.out == f"{folder}/file.bin\n" and "error" not in done.err, done


def test_share_that_is_quiet_says_nothing_but_the_link():
    with scratch() as folder, background("share", "-q", make_content(folder), *OFFLINE) as process:
        process.line("out")
        process.process.send_signal(signal.SIGTERM)
        assert process.ended().err == ""


def test_a_reader_that_leaves_after_the_link_does_not_end_the_share():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        process.streams["out"].close()
        done = expect(node("get", running.link, *running.options(), "--seed", "no", cwd=folder), DONE)
        assert done.out == f"{folder}/file.bin\n", done
        assert process.process.poll() is None


def test_several_paths_are_several_torrents_or_one_with_a_name():
    with scratch() as folder:
        one, two = make_content(folder, "one", 100), make_content(folder, "two", 100)
        with background("share", one, two, *OFFLINE) as process:
            links = [process.line("out"), process.line("out")]
            assert "dn=one" in links[0] and "dn=two" in links[1], links
        with background("share", one, two, "--name", "both", "--save", folder / "both.torrent", *OFFLINE) as process:
            assert "dn=both" in process.line("out")
            listed = expect(node("get", "-l", folder / "both.torrent"), DONE).out
            assert listed == "1\t100\tboth/one\n2\t100\tboth/two\n", listed


def test_get_prints_the_path_and_few_lines():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        hash_string = running.link.split(":")[3][:40]
        done = expect(node("get", hash_string, *running.options(), "--seed", "no", cwd=folder), DONE)
        assert done.out == f"{folder}/file.bin\n", done
        lines = done.err.splitlines()
        assert lines[0] == f"finding {hash_string}" and lines[1] == f"get file.bin {SIZE} bytes {hash_string}", done
        assert lines[-1].startswith(f"100% {SIZE} in ") and lines[-1].endswith(" B/s verified"), done
        assert (folder / "file.bin").read_bytes() == (folder / "source" / "file.bin").read_bytes()

        again = expect(node("get", hash_string, *running.options(), "--seed", "no", cwd=folder), DONE, "already there")
        assert again.out == f"{folder}/file.bin\n", again
        (folder / "file.bin").write_bytes(b"something else")
        other = expect(node("get", hash_string, *running.options(), cwd=folder), STORAGE, "file.bin")
        assert not other.out, other
        assert (folder / "file.bin").read_bytes() == b"something else"
        expect(node("get", hash_string, *running.options(), "--seed", "no", "--overwrite", cwd=folder), DONE)
        assert (folder / "file.bin").read_bytes() == (folder / "source" / "file.bin").read_bytes()


def test_get_ends_at_once_where_nobody_else_fetches_it():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        began = time.monotonic()
        done = expect(node("get", running.link, *running.options(), cwd=folder), DONE)
        assert "stopped: nobody else fetches it" in done.err, done
        again = expect(node("get", running.link, *running.options(), cwd=folder), DONE)
        assert "already there" in again.err, again
        assert time.monotonic() - began < 8


def test_get_without_progress_tells_only_errors():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        for words in (["-q"], ["--progress", "none"]):
            done = expect(node("get", running.link, *words, *running.options(), "--seed", "no", cwd=folder), DONE)
            assert done.err == "" and done.out == f"{folder}/file.bin\n", done


def test_get_to_standard_output():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        done = node("get", "-o", "-", running.link, *running.options(), "--seed", "no", cwd=folder, text=False)
        assert done.code == DONE, done.err
        assert done.out == (folder / "source" / "file.bin").read_bytes()
        assert sorted(os.listdir(folder)) == ["source"]


def test_get_whose_reader_goes_away_still_finishes_and_says_so():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run([NODE, "get", running.link, *running.options(), "--seed", "no"], cwd=folder,
                              stdout=write_end, stderr=subprocess.PIPE, text=True, timeout=30, env=clean_environment())
        os.close(write_end)
        assert done.returncode == FAILURE and "standard output" in done.stderr, done
        assert (folder / "file.bin").stat().st_size == SIZE


def test_several_targets_in_one_session():
    with scratch() as folder:
        one, two = make_content(folder, "one"), make_content(folder, "two")
        with sharing(one) as first, sharing(two) as second:
            a, b = Sharing(first), Sharing(second)
            done = expect(node("get", a.link, "no-such-file", b.link, *a.options(), "--peer", f"127.0.0.1:{b.port}",
                               "--seed", "no", cwd=folder), NOT_FOUND, "no-such-file")
            assert sorted(done.out.split()) == [f"{folder}/one", f"{folder}/two"], done


def test_get_saves_the_torrent():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        expect(node("get", running.link, "--save-torrent", *running.options(), "--seed", "no", cwd=folder), DONE)
        assert expect(node("verify", "file.bin.torrent", cwd=folder), DONE).out.endswith("pieces good\n")


def test_show_and_list_fetch_what_a_link_stands_for():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        document = json.loads(expect(node("show", "--json", running.link, *running.options()), DONE).out)
        check(document, SCHEMAS / "show.json")
        assert document["torrents"][0]["total_size"] == SIZE, document
        done = expect(node("get", "-l", running.link, *running.options(), cwd=folder), DONE)
        assert done.out == f"1\t{SIZE}\tfile.bin\n" and sorted(os.listdir(folder)) == ["source"], done
        for words in ([running.link], [running.link, "no-such-name"]):
            done = node("get", "-l", "--json", *words, *running.options(), cwd=folder)
            expect(done, DONE if len(words) == 1 else NOT_FOUND)
            check(json.loads(done.out), SCHEMAS / "files.json")
            assert len(done.out.splitlines()) == 1 and json.loads(done.out)["torrents"][0]["files"][0]["length"] == SIZE, done


def test_events_of_a_whole_transfer_keep_to_their_schema():
    with scratch() as folder, background("share", make_content(folder), "--json", "-4", "--until", "1",
                                         *OFFLINE) as process:
        told = []
        while not told or told[-1]["event"] != "sharing":
            told.append(json.loads(process.line("out")))
        share = told[-1]
        done = expect(node("get", share["magnet_link"], "--json", "--seed", "linger", *OFFLINE, "-4", "--peer",
                           f"127.0.0.1:{share['port']}", cwd=folder), DONE)
        assert not done.err, done
        got = events(done.out)
        while told[-1]["event"] != "peer_complete":
            told.append(json.loads(process.line("out")))
        process.process.send_signal(signal.SIGTERM)  # what this machine has itself does not count
        shared = process.ended()
        assert not shared.err, shared
        told += events(shared.out)
    for event in told + got:
        check(event, SCHEMAS / "event.json")
    names = [event["event"] for event in got]
    for name in ("resolving", "metadata", "complete", "seeding", "stopped"):
        assert names.count(name) == 1, names
    complete = next(event for event in got if event["event"] == "complete")
    assert complete["path"] == f"{folder}/file.bin" and complete["files"] == [{"name": "file.bin", "length": SIZE}]
    assert got[-1]["event"] == "stopped" and got[-1]["exit"] == 0 and got[-1]["downloaded_ever"] >= SIZE, got[-1]
    assert {"peer_complete", "stopped"} <= {event["event"] for event in told}, told


def test_stopped_in_the_middle_is_by_the_signal_and_goes_on_later():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        with background("get", running.link, "--down-limit", "300k", "--limit-lan", "-v", *running.options(), cwd=folder) as get:
            get.line_that_begins("err", "get ")
            threading.Event().wait(3)
            get.process.send_signal(signal.SIGINT)
            done = get.ended(5)
            assert done.code == -signal.SIGINT and not done.out, done
            assert f"of {SIZE} bytes kept" in done.err, done
        again = expect(node("get", running.link, *running.options(), "--seed", "no", cwd=folder), DONE)
        assert again.out == f"{folder}/file.bin\n", again


def test_all_peers_gone_with_some_data_is_unfinished():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        with background("get", running.link, "--down-limit", "300k", "--limit-lan", "--timeout", "3s", *running.options(),
                        cwd=folder) as get:
            get.line_that_begins("err", "get ")
            threading.Event().wait(3)
            process.process.kill()
            done = get.ended(30)
            assert done.code == UNFINISHED and "error: " in done.err and "hint: " in done.err, done


def test_two_signals_at_once_are_one_wish_and_a_later_one_ends_it_at_once():
    with scratch() as folder, socket.create_server(("127.0.0.1", 0)) as silent:
        tracker = f"http://127.0.0.1:{silent.getsockname()[1]}/announce"
        environment = clean_environment(XDG_RUNTIME_DIR=str(folder))
        with background("share", make_content(folder), "-t", tracker, *OFFLINE, env=environment) as process:
            process.line("out")
            process.process.send_signal(signal.SIGTERM)
            process.process.send_signal(signal.SIGTERM)
            done = process.ended(5)
            assert done.code == -signal.SIGTERM and "stopped: SIGTERM" in done.err, done
            assert not list((folder / "btnode").glob("*.sock"))
        with background("share", folder / "source" / "file.bin", "-t", tracker, *OFFLINE) as process:
            process.line("out")
            process.process.send_signal(signal.SIGTERM)
            threading.Event().wait(0.8)
            process.process.send_signal(signal.SIGTERM)
            done = process.ended(0.6)  # it would wait for the tracker for two seconds
            assert done.code == -signal.SIGTERM, done


def test_a_limit_on_the_size_of_files_is_an_error_in_words():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        done = node("get", running.link, *running.options(), cwd=folder, before=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)))
        assert "and one may have 1.0 MB at most in" in expect(done, STORAGE).err, done


def test_get_makes_the_folder_it_is_to_write_to():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        expect(node("get", running.link, *running.options(), "-o", "new/folder", cwd=folder), DONE)
        assert (folder / "new" / "folder" / "file.bin").stat().st_size == SIZE


def test_hashing_can_be_interrupted():
    with scratch() as folder:
        with open(folder / "large", "wb") as file:
            file.truncate(60_000_000_000)
        with background("share", folder / "large", *OFFLINE) as process:
            threading.Event().wait(0.7)
            process.process.send_signal(signal.SIGINT)
            done = process.ended(3)
            assert done.code == -signal.SIGINT and not done.out, done
