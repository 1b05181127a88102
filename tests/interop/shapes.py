"""What datagrams other clients send: the keys and kinds of values of each, and some of each kind to keep.

BT_DHT_CAPTURE=FILE tests/interop/run.py -k dht.everybody    writes them; they are in tests/unit/dht/captured.txt
"""
import os
import pathlib
import socket

from bencode import decode


def keys(value, name=""):
    """The keys of a message; of values only what matters to a reader."""
    if isinstance(value, dict):
        return "{" + " ".join(key.decode() + keys(inner, key.decode()) for key, inner in value.items()) + "}"
    if name == "y" or name == "q":
        return "=" + value.decode()
    if name == "t":
        return f"({len(value)})"
    if isinstance(value, list):
        sizes = {len(inner) if isinstance(inner, bytes) else "i" for inner in value}
        return "[" + " ".join(map(str, sorted(sizes, key=str))) + "]"
    if name in ("nodes", "nodes6"):
        return "" if value else "(none)"
    if name in ("token", "v", "ip"):
        return f"({len(value)})"
    return ""


def of(lines, clients_at):
    """{(client, shape): [datagrams]}"""
    found = {}
    for line in lines[1:]:
        _, source, _, text = line.split()
        raw = bytes.fromhex(text)
        try:
            value, end = decode(raw)
            if end != len(raw):
                raise ValueError("more behind it")
            shape = keys(value)
        except (ValueError, IndexError, AttributeError, UnicodeDecodeError) as trouble:
            shape = f"unreadable: {trouble}"
        found.setdefault((clients_at.get(source.partition(":")[0], "?"), shape), []).append(text)
    return found


def line_of(client, text):
    """CLIENT KIND NODES PEERS TOKEN-LENGTH EXTERNAL HEX, as tests/unit/dht/captured.txt has them."""
    value, _ = decode(bytes.fromhex(text))
    body = value.get(b"a") or value.get(b"r") or {}
    kind = value[b"q"].decode() if value[b"y"] == b"q" else {b"r": "answer", b"e": "error"}[value[b"y"]]
    ip = value.get(b"ip", b"")
    external = f"{socket.inet_ntoa(ip[:4])}:{int.from_bytes(ip[4:], 'big')}" if len(ip) == 6 else "-"
    return (f"{client} {kind} {len(body.get(b'nodes', b'')) // 26} {len(body.get(b'values', []))} "
            f"{len(body.get(b'token', b''))} {external} {text}")


def keep(lines, clients_at):
    """Writes the shortest and the longest of each shape of others' datagrams where $BT_DHT_CAPTURE says, if it does."""
    path = os.environ.get("BT_DHT_CAPTURE")
    if not path:
        return
    with pathlib.Path(path).open("w") as out:
        for (client, shape), texts in sorted(of(lines, clients_at).items()):
            if client not in ("ours", "?") and not shape.startswith("unreadable"):
                for text in sorted({min(texts, key=len), max(texts, key=len)}, key=len):
                    out.write(line_of(client, text) + "\n")
