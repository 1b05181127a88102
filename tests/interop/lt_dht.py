#!/usr/bin/python3
"""A libtorrent node that finds others by the DHT alone: lt_dht.py FOLDER [--bootstrap HOST:PORT,...] [--seed TORRENT]...
[--set NAME=VALUE]... [--port N] [--seconds N]

Prints, each with the seconds since the start: `bootstrapped`, `found HASH ADDRESS:PORT`, once each, `complete HASH`. What
is shared or looked for is announced and asked for again every few seconds. Lines of standard input: `get MAGNET`,
`find HASH`, `meet ADDRESS:PORT` (a node), and `nodes`, which prints `node ID ADDRESS:PORT` for each node of its table, then `nodes COUNT`.
"""
import argparse
import os
import select
import sys
import time
import warnings

import libtorrent as lt


def value_of(text):
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdigit() else text


def shown(node):
    try:
        identity, (address, port) = node
    except ValueError:
        identity, (address, port) = node["nid"], node["endpoint"]
    return identity, f"{address}:{port}"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("folder")
    options.add_argument("--bootstrap", default="")
    options.add_argument("--seed", action="append", default=[])
    options.add_argument("--set", action="append", default=[])
    options.add_argument("--port", type=int, default=6881)
    options.add_argument("--seconds", type=float, default=300)
    given = options.parse_args()

    warnings.simplefilter("ignore")  # of ways to a node's table that are old but have no new ones
    began = time.monotonic()
    kinds = lt.alert.category_t
    settings = {
        "listen_interfaces": f"0.0.0.0:{given.port}", "enable_dht": True, "dht_bootstrap_nodes": given.bootstrap,
        "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False, "enable_outgoing_utp": False,
        "enable_incoming_utp": False, "connection_speed": 50, "min_reconnect_time": 2,
        "alert_mask": kinds.status_notification | kinds.error_notification | kinds.dht_notification
        | kinds.dht_operation_notification,
    }
    settings.update((name, value_of(value)) for name, _, value in (pair.partition("=") for pair in given.set))
    session = lt.session(settings)

    def say(*words):
        print(*words, f"{time.monotonic() - began:.3f}", flush=True)

    torrents, sought, said = [], set(), set()

    def add(wanted):
        wanted.save_path = given.folder
        wanted.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
        wanted.flags |= lt.torrent_flags.disable_pex | lt.torrent_flags.disable_lsd
        torrents.append(session.add_torrent(wanted))

    for path in given.seed:
        wanted = lt.add_torrent_params()
        wanted.ti = lt.torrent_info(path)
        wanted.flags |= lt.torrent_flags.seed_mode
        add(wanted)

    def obey(command, word=""):
        if command == "get":
            add(lt.parse_magnet_uri(word))
            sought.add(str(torrents[-1].info_hash()))
        elif command == "find":
            sought.add(word)
        elif command == "meet":
            address, _, port = word.rpartition(":")
            session.add_dht_node((address, int(port)))
        elif command == "nodes":
            for raw in session.save_state(lt.save_state_flags_t.save_dht_state)[b"dht state"][b"node-id"]:
                session.dht_live_nodes(lt.sha1_hash(raw[:20]))

    def ask():
        for torrent in torrents:
            torrent.force_dht_announce()
        for value in sought:
            session.dht_get_peers(lt.sha1_hash(bytes.fromhex(value)))

    ask_at = began + 3
    look_at = began + 8 if given.bootstrap and given.seed else float("inf")
    listening = [sys.stdin]
    while time.monotonic() < began + given.seconds:
        session.wait_for_alert(100)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.dht_bootstrap_alert):
                say("bootstrapped")
                ask_at = 0
            elif isinstance(alert, lt.dht_get_peers_reply_alert):
                for peer in alert.peers():
                    line = ("found", str(alert.info_hash), f"{peer[0]}:{peer[1]}")
                    if line not in said:
                        said.add(line)
                        say(*line)
            elif isinstance(alert, lt.dht_live_nodes_alert):
                for node in alert.nodes:
                    say("node", *shown(node))
                say("nodes", alert.num_nodes)
            elif isinstance(alert, (lt.torrent_error_alert, lt.file_error_alert, lt.listen_failed_alert)):
                say("trouble", alert.message())
        for torrent in torrents:
            value = str(torrent.info_hash())
            if value not in said and torrent.status().is_seeding:
                said.add(value)
                say("complete", value)
        if time.monotonic() > look_at:  # now and then its DHT does not start at all
            look_at = time.monotonic() + 8
            if session.status().dht_nodes == 0:
                say("starting again")
                os.execv(sys.executable, [sys.executable, *sys.argv])
        if time.monotonic() > ask_at:
            ask_at = time.monotonic() + 4
            ask()
        if listening and select.select(listening, [], [], 0)[0]:
            read = os.read(sys.stdin.fileno(), 65536).decode()
            for line in read.splitlines():
                obey(*line.split())
                ask_at = 0
            if not read:
                listening.clear()


main()
