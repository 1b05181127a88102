"""The configuration file: what it sets, what is refused, what `config` shows, and what a daemon reads again."""
import json
import signal

from daemon_test import Daemon
from exits import DONE, USAGE
from program import ROOT, SCHEMAS, clean_environment, expect, node, scratch
from schema import check


def written(folder, text):
    (folder / "btnode").mkdir(exist_ok=True)
    (folder / "btnode" / "config.toml").write_text(text)
    return clean_environment(XDG_CONFIG_HOME=str(folder))


def test_the_user_s_file_is_found_and_shown_with_its_lines():
    with scratch() as folder:
        env = written(folder, 'up-limit = "50k"\n[get]\nport = 5000\n')
        told = expect(node("config", "get", env=env), DONE, f"configuration file {folder}/btnode/config.toml")
        rows = [line.split("\t") for line in told.out.splitlines()]
        assert ["port", "5000", f"{folder}/btnode/config.toml line 3", "get"] in rows, told
        assert ["peers", "200", "default", "get"] in rows, told
        assert ["no-internet", "1", "BTNODE_NO_INTERNET", "get"] in rows, told
        told = json.loads(expect(node("config", "--json", env=env), DONE).out)
        check(told, SCHEMAS / "config.json")
        limit = next(row for row in told["settings"] if row["key"] == "up-limit")
        assert limit["value"] == ["50k"] and {"share", "get", "daemon"} <= set(limit["commands"]), limit
        assert not expect(node("config", "--no-config", "--json", env=env), DONE).err


def test_what_is_wrong_in_it_is_wrong_use_of_every_command():
    with scratch() as folder:
        env = written(folder, "[daemon]\nup-limt = 5\n")
        for words in (["status"], ["get", "x"], ["config"]):
            refused = expect(node(*words, env=env), USAGE, f"error: {folder}/btnode/config.toml line 2: unknown key "
                             "'up-limt'; did you mean 'up-limit'?")
            assert not refused.out, refused
        expect(node("get", "--help", env=env), DONE)
        expect(node("create", folder / "none", "--no-config", env=env), 3)
        expect(node("status", "--config", folder / "none", env=env), USAGE, "cannot read", "none")
        expect(node("status", "--config", folder, env=env), USAGE, "cannot read")


def test_no_password_is_shown():
    with scratch() as folder:
        env = written(folder, '[share]\ntracker = "http://me:secret@tracker/announce"\n')
        env["BTNODE_RPC_AUTH"] = "me:secret"
        for words in (["config"], ["config", "--json"], ["config", "daemon"]):
            told = expect(node(*words, env=env), DONE)
            assert "secret" not in told.out, told


def test_a_daemon_reads_it_again_at_a_hangup():
    with scratch() as folder:
        world = Daemon(folder)
        file = folder / "my.toml"
        file.write_text('[daemon]\nup-limit = "50k"\n')
        limits = lambda: [line for line in expect(world.node("status", "--json"), DONE).out.splitlines()]
        with world.runs("--config", file) as daemon:
            expect(world.node("add", "--paused", "1" * 40), DONE)
            assert '"node_upload_limit":50000' in limits()[0].replace(" ", ""), limits()
            file.write_text('[daemon]\nup-limit = "70k"\npeers = 30\n')
            daemon.process.send_signal(signal.SIGHUP)
            told = daemon.line_that_holds("err", "my.toml")
            assert told.endswith("; changed: up-limit; needs a restart: peers"), told
            assert '"node_upload_limit":70000' in limits()[0].replace(" ", ""), limits()
            file.write_text("[daemon]\nup-limit = fast\n")
            daemon.process.send_signal(signal.SIGHUP)
            told = daemon.line_that_holds("err", "my.toml")
            assert "bad value for up-limit in" in told and "everything stays as it was" in told, told
            assert '"node_upload_limit":70000' in limits()[0].replace(" ", ""), limits()


def test_the_example_of_the_manual_is_taken():
    with scratch() as folder:
        text = (ROOT / "docs" / "cli.md").read_text().split("```toml\n")[1].split("```")[0]
        expect(node("config", env=written(folder, text)), DONE)
