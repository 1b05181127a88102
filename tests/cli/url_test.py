"""A torrent behind a URL: what servers do to it on the way, and links as people paste them."""
import contextlib
import gzip
import http.server
import json
import threading
import time
import zlib

from exits import BAD_DATA, DONE, NETWORK, NOT_FOUND, USAGE
from program import OFFLINE, SCHEMAS, clean_environment, expect, node, scratch
from schema import check

TORRENT = b"d4:infod6:lengthi5e4:name1:t12:piece lengthi16384e6:pieces20:" + b"a" * 20 + b"ee"
HASH = "cd" * 20


@contextlib.contextmanager
def server(answers):
    """`answers`: path to (status, headers, body). A body that is no bytes is called with the stream. Gives the URL and
    the headers of what was asked."""
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(dict(self.headers))
            status, headers, body = answers[self.path]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if isinstance(body, bytes):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body) if isinstance(body, bytes) else body(self.wfile)

        def log_message(self, *_):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}", asked
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def known_hash():
    return node("show", "--hash", "-", stdin=TORRENT).out


def test_a_server_may_compress_and_is_not_asked_to():
    raw = zlib.compressobj(wbits=-15)
    bodies = {"/gzip": ("gzip", gzip.compress(TORRENT)), "/deflate": ("deflate", zlib.compress(TORRENT)),
              "/raw": ("deflate", raw.compress(TORRENT) + raw.flush())}
    with server({path: (200, {"Content-Encoding": how}, body) for path, (how, body) in bodies.items()}) as (url, asked):
        for path in bodies:
            assert expect(node("show", "--hash", url + path), DONE).out == known_hash(), path
        assert all("Accept-Encoding" not in headers for headers in asked), asked


def test_what_is_unpacked_is_bounded():
    bomb = gzip.compress(bytes(80 * 1024 * 1024))
    with server({"/x": (200, {"Content-Encoding": "gzip"}, bomb)}) as (url, _):
        expect(node("show", url + "/x"), NETWORK, "larger than 67108864 bytes")


def test_what_is_no_torrent_is_named():
    with server({"/html": (200, {}, b"<!DOCTYPE html><html>"), "/gz": (200, {}, gzip.compress(TORRENT)),
                 "/empty": (200, {}, b"")}) as (url, _):
        expect(node("show", url + "/html"), BAD_DATA, "not a torrent: it is a web page")
        expect(node("show", url + "/gz"), BAD_DATA, "it is compressed with gzip")
        expect(node("show", url + "/empty"), BAD_DATA, "it is empty")


def test_redirects_lead_to_a_link_and_four_are_followed():
    link = f"magnet:?xt=urn:btih:{HASH}&dn=x"
    hops = {f"/{i}": (302, {"Location": f"/{i - 1}"}, b"") for i in range(1, 6)}
    with server({"/0": (200, {}, TORRENT), "/m": (302, {"Location": link}, b""), "/b": (302, {"Location": "magnet:?x"}, b""),
                 "/f": (302, {"Location": "file:///etc/passwd"}, b""), **hops}) as (url, _):
        assert expect(node("show", "--hash", url + "/4"), DONE).out == known_hash()
        expect(node("show", "--hash", url + "/5"), NETWORK, "more than 4 redirects")
        assert expect(node("show", "--magnet", url + "/m"), DONE).out.strip() == link
        expect(node("show", "--hash", url + "/b"), BAD_DATA, "names no torrent")
        expect(node("show", "--hash", url + "/f"), NETWORK)


def test_the_time_for_a_url_is_the_users():
    def drip(stream):
        for byte in TORRENT:
            stream.write(bytes([byte]))
            stream.flush()
            time.sleep(0.2)

    with server({"/x": (200, {"Content-Length": str(len(TORRENT))}, drip)}) as (url, _):
        for command in (["show"], ["get", "--no-dht", *OFFLINE]):
            begin = time.monotonic()
            expect(node(*command, "--timeout", "1s", url + "/x"), NETWORK, "no complete answer within 1 s")
            assert time.monotonic() - begin < 5


def test_a_password_is_used_and_not_shown():
    with server({"/x": (200, {}, b"<html>")}) as (url, asked):
        done = expect(node("show", url.replace("//", "//me:secret@") + "/x"), BAD_DATA, "web page")
        assert "secret" not in done.err and asked[0]["Authorization"].startswith("Basic "), (done, asked)


def test_links_are_read_as_they_are_pasted_and_from_standard_input():
    link = f"magnet:?xt=urn:btih:{HASH}&amp;dn=Nice&amp;tr=http%3A%2F%2F10.77.0.3%3A6969%2Fannounce"
    clean = f"magnet:?xt=urn:btih:{HASH}&dn=Nice&tr=http%3A%2F%2F10.77.0.3%3A6969%2Fannounce"
    for text in (link, f" {link}", f"<{link}>", f'"{link}"\n', f"\ufeff{link}"):
        assert expect(node("show", "--magnet", text), DONE).out.strip() == clean, text
        assert expect(node("show", "--magnet", "-", stdin=text.encode()), DONE).out.strip() == clean, text
    with scratch() as folder:  # no search for a share of that name
        for text in (f" {HASH}", f"'{HASH}'", f"{HASH}\n"):
            begin = time.monotonic()
            done = node("get", "--no-dht", *OFFLINE, "--timeout", "1ms", text, cwd=folder)
            assert done.code == NOT_FOUND and f"finding {HASH}" in done.err, done
            assert time.monotonic() - begin < 4
    expect(node("show", "1220" + "ab" * 32), BAD_DATA, "v2 magnet links are not supported yet")
    expect(node("get", "0" * 40), BAD_DATA, "all zeros")
    with server({"/x": (200, {}, TORRENT)}) as (url, _):
        assert expect(node("show", "--hash", f'"{url}/x"'), DONE).out == known_hash()
        assert expect(node("show", "--hash", "-", stdin=f"{url}/x\n".encode()), DONE).out == known_hash()


def test_sources_that_are_not_used_are_said_once():
    whole = b"d8:announce17:wss://t.example/x" + TORRENT[1:-1] + b"8:url-list13:http://w.net/e"
    with scratch() as folder:
        (folder / "x.torrent").write_bytes(whole)
        done = node("get", "--no-dht", *OFFLINE, "--timeout", "1ms", "x.torrent", cwd=folder)
        assert done.err.count("one for browsers (ws, wss)") == 1 and done.err.count("web seeds; these are not fetched") == 1, done
        shown = json.loads(expect(node("show", "--json", "x.torrent", cwd=folder), DONE).out)
        check(shown, SCHEMAS / "show.json")
        assert len(shown["torrents"][0]["remarks"]) == 2, shown
        assert "remark\tits tracker is one for browsers" in node("show", "x.torrent", cwd=folder).out


def test_a_torrent_whose_two_lists_differ_is_read_with_a_warning():
    content = (b"d4:infod9:file treed1:td0:d6:lengthi6eeee6:lengthi5e12:meta versioni2e4:name1:t12:piece lengthi16384e"
               b"6:pieces20:" + b"a" * 20 + b"ee")
    with scratch() as folder:
        (folder / "x.torrent").write_bytes(content)
        done = node("get", "--no-dht", *OFFLINE, "--timeout", "1ms", "x.torrent", cwd=folder)
        assert done.err.count("v1 and v2 differ") == 1, done


def test_trackers_and_peers_are_taken_as_a_torrent_or_link_has_them():
    with scratch() as folder:
        (folder / "f").write_bytes(b"x")
        made = expect(node("create", "f", "-t", " HTTP://me:pw@10.0.0.1/a b,c,udp://10.0.0.2:1/", cwd=folder), DONE)
        assert "pw" not in made.out + made.err, made
        rows = [row.split("\t") for row in node("show", "f.torrent", cwd=folder).out.splitlines()]
        assert [row[2] for row in rows if row[0] == "tracker"] == ["HTTP://10.0.0.1/a%20b,c", "udp://10.0.0.2:1/"], rows
        assert "me:pw@" in node("show", "--tree", "f.torrent", cwd=folder).out  # the file itself, as it stands
        expect(node("create", "f", "-o", "g", "-t", "http://a/" + "x" * 2048, cwd=folder), USAGE, "2057 bytes is too long",
               "the limit is 2048")
        expect(node("create", "f", "-o", "g", "-t", "ws://a/", cwd=folder), USAGE, "a URL such as")
        expect(node("create", "f", "-o", "g", cwd=folder, env=clean_environment(SOURCE_DATE_EPOCH="yesterday")), USAGE,
               "SOURCE_DATE_EPOCH", "yesterday")
        expect(node("create", "f", "-o", "g", "--date", "5", cwd=folder, env=clean_environment(SOURCE_DATE_EPOCH="x")), DONE)
        for peer in ("[fe80::1%lo]:1", "no-such-host.invalid:1", "10.0.0.1:1"):
            done = node("get", HASH, "--no-dht", *OFFLINE, "--timeout", "1ms", "--peer", peer, cwd=folder)
            assert done.code == NOT_FOUND, done
        expect(node("get", HASH, "--peer", "[fe80::1%no-such]:1", cwd=folder), USAGE, "tower.lan:40112")
