"""What a person sees of a share at three sizes of terminal, word for word; what differs from run to run is a mark."""
import contextlib
import re

from control_test import World
from exits import DONE
from help_test import same_as_golden
from program import OFFLINE, background, scratch, terminal

SIZES = [(80, 24), (40, 10), (200, 50)]


@contextlib.contextmanager
def sharing_always_the_same():
    with scratch() as folder:
        world = World(folder)
        album = folder / "a long name of an album, which a narrow terminal has no room for"
        album.mkdir()
        for number in (1, 2, 3):
            (album / f"{number}.flac").write_bytes(bytes([number]) * 100_000)
        with background("share", album, "--piece-size", "16Ki", "--up-limit", "500k", *OFFLINE, "--no-dht", env=world.env,
                        cwd=folder) as share:
            share.line("out")
            yield world, share


def marked(text, share):
    """The folder is another in each run, and so is the process."""
    text = re.sub(r"^Folder .*$", "Folder      ...", text, flags=re.M)
    return re.sub(rf"\b{share.process.pid}\b", "PROCESS", text)


def test_a_share_on_terminals_of_three_sizes():
    with sharing_always_the_same() as (world, share):
        for columns, rows in SIZES:
            shown = ""
            for words in (["status"], ["status", "a long*"], ["files", "a long*"], ["pieces", "a long*"], ["speeds"]):
                with terminal(*words, columns=columns, rows=rows, env=world.env) as t:
                    assert t.wait() == DONE, t.text()
                    screen = [line.rstrip() for line in t.screen()]
                    rows_of_it = [re.sub(r".\[[0-9;]*m", "", line) for line in screen if not line.startswith("Limits")]  # a sentence
                    assert max(map(len, rows_of_it)) <= columns, (words, screen)
                    shown += f"$ {' '.join(words)}\n" + "\n".join(screen).rstrip("\n") + "\n\n"
            same_as_golden(f"screens_{columns}x{rows}", marked(shown, share))
