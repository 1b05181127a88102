"""Desktop clients of Transmission as remote controls of our daemon: what they ask, and that every answer is a success."""
import contextlib
import http.server
import json
import os
import subprocess
import threading
import time
import urllib.error
import urllib.request

from clients import make_torrent, need
from rpc_test import LINK, ours, scratch


@contextlib.contextmanager
def between(port):
    """A relay to the daemon's port; what was asked, and how it was answered."""
    told = []

    class Relay(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: value for name, value in self.headers.items() if name.lower() in ("x-transmission-session-id", "authorization")}
            try:
                answer = urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{self.path}", body, headers), timeout=10)
            except urllib.error.HTTPError as refused:
                answer = refused
            given = answer.read()
            if answer.status == 200:
                told.append((json.loads(body)["method"], json.loads(given)["result"], json.loads(given)["arguments"]))
            self.send_response(answer.status)
            for name in ("X-Transmission-Session-Id", "Content-Type"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(given)))
            self.end_headers()
            self.wfile.write(given)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        yield relay.server_address[1], told
        relay.shutdown()


@contextlib.contextmanager
def screen():
    need("Xvfb")
    reads, writes = os.pipe()
    process = subprocess.Popen(["Xvfb", "-displayfd", str(writes), "-screen", "0", "1200x800x24", "-nolisten", "tcp"], pass_fds=[writes],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writes)
    try:
        with open(reads) as told:
            yield ":" + told.readline().strip()
    finally:
        process.kill()
        process.wait()


def seen_by(program, words, home, display, told):
    """It runs until it has asked for the session, and again and again for the torrents."""
    env = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    with open(home / "log", "wb") as log:
        process = subprocess.Popen([program, *map(str, words)], env=env, cwd=home, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            for _ in range(300):
                methods = [method for method, _, _ in list(told)]
                if methods.count("torrent-get") >= 3 and "session-get" in methods:
                    break
                assert process.poll() is None, (home / "log").read_text()
                time.sleep(0.1)
            else:
                raise AssertionError((methods, (home / "log").read_text()))
        finally:
            process.kill()
            process.wait()
    assert not [each for each in told if each[1] != "success"], told
    shown = json.dumps([given for method, _, given in told if method == "torrent-get"])
    assert '"album"' in shown and '"link"' in shown, shown


@contextlib.contextmanager
def daemon_with_two_torrents(folder):
    (folder / "album").mkdir()
    for number in (1, 2):
        (folder / "album" / str(number)).write_bytes(os.urandom(100_000))
    make_torrent(folder / "album", folder / "album.torrent", tracker="http://127.0.0.1:9/announce")
    with ours(folder) as here:
        (folder / "down" / "album.torrent").write_bytes((folder / "album.torrent").read_bytes())
        assert here.ask("torrent-add", filename=str(folder / "down" / "album.torrent"))["result"] == "success"
        assert here.ask("torrent-add", filename=LINK)["result"] == "success"
        with between(here.port) as relay:
            yield relay


def test_transmission_qt():
    need("transmission-qt")
    with screen() as display, scratch() as folder, daemon_with_two_torrents(folder) as (port, told):
        home = folder / "home"
        (home / "settings").mkdir(parents=True)
        (home / "settings" / "settings.json").write_text(json.dumps({
            "remote-session-enabled": True, "remote-session-host": "127.0.0.1", "remote-session-port": port,
            "user-has-given-informed-consent": True}))
        seen_by("transmission-qt", ["--config-dir", home / "settings"], home, display, told)


def test_transmission_remote_gtk():
    need("transmission-remote-gtk")
    with screen() as display, scratch() as folder, daemon_with_two_torrents(folder) as (port, told):
        home = folder / "home"
        (home / ".config" / "transmission-remote-gtk").mkdir(parents=True)
        (home / ".config" / "transmission-remote-gtk" / "config.json").write_text(json.dumps({"profiles": [{
            "profile-name": "Default", "hostname": "127.0.0.1", "port": port, "rpc-url-path": "/transmission/rpc", "auto-connect": True,
            "timeout": 40, "retries": 3, "update-interval": 1, "min-update-interval": 1, "session-update-interval": 1}], "profile-id": 0}))
        seen_by("transmission-remote-gtk", [], home, display, told)
