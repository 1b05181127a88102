"""Completion: every option of every help is offered, and the scripts do what they say in the shells themselves."""
import shlex
import shutil
import subprocess

from cases import Skip
from control_test import World
from exits import DONE, USAGE
from help_test import COMMANDS, options_of
from program import NODE, OFFLINE, background, clean_environment, expect, node, scratch


def offered(*words, **how):
    return [line.split("\t")[0] for line in expect(node("__complete", "--", *words, **how), DONE).out.splitlines()]


def test_every_command_and_every_option_of_its_help_is_offered_and_no_other():
    assert set(COMMANDS) <= set(offered("")), offered("")
    for command in COMMANDS:
        told = {name for name in options_of(node(command, "--help").out) if name.startswith("--")}
        assert set(offered(command, "--")) == told, command


def test_what_may_stand_next():
    for words, wanted in ((["sha"], ["share"]), (["get", "--seed", ""], ["no", "linger", "forever"]),
                          (["--color=a"], ["--color=auto", "--color=always"]), (["--color", "=", "n"], ["never"]),
                          (["daemon", ""], ["stop", "status"]), (["dht", "p"], ["peers", "ping"]),
                          (["completion", ""], ["bash", "zsh", "fish"]), (["get", "-o", "x"], [":folders"]),
                          (["share", "-"], offered("share", "--")), (["share", "--", "-"], [":files"]),
                          (["verify", "x", ""], [":folders"]), (["config", "da"], ["daemon"]),
                          (["create", "--output", "-", "--pri"], ["--private"]), (["set", "x", ""], [])):
        assert offered(*words) == wanted, (words, offered(*words))
    assert not expect(node("__complete"), DONE).err


def test_torrents_that_run_are_offered_by_name():
    with scratch() as folder:
        world = World(folder)
        (folder / "two words.bin").write_bytes(b"x" * 1000)
        with background("share", folder / "two words.bin", *OFFLINE, env=world.env) as share:
            share.line("out")
            assert offered("pause", "t", env=world.env) == ["two words.bin"]
            assert offered("status", "", env=world.env) == ["two words.bin", "all"]
            (folder / "two words.bin").rename(folder / "moved")
            (folder / "two words.bin").mkdir()  # no slash behind the torrent's name
            assert bash(folder, world.env, "node", "pause", "tw") == ["two\\ words.bin"]
        assert offered("pause", "t", env=world.env) == []


def bash(folder, env, *words):
    """What bash offers at the end of the line, by its own completion."""
    if not shutil.which("bash"):
        raise Skip("bash is not installed")
    script = expect(node("completion", "bash"), DONE).out
    line = " ".join(shlex.quote(str(word)) for word in words)
    asked = f'{script}\ncompopt() {{ echo "compopt $*"; }}\nnode() {{ {shlex.quote(str(NODE))} "$@"; }}\n' \
            f'COMP_WORDS=({line}) COMP_CWORD={len(words) - 1}\n_btnode_complete\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, cwd=folder, env=env, timeout=20)
    assert done.returncode == 0 and not done.stderr, done
    return done.stdout.split("\n")[:-1]


def test_bash_completes():
    with scratch() as folder:
        (folder / "a file.torrent").write_text("")
        (folder / "a folder").mkdir()
        env = clean_environment()
        assert bash(folder, env, "node", "sta") == ["status"]
        assert bash(folder, env, "node", "get", "--pro") == ["--progress"]
        assert bash(folder, env, "node", "get", "--color", "=", "al") == ["always"]
        as_files = "compopt -o filenames"
        assert sorted(bash(folder, env, "node", "show", "a ")) == ["a file.torrent", "a folder", as_files]
        assert bash(folder, env, "node", "get", "-o", "a") == [as_files, "a folder"]


def test_fish_completes():
    if not shutil.which("fish"):
        raise Skip("fish is not installed")
    with scratch() as folder:
        (folder / "node").symlink_to(NODE)
        script = expect(node("completion", "fish"), DONE).out
        env = clean_environment(HOME=str(folder), PATH=f"{folder}:/usr/bin:/bin")
        asked = f"{script}\ncomplete -C 'node sta'\ncomplete -C 'node get --seed l'"
        done = subprocess.run(["fish", "--no-config", "-c", asked], capture_output=True, text=True, env=env, cwd=folder, timeout=20)
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["status", "linger"], done


def test_zsh_takes_the_script():
    if not shutil.which("zsh"):
        raise Skip("zsh is not installed")
    script = expect(node("completion", "zsh"), DONE).out
    done = subprocess.run(["zsh", "-f", "-c", f"compdef() {{ echo $@ }}\n{script}"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and done.stdout == "_btnode_complete node\n" and not done.stderr, done
    assert subprocess.run(["zsh", "-fn"], input=script, text=True, timeout=20).returncode == 0


def test_another_shell_is_wrong_use():
    expect(node("completion", "tcsh"), USAGE, "completion takes bash, zsh or fish")
    expect(node("completion"), USAGE)
