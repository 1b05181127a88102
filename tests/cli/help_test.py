"""The help texts, word for word, and the manual, which must tell of every option."""
import os
import pathlib
import re
import shutil
import subprocess

from cases import Skip
from exits import USAGE
from program import NODE, ROOT, clean_environment, expect, node, terminal

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
COMMANDS = ["share", "get", "status", "files", "pieces", "speeds", "pause", "resume", "remove", "move", "set", "reannounce", "discover", "peers", "doctor", "dht", "create", "show", "verify", "tracker", "add", "daemon", "open", "config", "completion", "shell"]
MANUAL = ROOT / "man" / "btnode.1"


def same_as_golden(name, text):
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text(), f"not as in {path.relative_to(ROOT)} (UPDATE_GOLDEN=1 writes it):\n{text}"


def test_help_is_as_in_the_golden_files():
    same_as_golden("node", expect(node("--help"), 0).out)
    for command in COMMANDS:
        shown = expect(node(command, "--help"), 0)
        assert not shown.err
        same_as_golden(command, shown.out)


def test_help_is_the_same_wherever_the_option_stands():
    for words in (["-h", "get"], ["get", "-h"], ["get", "x", "--help", "--port", "nonsense"]):
        assert node(*words).out == node("get", "--help").out, words


def test_help_calls_the_program_by_the_name_it_was_called_by():
    done = subprocess.run(["renamed", "get", "--help"], executable=NODE, capture_output=True, text=True,
                          env=clean_environment())
    assert "Usage: renamed get" in done.stdout and "  renamed get " in done.stdout, done.stdout
    assert "node get" not in done.stdout, done.stdout


def test_no_command_is_wrong_use_in_a_script_and_help_at_a_terminal():
    done = expect(node(), USAGE, "Usage: node")
    assert not done.out
    with terminal() as t:
        assert t.wait() == 0
        assert "Usage: node" in t.text()


def test_version():
    done = expect(node("--version"), 0)
    assert re.fullmatch(r"btnode \d+\.\d+\.\d+\n", done.out), done


def options_of(help_text):
    found = set()
    for line in help_text.splitlines():
        if match := re.match(r"(?:  (-\w), |      )(--[\w-]+)", line):
            found |= {name for name in match.groups() if name}
    return found


def test_the_manual_has_every_option_and_no_other():
    manual = MANUAL.read_text()
    in_manual = set()
    for line in manual.splitlines():
        if line.startswith((".It Fl", ".Fl")):
            for flag in re.findall(r"(?<![\w-])(-?[\w][\w-]*)", line.split("Fl", 1)[1].split(" Ar ")[0]):
                if flag not in ("Fl", "Ns"):
                    in_manual.add(f"-{flag}")
    in_help = set().union(*(options_of(node(command, "--help").out) for command in COMMANDS))
    assert in_help == in_manual, (in_help - in_manual, in_manual - in_help)


def test_the_manual_is_clean():
    if not shutil.which("mandoc"):
        raise Skip("mandoc is not installed")
    done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", MANUAL], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout


def test_docs_name_every_option():
    text = (ROOT / "docs" / "cli.md").read_text()
    for command in COMMANDS:
        for option in options_of(node(command, "--help").out):
            assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text), f"docs/cli.md has no {option}"
