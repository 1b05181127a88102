"""Bencode read without our own code: what our program and others put on the wire."""


def decode(raw, at=0):
    """The value that begins there, and where it ends."""
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
