"""A .torrent by https: which certificates are taken and which are not, and what the refusal says."""
import contextlib
import http.server
import shutil
import ssl
import subprocess
import threading

from cases import Skip
from exits import DONE, NETWORK
from program import OFFLINE, clean_environment, expect, node, scratch

DAY_PAST = "-1"


class Authority:
    """Makes certificates with the openssl program."""

    def __init__(self, folder, name):
        if shutil.which("openssl") is None:
            raise Skip("openssl is not installed")
        self.folder, self.name = folder, name
        self.bundle = folder / f"{name}.pem"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                  "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", self.bundle)

    @staticmethod
    def _run(*words):
        done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def certificate(self, name, *alternatives, days="2"):
        """A server's, for these alternative names: the files of certificate and key."""
        request, key, made = (self.folder / f"{name}.{part}" for part in ("csr", "key", "crt"))
        extension = self.folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={','.join(alternatives)}\nbasicConstraints=CA:FALSE\n")
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=a server",
                  "-keyout", key, "-out", request)
        self._run("x509", "-req", "-in", request, "-CA", self.bundle, "-CAkey", self.folder / f"{self.name}.key",
                  "-CAcreateserial", "-days", days, "-extfile", extension, "-out", made)
        return made, key

    def self_signed(self, name, *alternatives):
        key, made = self.folder / f"{name}.key", self.folder / f"{name}.crt"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                  "-subj", "/CN=localhost", "-addext", f"subjectAltName={','.join(alternatives)}",
                  "-keyout", key, "-out", made)
        return made, key


@contextlib.contextmanager
def https_server(files, body):
    """Serves `body` to whoever asks, on loopback; gives its port and the paths asked for."""
    asked = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_):  # a client that breaks off is what is tested here
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    server = Server(("127.0.0.1", 0), Answer)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def torrent():
    """A folder, and the bytes of a .torrent whose content is there already: `get` has nothing left to do."""
    with scratch() as folder:
        (folder / "out").mkdir()
        (folder / "out" / "x.bin").write_bytes(b"content" * 1000)
        expect(node("create", "-o", folder / "x.torrent", folder / "out" / "x.bin"), DONE)
        yield folder, (folder / "x.torrent").read_bytes()


def get(folder, port, bundle, host="localhost"):
    environment = clean_environment(SSL_CERT_FILE=str(bundle)) if bundle else clean_environment()
    return node("get", *OFFLINE, "--seed", "no", "-o", folder / "out", f"https://{host}:{port}/secret/x.torrent",
                env=environment)


def refused(says, make, host="localhost", trust=True):
    with torrent() as (folder, body):
        ours = Authority(folder, "ours")
        with https_server(make(folder, ours), body) as (port, asked):
            done = expect(get(folder, port, ours.bundle if trust else None, host), NETWORK, f"{host}:{port}", says)
            assert not asked, "the request was sent"
            assert "secret" not in done.err, done


def test_a_certificate_of_a_trusted_authority_for_the_host_is_taken():
    with torrent() as (folder, body):
        ours = Authority(folder, "ours")
        with https_server(ours.certificate("good", "DNS:localhost"), body) as (port, asked):
            expect(get(folder, port, ours.bundle), DONE)
            assert asked == ["/secret/x.torrent"], asked
        with https_server(ours.certificate("address", "IP:127.0.0.1"), body) as (port, _):
            expect(get(folder, port, ours.bundle, "127.0.0.1"), DONE)


def test_an_expired_certificate_is_refused():
    refused("expired", lambda _, ours: ours.certificate("old", "DNS:localhost", days=DAY_PAST))


def test_a_self_signed_certificate_is_refused():
    refused("self-signed certificate", lambda folder, ours: ours.self_signed("alone", "DNS:localhost"))


def test_a_certificate_for_another_host_is_refused():
    refused("host name", lambda _, ours: ours.certificate("other", "DNS:other.test"))


def test_a_certificate_of_an_unknown_authority_is_refused():
    refused("issuer certificate",
            lambda folder, _: Authority(folder, "theirs").certificate("good", "DNS:localhost"))


def test_an_address_that_is_not_in_the_certificate_is_refused():
    refused("host name", lambda _, ours: ours.certificate("good", "DNS:localhost"), host="127.0.0.1")


def test_without_the_variable_the_systems_authorities_count():
    refused("issuer certificate", lambda _, ours: ours.certificate("good", "DNS:localhost"), trust=False)
