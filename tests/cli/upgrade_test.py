"""A state folder that an earlier version wrote is read: what was wished is as it was.

Each folder of states/ was written by the version before a change of what is kept, by these steps: a share of upg/data/talk.mp4
with the priority "low" and a ratio of 3.5; Album.torrent into upg/down, paused, files 1 and 3, limits and labels; a link to
a torrent that nobody has, with a ratio of 1.5; session-set of a limit and a ratio.
"""
import pathlib
import shutil

from daemon_test import Daemon
from program import scratch
from rename_test import Renamer

STATES = pathlib.Path(__file__).resolve().parent / "states"
TALK, ALBUM, LINK = "444718c4f22124659979306dcd0659b16d1b3321", "8218ba62c3f3c45262309696799546282954f758", "00112233445566778899aabbccddeeff00112233"


def test_what_an_earlier_version_kept_is_there():
    for state in sorted(STATES.iterdir()):
        with scratch() as folder:
            world = Daemon(folder)
            shutil.copytree(state, world.env["BTNODE_STATE_DIR"], dirs_exist_ok=True)
            with world.runs():
                stands = world.stands()
                assert set(stands) == {TALK, ALBUM, LINK}, stands
                album = stands[ALBUM]
                assert (album["name"], album["status"], album["select"]) == ("Album", "paused", "1,3"), album
                assert (album["download_limit"], album["upload_limit"]) == (200_000, 100_000), album
                assert stands[TALK]["is_shared"] and stands[TALK]["name"] == "talk.mp4", stands[TALK]
                assert stands[LINK]["name"] == "Lecture", stands[LINK]
                caller = Renamer(world)
                told = caller.ask("torrent-get", fields=["hashString", "labels", "downloadDir", "bandwidthPriority", "seedRatioLimit"])["arguments"]["torrents"]
                told = {one.pop("hashString"): one for one in told}
                assert sorted(told[ALBUM]["labels"]) == ["lossless", "music"] and told[ALBUM]["downloadDir"].endswith("/upg/down"), told
                assert told[TALK]["bandwidthPriority"] == -1 and told[TALK]["seedRatioLimit"] == 3.5, told
                session = caller.ask("session-get", fields=["speed-limit-up", "speed-limit-up-enabled", "seedRatioLimit"])["arguments"]
                assert session == {"speed-limit-up": 300, "speed-limit-up-enabled": True, "seedRatioLimit": 1.5}, session
