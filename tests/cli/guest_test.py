"""The shares' pages: what a browser, curl or wget of the network gets of a share or a download, with no program of ours."""
import contextlib
import http.client
import io
import json
import os
import re
import subprocess
import tarfile
import urllib.parse
import zipfile

from control_test import World
from exits import DONE
from program import background, expect, scratch
from transfer_test import free_port


def event_of(process, name):
    while True:
        event = json.loads(process.line("out"))
        if event["event"] == name:
            return event


@contextlib.contextmanager
def shared(path, *words, command="share", **how):
    """A share that browsers see; gives its port and hash, and the process."""
    network = ["--network", f"guests-{os.getpid()}-{free_port()}", "--lan-port", free_port()]
    with background(command, path, *network, "-4", "--no-dht", "--json", *words, **how) as process:
        event = event_of(process, "sharing")
        url = urllib.parse.urlsplit(event["url"])
        process.network = network
        yield url.port, event["hash_string"], process


def ask(port, target, method="GET", headers=(), host="127.0.0.1"):
    """Status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", f"{host}:{port}")
        for name, value in dict(headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def folder_of_files(folder):
    top = folder / "Fotos"
    files = {"a.jpg": os.urandom(300_000), "Grüße ☃.txt": b"hallo", "leer": b"", "unter/b #1.bin": os.urandom(70_000)}
    for name, data in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(data)
    return top, files


def test_a_file_comes_exact_whole_in_ranges_and_resumed():
    with scratch() as folder:
        data = os.urandom(5_000_001)
        (folder / "film 1.mkv").write_bytes(data)
        with shared(folder / "film 1.mkv") as (port, hash_, _):
            target = f"/s/{hash_}/film%201.mkv"
            status, headers, body = ask(port, target)
            assert status == 200 and body == data
            assert headers["Content-Type"] == "video/x-matroska" and headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Content-Disposition"].startswith('attachment; filename="film 1.mkv"'), headers
            assert headers["Accept-Ranges"] == "bytes"
            status, headers, body = ask(port, target, "HEAD")
            assert status == 200 and headers["Content-Length"] == str(len(data)) and body == b""
            status, headers, body = ask(port, target, headers={"Range": "bytes=1000000-1000099"})
            assert status == 206 and body == data[1000000:1000100]
            assert headers["Content-Range"] == f"bytes 1000000-1000099/{len(data)}"
            assert ask(port, target, headers={"Range": "bytes=-7"})[2] == data[-7:]
            status, headers, _ = ask(port, target, headers={"Range": "bytes=5000001-"})
            assert status == 416 and headers["Content-Range"] == f"bytes */{len(data)}"
            assert ask(port, target, headers={"Range": "bytes=0-1,5-6"})[0] == 200  # several are the whole
            tag = headers["ETag"]
            assert ask(port, target, headers={"If-None-Match": tag})[0] == 304
            assert ask(port, target, headers={"Range": "bytes=5-", "If-Range": tag})[0] == 206
            for other in ('"other"', "*"):  # it is one tag, not a list
                assert ask(port, target, headers={"Range": "bytes=5-", "If-Range": other})[2] == data
            # cut in the middle, and gone on with by what people have
            (folder / "out").write_bytes(data[:1234567])
            subprocess.run(["curl", "-sS", "--fail", "-C", "-", "-o", folder / "out", f"http://127.0.0.1:{port}{target}"],
                           check=True, timeout=30)
            assert (folder / "out").read_bytes() == data


def test_a_folder_comes_as_zip_and_tar_that_others_read():
    with scratch() as folder:
        top, files = folder_of_files(folder)
        wanted = {f"Fotos/{name}": data for name, data in files.items()}
        with shared(top) as (port, hash_, _):
            status, headers, body = ask(port, f"/s/{hash_}.zip")
            assert status == 200 and headers["Transfer-Encoding"] == "chunked"
            assert 'filename="Fotos.zip"' in headers["Content-Disposition"]
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                assert archive.testzip() is None
                assert {name: archive.read(name) for name in archive.namelist()} == wanted
            (folder / "x.zip").write_bytes(body)
            status, headers, body = ask(port, f"/s/{hash_}.tar")
            with tarfile.open(fileobj=io.BytesIO(body)) as archive:
                assert {one.name: archive.extractfile(one).read() for one in archive.getmembers()} == wanted
            for name, data in files.items():
                assert ask(port, f"/s/{hash_}/Fotos/{urllib.parse.quote(name)}")[2] == data, name
            # where BEP 19 has a client look: below the URL, the name of the torrent, and the path
            page = ask(port, f"/s/{hash_}/")[2].decode()
            for link in re.findall(r'href="(/s/[^"]+)"', page):
                assert ask(port, link, "HEAD")[0] in (200, 302), link
            assert ask(port, f"/s/{hash_}.torrent")[2].startswith(b"d")
            assert b"Fotos" in ask(port, "/s/")[2]
            assert ask(port, "/")[1]["Location"] == "/s/"
            assert ask(port, f"/s/{hash_[:8]}")[1]["Location"] == f"/s/{hash_}/"


def test_nothing_but_the_files_of_a_share_can_be_had():
    with scratch() as folder:
        top, _ = folder_of_files(folder)
        (folder / "secret").write_text("secret")
        with shared(top) as (port, hash_, _):
            for path in ("../secret", "Fotos/../../secret", "%2e%2e/secret", "Fotos/..%2f..%2fsecret", "Fotos/..%5c..%5csecret",
                         "Fotos", "Fotos/", "Fotos/a.jpg%00", "Fotos//a.jpg", "Fotos/a.jpg/", "./Fotos/a.jpg", "%", "a.jpg"):
                status, _, body = ask(port, f"/s/{hash_}/{path}")
                assert status == 404 and b"secret" not in body, path
            assert ask(port, "/s/" + "0" * 40 + "/")[0] == 404
            assert ask(port, "/etc/passwd")[0] == 404
            assert ask(port, "/s/", "POST")[0] == 405
            assert ask(port, "/s/", host="evil.example")[0] == 421  # a page of a stranger that leads here


def test_private_and_unlisted_shares_are_shown_only_where_that_is_asked_for():
    with scratch() as folder:
        (folder / "x.bin").write_bytes(b"x" * 100)
        for words in (["--private", "-t", "http://127.0.0.1:1/announce"], ["--unlisted"]):
            with shared(folder / "x.bin", *words, "--web", "all") as (port, hash_, _):
                assert ask(port, f"/s/{hash_}/x.bin")[2] == b"x" * 100
                assert b"x.bin" not in ask(port, "/s/")[2]
            with background("share", folder / "x.bin", *words, "-4", "--no-dht", "--json", "--network", "p", "--lan-port",
                            free_port()) as process:
                event = event_of(process, "sharing")
                assert event["url"] == "", event
        with background("share", folder / "x.bin", "-4", "--no-dht", "--json", "--web", "off", "--network", "p",
                        "--lan-port", free_port()) as process:
            event = event_of(process, "sharing")
            assert event["url"] == "", event


def test_a_download_gives_what_it_has_in_order_and_waits_for_the_rest():
    with scratch() as folder:
        data = os.urandom(3_000_000)
        (folder / "big.bin").write_bytes(data)
        with shared(folder / "big.bin", "--up-limit", "1M", "--limit-lan") as (_, hash_, seed):
            with background("get", hash_, "-o", folder / "there", *seed.network, "-4", "--no-dht", "--json", "-v") as getting:
                event_of(getting, "metadata")
                status, _, body = ask(page_port_of(getting.process.pid), f"/s/{hash_}/big.bin")
                assert status == 200 and body == data


def test_of_a_download_a_file_that_is_not_wanted_is_not_waited_for():
    with scratch() as folder:
        top, files = folder_of_files(folder)
        with shared(top, "--up-limit", "50k", "--limit-lan") as (_, hash_, seed):
            with background("get", hash_, "--select", "2", "-o", folder / "there", *seed.network, "-4", "--no-dht", "--json",
                            "-v") as getting:
                event_of(getting, "metadata")
                port = page_port_of(getting.process.pid)
                status, _, body = ask(port, f"/s/{hash_}/Fotos/unter/b%20%231.bin")
                assert status == 404 and b"not here now" in body, (status, body)
                assert ask(port, f"/s/{hash_}/")[2].count(b"not here") > 0
                assert ask(port, f"/s/{hash_}/Fotos/a.jpg")[2] == files["a.jpg"]


def test_a_paused_share_says_that_it_is_paused():
    with scratch() as folder:
        world = World(folder)
        (folder / "x.bin").write_bytes(b"x" * 100)
        with shared(folder / "x.bin", env=world.env) as (port, hash_, _):
            expect(world.node("pause", "x.bin"), DONE)
            status, _, page = ask(port, f"/s/{hash_}/")
            assert status == 200 and b"It is paused" in page, (status, page)
            for target in ("/x.bin", ".zip"):
                status, _, page = ask(port, f"/s/{hash_}{target}")
                assert status == 503 and b"This is paused" in page, (status, page)
            assert b"x.bin" not in ask(port, "/s/")[2]
            expect(world.node("resume", "x.bin"), DONE)
            assert ask(port, f"/s/{hash_}/x.bin")[2] == b"x" * 100


def test_what_is_changed_while_it_is_downloaded_is_never_given_as_whole():
    with scratch() as folder:
        data = os.urandom(30_000_000)
        path = folder / "big.bin"
        path.write_bytes(data)
        for name in ("big.bin", ".zip"):
            path.write_bytes(data)
            with shared(path) as (port, hash_, _):
                target = f"/s/{hash_}/big.bin" if name == "big.bin" else f"/s/{hash_}.zip"
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                connection.request("GET", target)
                answer = connection.getresponse()
                got = answer.read(1_000_000)
                with path.open("r+b") as file:  # ahead of what has left
                    file.seek(20_000_000)
                    file.write(b"x" * 1000)
                try:
                    while part := answer.read(1_000_000):
                        got += part
                    whole = answer.length == 0 if name == "big.bin" else True
                except (http.client.IncompleteRead, ConnectionError):
                    whole = False
                connection.close()
                assert not whole, f"{name}: {len(got)} bytes as all of it"
                assert b"x" * 1000 not in got, name
                status, _, body = ask(port, f"/s/{hash_}/big.bin")
                assert status == 404 and b"not here now" in body, (status, body[:200])


def page_port_of(process):
    """Where a node answers browsers, by what the kernel says of its sockets."""
    listing = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    ports = [int(line.split()[3].rsplit(":", 1)[1]) for line in listing.splitlines() if f"pid={process}," in line]
    for port in ports:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if ask(port, "/catalogue.json")[0] == 200:
                return port
    raise AssertionError(f"no page among {ports}")


def test_the_link_names_the_page_as_a_web_seed_where_that_is_asked_for():
    with scratch() as folder:
        top, files = folder_of_files(folder)
        network = ["--network", f"guests-{os.getpid()}-{free_port()}", "--lan-port", free_port(), "-4", "--no-dht", "--link-web"]
        with background("share", top, *network) as process:
            link = urllib.parse.urlsplit(process.line("out").strip())
            seed = urllib.parse.urlsplit(urllib.parse.parse_qs(link.query)["ws"][0])
            for name, data in files.items():  # as BEP 19 has it: name and path behind the URL
                assert ask(seed.port, seed.path + urllib.parse.quote(f"Fotos/{name}"))[2] == data, name
        with background("share", top, *network, "--unlisted") as process:
            assert "ws=" not in process.line("out")
            assert "names no web seed" in process.line("err")
