"""Wrong use: one line that says what, one that says where to look, exit code 2; the other exit codes without a network."""
import json
import os
import time

from cases import Skip
from exits import BAD_DATA, DONE, NOT_FOUND, STORAGE, USAGE
from program import OFFLINE, SCHEMAS, background, clean_environment, events, expect, node, scratch
from schema import check
from transfer_test import free_port

HASH = "9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1"


def refused(*words, says, try_this, env=None):
    done = expect(node(*words, env=env), USAGE)
    assert done.err == f"error: {says}\nTry '{try_this}'.\n", done
    assert not done.out, done


def test_a_wrong_word_is_named_with_its_cure():
    refused("get", "x", "--outptu", "y", says="unknown option '--outptu'; did you mean '--output'?",
            try_this="node get --help")
    refused("--jsno", "get", "x", says="unknown option '--jsno'; did you mean '--json'?", try_this="node get --help")
    refused("gte", "x", says="unknown command 'gte'; did you mean 'get'?", try_this="node --help")
    refused("get", says="get what? No TARGET given", try_this="node get --help")
    refused("get", "x", "-p", "port", says="bad value for --port: 'port'; it takes a number from 0 to 65535",
            try_this="node get --help")
    refused("get", "x", "-o", "", says="bad value for --output: ''; it takes a folder, or - for standard output",
            try_this="node get --help")
    refused("share", "x", "--until", says="option --until needs a value", try_this="node share --help")
    refused("create", "a", "b", says="unexpected argument 'b'", try_this="node create --help")


def test_a_wrong_list_of_files_is_refused_before_anything_is_looked_for():
    for command in ("get", "set"):
        refused(command, HASH, "--select", "1,5-2", says="bad value for --select: not a file number or range: '5-2'",
                try_this=f"node {command} --help")
        refused(command, HASH, "--select", "", try_this=f"node {command} --help",
                says="bad value for --select: ''; it takes file numbers or globs such as 1,3-5 or '*.srt', and '*' for all")
    expect(node("get", HASH, "--first", "", *OFFLINE), USAGE, "bad value for --first: ''")


def test_options_of_later_features_are_unknown():
    for option in ("--no-upnp", "--detach", "--rpc"):
        done = expect(node("share", "x", option), USAGE, f"unknown option '{option}'")
        assert done.err.count("\n") == 2, done


def test_wrong_use_of_the_tracker():
    for words, says in ((["--interval", "5"], "it takes a time from 10s to 1d"), (["--stats", "all"], "lan, public or off"),
                        (["--no-http", "--no-udp"], "leave nothing to do"), (["x"], "unexpected argument 'x'"),
                        (["--allow", "a", "--deny", "b"], "exclude each other"), (["--port", "65536"], "from 0 to 65535"),
                        (["--bind", "here"], "an address of this machine")):
        expect(node("tracker", *words), USAGE, says)
    with scratch() as folder:
        expect(node("tracker", "--allow", "nowhere", *QUIET_TRACKER, cwd=folder), NOT_FOUND, "nowhere")
        (folder / "list").write_text("# fine\n\nnot a hash\n")
        expect(node("tracker", "--allow", "list", *QUIET_TRACKER, cwd=folder), BAD_DATA, "'list' line 3", "not a hash")


def test_a_variable_with_nonsense_is_named():
    refused("get", HASH, env=clean_environment(BTNODE_TIMEOUT="soon"),
            says="bad value for BTNODE_TIMEOUT: 'soon'; it takes a time such as 30s, 5m or 2h",
            try_this="node get --help")


def test_wrong_use_with_json_is_a_json_error():
    done = expect(node("get", "--json", "--x"), USAGE)
    error = json.loads(done.err)
    check(error, SCHEMAS / "error.json")
    assert error["error"]["exit"] == 2 and not done.out, done


def test_words_of_strangers_cannot_drive_the_terminal():
    done = node("\x1b[2Jget")
    assert done.code == USAGE and "\x1b" not in done.err, done
    done = node("get", "\x1b[2J\u202e.torrent", *OFFLINE)
    assert done.code == NOT_FOUND and "\x1b" not in done.err and "\u202e" not in done.err, done


QUIET_TRACKER = ["--port", "0", "--no-lan", "--state", "none", "--bind", "127.0.0.1"]


def test_a_target_that_is_nothing_says_what_could_be_one():
    with scratch() as folder:
        expect(node("get", "x", "--no-lan", cwd=folder), NOT_FOUND, "error: no such file: 'x'",
               "hint: a target is a magnet link", "the name of a share")
        expect(node("get", "./x", cwd=folder), NOT_FOUND, "error: no such file: './x'", "hint: a target is a magnet link")
        expect(node("show", folder), NOT_FOUND, "is a folder")
        expect(node("verify", "x.torrent", cwd=folder), NOT_FOUND, "x.torrent")


def test_malformed_targets_are_bad_data():
    with scratch() as folder:
        (folder / "junk.torrent").write_bytes(b"this is no torrent")
        (folder / "empty.torrent").write_bytes(b"")
        for words in (["get", "junk.torrent"], ["show", "empty.torrent"], ["verify", "junk.torrent"],
                      ["get", "magnet:?xt=urn:btih:123"], ["show", "--hash", "magnet:?dn=x"], ["show", "-"]):
            expect(node(*words, cwd=folder), BAD_DATA, "error: ")
    expect(node("show", "ab" * 32), BAD_DATA, "v2")


def test_one_path_is_not_shared_twice():
    with scratch() as folder:
        (folder / "a").mkdir()
        (folder / "x.iso").write_bytes(b"x")
        for paths, says in ((["a/../x.iso", "x.iso"], "'a/../x.iso' and 'x.iso' are the same"), (["x.iso"] * 2, "'x.iso' is given twice"),
                            (["a/", "x.iso", folder / "a"], f"'a/' and '{folder}/a' are the same")):
            with background("share", *paths, *OFFLINE, cwd=folder) as process:
                assert process.line("err").startswith(f"warning: {says}"), says


def test_what_cannot_be_shared_is_said_at_once_and_the_others_are_shared():
    with scratch() as folder:
        (folder / "empty").touch()
        for name in "ab":
            (folder / name).write_text(name)
        with background("share", "a", "empty", "nothing", "b", *OFFLINE, cwd=folder) as process:
            links = [process.line("out"), process.line("out")]
            assert "dn=a" in links[0] and "dn=b" in links[1], links
            assert process.line("err") == "error: 'empty' is empty: there is nothing to share"
            assert process.line("err") == "error: there is no 'nothing'"
        done = expect(node("share", "empty", "nothing", *OFFLINE, cwd=folder), USAGE)
        assert done.err.count("error: ") == 2 and not done.out, done
        # of one torrent nothing is left out
        done = expect(node("share", "a", "nothing", "neither", "--name", "all", *OFFLINE, cwd=folder), NOT_FOUND, "nothing", "neither")
        assert not done.out, done


def test_what_holds_the_same_is_shared_once():
    with scratch() as folder:
        for name in "ab":
            (folder / name).mkdir()
            (folder / name / "x").write_text("x")
        with background("share", "a/x", "b/x", *OFFLINE, cwd=folder) as process:
            assert process.line("err") == "warning: 'b/x' holds the same as 'a/x'; it is shared once"
            assert "dn=x" in process.line("out")


def test_a_folder_that_takes_no_files_is_said_to_be_one():
    with scratch() as folder:
        (folder / "x").write_bytes(b"x")
        expect(node("create", "-q", "-o", "x.torrent", "x", cwd=folder), 0)
        done = expect(node("get", "x.torrent", "-o", "/proc", *OFFLINE, cwd=folder), STORAGE, "nothing can be written in '/proc'")
        assert "gone" not in done.err, done


def test_paths_that_cannot_be_shared():
    with scratch() as folder:
        expect(node("share", "nothing", *OFFLINE, cwd=folder), NOT_FOUND, "nothing")
        (folder / "empty").mkdir()
        done = node("share", "empty", *OFFLINE, cwd=folder)
        assert done.code in (USAGE, BAD_DATA) and "nothing to share in 'empty'" in done.err, done
        if os.geteuid() != 0:
            (folder / "secret").write_text("x")
            (folder / "secret").chmod(0)
            expect(node("share", "secret", *OFFLINE, cwd=folder), STORAGE, "secret")


def test_nobody_has_it_before_the_timeout():
    done = expect(node("get", HASH, "--timeout", "1s", *OFFLINE), NOT_FOUND, "error: ")
    assert not done.out, done
    expect(node("show", HASH, "--timeout", "1s", *OFFLINE), NOT_FOUND, "error: ")


def test_json_errors_and_events_of_a_search_in_vain():
    with scratch() as folder:
        done = expect(node("get", HASH, "--timeout", "1.2s", "--json", *OFFLINE, cwd=folder), NOT_FOUND)
    error = json.loads(done.err)
    check(error, SCHEMAS / "error.json")
    assert error["error"]["exit"] == NOT_FOUND and error["error"]["hash_string"] == HASH, error
    told = events(done.out)
    for event in told:
        check(event, SCHEMAS / "event.json")
    assert told[0]["event"] == "resolving" and told[-1]["event"] == "stopped", told
    assert told[-1]["exit"] == NOT_FOUND, told


def test_several_targets_end_with_the_worst_result():
    with scratch() as folder:
        (folder / "junk.torrent").write_bytes(b"junk")
        done = expect(node("get", "nothing", "junk.torrent", HASH, "--timeout", "1s", *OFFLINE, cwd=folder), BAD_DATA)
        assert done.err.count("error: ") == 3, done


def test_several_unknown_names_are_looked_for_at_once():
    begun = time.monotonic()
    done = expect(node("get", "nowhere-1", "nowhere-2", "nowhere-3", "--timeout", "2s", "--lan-port", str(free_port()),
                       "--network", "of-this-test-alone"), NOT_FOUND)
    taken = time.monotonic() - begun
    assert [f"'nowhere-{number}'" in done.err for number in (1, 2, 3)] == [True] * 3, done
    assert 1.9 < taken < 3.9, taken


def test_a_taken_port_is_a_network_error():
    import socket
    with socket.socket() as taken, scratch() as folder:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        (folder / "file").write_text("content")
        expect(node("share", "file", "-4", "-p", taken.getsockname()[1], *OFFLINE, cwd=folder), 7,
               str(taken.getsockname()[1]))


def test_show_needs_no_network_for_what_a_link_says():
    done = expect(node("show", "--hash", f"magnet:{HASH.upper()}"), DONE)
    assert done.out == HASH + "\n" and not done.err, done
    done = expect(node("show", "--magnet", HASH), DONE)
    assert done.out == f"magnet:?xt=urn:btih:{HASH}\n", done


def test_standard_output_that_is_full_is_reported():
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full")
    import subprocess
    from program import NODE
    with open("/dev/full", "w") as full:
        done = subprocess.run([NODE, "show", "--hash", HASH], stdout=full, stderr=subprocess.PIPE, text=True,
                              env=clean_environment(), timeout=10)
    assert done.returncode == 1 and "standard output" in done.stderr, done
