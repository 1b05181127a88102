"""Every exit code that docs/cli.md has is given by a command, and no other."""
import re
import resource
import signal
import socket

from control_test import LONG, SLOW, World, getting, sharing
from exits import BAD_DATA, DONE, FAILURE, NETWORK, NO_NODE, NOT_FOUND, STORAGE, UNFINISHED, USAGE
from program import OFFLINE, ROOT, background, expect, node, scratch


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))


def port_in_use(world):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        return world.node("share", *OFFLINE, "--no-dht", "-4", "--bind", "127.0.0.1", "-p", taken.getsockname()[1], world.album)


def removed_on_the_way(world):
    with sharing(world, world.content([LONG], "long")) as share, getting(world, share, *SLOW) as get:
        state = world.until(lambda s: s["have_valid"] > 0, "got anything")
        expect(world.node("remove", state["hash_string"]), DONE)
        return get.ended()


def ended_by(number):
    def run(world):
        with background("share", world.album, *OFFLINE, "--no-dht", env=world.env, cwd=world.folder) as share:
            share.line("out")
            share.process.send_signal(number)
            return share.ended()
    return run


class Commands(World):
    def __init__(self, folder):
        super().__init__(folder)
        self.album = self.content([400_000])
        (folder / "bad.torrent").write_bytes(b"no torrent")
        (folder / "there").write_bytes(b"x")


PRODUCERS = {
    DONE: lambda w: w.node("create", "-o", "made.torrent", w.album),
    FAILURE: lambda w: w.node("status", before=few_descriptors),
    USAGE: lambda w: w.node("get"),
    NOT_FOUND: lambda w: w.node("show", "none.torrent"),
    NO_NODE: lambda w: w.node("pause", "all"),
    BAD_DATA: lambda w: w.node("show", "bad.torrent"),
    STORAGE: lambda w: w.node("create", "-o", "there", w.album),
    NETWORK: port_in_use,
    UNFINISHED: removed_on_the_way,
    128 + signal.SIGHUP: ended_by(signal.SIGHUP),
    128 + signal.SIGINT: ended_by(signal.SIGINT),
    128 + signal.SIGTERM: ended_by(signal.SIGTERM),
    128 + signal.SIGABRT: ended_by(signal.SIGABRT),  # as an assertion that fails
}


def codes_of(text):
    """The numbers of the rows: "| 129, 130, 143 | …"."""
    rows = re.findall(r"^\| ([\d, ]+) \|", text.partition("## Exit codes")[2].partition("\n## ")[0], re.M)
    return {int(number) for row in rows for number in row.split(",")}


def test_every_exit_code_that_is_documented_is_given_by_a_command():
    assert codes_of((ROOT / "docs" / "cli.md").read_text()) == set(PRODUCERS)
    manual = (ROOT / "man" / "btnode.1").read_text().partition(".Sh EXIT STATUS")[2].partition("\n.Sh ")[0]
    assert {int(n) for row in re.findall(r"^\.It ([\d ,]+)$", manual, re.M) for n in re.findall(r"\d+", row)} == set(PRODUCERS)
    for code, produce in PRODUCERS.items():
        with scratch() as folder:
            done = produce(Commands(folder))
            assert done.code in (code, 128 - code), (code, done)
