"""`dht` as a user or a script meets it, and nodes of one machine that find each other by the DHT alone."""
import json
import os
import re
import socket
import time

from exits import DONE, NOT_FOUND, USAGE
from program import SCHEMAS, background, clean_environment, events, expect, node, scratch, terminal
from schema import check

HASH = "9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1"
ALONE = ["--here", "--no-lan"]


def free_port():
    """Free for datagrams and for connections: a node takes both."""
    while True:
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return tcp.getsockname()[1]


def own_world(folder):
    """Nothing of other tests runs here, and nothing was remembered."""
    return clean_environment(BTNODE_STATE_DIR=str(folder), XDG_RUNTIME_DIR=str(folder))


def test_wrong_use_of_dht_says_what_would_be_right():
    for words, says in (
            ([], "No ACTION given: peers, announce, ping or stats"), (["peer"], "did you mean 'peers'?"),
            (["nonsense"], "unknown action 'nonsense'"), (["peers"], "No HASH given"), (["ping"], "No HOST:PORT given"),
            (["peers", "9f3c"], "not an info-hash: '9f3c'"), (["ping", "host"], "not a host and a port: 'host'"),
            (["ping", "host:0"], "not a host and a port"), (["ping", "::1:6881"], "not a host and a port"),
            (["ping", "[::1]:65536"], "not a host and a port"), (["peers", HASH, "x"], "unexpected argument 'x'"),
            (["stats", "x"], "unexpected argument 'x'"), (["peers", HASH, "--port", "1"], "--port is for dht announce"),
            (["announce", HASH, "--port", "0"], "a number from 1 to 65535"),
            (["stats", "--dht-bootstrap", "router"], "bad value for --dht-bootstrap: 'router'"),
            (["stats", "--timeout", "soon"], "a time such as 30s")):
        done = expect(node("dht", *words), USAGE, says, "Try 'node dht --help'.")
        assert not done.out, done
    expect(node("get", HASH, "--dht-bootstrap", "[::1]"), USAGE, "bad value for --dht-bootstrap: '[::1]'")
    expect(node("get", HASH, "--no-dht", "--dht-bootstrap", "a:1"), USAGE, "exclude each other")


def test_a_node_of_its_own_tells_how_it_stands():
    done = expect(node("dht", "stats", "--json", "--timeout", "1s", *ALONE), DONE)
    stats = json.loads(done.out)
    check(stats, SCHEMAS / "dht.json")
    assert stats["running_node"] is False and not done.err, done
    done = expect(node("dht", "stats", "--timeout", "100ms", "-4", *ALONE), DONE)
    rows = dict(line.split("\t") for line in done.out.splitlines())
    assert re.fullmatch("[0-9a-f]{40}", rows["ipv4_node_id"]) and rows["queries_sent"] == "0", rows
    assert "ipv6_node_id" not in rows, rows
    with terminal("dht", "stats", "--timeout", "100ms", "-4", *ALONE) as t:
        assert t.wait() == 0
        assert "Table      0 good, 0 questionable, 0 bad  (IPv4, internet)" in t.text(), t.text()


def test_nobody_to_ask_is_not_found():
    for action in (["peers", HASH], ["announce", HASH, "--port", "1234"]):
        expect(node("dht", *action, "--timeout", "300ms", *ALONE), NOT_FOUND, "no node of the DHT was reached within 300ms",
               "hint: is there a way into the internet?")
    expect(node("dht", "ping", f"127.0.0.1:{free_port()}", "--timeout", "300ms", *ALONE), NOT_FOUND, "no answer from")
    done = expect(node("dht", "peers", HASH, "--timeout", "300ms", "--json", *ALONE), NOT_FOUND)
    check(json.loads(done.err), SCHEMAS / "error.json")


def test_an_announce_needs_a_port():
    with scratch() as folder:
        expect(node("dht", "announce", HASH, *ALONE, env=own_world(folder)), USAGE, "say with --port")


def shared(folder, port, *more, env=None):
    (folder / "file").write_bytes(os.urandom(100_000))
    return background("share", "file", "--json", "-p", port, "--no-lan", *more, cwd=folder, env=env)


def told_hash(sharing):
    while (event := json.loads(sharing.line("out")))["event"] != "sharing":
        pass
    return event["hash_string"]


def test_two_nodes_find_each_other_by_a_bootstrap_node():
    for address in ("127.0.0.1", "localhost", "[::1]"):
        with scratch() as folder:
            port, env = free_port(), own_world(folder)
            with shared(folder, port, env=env) as sharing:
                hash_string = told_hash(sharing)
                (folder / "to").mkdir()
                done = expect(node("get", hash_string, "--no-lan", "--dht-bootstrap", f"{address}:{port}", "-o", "to",
                                   "--seed", "no", "--timeout", "10s", "--json", cwd=folder, env=env), DONE)
                for event in events(done.out):
                    check(event, SCHEMAS / "event.json")
                assert (folder / "to" / "file").read_bytes() == (folder / "file").read_bytes()


def test_without_the_dht_nothing_is_said_of_it():
    with scratch() as folder:
        port, env = free_port(), own_world(folder)
        with shared(folder, port, "--no-dht", env=env) as sharing:
            hash_string = told_hash(sharing)
            while (event := json.loads(sharing.line("out")))["event"] != "progress":
                pass
            assert "dht_nodes" not in event, event
            expect(node("dht", "ping", f"127.0.0.1:{port}", "--timeout", "300ms", *ALONE, env=env), NOT_FOUND)
            expect(node("get", hash_string, "--no-lan", "--dht-bootstrap", f"127.0.0.1:{port}", "--timeout", "1s",
                        cwd=folder, env=env), NOT_FOUND)
            # it is asked, but has none: a node of its own answers
            assert json.loads(node("dht", "stats", "--json", "--timeout", "100ms", env=env).out)["running_node"] is False


def test_the_running_node_is_asked():
    with scratch() as folder:
        port, env = free_port(), own_world(folder)
        asked = free_port()
        with shared(folder, asked, env=own_world(folder)) as first:
            hash_string = told_hash(first)
            other = folder / "other"
            other.mkdir()
            env = own_world(other)
            with shared(other, port, "--dht-bootstrap", f"127.0.0.1:{asked}", env=env) as second:
                told_hash(second)
                end = time.monotonic() + 10
                while True:
                    done = expect(node("dht", "stats", "--json", env=env), DONE)
                    stats = json.loads(done.out)
                    check(stats, SCHEMAS / "dht.json")
                    assert stats["running_node"] is True, stats
                    if stats["ipv4"]["this_network"]["good"] == 1:
                        break
                    assert time.monotonic() < end, stats
                    time.sleep(0.1)
                done = expect(node("dht", "peers", hash_string, env=env), DONE)
                assert f"127.0.0.1:{asked}" in done.out.split(), done
                found = json.loads(expect(node("dht", "peers", hash_string, "--json", env=env), DONE).out)
                check(found, SCHEMAS / "dht.json")
                done = expect(node("dht", "announce", f"magnet:?xt=urn:btih:{HASH}", env=env), DONE)
                assert int(done.out) >= 1, done
                done = expect(node("dht", "peers", HASH, "--no-lan", "--dht-bootstrap", f"127.0.0.1:{asked}"), DONE)
                assert done.out == f"127.0.0.1:{port}\n", done
                pong = json.loads(expect(node("dht", "ping", f"localhost:{asked}", "--json", env=env), DONE).out)
                check(pong, SCHEMAS / "dht.json")
                expect(node("dht", "peers", "ab" * 20, env=env), NOT_FOUND, "nobody has announced " + "ab" * 20)
                assert list(other.glob("btnode/*.sock")), "no control socket"
                second.process.terminate()
                second.ended()
                assert not list(other.glob("btnode/*.sock")), "the control socket stayed"


def test_what_was_learnt_is_remembered_and_damage_is_survived():
    with scratch() as folder:
        port = free_port()
        other = folder / "other"
        other.mkdir()
        with shared(folder, port, env=own_world(folder)) as sharing:
            hash_string = told_hash(sharing)
            env = own_world(other)
            del env["BTNODE_NO_INTERNET"]  # or nothing is kept; the bootstrap node stands for the public routers
            (folder / "to").mkdir()
            first = ["get", hash_string, "--no-lan", "-o", "to", "--seed", "no", "--timeout", "10s"]
            expect(node(*first, "--dht-bootstrap", f"127.0.0.1:{port}", cwd=folder, env=env), DONE)
            assert (other / "dht").exists(), "nothing was kept"
            (folder / "to" / "file").unlink()
            env["BTNODE_NO_INTERNET"] = "1"
            expect(node(*first, cwd=folder, env=env), DONE)  # from memory alone
            (other / "dht").write_bytes(b"btstate\nnonsense")
            for old in other.glob("dht.old"):
                old.unlink()
            done = expect(node("get", HASH, "--no-lan", "--timeout", "300ms", cwd=folder, env=env), NOT_FOUND)
            assert "warning: " in done.err and "is damaged" in done.err, done


def test_a_machine_without_a_place_for_state_works():
    with scratch() as folder:
        port = free_port()
        env = clean_environment(BTNODE_STATE_DIR="/proc/nowhere", XDG_RUNTIME_DIR="/proc/nowhere", HOME="/proc/nowhere")
        with shared(folder, port, env=own_world(folder)) as sharing:
            hash_string = told_hash(sharing)
            (folder / "to").mkdir()
            done = expect(node("get", hash_string, "--no-lan", "-o", "to", "--seed", "no", "--dht-bootstrap",
                               f"127.0.0.1:{port}", cwd=folder, env=env), DONE)
            assert "warning" not in done.err, done
