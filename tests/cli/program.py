"""Runs the program: in a pipe, in the background, on a terminal of a given size."""
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = pathlib.Path(os.environ.get("NODE", ROOT / "build" / "node"))
SCHEMAS = ROOT / "docs" / "schema"
# Own ports and names keep a test apart from other nodes of this machine.
OFFLINE = ["--no-lan"]


# What the program keeps and where it listens for commands stays here; nobody of the internet is asked.
OWN = tempfile.TemporaryDirectory(prefix="btnode-cli-own-")


def clean_environment(**more):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("BTNODE_", "LC_", "LANG", "NO_COLOR", "CLICOLOR", "SOURCE_DATE"))}
    return {**kept, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "BTNODE_NO_INTERNET": "1",
            "BTNODE_STATE_DIR": OWN.name, "XDG_RUNTIME_DIR": OWN.name, **more}


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def node(*words, cwd=None, stdin=b"", env=None, seconds=30, text=True, before=None):
    done = subprocess.run([NODE, *map(str, words)], cwd=cwd, input=stdin, capture_output=True, timeout=seconds,
                          env=env or clean_environment(), preexec_fn=before)
    decode = (lambda raw: raw.decode(errors="surrogateescape")) if text else (lambda raw: raw)
    return Result(done.returncode, decode(done.stdout), done.stderr.decode(errors="replace"))


def expect(result, code, *parts):
    """The exit code, and parts of what it said on standard error."""
    assert result.code == code, result
    for part in parts:
        assert part.lower() in result.err.lower(), f"no '{part}' in\n{result}"
    assert "\x1b" not in result.out + result.err, result
    return result


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="btnode-cli-") as folder:
        yield pathlib.Path(folder)


def take_hangups():
    """Where the tests run under nohup, the program does not."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Running:
    """A program in the background whose lines are read as they come."""

    def __init__(self, words, cwd, env, before):
        self.process = subprocess.Popen([NODE, *map(str, words)], cwd=cwd, stdin=subprocess.DEVNULL, preexec_fn=before or take_hangups,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env or clean_environment())
        self.streams = {"out": self.process.stdout, "err": self.process.stderr}
        self.unread = {"out": b"", "err": b""}

    def _fill(self, names, seconds):
        open_streams = {self.streams[name].fileno(): name for name in names if not self.streams[name].closed}
        ready, _, _ = select.select(list(open_streams), [], [], max(seconds, 0))
        alive = bool(open_streams) and not ready
        for descriptor in ready:
            data = os.read(descriptor, 65536)
            self.unread[open_streams[descriptor]] += data
            if data:
                alive = True
            else:
                self.streams[open_streams[descriptor]].close()
        return alive

    def line(self, name, seconds=20):
        """The next line of "out" or "err", without its end."""
        end = time.monotonic() + seconds
        while b"\n" not in self.unread[name]:
            assert time.monotonic() < end, f"no line came; {self.unread}"
            assert self._fill([name], end - time.monotonic()) or b"\n" in self.unread[name], f"it ended; {self.unread}"
        line, self.unread[name] = self.unread[name].split(b"\n", 1)
        return line.decode(errors="surrogateescape")

    def line_that_begins(self, name, beginning, seconds=20):
        while not (line := self.line(name, seconds)).startswith(beginning):
            pass
        return line

    def line_that_holds(self, name, part, seconds=20):
        while part not in (line := self.line(name, seconds)):
            pass
        return line

    def ended(self, seconds=20):
        """Waits for its end: the exit code and what was not read yet."""
        end = time.monotonic() + seconds
        while any(not stream.closed for stream in self.streams.values()):
            assert time.monotonic() < end, f"still running; {self.unread}"
            self._fill(self.unread, end - time.monotonic())
        self.process.wait(max(end - time.monotonic(), 0.1))
        return Result(self.process.returncode, *(self.unread[name].decode(errors="surrogateescape") for name in self.unread))


@contextlib.contextmanager
def background(*words, cwd=None, env=None, before=None):
    running = Running(words, cwd, env, before)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        for stream in running.streams.values():
            stream.close()


def events(text):
    return [json.loads(line) for line in text.splitlines()]


class Terminal:
    """A program whose standard streams are a terminal of a given size; its screen is followed."""

    def __init__(self, words, columns=80, rows=24, cwd=None, env=None, stdout=None):
        self.columns, self.rows, self.raw = columns, rows, b""
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen([NODE, *map(str, words)], cwd=cwd, stdin=slave, stdout=stdout or slave,
                                        stderr=slave, env=env or clean_environment(), preexec_fn=self._lead)

    def _lead(self):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests themselves were started by
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def mode(self):
        return termios.tcgetattr(self.slave)

    def pump(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                try:
                    self.raw += os.read(self.master, 65536)
                except OSError:
                    return

    def wait_for(self, part, seconds=20):
        end = time.monotonic() + seconds
        while part not in self.text():
            assert time.monotonic() < end, f"'{part}' never came:\n{self.text()}"
            self.pump(0.1)

    def text(self):
        return self.raw.decode(errors="replace")

    def type(self, keys):
        os.write(self.master, keys.encode())

    def send(self, number):
        os.kill(self.process.pid, number)

    def wait(self, seconds=20):
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"still running:\n{self.text()}"
            self.pump(0.05)
        self.pump(0.1)
        return self.process.returncode

    def screen(self):
        """What a person sees: the rows of the screen after everything that was written."""
        rows = [[]]
        row = column = 0
        for piece in re.finditer(r"\x1b\[([?0-9;]*)([A-Za-z])|(.)", self.text(), re.S):
            argument, final, char = piece.groups()
            if final:
                if final == "A":
                    row = max(0, row - int(argument or 1))
                elif final == "K":
                    del rows[row][column:]
                elif final == "J":
                    del rows[row][column:]
                    del rows[row + 1:]
                continue
            if char == "\r":
                column = 0
            elif char == "\n":
                row, column = row + 1, 0
                if row == len(rows):
                    rows.append([])
            else:
                rows[row] += [" "] * (column + 1 - len(rows[row]))
                rows[row][column] = char
                column += 1
        return ["".join(line) for line in rows]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@contextlib.contextmanager
def terminal(*words, **options):
    running = Terminal(words, **options)
    try:
        yield running
    finally:
        running.close()


SIGNALS = {"Ctrl-C": signal.SIGINT, "SIGTERM": signal.SIGTERM}
