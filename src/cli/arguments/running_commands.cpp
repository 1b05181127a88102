// The commands that watch and control what runs.
#include "cli/arguments/running_commands.hpp"

namespace bt::cli {
namespace {

using enum repetition;

constexpr std::string_view running = "Watch and control what runs";

}  // namespace

command_spec status_spec() {
    return {"status",
            running,
            "[TORRENT...]",
            "Progress, speed and peers of each torrent",
            "Show how the torrents of every share and get of yours stand, from any terminal;\n"
            "with TORRENT all of it. TORRENT is an info-hash or the beginning of one (from\n"
            "4 digits on), a name, a quoted glob such as '*.iso', or all.",
            {{"Display", {{"-w,--watch", "", "Again each second, until Ctrl-C"}}}},
            {{"status", ""},
             {"status ubuntu.iso", "with its peers"},
             {"status --json | jq .torrents[].eta", ""}}};
}

command_spec files_spec() {
    return {"files",
            running,
            "TORRENT",
            "Files of a torrent, and how far each is",
            "Show the files of a torrent that runs: the number that --select means, how much\n"
            "is there, in which order it is fetched, and its size.",
            {},
            {{"files album", ""}, {"files album --json | jq .files[].name", ""}}};
}

command_spec pieces_spec() {
    return {"pieces",
            running,
            "TORRENT",
            "Map of the pieces of a torrent",
            "Show which pieces of a torrent that runs are there, on their way, or had by\n"
            "nobody. In a pipe: one piece a line, its number and its state.",
            {},
            {{"pieces ubuntu.iso", ""}, {"pieces ubuntu.iso | grep -c have", ""}}};
}

command_spec speeds_spec() {
    return {"speeds",
            running,
            "",
            "What all torrents take and give together",
            "Show the rates of every share, get and daemon of yours together.",
            {{"Display", {{"-w,--watch", "", "Again each second, with a curve, until Ctrl-C"}}}},
            {{"speeds", ""}, {"speeds --watch --json", "one sample a second"}}};
}

command_spec pause_spec() {
    return {"pause",
            running,
            "TORRENT...",
            "Pause: no connections, not announced",
            "Pause torrents that run. They keep what they have, and go on with 'resume'.",
            {},
            {{"pause ubuntu.iso", ""}, {"pause all", ""}}};
}

command_spec resume_spec() {
    return {"resume",
            running,
            "TORRENT...",
            "Resume what was paused",
            "Resume paused torrents.",
            {{"Queue", {{"--now", "", "Start now, even beyond --at-once"}}}},
            {{"resume ubuntu.iso", ""}, {"resume --now 9f3c", "does not wait for its turn"}}};
}

command_spec remove_spec() {
    return {"remove",
            running,
            "TORRENT...",
            "Stop sharing or downloading; files are kept",
            "End torrents that run. Their files stay, also those of an unfinished download,\n"
            "which the same get goes on with, unless --delete is given. A share or get ends\n"
            "with its last torrent: with exit code 8 if a download was not complete.",
            {{"Files",
              {{"--delete", "", "Delete the files, too; of a share the original: asks"},
               {"--yes", "", "Delete without asking"}}},
             {"Folders", {{"--watch-folder", "DIR", "The daemon shares what lies in DIR no longer"}}}},
            {{"remove ubuntu.iso", ""}, {"remove --delete album", "what is not of it stays"}}};
}

command_spec reannounce_spec() {
    return {"reannounce",
            running,
            "TORRENT...",
            "Look for peers now",
            "Ask trackers, this network and the DHT for peers now, and try those that are\n"
            "known; at most every 10 seconds.",
            {},
            {{"reannounce ubuntu.iso", ""}}};
}

command_spec move_spec() {
    return {"move",
            running,
            "TORRENT DIR",
            "Put the files of a daemon's torrent elsewhere",
            "Move the files of a torrent of the daemon to DIR, and go on from there. Others\n"
            "are served meanwhile. On another disk they are copied, made durable, and only\n"
            "then removed here. Nothing is ever put over a file that is there: exit code 6.",
            {{"Files", {{"--find", "", "They lie in DIR already: only check them there"}}}},
            {{"move ubuntu.iso /srv/images", ""}, {"move --find album /mnt/new", ""}}};
}

command_spec set_spec() {
    return {"set",
            running,
            "TORRENT",
            "Other limits, other files, another order",
            "Change what a running torrent was started with.\nOptions you leave out stay as they are.",
            {{"Limits of this torrent",
              {{"--down-limit", "RATE", "Bytes per second taken; 0: none"},
               {"--up-limit", "RATE", "Bytes per second given to others; 0: none"}}},
             {"Files of a download",
              {{"--select", "LIST", "Fetch these: 1,3-5 or '*.srt'; '*' for all"},
               {"--first", "LIST", "Fetch these first; '' for none"},
               {"--last", "LIST", "Fetch these last; '' for none"}}},
             {"Giving",
              {{"--seed", "WHEN", "Of a download: no, forever, a time, ratio:1.5", "", last, "no forever"}}},
             {"Of a torrent of the daemon",
              {{"--label", "WORD", "Words to find it by, in place of others; '' for none", "", list},
               {"--rename", "NAME", "Call its file or folder so, on the disk, too"}}}},
            {{"set ubuntu.iso --down-limit 2M", ""}, {"set album --select '*.flac' --first 1", ""}}};
}

command_spec add_spec() {
    return {"add",
            running,
            "TARGET...",
            "Hand a torrent to the daemon",
            "Hand torrents to the daemon of yours that runs (see 'daemon'), which fetches\n"
            "and shares them, also after a restart. TARGET is what 'get' takes.",
            {{"Files",
              {{"-o,--output", "DIR", "Where to", "the daemon's folder"},
               {"-s,--select", "LIST", "Files by number or glob: 1,3-5 or '*.srt'", "all"},
               {"--first", "LIST", "Fetch these files first"},
               {"--last", "LIST", "Fetch these files last"},
               {"--overwrite", "", "Replace files that are there and differ"},
               {"--prealloc", "", "Reserve the room on the disk first"}}},
             {"Transfer",
              {{"--paused", "", "Do not start it"},
               {"--label", "WORD", "A word to find it by; repeat for more", "", list},
               {"--seed", "WHEN", "no, forever, a time, ratio:1.5", "forever", last, "no forever"},
               {"-t,--tracker", "URL", "Ask here too; repeat for more", "", list},
               {"--peer", "HOST:PORT", "Connect to this address; repeat for more", "", list},
               {"--sequential", "", "Pieces in order"},
               {"--down-limit", "RATE", "Bytes per second taken", "none"},
               {"--up-limit", "RATE", "Bytes per second given to others", "none"}}},
             {"Finding a name",
              {{"--bind", "ADDRESS", "Use only the network of this local address"},
               {"-4,--ipv4", "", "IPv4 only"},
               {"-6,--ipv6", "", "IPv6 only"},
               {"--network", "NAME", "Meet only nodes that gave the same name"},
               {"--lan-port", "PORT", "UDP port for finding nodes on this network", "8001"}}}},
            {{"add magnet:9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1", ""},
             {"add -o /srv/images --paused lab.torrent", ""}}};
}

}  // namespace bt::cli
