"""Every input of tests/regress, as expected.txt there says."""
import pathlib

from program import node

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "regress"
ALONE = ("--no-lan", "--no-dht", "--timeout", "200ms")


def expectations():
    for line in (FOLDER / "expected.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, code, texts = line.split(maxsplit=2)
            yield name, int(code), [text.strip() for text in texts.split(" | ")]


def test_every_input_has_an_expectation():
    named = [name for name, _, _ in expectations()]
    assert sorted(named) == sorted(path.name for path in FOLDER.iterdir() if path.suffix != ".txt"), named


def test_every_input_is_read_as_expected():
    wrong = []
    for name, code, texts in expectations():
        path = FOLDER / name
        done = node("show", "--json", *ALONE, path.read_text() if path.suffix == ".link" else path)
        said = done.out + done.err
        if done.code != code or any((text[1:] in said) if text.startswith("!") else (text not in said) for text in texts):
            wrong.append(f"{name}: {done}")
    assert not wrong, "\n".join(wrong)
