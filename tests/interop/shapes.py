"""What datagrams other clients send: the keys and kinds of values of each, and some of each kind to keep."""
import os
import pathlib


def decode(raw, at=0):
    kind = raw[at:at + 1]
    if kind == b"i":
        end = raw.index(b"e", at)
        return int(raw[at + 1:end]), end + 1
    if kind in (b"l", b"d"):
        items, at = [], at + 1
        while raw[at:at + 1] != b"e":
            item, at = decode(raw, at)
            items.append(item)
        return (items if kind == b"l" else dict(zip(items[::2], items[1::2]))), at + 1
    colon = raw.index(b":", at)
    end = colon + 1 + int(raw[at:colon])
    return raw[colon + 1:end], end


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


def keep(lines, clients_at):
    """Writes up to three of each shape of others' datagrams where $BT_DHT_CAPTURE says, if it says so."""
    path = os.environ.get("BT_DHT_CAPTURE")
    if not path:
        return
    with pathlib.Path(path).open("w") as out:
        for (client, shape), texts in sorted(of(lines, clients_at).items()):
            out.write(f"# {client} {len(texts)} {shape}\n")
            for text in sorted(set(texts[:1] + texts[len(texts) // 2:][:1] + texts[-1:])):
                out.write(text + "\n")
