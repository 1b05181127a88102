"""What guards the control port, in numbers: names that lead here (A1), pages of other origins (A2), paths that clients name (A4),
guesses of the password (A5)."""
import base64
import http.client
import json
import urllib.parse

from daemon_test import Daemon, Port
from exits import DONE
from program import expect, scratch
from transfer_test import free_port

ID = "X-Transmission-Session-Id"
ROUTES = ["/transmission/rpc", "/transmission/rpc/", "/transmission/web/x", "/nothing"]
ADD = json.dumps({"method": "torrent-add", "arguments": {"filename": "magnet:?xt=urn:btih:" + "1" * 40}}).encode()


def raw(url, method="POST", target="/transmission/rpc", body=ADD, hosts=(), **headers):
    """A request with exactly these Host headers."""
    at = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=10)
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    for host in hosts:
        connection.putheader("Host", host)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders())


def counted(world):
    return json.loads(expect(world.node("daemon", "status", "--json"), DONE).out)["torrents"]


def test_A1_no_name_but_ours_leads_to_the_control_port():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs():
            port = Port(world)
            identity = port.ask()[1][ID]
            number = urllib.parse.urlsplit(port.url).port
            hostile = ["evil.example", "localhost.evil", "127.0.0.1.evil", "evil.example:9091", f"evil.example:{number}", "[::1].evil",
                       "[::1", "[]", "user@localhost", "localhost@evil.example", "localhost:evil", "localhost:", "a b", "", " ",
                       "localhost.", "127.0.0.1.", "0x7f.1", "0", "127.1", "2130706433", "local host", "localhost,evil.example",
                       "evil.example,localhost", "\\localhost", "localhost/evil", "localhost#", "localhost?", "EVIL.EXAMPLE",
                       "xn--localhost-x"]
            hosts = [[each] for each in hostile] + [[], ["localhost", "evil.example"], ["evil.example", "localhost"]]
            wrong = []
            for each in hosts:
                for route in ROUTES:
                    status, headers = raw(port.url, target=route, hosts=each, X_Transmission_Session_Id=identity)
                    if status not in (400, 421) or ID in headers:
                        wrong.append((each, route, status))
            assert not wrong, wrong
            for good in (f"localhost:{number}", f"127.0.0.1:{number}", "LOCALHOST", "[::1]", f"[::1]:{number}"):
                assert raw(port.url, hosts=[good])[0] == 409, good
            assert counted(world) == 0


def test_A2_no_page_of_another_origin_does_anything():
    with scratch() as folder:
        world = Daemon(folder)
        with world.runs():
            port = Port(world)
            number = urllib.parse.urlsplit(port.url).port
            host = f"127.0.0.1:{number}"
            wrong, count = [], 0
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"):
                for origin in ("http://evil.example", "null", "http://127.0.0.1", f"http://localhost:{number}", "file://"):
                    for method in ("POST", "GET", "OPTIONS", "PUT", "DELETE"):
                        status, headers = raw(port.url, method, hosts=[host], Origin=origin, Content_Type=kind)
                        count += 1
                        lower = {name.lower(): value for name, value in headers.items()}
                        fine = (status in (405, 409, 501, 403, 400) and not [n for n in lower if n.startswith("access-control")]
                                and lower.get("x-frame-options") == "SAMEORIGIN" and lower.get("x-content-type-options") == "nosniff"
                                and "frame-ancestors" in lower.get("content-security-policy", "")
                                and lower.get("cache-control") == "no-store")
                        if not fine:
                            wrong.append((kind, origin, method, status, headers))
            assert not wrong, (len(wrong), wrong[:3])
            assert count == 100 and counted(world) == 0


def test_A4_paths_that_a_client_names_lead_nowhere_else():
    with scratch() as folder:
        world = Daemon(folder)
        secret = folder / "secret"
        secret.mkdir()
        (secret / "key").write_text("s3cret")
        (folder / "down" / ".hidden").mkdir()
        (folder / "down" / ".hidden" / "key").write_text("s3cret")
        (folder / "down" / "link").symlink_to(secret)
        with world.runs():
            port = Port(world)
            identity = port.ask()[1][ID]

            def ask(method, **arguments):
                body = json.dumps({"method": method, "arguments": arguments}).encode()
                return json.loads(port.ask(body, X_Transmission_Session_Id=identity)[2])

            down = folder / "down"
            paths = [str(secret / "key"), "/etc/passwd", "/proc/self/environ", str(down / ".." / "secret" / "key"), str(down / "link"),
                     str(down / "link" / "key"), str(down / ".hidden" / "key"), str(down / ".hidden"), f"{down}/../secret",
                     "/", f"{down}x", "", "relative", f"{down}/%2e%2e/secret/key", "file:///etc/passwd", f"{down}/\x00/etc/passwd"]
            for path in paths:
                for method, name in (("share", "path"), ("torrent-create", "path"), ("torrent-add", "filename")):
                    answer = ask(method, **{name: path})
                    assert answer["result"] != "success", (method, path, answer)
                    assert "s3cret" not in json.dumps(answer), (method, path)
            for target in ("/transmission/web/../../etc/passwd", "/transmission/web/%2e%2e/%2e%2e/etc/passwd", "/../etc/passwd",
                           "/transmission/web//etc/passwd", "/transmission/web/..%2f..%2fetc/passwd"):
                status, _ = raw(port.url, "GET", target, b"", hosts=["localhost"])
                assert status in (400, 404, 409, 421), (target, status)
            assert counted(world) == 0


def test_A5_a_wrong_password_opens_nothing_and_is_written_nowhere():
    with scratch() as folder:
        world = Daemon(folder)
        secret = folder / "login"
        secret.write_text("me:open sesame\n")
        secret.chmod(0o600)
        with world.runs("--rpc-bind", f"127.0.0.1:{free_port()}", "--rpc-auth", f"@{secret}") as daemon:
            port = Port(world)
            guesses = ["", "Basic", "Basic ", "Basic !!!", "Bearer open sesame", "basic", "Digest username=me",
                       *["Basic " + base64.b64encode(each.encode()).decode()
                         for each in ("me:", ":open sesame", "me:open", "me:open sesame ", "ME:open sesame", "me:open sesamf",
                                      "me:open sesameopen sesame", "root:open sesame", "me:open sesame\n")]]
            for guess in guesses:
                status, headers, _ = port.ask(Authorization=guess)
                assert status == 401 and ID not in headers, (guess, status)
            assert port.ask(Authorization="Basic " + base64.b64encode(b"me:open sesame").decode())[0] == 409
            expect(world.node("daemon", "stop"), DONE)
            ended = daemon.ended(5)
            assert "sesame" not in ended.out + ended.err, ended
        kept = [each for each in (folder / "own").rglob("*") if each.is_file() and b"sesame" in each.read_bytes()]
        assert not kept, kept
