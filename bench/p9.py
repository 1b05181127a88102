"""P9: what a daemon with 2,000 torrents costs: the time to be ready, memory, processor and wake-ups at rest, and how long its control port takes."""
import http.client
import json
import os
import pathlib
import re
import resource
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
NODE = pathlib.Path(os.environ.get("BT_BUILD", ROOT / "build")) / "node"
COUNT = 2_000
REST = 10  # seconds
RECENT = 62  # seconds after which nothing counts as active
# name, unit, at most
TARGETS = [("ready after a restart", "s", 10), ("memory", "MiB", 200), ("processor at rest", "% of a core", 5),
           ("wake-ups at rest", "a second", None), ("torrent-get, all fields", "ms", 200), ("recently-active", "ms", 20)]


class Daemon:
    def __init__(self, folder, env):
        began = time.monotonic()
        self.process = subprocess.Popen([NODE, "daemon", "--no-lan", "--no-internet", "--download-dir", folder], env=env,
                                        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        ready = next(line for line in self.process.stderr if "ready: " in line)
        self.ready = time.monotonic() - began
        self.port = int(re.search(r"127\.0\.0\.1:(\d+)", ready)[1])
        self.session = ""

    def ask(self, method, **arguments):
        """(seconds, arguments of the answer)"""
        body = json.dumps({"method": method, "arguments": arguments})
        began = time.monotonic()
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        link.request("POST", "/transmission/rpc", body, {"X-Transmission-Session-Id": self.session})
        answer = link.getresponse()
        text = answer.read()
        if answer.status == 409:
            self.session = answer.headers["X-Transmission-Session-Id"]
            return self.ask(method, **arguments)
        return time.monotonic() - began, json.loads(text)["arguments"]

    def proc(self, name, pattern):
        return int(re.search(pattern, pathlib.Path(f"/proc/{self.process.pid}/{name}").read_text())[1])

    def ticks(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def wakes(self):
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/status")
        return sum(int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", task.read_text())[1]) for task in tasks)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def measure(runs):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    fields = re.findall(r'^\s*\{"([A-Za-z_-]+)"', (ROOT / "src/rpc/torrent_fields.cpp").read_text(), re.MULTILINE)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BT_TEST_DIR")) as name:
        folder = pathlib.Path(name)
        env = {**os.environ, "BTNODE_STATE_DIR": name + "/state", "XDG_RUNTIME_DIR": name, "BTNODE_CONFIG": "/dev/null"}
        paths = [folder / f"content {number}" for number in range(COUNT)]
        for number, path in enumerate(paths):
            path.write_bytes(number.to_bytes(4, "big") * 5_000)
        daemon = Daemon(folder, env)
        subprocess.run([NODE, "share", "-d", *paths], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        daemon.stop()
        daemon = Daemon(folder, env)
        try:
            first = {"ready after a restart": daemon.ready}
            _, session = daemon.ask("session-stats")
            assert session["torrentCount"] == COUNT, session
            time.sleep(5)
            ticks, wakes = daemon.ticks(), daemon.wakes()
            time.sleep(REST)
            first["processor at rest"] = 100 * (daemon.ticks() - ticks) / os.sysconf("SC_CLK_TCK") / REST
            first["wake-ups at rest"] = (daemon.wakes() - wakes) / REST
            first["torrent-get, all fields"] = 1_000 * min(daemon.ask("torrent-get", fields=fields)[0] for _ in range(runs))
            daemon.ask("torrent-get", fields=fields, ids="recently-active")
            time.sleep(RECENT)
            active = [daemon.ask("torrent-get", fields=fields, ids="recently-active") for _ in range(runs)]
            assert not active[-1][1]["torrents"], active[-1][1]["torrents"][0]
            first["recently-active"] = 1_000 * min(seconds for seconds, _ in active)
            first["memory"] = daemon.proc("status", r"VmRSS:\s+(\d+)") / 1024
            return first
        finally:
            daemon.stop()


def main(runs, only=""):
    print(f"P9: a daemon with {COUNT:,} torrents; the least of {runs} runs where it is a time of the control port")
    figures, missed = measure(runs), 0
    for name, unit, most in TARGETS:
        if only and only not in name:
            continue
        missed += most is not None and figures[name] > most
        verdict = "" if most is None else f"  (at most {most}: {'reached' if figures[name] <= most else 'MISSED'})"
        print(f"{name:28}{figures[name]:10.2f} {unit}{verdict}", flush=True)
    return missed
