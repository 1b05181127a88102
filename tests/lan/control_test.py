"""What the daemon's control port tells of the network, and torrents that it is asked to share there."""
import json
import time

from content import make_file
from lan import NODE, Lan
from nodes import get, hash_of, same, share

PORT = 9191


class Control:
    """The control port of a daemon, asked from its own host."""

    def __init__(self, host):
        self.host, self.id = host, ""

    def ask(self, method, **params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        for _ in range(2):
            done = self.host.run(["curl", "-s", "-i", "-H", f"X-Transmission-Session-Id: {self.id}", "-d", body,
                                  f"http://127.0.0.1:{PORT}/transmission/rpc"])
            head, _, text = done.out.text.partition("\n\n")
            if " 409 " not in head.splitlines()[0]:
                break
            self.id = next(line.split(": ")[1].strip() for line in head.splitlines()
                           if line.lower().startswith("x-transmission-session-id"))
        answer = json.loads(text)
        assert "result" in answer, answer
        return answer["result"]

    def until(self, method, true, seconds=20, **params):
        end = time.monotonic() + seconds
        while not true(answer := self.ask(method, **params)):
            assert time.monotonic() < end, answer
            time.sleep(0.1)
        return answer


def daemon(host, downloads):
    running = host.spawn([NODE, "daemon", "--download-dir", downloads, "--rpc-bind", f"127.0.0.1:{PORT}"])
    running.line("ready: ", stream="err")
    return Control(host)


def test_a_client_sees_machines_their_shares_and_changes():
    with Lan(hosts=3) as lan:
        one, two, here = lan.hosts
        first = make_file(one.folder("data") / "first.iso", 300_000)
        sharing, link = share(one, first)
        share(two, make_file(two.folder("data") / "second.iso", 200_000))
        control = daemon(here, here.folder("down"))
        seen = control.until("lan_get", lambda answer: answer.get("quiet") and len(answer["torrents"]) == 2)
        assert seen["lan"] is True and len(seen["machines"]) == 2, seen
        shared = {share["name"]: share for machine in seen["machines"] for share in machine["shares"]}
        assert shared["first.iso"] == {"hash_string": hash_of(link), "name": "first.iso", "total_size": 300_000,
                                       "file_count": 1, "is_complete": True}, shared
        listed = {each["name"]: each for each in seen["torrents"]}
        assert (listed["first.iso"]["seeders"], listed["first.iso"]["leechers"]) == (1, 0), listed
        again = control.ask("lan_get", since=seen["change"])
        assert again == {"change": seen["change"]}, again
        sharing.stop()
        gone = control.until("lan_get", lambda answer: "torrents" in answer and len(answer["torrents"]) == 1,
                             since=seen["change"])
        assert gone["change"] > seen["change"], gone
        island = control.until("dht_stats", lambda answer: answer["state"] == "island")
        assert island["ipv4"]["this_network"]["good"] > 0, island


def test_what_a_client_shares_is_got_by_others():
    with Lan(hosts=2) as lan:
        here, other = lan.hosts
        down = here.folder("down")
        content = make_file(down / "lecture.mp4", 3_000_000)
        control = daemon(here, down)
        begun = control.ask("share", path=str(content))["hashing"]
        over = control.until("hashing_get", lambda answer: answer["hashings"][0]["state"] == "done", ids=[begun])
        one = control.ask("torrent_get", fields=["id", "hash_string", "state", "command", "percent_done"])["torrents"][0]
        assert one["id"] == over["hashings"][0]["torrent_id"] and one["state"] == "sharing", (one, over)
        assert one["hash_string"] == over["hashings"][0]["hash_string"] and one["percent_done"] == 1, one
        word = one["command"].split(" get ")[1]
        assert word == "lecture.mp4", one
        same(content, get(other, word, other.folder("out")))
        samples = control.until("history_get", lambda answer: answer["rate_upload"])  # one a second
        assert samples["interval"] == 1 and max(samples["rate_upload"]) >= 0 and samples["last"] > 0, samples
        lines = control.ask("log_get")
        assert any("ready: " in line["text"] for line in lines["lines"]), lines
        assert control.ask("log_get", since=lines["last"]) == {"last": lines["last"], "lines": []}


def test_a_node_that_leaves_the_network_takes_its_pages_along():
    with Lan(hosts=2) as lan:
        here, other = lan.hosts
        down = here.folder("down")
        control = daemon(here, down)
        control.ask("share", path=str(make_file(down / "lecture.mp4", 300_000)))
        shared = control.until("torrent_get", lambda answer: answer["torrents"] and answer["torrents"][0]["share_url"],
                               fields=["share_url"])
        url = shared["torrents"][0]["share_url"]
        port = url.split(":")[2].split("/")[0]

        def seen(host, at):
            return host.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", at]).out.text.strip()

        places = (url, url.split("/s/")[0] + "/catalogue.json")
        for on, code in ((True, "200"), (False, "403"), (True, "200")):
            control.ask("session_set", lpd_enabled=on)
            assert [seen(other, each) for each in places] == [code, code], on
            assert seen(here, f"http://127.0.0.1:{port}/s/") == "200"
            assert seen(here, f"http://127.0.0.1:{PORT}/transmission/web/") == "200"
            told = control.ask("torrent_get", fields=["share_url"])["torrents"][0]["share_url"]
            assert told == (url if on else ""), told


def test_names_are_looked_for_where_the_daemon_is():
    with Lan(hosts=2) as lan:
        here, other = lan.hosts
        lab = ["--network", "lab", "--lan-port", "8009"]
        share(other, make_file(other.folder("data") / "lecture.mp4", 300_000), *lab)
        down = here.folder("down")
        running = here.spawn([NODE, "daemon", "--download-dir", down, "--rpc-bind", "off", *lab])
        running.line("ready: ", stream="err")
        script = here.folder("data") / "script"
        script.write_text("update\n")
        with script.open() as words:
            seen = here.run([NODE, "shell"], stdin=words)
        assert "lecture.mp4" in seen.out.text, seen.describe()
        got = here.run([NODE, "get", "-d", "-o", down, "lecture.mp4"])
        assert got.code == 0 and "added 1 lecture.mp4" in got.out.text, got
