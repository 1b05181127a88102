"""The rules of the source tree. Each is a function from a tree, {path: text}, to findings "path:line: what".

Which room may use which is docs/architecture.md; the tables here are its machine-readable form.
"""
import re

# room: the rooms it may include, itself aside
ROOMS = {
    "base": set(),
    "crypto": {"base"},
    "torrent": {"base", "crypto"},
    "wire": {"base", "crypto", "torrent"},
    "swarm": {"base", "torrent", "wire"},
    "dht": {"base", "crypto"},
    "discovery": {"base", "crypto"},
    "markup": {"base", "torrent"},
    "tracker": {"base", "crypto", "torrent", "markup"},
    "guest": {"base", "torrent", "markup"},
    "node": {"base", "crypto", "torrent", "wire", "swarm", "dht", "discovery", "tracker"},
    "session": {"base", "crypto", "torrent", "wire", "swarm", "dht", "discovery", "tracker", "node"},
    "rpc": {"base", "torrent", "session"},
    "storage": {"base", "crypto", "torrent"},
    "net": {"base"},
    "app": {"base", "crypto", "torrent", "wire", "swarm", "dht", "discovery", "markup", "tracker", "guest", "node",
            "session", "rpc", "storage", "net"},
    "cli": {"app", "session", "base", "torrent", "markup"},  # base and torrent are what app's headers hand on
}
# room: its sub-folders, each with those it may include; "" is what lies in the room itself
FOLDERS = {
    "tracker": {"": set(), "client": {""}, "page": set(), "server": {"", "page"}},
    "app": {
        "files": set(),
        "": {"files"},
        "sockets": set(),
        "control": {""},
        "lan": {"", "sockets"},
        "dht": {"", "files", "sockets", "control", "lan"},
        "doctor": {"", "files", "sockets", "lan", "dht"},
        "tracker": {"", "files", "sockets", "lan"},
        "guests": {"", "lan"},
        "session": {"", "files", "sockets", "control", "lan", "dht", "guests"},
        "watch": {"", "files"},
        "daemon": {"", "files", "sockets", "control", "lan", "dht", "doctor", "guests", "session", "watch"},
    },
    "cli": {
        "": set(),
        "json": {""},
        "display": {"", "json"},
        "arguments": {"", "display"},
        "commands": {"", "json", "display", "arguments"},
    },
}
COMPOSES = {"src/cli/main.cpp"}  # the program itself may include every folder of its room
# Rooms without files, sockets, threads, clock or luck.
PURE = {"base", "crypto", "torrent", "wire", "swarm", "dht", "discovery", "markup", "tracker", "guest", "node", "session",
        "rpc"}
# Rooms that are values with inputs and pulled outputs: no callbacks, no shared ownership either.
CORES = {"wire", "swarm", "dht", "discovery", "tracker", "node", "session"}

# library header: the files that may name it
LIBRARIES = [
    (r"uv\.h|uv/", r"src/net/"),
    (r"curl/", r"src/net/"),
    (r"mbedtls/", r"src/crypto/"),
    (r"cereal/", r"src/storage/state"),
    (r"editline/", r"src/cli/line_editor\.cpp$"),
    (r"qrencode\.h", r"src/markup/qr\.cpp$"),
    (r"archive", r"src/guest/archive\.cpp$"),
    (r"tl/expected", r"src/base/result\.hpp$"),
    (r"(fmt|CLI|nlohmann|boost)/", r".*\.cpp$"),
]
# Header-only libraries that cost seconds of every compilation: one .cpp each.
HEAVY = [r"boost/beast", r"CLI/", r"nlohmann/"]

IMPURE_HEADERS = re.compile(
    r"thread|jthread|stop_token|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|"
    r"fstream|iostream|ostream|istream|filesystem|random|cstdio|stdio\.h|ctime|time\.h|csignal|signal\.h|"
    r"unistd\.h|fcntl\.h|poll\.h|netdb\.h|ifaddrs\.h|dirent\.h|sys/.*|net/.*|netinet/.*|arpa/.*|linux/.*")
# What is included for something else: an assertion's last words, which instructions there are.
NO_IO = {("src/base/assert.hpp", "cstdio"), ("src/crypto/kernels.cpp", "sys/auxv.h")}
IMPURE_CALLS = re.compile(
    r"\b(?:system|steady|high_resolution|utc|file|tai|gps)_clock\b|\brandom_device\b|\bgetenv\s*\(|\bs?rand\s*\(\s*\)|"
    r"\bclock_gettime\b|\bgettimeofday\b|\bgetrandom\s*\(|\bthis_thread\b|"
    r"(?<![\w.>:])(?:std::|::)?time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\)")
# A question that is answered during the call may be passed by const reference; nothing may be kept to call later.
NOT_IN_CORES = re.compile(r"(?<!const )\bstd::function\b|\b(?:std::)?(?:shared|weak)_ptr\b")
UNSAFE_CALLS = re.compile(
    r"(?<![\w.>])(?:std::|::)?(?:system|popen|v?sprintf|strcpy|strcat|gets|tmpnam|mktemp|alloca|strtok)\s*\(")
RAW_MEMORY = re.compile(r"\bnew\s+[\w:(]|\bnew\s*\(|\bdelete\s*(?:\[\s*\])?\s+?[\w:*(]|\bdelete\s*\[|"
                        r"(?<![\w.>])(?:std::)?(?:malloc|calloc|realloc|free)\s*\(")
RAW_MEMORY_ALLOWED = ("src/net/",)  # libuv keeps a handle until its close callback, beyond any owner's scope
VAGUE_NAMES = re.compile(r"(?:\b|_)(?:managers?|helpers?|utils?)(?:\b|_)", re.I)
MACHINE_PATHS = re.compile(r"/(?:work|root|tmp)/(?!btnode)")
LONGEST = 600

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def code_only(text):
    """The text with comments and the insides of literals blanked out; lines stay where they are."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'
        r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)
    return token.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def _line(text, at):
    return text.count("\n", 0, at) + 1


def _matches(path, text, pattern, what):
    return [f"{path}:{_line(text, m.start())}: {what}: {m[0].strip()}" for m in pattern.finditer(text)]


def room_of(path):
    match = re.match(r"src/(\w+)/", path)
    return match[1] if match else None


def folder_of(path):
    """The sub-folder of its room that a file lies in, or "": "src/app/lan/lan_page.hpp" -> "lan"."""
    parts = path.split("/")
    return "/".join(parts[2:-1])


def _sources(tree, rooms=None):
    for path, text in sorted(tree.items()):
        if path.startswith("src/") and path.endswith((".hpp", ".cpp")) and (rooms is None or room_of(path) in rooms):
            yield path, text


def includes(path, text):
    """(line, '<' or '"', name) of every include."""
    return [(_line(text, m.start()), m[1], m[2]) for m in INCLUDE.finditer(text)]


def arrows(tree):
    """Includes point only to rooms listed in ROOMS."""
    found = []
    for path, text in _sources(tree):
        room = room_of(path)
        if room not in ROOMS:
            found.append(f"{path}:1: '{room}' is no room")
            continue
        for line, kind, name in includes(path, text):
            if kind == '"' and name != "btnode_config.hpp":
                target = name.split("/")[0]
                if target not in ROOMS or f"src/{name}" not in tree:
                    found.append(f"{path}:{line}: \"{name}\" is not a file of a room")
                elif target != room and target not in ROOMS[room]:
                    found.append(f"{path}:{line}: {room} may not include {target}: {name}")
    return found


def folders(tree):
    """Within a room, includes point only to sub-folders listed in FOLDERS, and no two of these may use each other."""
    found = []
    for room, allowed in FOLDERS.items():
        for folder, name in _circles(allowed):
            found.append(f"tests/tidy/rules.py:1: {room}: {folder or 'the top'} and {name or 'the top'} use each other")
    for path, text in _sources(tree):
        room, folder = room_of(path), folder_of(path)
        allowed = FOLDERS.get(room, {"": set()})
        if folder not in allowed:
            found.append(f"{path}:1: '{folder}' is no folder of {room}")
            continue
        for line, kind, name in includes(path, text):
            target = folder_of(f"src/{name}")
            if kind == '"' and name.startswith(f"{room}/") and path not in COMPOSES:
                if target != folder and target not in allowed[folder]:
                    found.append(f"{path}:{line}: {folder or 'the top of ' + room} may not include {name}")
    return found


def _circles(allowed):
    """Pairs of folders of which each reaches the other."""
    reached = {folder: set(others) for folder, others in allowed.items()}
    for _ in reached:
        for others in reached.values():
            others |= {far for near in others for far in reached.get(near, ())}
    return sorted((a, b) for a in reached for b in reached[a] if a <= b and a in reached.get(b, ()))


# What of the standard library comes by which of its headers; the names that most of the others bring along are not told.
STANDARD = {
    "algorithm": "sort stable_sort find find_if any_of all_of none_of copy copy_n fill min_element max_element clamp count_if "
                 "remove_if reverse rotate lower_bound upper_bound equal_range search transform unique partition nth_element",
    "array": "array", "atomic": "atomic", "bit": "bit_width bit_ceil popcount countr_zero countl_zero bit_cast endian",
    "charconv": "from_chars to_chars", "chrono": "chrono", "condition_variable": "condition_variable", "deque": "deque",
    "filesystem": "filesystem", "fstream": "ifstream ofstream", "functional": "function", "future": "future promise",
    "iomanip": "setw setprecision setfill", "iostream": "cout cerr cin", "limits": "numeric_limits", "list": "list",
    "map": "map multimap", "memory": "unique_ptr shared_ptr weak_ptr make_unique make_shared enable_shared_from_this",
    "mutex": "mutex lock_guard unique_lock scoped_lock", "numeric": "accumulate iota", "optional": "optional nullopt",
    "queue": "queue priority_queue", "random": "random_device mt19937", "set": "set multiset", "shared_mutex": "shared_mutex shared_lock",
    "span": "span", "sstream": "ostringstream istringstream stringstream", "string": "string to_string stoul",
    "string_view": "string_view", "thread": "thread", "tuple": "tuple tie", "unordered_map": "unordered_map",
    "unordered_set": "unordered_set", "utility": "exchange", "variant": "variant visit get_if holds_alternative monostate",
    "vector": "vector",
}
BROUGHT_BY = {"string_view": {"string"}}


def closure(tree, path):
    """The files of the tree that one pulls in, itself included."""
    seen, todo = set(), [path]
    while todo:
        current = todo.pop()
        if current in tree and current not in seen:
            seen.add(current)
            todo += [f"src/{name}" for _, kind, name in includes(current, tree[current]) if kind == '"']
    return sorted(seen)


def standard_headers(tree):
    """What a file names of the standard library, it or what it includes of the tree includes."""
    owner = {name: header for header, names in STANDARD.items() for name in names.split()}
    found = []
    own = {path: {name for _, kind, name in includes(path, text) if kind == "<"} for path, text in _sources(tree)}
    for path, text in _sources(tree):
        has = None
        for name in sorted(set(re.findall(r"\bstd::(\w+)", code_only(text)))):
            header = owner.get(name)
            if header is None or header in own[path]:
                continue
            has = has if has is not None else set().union(*(own.get(each, set()) for each in closure(tree, path)))
            if not has & ({header} | BROUGHT_BY.get(header, set())):
                found.append(f"{path}:1: names std::{name} and includes no <{header}>")
    return found


def private_headers(tree):
    """A header that calls itself private is included by its own room alone."""
    private = {path for path, text in _sources(tree) if "Private to this room" in text and path.endswith(".hpp")}
    return [f"{path}:{line}: {name} is private to {room_of('src/' + name)}" for path, text in _sources(tree)
            for line, _, name in includes(path, text)
            if f"src/{name}" in private and room_of(f"src/{name}") != room_of(path)]


def links(tree):
    """A room's library names only the rooms it may use."""
    found = []
    for path, text in sorted(tree.items()):
        match = re.fullmatch(r"src/(\w+)/meson\.build", path)
        if match and match[1] in ROOMS:
            names = set(re.findall(r"\w+", " ".join(re.findall(r"dependencies\s*:\s*(\[[^\]]*\]|\w+)", text))))
            for name in sorted(names & set(ROOMS) - ROOMS[match[1]] - {match[1]}):
                found.append(f"{path}:1: {match[1]} may not link {name}")
    return found


def libraries(tree):
    """A library is named only where it belongs; the heavy ones in a single .cpp."""
    found = []
    users = {heavy: [] for heavy in HEAVY}
    for path, text in _sources(tree):
        for line, kind, name in includes(path, text):
            for library, allowed in LIBRARIES:
                if kind == "<" and re.match(library, name) and not re.match(allowed, path):
                    found.append(f"{path}:{line}: <{name}> does not belong here")
            for heavy in HEAVY:
                if kind == "<" and re.match(heavy, name) and path not in users[heavy]:
                    users[heavy].append(path)
    for heavy, paths in users.items():
        if len(paths) > 1:
            found.append(f"{paths[1]}:1: {heavy} is already the business of {paths[0]}")
    return found


def purity(tree):
    """Rooms of PURE have no I/O, no clock, no luck, no threads; CORES no callbacks and no shared ownership."""
    found = []
    for path, text in _sources(tree, PURE):
        for line, kind, name in includes(path, text):
            if kind == "<" and IMPURE_HEADERS.fullmatch(name) and (path, name) not in NO_IO:
                found.append(f"{path}:{line}: a room without I/O, clock and threads includes <{name}>")
        code = code_only(text)
        found += _matches(path, code, IMPURE_CALLS, "a room without clock and luck uses")
        if room_of(path) in CORES:
            found += _matches(path, code, NOT_IN_CORES, "a core uses")
    return found


def unsafe_calls(tree):
    return [f for path, text in _sources(tree) for f in _matches(path, code_only(text), UNSAFE_CALLS, "unsafe call")]


def raw_memory(tree):
    found = []
    for path, text in _sources(tree):
        if not path.startswith(RAW_MEMORY_ALLOWED):
            # What a C library allocated is freed by a unique_ptr's deleter: one line, operator() around free().
            code = re.sub(r"=\s*delete\b|\boperator\s+(?:new|delete)\b|\boperator\(\).*\bfree\(\w+\);", " ",
                          code_only(text))
            found += _matches(path, code, RAW_MEMORY, "memory without an owner")
    return found


def dead_files(tree):
    """Every .cpp is built, every header of src is included by somebody else there."""
    found = []
    for path in sorted(tree):
        folder, _, name = path.rpartition("/")
        if re.match(r"(src|tests|bench|fuzz)/", path) and name.endswith(".cpp"):
            built = False
            place = folder
            while True:  # the nearest meson.build upwards that names it
                build = tree.get(f"{place}/meson.build" if place else "meson.build", "")
                if f"'{path.removeprefix(place).lstrip('/')}'" in build:
                    built = True
                if built or not place:
                    break
                place = place.rpartition("/")[0]
            if not built:
                found.append(f"{path}:1: no meson.build names it")
    included = {}
    for path, text in _sources(tree):
        for _, kind, name in includes(path, text):
            if kind == '"':
                included.setdefault(f"src/{name}", set()).add(path)
    for path, _ in _sources(tree):
        if path.endswith(".hpp") and not included.get(path, set()) - {path}:
            found.append(f"{path}:1: nobody includes it")
    return found


def once(tree):
    return [f"{path}:1: no #pragma once" for path, text in sorted(tree.items())
            if path.endswith(".hpp") and not re.search(r"^#pragma once$", text, re.M)]


def vague_names(tree):
    """The field has words for things."""
    found = []
    for path, text in sorted(tree.items()):
        if VAGUE_NAMES.search(path.rpartition("/")[2]):
            found.append(f"{path}:1: a file name that says nothing")
    for path, text in _sources(tree):
        found += _matches(path, code_only(INCLUDE.sub("", text)), VAGUE_NAMES, "a name that says nothing")
    return found


def machine_paths(tree):
    """Nothing depends on where one machine keeps things."""
    return [f for path, text in sorted(tree.items())
            for f in _matches(path, text, MACHINE_PATHS, "a path of one machine")]


def length(tree):
    return [f"{path}:1: {text.count(chr(10))} lines, at most {LONGEST}" for path, text in sorted(tree.items())
            if path.endswith((".hpp", ".cpp", ".py")) and text.count("\n") > LONGEST]
