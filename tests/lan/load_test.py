"""The tracker under a load of its own machine: no errors, bounded memory. What it answers in a second is printed and not
judged: a figure of a shared machine says little (scripts/bench p11 compares)."""
import json
import os
import pathlib
import subprocess

from cases import Skip, limit, note
from lan import ROOT, Lan
from trackers import PORT, tracker

LOAD = pathlib.Path(os.environ.get("BT_TRACKER_LOAD") or ROOT / "build" / "bench" / "tracker_load")
SECONDS = "2"


def load(host, mode, *options):
    if not LOAD.is_file():
        raise Skip(f"{LOAD} is not built (meson configure build -Dbench=true)")
    done = subprocess.run(["ip", "netns", "exec", host.namespace, LOAD, mode, "127.0.0.1", str(PORT), SECONDS, *options],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    note(f"{mode}: {figures['answers_per_second']:.0f} answers/s, p50 {figures['p50']:.0f} us, p99 {figures['p99']:.0f} us, "
         f"{figures['errors']} errors")
    assert figures["errors"] == 0 and figures["answers_per_second"] > 0, figures
    return figures


@limit(60)
def test_a_load_over_http_and_udp_is_answered_without_an_error():
    with Lan(hosts=1, v6=False) as lan:
        host = lan.hosts[0]
        running = tracker(host, "--no-lan")
        for mode, options in (("http-new", []), ("http-keep", []), ("udp", ["--in-flight", "8"])):
            load(host, mode, "--torrents", "10000", *options)
        seen = len(running.out.lines)
        event = json.loads(running.line(r'"stats"', start=seen))
        peers = event["peers"]
        note(f"{peers} peers in {event['torrents']} torrents, {running.peak_rss() / (1 << 20):.0f} MiB at most")
        # everything but what those peers take: the program itself, its buffers, and some room
        assert running.peak_rss() < (64 << 20) + 250 * peers, running.peak_rss()
