#!/usr/bin/python3
"""A small HTTP tracker: http_tracker.py PORT. Answers compact and dictionary forms, prints one line per announce."""
import socket
import socketserver
import sys
import urllib.parse
from http.server import BaseHTTPRequestHandler

swarms = {}


def bencode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    return b"d" + b"".join(bencode(key) + bencode(value[key]) for key in sorted(value)) + b"e"


class Announce(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(part.partition("=")[::2] for part in url.query.split("&"))
        info_hash = urllib.parse.unquote_to_bytes(query.get("info_hash", ""))
        if url.path != "/announce" or len(info_hash) != 20:
            return self.answer({"failure reason": "not an announce"})
        address = self.client_address[0].removeprefix("::ffff:")
        me = (address, int(query["port"]))
        swarm = swarms.setdefault(info_hash, {})
        if query.get("event") == "stopped":
            swarm.pop(me, None)
        else:
            swarm[me] = (urllib.parse.unquote_to_bytes(query["peer_id"]), int(query["left"]))
        print("announce", query.get("event", "-"), address, query["port"], "left", query["left"], info_hash.hex(),
              flush=True)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        others = [(peer, *known) for peer, known in swarm.items() if peer != me and (":" in peer[0]) == (":" in address)]
        reply = {"interval": 60, "complete": sum(left == 0 for _, left in swarm.values()),
                 "incomplete": sum(left > 0 for _, left in swarm.values())}
        if query.get("compact") == "0":
            reply["peers"] = [{"ip": ip, "port": port, "peer id": peer_id} for (ip, port), peer_id, _ in others]
        else:
            packed = b"".join(socket.inet_pton(family, ip) + port.to_bytes(2, "big") for (ip, port), _, _ in others)
            reply["peers6" if family == socket.AF_INET6 else "peers"] = packed
        self.answer(reply)

    def answer(self, value):
        body = bencode(value)
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6  # IPv4 as well, mapped
    allow_reuse_address = daemon_threads = True


with Server(("::", int(sys.argv[1])), Announce) as server:
    print("ready", flush=True)
    server.serve_forever()
