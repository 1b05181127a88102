"""Makes the C++ file that holds the node's page: OUTPUT, then each file of it as PATH=FILE.

Lines that are comments, and what stands in front of a line, are left out. Each file is compressed once, here."""
import gzip
import hashlib
import pathlib
import re
import sys

TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


def shortened(text):
    text = re.sub(r"^/\*.*?\*/\n?", "", text, flags=re.M | re.S)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not re.match(r"///? ", line)) + "\n"


def literal(raw):
    """A C++ string: no digit may follow an octal escape that is not three long."""
    return "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in raw)


def main(output, *files):
    rows, total = [], 0
    for each in files:
        path, name = each.split("=", 1)
        file = pathlib.Path(name)
        text = file.read_text()
        raw = (text if "vendor" in file.parts else shortened(text)).encode()
        total += len(raw)
        packed = gzip.compress(raw, 9, mtime=0)
        tag = hashlib.sha256(raw).hexdigest()[:16]
        rows.append(f'    {{"{path}", "{TYPES[file.suffix]}", "\\"{tag}\\"", {{"{literal(packed)}", {len(packed)}}}}},')
    pathlib.Path(output).write_text(
        f"// Made by the build from web/ ({total} bytes).\n#include \"app/daemon/page_assets.hpp\"\n\n"
        "namespace bt::app {\nnamespace {\n\nconstexpr page_asset all[] = {\n" + "\n".join(rows) +
        "\n};\n\n}  // namespace\n\nstd::span<const page_asset> page_assets() { return all; }\n\n}  // namespace bt::app\n")


main(*sys.argv[1:])
