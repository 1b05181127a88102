#!/usr/bin/python3
"""A libtorrent peer in one process: lt_peer.py TARGET FOLDER [--set NAME=VALUE]... [--port N] [--lsd] [--stay]

TARGET is a .torrent or a magnet link. Prints `listening`, `peer ADDRESS`, `scraped COMPLETE INCOMPLETE`, `metadata`, `piece` (the first that is
verified) and `complete`, each with the seconds since the start; ends then, or stays as a seed with --stay.
"""
import argparse
import time

import libtorrent as lt


def value_of(text):
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.lstrip("-").isdigit() else text


def main():
    options = argparse.ArgumentParser()
    options.add_argument("target")
    options.add_argument("folder")
    options.add_argument("--set", action="append", default=[])
    options.add_argument("--port", type=int, default=6881)
    options.add_argument("--lsd", action="store_true")
    options.add_argument("--stay", action="store_true")
    options.add_argument("--scrape", action="store_true", help="ask the trackers for their counts when complete")
    options.add_argument("--peer", help="HOST:PORT to connect to")
    options.add_argument("--seconds", type=float, default=600)
    given = options.parse_args()

    began = time.monotonic()
    kinds = lt.alert.category_t
    settings = {
        "listen_interfaces": f"0.0.0.0:{given.port},[::]:{given.port}",
        "enable_lsd": given.lsd, "enable_dht": False, "enable_upnp": False, "enable_natpmp": False,
        "alert_mask": kinds.status_notification | kinds.tracker_notification | kinds.error_notification | kinds.connect_notification
        | kinds.piece_progress_notification,
    }
    settings.update((name, value_of(value)) for name, _, value in (pair.partition("=") for pair in given.set))
    session = lt.session(settings)
    if given.target.startswith("magnet:"):
        add = lt.parse_magnet_uri(given.target)
    else:
        add = lt.add_torrent_params()
        add.ti = lt.torrent_info(given.target)
    add.save_path = given.folder
    add.flags &= ~lt.torrent_flags.auto_managed
    add.flags &= ~lt.torrent_flags.paused
    torrent = session.add_torrent(add)

    def say(*words):
        print(*words, f"{time.monotonic() - began:.3f}", flush=True)

    if given.peer:
        host, _, port = given.peer.rpartition(":")
        torrent.connect_peer((host.strip("[]"), int(port)))
    said = set()
    while time.monotonic() < began + given.seconds:
        session.wait_for_alert(200)
        for alert in session.pop_alerts():
            if isinstance(alert, lt.listen_succeeded_alert) and "listening" not in said:
                said.add("listening")
                say("listening")
            elif isinstance(alert, lt.peer_connect_alert):
                say("peer", alert.endpoint[0])
            elif isinstance(alert, lt.scrape_reply_alert):
                say("scraped", alert.complete, alert.incomplete)
            elif isinstance(alert, lt.metadata_received_alert):
                say("metadata")
            elif isinstance(alert, lt.piece_finished_alert) and "piece" not in said:
                said.add("piece")
                say("piece")
            elif isinstance(alert, (lt.torrent_error_alert, lt.file_error_alert, lt.listen_failed_alert)):
                say("trouble", alert.message())
        if "complete" not in said and torrent.status().is_seeding:
            said.add("complete")
            say("complete")
            if given.scrape:
                torrent.scrape_tracker()
            if not given.stay:
                return


main()
