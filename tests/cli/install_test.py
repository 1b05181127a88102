"""What an installation leaves behind, and the units that start the program."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess

from cases import Skip, limit
from daemon_test import Daemon
from program import NODE, ROOT, expect, node, scratch

PROGRAM = ["bin/btnode", "libexec/btnode/node", "share/man/man1/btnode.1"]
COMPLETIONS = ["share/bash-completion/completions/btnode", "share/zsh/site-functions/_btnode",
               "share/fish/vendor_completions.d/btnode.fish"]
OF_A_USER = ["share/systemd/user/btnode.service", "share/systemd/user/btnode.socket"]
OF_THE_SYSTEM = ["lib/systemd/system/btnode-tracker.service", "lib/systemd/system/btnode.service",
                 "lib/systemd/system/btnode.socket", "lib/sysusers.d/btnode.conf"]


@contextlib.contextmanager
def installed():
    """The folder below which an installation lies, and its prefix."""
    with scratch() as folder:
        done = subprocess.run(["meson", "install", "-C", ROOT / "build", "--no-rebuild", "--destdir", folder],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder, next(folder.rglob("bin")).parent


def activated(words, *sockets):
    """The command that starts the program with these sockets as descriptors 3, 4, …"""
    moves = [f"{64 + i}<&{one.fileno()}" for i, one in enumerate(sockets)] + [f"{3 + i}<&{64 + i}" for i in range(len(sockets))]
    return ["bash", "-c", f'exec {" ".join(moves)}; LISTEN_PID=$$ LISTEN_FDS={len(sockets)} exec "$@"', "bash", NODE,
            *map(str, words)]


@limit(60)
def test_an_installation_has_these_files_and_no_others():
    with installed() as (folder, prefix):
        found = sorted(str(path.relative_to(prefix)) for path in folder.rglob("*") if not path.is_dir())
        assert found == sorted(PROGRAM + COMPLETIONS + OF_A_USER + OF_THE_SYSTEM), found
        for each in COMPLETIONS:  # for the name it is installed by
            script = (prefix / each).read_text()
            assert "btnode" in script and "node completion" not in script.replace("btnode completion", ""), script
        assert (prefix / "bin/btnode").resolve() == prefix / "libexec/btnode/node"
        version = subprocess.run([prefix / "bin/btnode", "--version"], capture_output=True, text=True, timeout=20)
        assert version.stdout == node("--version").out, version


@limit(60)
def test_the_units_hold_what_systemd_asks_of_them():
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not installed")
    with installed() as (folder, prefix):
        program = "/" + str((prefix / "bin/btnode").relative_to(folder))
        units = [path for path in folder.rglob("*") if path.suffix in (".service", ".socket")]
        assert units
        for unit in units:
            if unit.suffix == ".service":  # the program does not lie where the unit will find it
                text = unit.read_text()
                assert f"ExecStart={program} " in text, text
                unit.write_text(text.replace(program, str(NODE)))
            where = ["--user"] if unit.parent.name == "user" else []
            judged = subprocess.run(["systemd-analyze", *where, "verify", "--man=no", unit], capture_output=True, text=True,
                                    timeout=30)
            told = [line for line in judged.stderr.splitlines() if "btnode" in line and "SO_PASSCRED" not in line]
            assert not told, (unit, told)


@limit(30)
def test_a_socket_of_the_service_manager_is_the_control_port():
    with scratch() as folder, socket.socket() as port, socket.socket(socket.AF_UNIX) as local:
        port.bind(("127.0.0.1", 0))
        path = folder / "local"
        local.bind(str(path))
        for each in (port, local):
            each.listen()
        url = "http://{}:{}/transmission/rpc".format(*port.getsockname())

        def ask(*words):
            asked = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *words], capture_output=True,
                                   text=True, timeout=20)
            return asked.stdout

        world = Daemon(folder)
        begun = subprocess.Popen(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url], stdout=subprocess.PIPE,
                                 text=True)  # asks before anything is started

        process = subprocess.Popen(activated(world.words, port, local), env=world.env, cwd=folder, stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                                   pass_fds=(port.fileno(), local.fileno()))
        try:
            ready = next(line for line in process.stderr if "ready: " in line)
            assert url in ready, ready
            assert begun.communicate(timeout=20)[0] == "409"
            assert ask(url) == "409"
            assert ask("--unix-socket", path, "http://localhost/transmission/rpc") == "409"
            if os.geteuid() == 0:  # open to all by its mode, and still not to another user
                path.chmod(0o777)
                folder.chmod(0o755)
                other = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "curl", "-s", "-o", "/dev/null", "-w",
                                        "%{http_code}", "--unix-socket", path, "http://localhost/transmission/rpc"],
                                       capture_output=True, text=True, timeout=20)
                assert other.stdout == "403", other
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


@limit(30)
def test_a_socket_that_others_reach_needs_a_password():
    with scratch() as folder, socket.socket() as port:
        port.bind(("0.0.0.0", 0))
        port.listen()
        world = Daemon(folder)
        done = subprocess.run(activated(world.words, port), env=world.env, cwd=folder, capture_output=True, text=True,
                              timeout=20, pass_fds=(port.fileno(),))
        assert done.returncode == 2 and "there is no password" in done.stderr, done


def test_an_installation_needs_a_whole_path():
    done = subprocess.run([ROOT / "scripts/install", "here"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "begins with /" in done.stderr, done
