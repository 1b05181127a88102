"""The live display, on terminals of several sizes and kinds; its traces are gone at the end, however it ends."""
import os
import re
import signal
import threading

from exits import DONE, UNFINISHED
from program import OFFLINE, clean_environment, node, scratch, terminal
from transfer_test import SIZE, Sharing, free_port, make_content, sharing

SHOWN, HIDDEN = "\x1b[?25h", "\x1b[?25l"


def is_clean(t):
    """Cursor visible, nothing of the frame left, keys as before."""
    text = t.text()
    if HIDDEN in text:
        assert text.rfind(SHOWN) > text.rfind(HIDDEN), repr(text[-300:])
    assert t.mode() == t.before, "the mode of the terminal was not put back"


def slow_get(running, folder, *words, limit="500k", **options):
    return terminal("get", running.link, "--down-limit", limit, "--limit-lan", *running.options(), *words, cwd=folder, **options)


def test_a_download_is_drawn_in_place_and_leaves_what_matters():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        with slow_get(running, folder, "--seed", "no") as t:
            t.wait_for("%")
            t.pump(1.5)
            rows = t.screen()
            assert rows[0] == "file.bin" and rows[1].startswith("  [") and "kB/s down" in rows[2], rows
            assert any(row.startswith("  127.0.0.1:") for row in rows) and rows[-2].startswith("p pause"), rows
            assert max(map(len, rows)) < 80, rows
            assert t.wait(30) == DONE
            rows = [row for row in t.screen() if row]
            assert rows[0].startswith("Done  file.bin  3.0 MB in ") and rows[0].endswith(", checked"), rows
            assert rows[1:] == [f"{folder}/file.bin"], rows
            is_clean(t)


def test_small_terminals_get_small_frames():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        for columns, rows in ((40, 10), (20, 4), (200, 60)):
            with slow_get(running, folder, "--seed", "no", columns=columns, rows=rows) as t:
                t.pump(2)
                screen = t.screen()
                assert max(map(len, screen)) < columns and len(screen) <= rows, screen
                t.send(signal.SIGKILL)


def test_ascii_where_the_locale_has_no_blocks():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        for words, env in ([[], clean_environment(LC_ALL="C")], [["--ascii"], None],
                           [[], clean_environment(TERM="linux")]):
            with slow_get(running, folder, *words, limit="200k", env=env) as t:
                t.wait_for("%")
                t.pump(1)
                assert t.raw.isascii(), t.text()
        with slow_get(running, folder, env=clean_environment()) as t:
            t.wait_for("%")
            t.pump(1)
            assert "█" in t.text() or "·" in t.text(), t.text()


def test_a_dumb_terminal_gets_plain_lines():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        with terminal("get", running.link, "--seed", "no", *running.options(), cwd=folder,
                      env=clean_environment(TERM="dumb")) as t:
            assert t.wait() == DONE
            assert "\x1b" not in t.text() and "verified" in t.text(), t.text()


def test_colour_follows_option_and_environment():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        for words, more, colored in (([], {}, True), (["--color", "never"], {}, False), ([], {"NO_COLOR": "1"}, False),
                                     (["--color", "always"], {"NO_COLOR": "1"}, True)):
            with slow_get(running, folder, *words, limit="200k", env=clean_environment(**more)) as t:
                t.wait_for("%")
                t.pump(1.5)
                assert ("\x1b[32m" in t.text()) == colored, (words, more, t.text())


def test_ctrl_c_puts_the_terminal_back_and_says_what_is_kept():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        with slow_get(running, folder) as t:
            t.wait_for("%")
            t.pump(1)
            t.type("\x03")
            assert t.wait(5) == -signal.SIGINT
            assert "Ctrl-C: finishing" in t.text() and "kept; run the same" in t.text(), t.text()
            is_clean(t)


def test_the_terminal_is_put_back_at_every_end():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT):
            with slow_get(running, folder) as t:
                t.wait_for("%")
                t.send(number)
                assert t.wait(5) == -number
                is_clean(t)


def test_q_stops_and_p_pauses():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        with slow_get(running, folder) as t:
            t.wait_for("%")
            t.type("p")
            t.wait_for("paused")
            t.type("p?")
            t.wait_for("pause and resume")
            t.type("-")
            t.wait_for("Limit 200.0 kB/s")
            t.type("+")
            t.wait_for("Limit 500.0 kB/s")
            t.type("q")
            assert t.wait(5) == UNFINISHED
            is_clean(t)


def test_stopped_by_the_shell_and_continued():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        with slow_get(running, folder, "--seed", "no") as t:
            t.wait_for("%")
            t.type("\x1a")
            for _ in range(50):
                t.pump(0.1)
                if open(f"/proc/{t.process.pid}/stat").read().rsplit(")", 1)[1].split()[0] == "T":
                    break
            else:
                raise AssertionError("it did not stop")
            is_clean(t)
            t.send(signal.SIGCONT)
            t.pump(1)
            assert t.text().rfind(HIDDEN) > t.text().rfind(SHOWN), "the cursor is not hidden again"
            assert t.wait(30) == DONE
            is_clean(t)


def test_a_new_width_is_used_at_once():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        with slow_get(running, folder, columns=100) as t:
            t.wait_for("%")
            t.pump(1)
            t.resize(50, 24)
            t.send(signal.SIGWINCH)
            t.pump(0.5)
            t.raw = b""
            t.pump(1.5)
            assert t.raw and max(map(len, t.screen())) < 50, t.screen()


def test_a_captured_result_and_a_live_display_do_not_mix():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        read_end, write_end = os.pipe()
        with terminal("get", running.link, "--seed", "no", *running.options(), cwd=folder, stdout=write_end) as t:
            os.close(write_end)
            assert t.wait() == DONE
            assert os.read(read_end, 1000).decode() == f"{folder}/file.bin\n"
            assert f"{folder}/file.bin" not in t.text(), t.text()
        os.close(read_end)


def test_progress_can_be_chosen():
    with scratch() as folder, sharing(make_content(folder)) as process:
        running = Sharing(process)
        for word, parts in (("plain", "verified"), ("none", "file.bin")):
            with terminal("get", running.link, "--seed", "no", "--progress", word, *running.options(),
                          cwd=folder) as t:
                assert t.wait() == DONE
                assert HIDDEN not in t.text() and parts in t.text(), t.text()
        done = node("get", running.link, "--seed", "no", "--progress", "bar", *running.options(), cwd=folder)
        assert done.code == DONE and "\x1b" not in done.err, done


def test_a_share_shows_who_takes_it():
    with scratch() as folder:
        port = free_port()
        with terminal("share", make_content(folder), "-4", "-p", port, *OFFLINE) as t:
            t.wait_for("Ctrl-C stops sharing.")
            text = t.text()
            link = re.search(r"magnet:\S+", text)[0]
            assert "Sharing  file.bin   3.0 MB, 184 pieces of 16 KiB" in text.replace("\x1b[32m", "").replace(
                "\x1b[0m", ""), text
            done = node("get", link, "--seed", "no", "-4", *OFFLINE, "--peer", f"127.0.0.1:{port}", cwd=folder)
            assert done.code == DONE, done
            t.pump(1)
            assert any(f"{SIZE / 1e6:.1f} MB sent" in row for row in t.screen()), t.screen()
            t.type("\x03")
            assert t.wait(5) == -signal.SIGINT
            is_clean(t)
            rows = t.screen()
            assert sum(row.startswith("magnet:") for row in rows) == 1, rows


def test_a_share_is_hashed_before_the_eyes_of_its_owner():
    with scratch() as folder:
        with open(folder / "large", "wb") as file:
            file.truncate(60_000_000_000)
        with terminal("share", folder / "large", *OFFLINE) as t:
            t.wait_for("Hashing large  [")
            threading.Event().wait(0.5)
            t.type("\x03")
            assert t.wait(3) == -signal.SIGINT
            is_clean(t)
