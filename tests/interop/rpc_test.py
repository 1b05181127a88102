"""The control protocol: the same requests to transmission-daemon and to ours; transmission-remote against ours."""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE.parent / "cli"), str(HERE.parent / "support")]
from clients import make_torrent, need  # noqa: E402
from program import OFFLINE, background, clean_environment, scratch  # noqa: E402

ID = "X-Transmission-Session-Id"
SIZE = 60_000_000  # long enough to be seen on its way
LINK = "magnet:?xt=urn:btih:" + "1" * 40 + "&dn=link"
FIELDS = """activityDate addedDate bandwidthPriority comment corruptEver creator dateCreated desiredAvailable doneDate
    downloadDir downloadedEver downloadLimit downloadLimited editDate error errorString eta etaIdle fileStats files
    hashString haveUnchecked haveValid honorsSessionLimits id isFinished isPrivate isStalled labels leftUntilDone magnetLink
    manualAnnounceTime maxConnectedPeers metadataPercentComplete name peer-limit peers peersConnected peersFrom
    peersGettingFromUs peersSendingToUs percentDone pieceCount pieceSize pieces priorities queuePosition rateDownload
    rateUpload recheckProgress secondsDownloading secondsSeeding seedIdleLimit seedIdleMode seedRatioLimit seedRatioMode
    sizeWhenDone startDate status torrentFile totalSize trackerStats trackers uploadedEver uploadLimit uploadLimited
    uploadRatio wanted webseeds webseedsSendingToUs""".split()
# A client may read these from either type of number.
REAL = {"metadataPercentComplete", "percentDone", "recheckProgress", "seedRatioLimit", "uploadRatio"}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


class Caller:
    def __init__(self, port):
        self.port, self.id = port, ""

    def call(self, body, method="POST", path="/transmission/rpc", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, body, {ID: self.id, **headers})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()

    def ask(self, method, **arguments):
        body = {"method": method, "arguments": {name.replace("__", "-"): value for name, value in arguments.items()}, "tag": 7}
        status, headers, raw = self.call(json.dumps(body))
        if status == 409:
            self.id = headers[ID]
            status, headers, raw = self.call(json.dumps(body))
        assert status == 200, (status, raw)
        return json.loads(raw)


@contextlib.contextmanager
def theirs(folder, downloads):
    need("transmission-daemon")
    port = free_port()
    config = folder / "transmission"
    config.mkdir()
    (config / "settings.json").write_text(json.dumps({
        "lpd-enabled": False, "dht-enabled": False, "utp-enabled": False, "port-forwarding-enabled": False,
        "peer-port": free_port(), "download-dir": str(downloads), "rpc-bind-address": "127.0.0.1"}))
    log = open(folder / "transmission.log", "wb")
    process = subprocess.Popen(["transmission-daemon", "--foreground", "--config-dir", config, "--port", str(port)],
                               stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        caller = Caller(port)
        for _ in range(100):
            with contextlib.suppress(OSError):
                caller.ask("session-get")
                break
            time.sleep(0.1)
        yield caller
    finally:
        process.kill()
        process.wait()
        log.close()


@contextlib.contextmanager
def ours(folder):
    port = free_port()
    own = folder / "own"
    downloads = folder / "down"
    own.mkdir()
    downloads.mkdir()
    env = clean_environment(BTNODE_STATE_DIR=str(own), XDG_RUNTIME_DIR=str(own))
    with background("daemon", *OFFLINE, "--download-dir", downloads, "--share-dir", folder, "--port", free_port(), "--rpc-bind",
                    f"127.0.0.1:{port}", env=env, cwd=folder) as process:
        process.line_that_holds("err", "ready: ")
        yield Caller(port)


@contextlib.contextmanager
def both():
    with scratch() as folder:
        content = folder / "album"
        content.mkdir()
        for name, size in (("one", 300_000), ("three", 70_000), ("two", 50)):
            (content / name).write_bytes(os.urandom(size))
        torrent = folder / "album.torrent"
        make_torrent(content, torrent, tracker="http://127.0.0.1:9/announce")
        (folder / "other").mkdir()
        with theirs(folder, folder / "other") as there, ours(folder) as here:
            yield there, here, torrent


def kind(value):
    if isinstance(value, bool):
        return "bool"
    return {int: "int", float: "real", str: "text", list: "list", dict: "object", type(None): "null"}[type(value)]


def differences(expected, given, where=""):
    """Ours may say more, and must not say it otherwise."""
    a, b = kind(expected), kind(given)
    if {a, b} <= {"int", "real"} and where.rpartition(".")[2] in REAL:
        return []
    if a != b:
        return [f"{where}: {a} there, {b} here"]
    if a == "object":
        found = [f"{where}.{key}: missing" for key in expected if key not in given]
        return found + [each for key in expected if key in given
                        for each in differences(expected[key], given[key], f"{where}.{key}")]
    if a == "list" and expected and given:
        return differences(expected[0], given[0], where)
    return []


def requests(metainfo, downloads):
    yield "session-get", {}
    yield "session-get", {"fields": ["version", "units", "nonsense"]}
    yield "session-stats", {}
    yield "torrent-add", {}
    yield "torrent-add", {"metainfo": "AAAA"}
    yield "torrent-add", {"filename": LINK, "download__dir": "x"}
    yield "torrent-add", {"metainfo": metainfo, "paused": True}
    yield "torrent-add", {"metainfo": metainfo}
    yield "torrent-add", {"filename": LINK, "paused": True}
    yield "torrent-get", {"ids": [1]}
    yield "torrent-get", {"fields": FIELDS}
    yield "torrent-get", {"fields": FIELDS, "ids": 1}
    yield "torrent-get", {"fields": FIELDS, "ids": [2]}
    yield "torrent-get", {"fields": ["id", "nonsense", "name"], "format": "table"}
    yield "torrent-get", {"fields": ["id"], "ids": "recently-active"}
    yield "torrent-get", {"fields": ["id"], "ids": [99]}
    for method in ("torrent-start", "torrent-start-now", "torrent-stop", "torrent-reannounce", "torrent-verify"):
        yield method, {"ids": [1]}
        yield method, {"ids": [99]}
    for change in ({"downloadLimit": 9}, {"downloadLimited": True}, {"uploadLimit": 9, "uploadLimited": True},
                   {"downloadLimited": False}, {"files__unwanted": [1]}, {"files__wanted": []}, {"priority__high": [0]},
                   {"priority__low": [1]}, {"priority__normal": []}, {"labels": ["a", "b"]}, {"seedRatioLimit": 1.5},
                   {"seedRatioMode": 1}, {"seedIdleLimit": 9, "seedIdleMode": 1}, {"bandwidthPriority": 1},
                   {"peer__limit": 30}, {"honorsSessionLimits": False}):
        yield "torrent-set", {"ids": [1], **change}
    yield "torrent-get", {"fields": FIELDS, "ids": [1]}
    for change in ({"trackerAdd": ["http://127.0.0.1:9/b/announce"]}, {"trackerReplace": [0, "http://127.0.0.1:9/c/announce"]},
                   {"trackerRemove": [0]}):
        yield "torrent-set", {"ids": [1], **change}
        yield "torrent-get", {"fields": ["trackers", "trackerStats"], "ids": [1]}
    for where in ("top", "up", "down", "bottom"):
        yield f"queue-move-{where}", {"ids": [1]}
    yield "torrent-set-location", {"ids": [1]}
    yield "torrent-set-location", {"ids": [1], "location": "relative", "move": True}
    yield "torrent-set-location", {"ids": [99], "location": str(downloads), "move": True}
    yield "torrent-set-location", {"ids": [1], "location": str(downloads / "moved"), "move": True}
    yield from (("torrent-rename-path", {"ids": [1], **words}) for words in (
        {}, {"path": "album"}, {"path": "album", "name": ""}, {"path": "album", "name": ".."}, {"path": "album", "name": "a/b"},
        {"path": "nothing", "name": "x"}, {"path": "album/", "name": "x"}, {"path": "album/one", "name": "uno"},
        {"path": "album/one", "name": "again"}, {"path": "album", "name": "disc"}))
    yield "torrent-get", {"fields": ["name", "files"], "ids": [1]}
    yield "torrent-rename-path", {"ids": [2], "path": "link", "name": "x"}
    yield "torrent-rename-path", {"ids": [99], "path": "album", "name": "x"}
    yield "torrent-rename-path", {"path": "album", "name": "x"}
    for change in ({"peer__limit__global": 77}, {"peer__limit__per__torrent": 20}, {"speed__limit__down": 100}, {"speed__limit__down__enabled": True}, {"alt__speed__enabled": True},
                   {"alt__speed__enabled": False}, {"start__added__torrents": True}, {"download__dir": str(downloads)},
                   {"seedRatioLimit": 2.5}, {"cache__size__mb": 8}, {"nonsense": 1}):
        yield "session-set", change
    yield "free-space", {"path": str(downloads)}
    yield "free-space", {"path": "/does/not/exist"}
    yield "free-space", {"path": "x"}
    yield "nonsense", {}
    yield "torrent-remove", {"ids": [99]}
    yield "torrent-remove", {"ids": [2]}
    yield "torrent-get", {"fields": ["id"], "ids": "recently-active"}


def test_the_same_answers_as_transmission():
    with both() as (there, here, torrent):
        metainfo = base64.b64encode(torrent.read_bytes()).decode()
        wrong = []
        for method, arguments in requests(metainfo, torrent.parent):
            expected, given = there.ask(method, **arguments), here.ask(method, **arguments)
            what = f"{method} {json.dumps(arguments)[:80]}"
            wrong += [f"{what}: {each}" for each in differences(expected, given)]
            if expected["result"] != given["result"]:
                wrong.append(f"{what}: '{expected['result']}' there, '{given['result']}' here")
        assert not wrong, "\n".join(wrong)


def test_what_we_refuse_in_other_words_has_the_same_form():
    with both() as (there, here, torrent):
        link = {"filename": LINK, "paused": True}
        assert [each.ask("torrent-add", **link)["result"] for each in (there, here)] == ["success"] * 2
        for method, arguments in (("port-test", {}), ("blocklist-update", {}),
                                  ("torrent-set-location", {"ids": [1], "location": str(torrent), "move": True})):
            expected, given = there.ask(method, **arguments), here.ask(method, **arguments)
            assert given["result"] != "success" or method == "torrent-set-location", (method, given)
            assert expected["result"] == "success" or not differences(expected, given), (expected, given)


def test_the_queue_is_moved_as_in_transmission():
    with both() as (there, here, _torrent):
        for number in range(1, 7):
            for each in (there, here):
                added = each.ask("torrent-add", filename=f"magnet:?xt=urn:btih:{number:040x}", paused=True)
                assert added["arguments"]["torrent-added"]["id"] == number, added
        # several at an end: ours keep their order, Transmission's change places
        for where, ids in (("top", [4]), ("bottom", [1]), ("up", [3]), ("down", [3]), ("top", [5, 2]), ("bottom", [2, 5]), ("up", [2, 5]),
                           ("down", [4, 6]), ("up", [4]), ("down", [2]), ("top", []), ("down", [99])):
            orders = []
            for each in (there, here):
                assert each.ask(f"queue-move-{where}", ids=ids)["result"] == "success"
                told = each.ask("torrent-get", fields=["id", "queuePosition"])["arguments"]["torrents"]
                orders.append([one["id"] for one in sorted(told, key=lambda one: one["queuePosition"])])
            assert orders[0] == orders[1], (where, ids, orders)
        for each in (there, here):
            for ids, place in (([3], 0), ([3], 5), ([1], 2)):
                assert each.ask("torrent-set", ids=ids, queuePosition=place)["result"] == "success"
        told = [[one["queuePosition"] for one in each.ask("torrent-get", fields=["id", "queuePosition"])["arguments"]["torrents"]]
                for each in (there, here)]
        assert told[0] == told[1], told


def test_the_same_status_codes_as_transmission():
    with both() as (there, here, _torrent):
        for caller in (there, here):
            caller.ask("session-get")
        for words in (("POST", "/transmission/rpc", "right"), ("POST", "/transmission/rpc", "wrong"),
                      ("GET", "/transmission/rpc", "wrong"), ("GET", "/transmission/rpc", "right")):
            method, path, which = words
            codes = [caller.call(b"{}", method, path, **{ID: caller.id if which == "right" else "x"})[0]
                     for caller in (there, here)]
            assert codes[0] == codes[1], (words, codes)


def test_transmission_remote():
    need("transmission-remote")
    with both() as (_there, here, torrent):
        def remote(*words):
            done = subprocess.run(["transmission-remote", f"127.0.0.1:{here.port}", *map(str, words)], capture_output=True,
                                  text=True, timeout=30, check=False)
            return done.stdout + done.stderr

        assert "success" in remote("--add", torrent)
        assert "album" in remote("--list")
        shown = remote("--torrent", 1, "--info")
        assert "Total size: 370.1 kB" in shown and "Location: " in shown, shown
        assert "album/three" in remote("--torrent", 1, "--files")
        assert "127.0.0.1" in remote("--torrent", 1, "--info-trackers")
        for words in (["--stop"], ["--start"], ["--verify"], ["--reannounce"], ["--downlimit", 50], ["--no-downlimit"],
                      ["--uplimit", 20], ["--no-uplimit"], ["--no-get", 1], ["--get", 1], ["--get", "all"], ["--priority-high", 0],
                      ["--priority-low", 1], ["--priority-normal", "all"], ["--labels", "a,b"], ["--seedratio", 2],
                      ["--no-seedratio"], ["--seedratio-default"], ["--bandwidth-high"], ["--bandwidth-normal"],
                      ["--bandwidth-low"], ["--honor-session"], ["--no-honor-session"], ["--peers", 20],
                      ["--tracker-add", "http://127.0.0.1:9/b/announce"], ["--tracker-remove", 1],
                      ["--move", torrent.parent / "moved"], ["--find", torrent.parent]):
            assert "success" in remote("--torrent", 1, *words), (words, remote("--torrent", 1, *words))
        for words, part in ((["--info-files"], "album/three"), (["--info-peers"], "Address"), (["--info-pieces"], ""),
                            (["--info-trackers"], "127.0.0.1:9")):
            shown = remote("--torrent", 1, *words)
            assert part in shown and "Error" not in shown, (words, shown)
        for words in (["--downlimit", 50], ["--no-downlimit"], ["--uplimit", 50], ["--no-uplimit"], ["--alt-speed"],
                      ["--no-alt-speed"], ["--alt-speed-downlimit", 9], ["--alt-speed-uplimit", 9], ["--alt-speed-scheduler"],
                      ["--no-alt-speed-scheduler"], ["--alt-speed-time-begin", "0800"], ["--alt-speed-time-end", "1900"],
                      ["--alt-speed-days", "1-5"], ["--cache", 8], ["--peers", 200], ["--global-seedratio", 2],
                      ["--no-global-seedratio"], ["--download-dir", torrent.parent], ["--start-paused"], ["--no-start-paused"],
                      ["--trash-torrent"], ["--no-trash-torrent"], ["--no-incomplete-dir"], ["--encryption-tolerated"],
                      ["--no-dht"], ["--dht"], ["--pex"], ["--no-lpd"], ["--no-utp"], ["--no-portmap"], ["--random-port"],
                      ["--torrent-done-script", "/bin/true"], ["--no-torrent-done-script"]):
            assert "success" in remote(*words), (words, remote(*words))
        for words, part in ((["--session-info"], "Daemon version"), (["--session-stats"], "CURRENT SESSION")):
            assert part.lower() in remote(*words).lower(), (words, remote(*words))
        # what the node cannot do is said
        for words in (["--torrent", 1, "--move", "relative"], ["--port-test"], ["--blocklist-update"], ["--no-pex"],
                      ["--lpd"], ["--utp"], ["--portmap"], ["--encryption-required"], ["--encryption-preferred"], ["--port", 9],
                      ["--incomplete-dir", torrent.parent]):
            assert "Error" in remote(*words), (words, remote(*words))
        assert "album" in remote("--list")
        assert "success" in remote("--torrent", 1, "--remove-and-delete")
        assert "album" not in remote("--list")


# What programs are known to send: their requests by their sources, in the order of their work. Each gets success.
SONARR = [  # Radarr and the others of its family send the same
    ("session-get", None), ("torrent-get", {"fields": ["id", "hashString", "name", "downloadDir", "totalSize", "leftUntilDone",
                                                       "isFinished", "eta", "status", "secondsDownloading", "secondsSeeding",
                                                       "errorString", "uploadedEver", "downloadedEver", "seedRatioLimit",
                                                       "seedRatioMode", "seedIdleLimit", "seedIdleMode", "fileCount",
                                                       "file-count", "labels"]}),
    ("torrent-add", {"metainfo": "METAINFO", "download-dir": "DOWN", "labels": ["tv"]}),
    ("torrent-set", {"ids": ["HASH"], "seedRatioLimit": 1.5, "seedRatioMode": 1, "seedIdleLimit": 60, "seedIdleMode": 1}),
    ("queue-move-top", {"ids": ["HASH"]}), ("torrent-set", {"ids": ["HASH"], "labels": ["tv", "done"]}),
    ("torrent-remove", {"ids": ["HASH"], "delete-local-data": True})]
TREMOTESF = [
    ("session-get", None), ("session-stats", None),
    ("torrent-add", {"metainfo": "METAINFO", "download-dir": "DOWN", "files-unwanted": [], "priority-high": [], "priority-low": [],
                     "bandwidthPriority": 0, "paused": False}),
    ("torrent-get", {"fields": ["id", "hashString", "addedDate", "magnetLink", "name", "files", "fileStats", "trackerStats",
                                "peers", "status", "error", "errorString", "queuePosition", "labels"], "format": "table"}),
    ("torrent-get", {"fields": ["id"], "ids": "recently-active"}),
    ("torrent-set", {"ids": [1], "trackerList": "http://127.0.0.1:9/a/announce\n\nhttp://127.0.0.1:9/b/announce"}),
    ("torrent-set", {"ids": [1], "trackerRemove": [1]}), ("torrent-set", {"ids": [1], "peer-limit": 30}),
    ("torrent-set", {"ids": [1], "files-unwanted": [0]}), ("torrent-set", {"ids": [1], "files-wanted": [0]}),
    ("torrent-start-now", {"ids": [1]}), ("torrent-stop", {"ids": [1]}), ("torrent-verify", {"ids": [1]}),
    ("torrent-set-location", {"ids": [1], "location": "DOWN/other", "move": True}),
    ("free-space", {"path": "DOWN"}), ("session-set", {"speed-limit-down": 500, "speed-limit-down-enabled": True}),
    ("torrent-remove", {"ids": [1], "delete-local-data": False})]
# transmission-remote 4.1 begins in the old dialect and speaks JSON-RPC once the 409 names a version
REMOTE_41 = [
    ("session_get", None), ("torrent_add", {"metainfo": "METAINFO", "paused": True, "download_dir": "DOWN"}),
    ("torrent_get", {"fields": ["error", "error_string", "eta", "id", "is_finished", "left_until_done", "name", "peers_getting_from_us",
                                "peers_sending_to_us", "percent_done", "rate_download", "rate_upload", "size_when_done", "status",
                                "upload_ratio"]}),
    ("torrent_get", {"fields": ["tracker_stats", "name"], "ids": [1]}),
    ("torrent_set", {"ids": [1], "tracker_add": ["http://127.0.0.1:9/b/announce"]}),
    ("torrent_set", {"ids": [1], "upload_limit": 20, "upload_limited": True, "sequential_download": None}),
    ("torrent_set_location", {"ids": [1], "location": "DOWN/other", "move": True}),
    ("torrent_start", {"ids": [1]}), ("session_stats", None), ("group_get", None),
    ("torrent_remove", {"ids": [1], "delete_local_data": False})]


def filled(value, words):
    """The request with what this run has."""
    if isinstance(value, dict):
        return {name: filled(each, words) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [filled(each, words) for each in value]
    if not isinstance(value, str):
        return value
    for word, means in words.items():
        value = value.replace(word, means)
    return value


def test_what_other_programs_send_is_answered():
    with both() as (_there, here, torrent):
        here.ask("session-get")
        down = torrent.parent / "down"
        for requests_of in (SONARR, TREMOTESF, REMOTE_41):
            words = {"METAINFO": base64.b64encode(torrent.read_bytes()).decode(), "DOWN": str(down)}
            number = None
            for method, arguments in requests_of:
                given = filled(arguments, words)
                if number is not None and isinstance(given, dict) and given.get("ids") == [1]:
                    given["ids"] = [number]
                new = "_" in method
                body = {"jsonrpc": "2.0", "id": 5, "method": method} if new else {"method": method}
                if given is not None:
                    body["params" if new else "arguments"] = given
                status, _, raw = here.call(json.dumps(body))
                answer = json.loads(raw)
                assert status == 200 and (answer.get("result") is not None if new else answer["result"] == "success"), (body, answer)
                result = answer["result"] if new else answer["arguments"]
                for name in ("torrent-added", "torrent_added"):
                    if name in result:
                        number = result[name]["id"]
                        words["HASH"] = result[name]["hashString" if name == "torrent-added" else "hash_string"].upper()


def test_a_download_from_its_link_to_its_end():
    with scratch() as folder:
        content = folder / "content.bin"
        content.write_bytes(os.urandom(SIZE))
        port = free_port()
        state = folder / "sharing"
        state.mkdir()
        env = clean_environment(BTNODE_STATE_DIR=str(state), XDG_RUNTIME_DIR=str(state))
        with background("share", *OFFLINE, "--port", port, content, env=env, cwd=folder) as share, ours(folder) as here:
            link = share.line_that_holds("out", "magnet:").split("&x.pe")[0]
            added = here.ask("torrent-add", filename=f"{link}&x.pe=127.0.0.1:{port}", labels=["lab"])
            assert added["arguments"]["torrent-added"]["id"] == 1, added
            peers = []
            for _ in range(2_000):
                one = here.ask("torrent-get", fields=FIELDS, ids=1)["arguments"]["torrents"][0]
                peers += one["peers"]
                if one["percentDone"] == 1 and one["status"] == 6:
                    break
                time.sleep(0.01)
            assert (one["percentDone"], one["status"], one["leftUntilDone"], one["haveValid"]) == (1, 6, 0, SIZE), one
            assert one["files"][0]["bytesCompleted"] == SIZE and one["labels"] == ["lab"], one
            assert base64.b64decode(one["pieces"])[0] == 0xff, one
            assert peers and peers[0]["address"] == "127.0.0.1" and isinstance(peers[0]["rateToClient"], int), peers
            assert (folder / "down" / "content.bin").read_bytes() == content.read_bytes()
            active = here.ask("torrent-get", fields=["id"], ids="recently-active")["arguments"]
            assert active == {"removed": [], "torrents": [{"id": 1}]}, active
            assert here.ask("torrent-remove", ids=[1])["result"] == "success"
            active = here.ask("torrent-get", fields=["id"], ids="recently-active")["arguments"]
            assert active == {"removed": [1], "torrents": []}, active
            assert (folder / "down" / "content.bin").exists()
            here.ask("session-close")
