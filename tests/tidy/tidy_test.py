"""Checks the tree against rules.py, and each rule against code that breaks it."""
import concurrent.futures
import hashlib
import os
import pathlib
import shutil
import subprocess

import rules
from cases import Skip, limit, note

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (".hpp", ".cpp", ".py", ".sh", ".md", ".build", ".txt", ".in", ".wrap", ".js", ".css", ".html", ".yaml", ".toml")


def read_tree():
    """The files git tracks, and new ones it does not ignore, that are text of the project."""
    listed = subprocess.run(["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached",
                             "--others", "--exclude-standard"], capture_output=True)
    if listed.returncode == 0:
        paths = [p for p in os.fsdecode(listed.stdout).split("\0") if p]
    else:  # an unpacked archive
        paths = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")
                 if p.is_file() and not str(p.relative_to(ROOT)).startswith(("build", ".git/"))]
    tree = {}
    for path in paths:
        file = ROOT / path
        if file.is_file() and not file.is_symlink():
            if path.endswith(TEXT) or path.startswith((".ci/", "scripts/")) or path in ("meson_options.txt",):
                tree[path] = file.read_text(errors="replace")
    return tree


TREE = read_tree()


def check(rule, tree=None):
    found = rule(TREE if tree is None else tree)
    assert not found, f"{len(found)} findings\n" + "\n".join(found[:40])


def breaks(rule, files, *places):
    """The rule finds exactly these places in a made-up tree."""
    found = [":".join(finding.split(":")[:2]) for finding in rule(files)]
    assert sorted(found) == sorted(places), f"found {rule(files)}, expected {places}"


def test_rooms_include_only_rooms_they_may_use():
    check(rules.arrows)


def test_folders_of_a_room_include_only_folders_they_may_use():
    check(rules.folders)


def test_private_headers_stay_in_their_room():
    check(rules.private_headers)


def test_rooms_link_only_rooms_they_may_use():
    check(rules.links)


def test_libraries_are_named_only_where_they_belong():
    check(rules.libraries)


def test_cores_have_no_io_no_clock_no_luck():
    check(rules.purity)


def test_nothing_calls_a_shell_or_an_unbounded_copy():
    check(rules.unsafe_calls)


def test_memory_has_owners():
    check(rules.raw_memory)


def test_what_is_named_of_the_standard_library_is_included():
    check(rules.standard_headers)


def test_no_file_is_dead():
    check(rules.dead_files)


def test_headers_are_read_once():
    check(rules.once)


def test_names_say_something():
    check(rules.vague_names)


def test_no_path_of_one_machine():
    check(rules.machine_paths)


def test_files_are_about_one_thing():
    check(rules.length)


# --- each rule can fail

def test_rule_arrows_can_fail():
    headers = {f"src/{room}/a.hpp": "" for room in ("base", "torrent", "swarm", "net")}
    breaks(rules.arrows, {**headers, "src/torrent/x.cpp": '#include "torrent/a.hpp"\n#include "base/a.hpp"\n'
                          '#include "swarm/a.hpp"\n#include "a.hpp"\n#include "base/none.hpp"\n'},
           "src/torrent/x.cpp:3", "src/torrent/x.cpp:4", "src/torrent/x.cpp:5")
    breaks(rules.arrows, {**headers, "src/cellar/x.cpp": ""}, "src/cellar/x.cpp:1")


def test_rule_folders_can_fail():
    breaks(rules.folders, {"src/app/lan/x.cpp": '#include "app/sockets/a.hpp"\n#include "app/session/a.hpp"\n',
                           "src/app/files/x.hpp": '#include "app/session.hpp"\n', "src/app/attic/x.cpp": "",
                           "src/dht/deep/x.cpp": "", "src/cli/main.cpp": '#include "cli/commands/get.hpp"\n',
                           "src/cli/json/x.cpp": '#include "cli/display/a.hpp"\n#include "app/lan/a.hpp"\n'},
           "src/app/lan/x.cpp:2", "src/app/files/x.hpp:1", "src/app/attic/x.cpp:1", "src/dht/deep/x.cpp:1",
           "src/cli/json/x.cpp:1")
    assert rules._circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}), "a circle of three is not seen"


def test_rule_standard_headers_can_fail():
    breaks(rules.standard_headers,
           {"src/base/a.hpp": "#include <map>\nstd::map<int, int> a;", "src/base/b.cpp": '#include "base/a.hpp"\nstd::map<int, int> b;',
            "src/base/c.cpp": "std::optional<int> c; // std::set\nstd::move(c);",
            "src/base/d.cpp": "#include <string>\nstd::string_view d;"}, "src/base/c.cpp:1")


def test_rule_private_headers_can_fail():
    breaks(rules.private_headers, {"src/net/a.hpp": "// Bytes. Private to this room.\n", "src/net/a.cpp": '#include "net/a.hpp"\n',
                                   "src/app/a.cpp": '#include "net/a.hpp"\n'}, "src/app/a.cpp:1")


def test_rule_links_can_fail():
    breaks(rules.links, {"src/wire/meson.build": "x = static_library('wire', 'a.cpp', dependencies: [base, torrent])\n"})
    breaks(rules.links, {"src/wire/meson.build": "x = static_library('wire', 'a.cpp',\n  dependencies: [base, net])\n"},
           "src/wire/meson.build:1")


def test_rule_libraries_can_fail():
    breaks(rules.libraries, {"src/net/a.cpp": "#include <uv.h>\n#include <curl/curl.h>\n",
                             "src/app/a.cpp": "#include <vector>\n#include <uv.h>\n",
                             "src/net/b.cpp": "#include <mbedtls/md.h>\n",
                             "src/storage/state_file.cpp": "#include <cereal/cereal.hpp>\n",
                             "src/storage/disk.cpp": "#include <cereal/cereal.hpp>\n",
                             "src/app/a.hpp": "#include <fmt/format.h>\n"},
           "src/app/a.cpp:2", "src/net/b.cpp:1", "src/storage/disk.cpp:1", "src/app/a.hpp:1")
    breaks(rules.libraries, {"src/cli/a.cpp": "#include <CLI/CLI.hpp>\n", "src/cli/b.cpp": "#include <CLI/CLI.hpp>\n"},
           "src/cli/b.cpp:1")


def test_rule_purity_can_fail():
    for line in ("#include <thread>", "#include <fstream>", "#include <sys/socket.h>", "#include <random>",
                 "auto t = std::chrono::steady_clock::now();", "auto t = time(nullptr);", "int x = rand();",
                 "const char* home = getenv(\"HOME\");"):
        breaks(rules.purity, {"src/torrent/a.cpp": f"\n{line}\n"}, "src/torrent/a.cpp:2")
        breaks(rules.purity, {"src/net/a.cpp": f"\n{line}\n"})
    breaks(rules.purity, {"src/swarm/a.hpp": "int f(const std::function<bool(int)>& asked);\n"})
    breaks(rules.purity, {"src/swarm/a.hpp": "std::function<void()> f;\nstd::shared_ptr<int> p;\n"},
           "src/swarm/a.hpp:1", "src/swarm/a.hpp:2")
    breaks(rules.purity, {"src/wire/a.cpp": "// no steady_clock here\nf(\"rand()\"); x.time(0); round_time(0);\n"})


def test_rule_unsafe_calls_can_fail():
    for call in ("system(cmd)", "std::system(cmd)", "popen(cmd, \"r\")", "sprintf(b, f)", "strcpy(a, b)"):
        breaks(rules.unsafe_calls, {"src/app/a.cpp": f"int x = {call};\n"}, "src/app/a.cpp:1")
    breaks(rules.unsafe_calls, {"src/app/a.cpp": "snprintf(b, n, f); file_system(x); // system(cmd)\n"})


def test_rule_raw_memory_can_fail():
    for line in ("int* p = new int(3);", "delete p;", "delete[] p;", "void* p = malloc(3);", "free(p);"):
        breaks(rules.raw_memory, {"src/app/a.cpp": line + "\n"}, "src/app/a.cpp:1")
    breaks(rules.raw_memory, {"src/app/a.cpp": "void operator()(char* p) const { std::free(p); }\na(const a&) = delete;  // a new piece\nbool new_peer = x.free_slots();\n",
                              "src/net/a.cpp": "auto* h = new handle;\n"})


def test_rule_dead_files_can_fail():
    files = {"src/base/meson.build": "static_library('base', 'a.cpp')\n", "src/base/a.cpp": '#include "base/a.hpp"\n',
             "src/base/a.hpp": ""}
    breaks(rules.dead_files, files)
    breaks(rules.dead_files, {**files, "src/base/b.cpp": "", "src/base/b.hpp": '#include "base/b.hpp"\n'},
           "src/base/b.cpp:1", "src/base/b.hpp:1")
    breaks(rules.dead_files, {"meson.build": "executable('node', 'src/cli/main.cpp')\n", "src/cli/main.cpp": ""})


def test_rule_once_can_fail():
    breaks(rules.once, {"src/base/a.hpp": "int x;\n", "src/base/b.hpp": "#pragma once\n"}, "src/base/a.hpp:1")


def test_rule_vague_names_can_fail():
    breaks(rules.vague_names, {"src/base/string_util.hpp": "", "src/base/a.hpp": "\nclass peer_manager;\n"},
           "src/base/string_util.hpp:1", "src/base/a.hpp:2")
    breaks(rules.vague_names, {"src/base/a.hpp": "#include <utility>\nutilisation u; // a helper\n"})


def test_rule_machine_paths_can_fail():
    for place in ("work", "root", "tmp"):
        breaks(rules.machine_paths, {"docs/a.md": "\nin " + "/".join(("", place, "x")) + "\n"}, "docs/a.md:2")
    breaks(rules.machine_paths, {"docs/a.md": "/".join(("", "tmp", "btnode-1000")) + " network/root\n"})


def test_rule_length_can_fail():
    breaks(rules.length, {"src/base/a.cpp": "\n" * 601, "src/base/b.cpp": "\n" * 600}, "src/base/a.cpp:1")


# --- what only a tool can tell

def compiles_alone(compiler, flags, header):
    """Twice, so that a missing #pragma once shows as well."""
    return subprocess.run([*compiler, *flags, "-"], input=f'#include "{header}"\n#include "{header}"\n', text=True,
                          capture_output=True, cwd=ROOT)


@limit(600)
def test_every_header_compiles_alone():
    build = ROOT / "build"
    if not (build / "btnode_config.hpp").exists():
        raise Skip("build/ is not configured")
    compiler = (os.environ.get("CXX") or "g++").split()
    common = ["-std=c++20", "-D_GNU_SOURCE", "-Isrc", f"-I{build}"]
    version = subprocess.run([*compiler, "--version"], capture_output=True, text=True).stdout + " ".join(common)
    cache = build / "headers-alone"  # an empty file for each that did, named by all it depends on
    cache.mkdir(exist_ok=True)
    todo = {}
    for path in sorted(TREE):
        if path.startswith("src/") and path.endswith(".hpp"):
            parts = [version] + [f"{name}\0{TREE[name]}" for name in rules.closure(TREE, path)]
            mark = cache / hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()
            if not mark.exists():
                todo[path] = mark

    # read once for all: that each includes what it names of these is another rule
    standard = cache / "standard.hpp"
    standard.write_text("".join(f"#include <{name}>\n" for name in sorted(rules.STANDARD)))
    if todo:
        subprocess.run([*compiler, *common, "-x", "c++-header", standard, "-o", f"{standard}.gch"], cwd=ROOT, check=True)
    flags = [*common, "-fsyntax-only", "-include", str(standard), "-x", "c++"]

    def attempt(item):
        path, mark = item
        done = compiles_alone(compiler, flags, path.removeprefix("src/"))
        if done.returncode == 0:
            mark.touch()
            return None
        return f"{path}: {done.stderr.splitlines()[0] if done.stderr else 'does not compile'}"

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = [finding for finding in pool.map(attempt, todo.items()) if finding]
    note(f"{len(todo)} headers compiled, the others known to be good")
    assert not found, "\n".join(found)
    assert compiles_alone(compiler, flags, "no/such.hpp").returncode != 0


@limit(300)
def test_sources_are_formatted():
    tool = shutil.which("clang-format-14")
    if not tool:
        raise Skip("clang-format-14 is not installed")
    sources = [path for path in sorted(TREE) if path.endswith((".hpp", ".cpp"))]
    done = subprocess.run([tool, "--dry-run", "-Werror", "--ferror-limit=1", *sources], cwd=ROOT, capture_output=True,
                          text=True)
    wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "error:" in line})
    assert done.returncode == 0, f"run {tool} -i on:\n" + "\n".join(wrong)
    broken = subprocess.run([tool, "--dry-run", "-Werror", "--style=file", "--assume-filename=src/x.cpp"], cwd=ROOT,
                            input="int   x ;\n", capture_output=True, text=True)
    assert broken.returncode != 0


def test_the_driver_in_the_header_is_the_one_that_is_tested():
    header = (ROOT / "src/node/core.hpp").read_text()
    source = (ROOT / "tests/unit/node/driver_test.cpp").read_text()
    tested = source[source.index("// >>> after each input\n"):source.index("    // <<<\n")].splitlines()[1:]
    shown = [line for line in header[:header.index("#pragma once")].splitlines() if line.startswith("//     ")]
    assert [line[4:] for line in tested] == [line[len("//     "):] for line in shown], "copy the lines into core.hpp"
