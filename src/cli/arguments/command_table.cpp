#include "cli/arguments/command_table.hpp"

#include "cli/arguments/running_commands.hpp"

namespace bt::cli {
namespace {

using enum repetition;

const std::vector<option_spec> network = {
    {"-p,--port", "PORT", "TCP port others connect to", "any free port"},
    {"--bind", "ADDRESS", "Use only this local address"},
    {"-4,--ipv4", "", "IPv4 only"},
    {"-6,--ipv6", "", "IPv6 only"},
    {"--no-lan", "", "Do not search or announce on this network"},
    {"--network", "NAME", "Meet only nodes that gave the same name"},
    {"--lan-port", "PORT", "UDP port for finding nodes on this network", "8001"},
};

const option_spec web = {"--web", "WHICH", "Downloads by browsers here: on, off, all",
                         "on",    last,    "on off all"};

/// The options of commands that take part in the DHT.
const std::vector<option_spec> dht_part = {
    {"--no-dht", "", "Do not look for others in the DHT"},
    {"--dht-bootstrap", "HOST:PORT", "Begin with this DHT node; repeat for more", "", list},
    {"--no-internet", "", "Stay on this network: no public DHT routers"},
};

const std::vector<option_spec> looking = {
    {"--bind", "ADDRESS", "Use only the network of this local address"},
    {"-4,--ipv4", "", "IPv4 only"},
    {"-6,--ipv6", "", "IPv6 only"},
    {"-t,--tracker", "URL", "Ask this tracker too; repeat for more", "", list},
    {"--network", "NAME", "Meet only nodes that gave the same name"},
    {"--lan-port", "PORT", "UDP port for finding nodes on this network", "8001"},
};

const std::vector<option_spec> making = {
    {"-t,--tracker", "URL", "Announce here; repeat for more, a,b is one tier", "", list},
    {"--private", "", "Only by the trackers: no search here or in the DHT"},
    {"--piece-size", "SIZE", "A power of two from 16Ki to 64Mi", "by size"},
    {"--comment", "TEXT", "A remark, stored in the torrent"},
    {"--source", "TEXT", "Where it comes from; changes the hash"},
    {"-w,--webseed", "URL", "An HTTP copy of the files; repeat for more", "", list},
};

option_group with(std::string_view title, std::vector<option_spec> first,
                  const std::vector<option_spec>& rest) {
    first.insert(first.end(), rest.begin(), rest.end());
    return {title, std::move(first)};
}

option_group network_and_dht() { return with("Network", network, dht_part); }

/// Of a node that shares.
option_group sharing_node() {
    auto all = network;
    all.push_back(web);
    return with("Network", std::move(all), dht_part);
}

command_spec share_spec() {
    return {"share",
            "Share and get",
            "PATH...",
            "Share files or folders; prints the link to give away",
            "Share files or folders until Ctrl-C. The magnet link goes to standard output.\n"
            "Several PATHs are one torrent with --name, else one torrent each.",
            {with("Torrent", {{"-n,--name", "NAME", "Name others see", "name of PATH"}}, making),
             {"Sharing",
              {{"-d,--daemon", "", "Hand it to the daemon: it stays shared"},
               {"--until", "N", "Stop when N other machines have everything", "never"},
               {"--watch-folder", "DIR", "Share what lies in DIR, as it comes and goes"},
               {"--save", "FILE", "Also write the .torrent"},
               {"--unlisted", "", "Do not show its name on this network"},
               {"--qr", "", "Print the address for browsers as a QR code"},
               {"--link-web", "", "Name it in the link: other clients fetch there"},
               {"--super-seed", "", "Give each piece once: a single seed, a slow line"},
               {"--up-limit", "RATE", "Bytes per second given to others", "none"},
               {"--limit-lan", "", "The limits count for this network, too"},
               {"--peers", "N", "Connections at most", "200"}}},
             sharing_node()},
            {{"share ubuntu.iso", ""},
             {"share -d Videos", "outlives the terminal"},
             {"share --until 12 image.qcow2", "ends when 12 have it"},
             {"share --watch-folder /srv/images", "each file and folder in it"},
             {"share --name holiday *.jpg", ""}}};
}

command_spec get_spec() {
    return {
        "get",
        "Share and get",
        "TARGET...",
        "Download a magnet link, hash, .torrent, URL or NAME",
        "Download and check, then pass it on while others are fetching.\n"
        "TARGET is a magnet link, magnet:HASH, a bare HASH, a .torrent file (- is\n"
        "standard input), an http(s) URL of one, or the name of a share on this\n"
        "network. The path of what arrived goes to standard output.",
        {{"Which shares of a NAME",
          {{"--all", "", "Every share that fits; NAME may be a glob"},
           {"--newest", "", "The one whose files were changed last"},
           {"--from", "HOST", "Only what this host shares: its name or address"}}},
         {"Files",
          {{"-o,--output", "DIR", "Where to; - writes one file to standard output", "."},
           {"-s,--select", "LIST", "Files by number or glob: 1,3-5 or '*.srt'", "all"},
           {"--first", "LIST", "Fetch these files first"},
           {"--last", "LIST", "Fetch these files last"},
           {"-l,--list", "", "Print the files and exit"},
           {"--overwrite", "", "Replace files that are there and differ"},
           {"--prealloc", "", "Reserve the room on the disk first"},
           {"--save-torrent", "", "Also keep NAME.torrent"}}},
         {"Transfer",
          {{"-d,--daemon", "", "Hand it to the daemon, and end"},
           {"--seed", "WHEN", "no, linger, forever, a time, ratio:1.5", "linger", last, "no linger forever"},
           {"-t,--tracker", "URL", "Ask here too; repeat for more", "", list},
           {"--peer", "HOST:PORT", "Connect to this address; repeat for more", "", list},
           {"--sequential", "", "Pieces in order"},
           {"--at-once", "N", "Download N TARGETs at a time", "all"},
           {"--timeout", "TIME", "Give up after so long without progress", "never"},
           {"--down-limit", "RATE", "Bytes per second taken", "none"},
           {"--up-limit", "RATE", "Bytes per second given to others", "none"},
           {"--limit-lan", "", "The limits count for this network, too"},
           {"--peers", "N", "Connections at most", "200"}}},
         sharing_node()},
        {{"get magnet:9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1", ""},
         {"get lesson.iso", "the share of that name"},
         {"get --newest nightly.img", ""},
         {"get --all '*.iso' --from lab-07", ""},
         {"get -o /srv/images lab.torrent", ""},
         {"get -o - HASH | tar x", "one file, in order, to a pipe"}},
        "request"};
}

command_spec discover_spec() {
    return {"discover",
            "This network",
            "[NAME]",
            "List what is shared on this network",
            "List what is shared on this network, found by asking every node and tracker that\n"
            "can be heard. With NAME only what fits it.",
            {{"Looking",
              {{"--timeout", "TIME", "Listen for so long", "1s to 3s"},
               {"--watch", "", "Go on and print every change"},
               {"--trackers", "", "List the trackers instead"}}},
             {"Network", looking}},
            {{"discover", ""}, {"discover '*.iso'", ""}, {"discover --json | jq -r .torrents[].name", ""}},
            "ls"};
}

command_spec peers_spec() {
    return {"peers",
            "This network",
            "[TORRENT]",
            "Show who is online here, or the peers of a torrent",
            "Show who is online on this network and what they share. With a TORRENT that\n"
            "runs: its connected peers, and what goes to and comes from each.",
            {{"Looking", {{"--timeout", "TIME", "Listen for so long", "1s to 3s"}}}, {"Network", looking}},
            {{"peers", ""},
             {"peers album", "of a torrent that runs"},
             {"who --json", "the same by its other name"}},
            "who"};
}

command_spec doctor_spec() {
    return {"doctor",
            "This network",
            "[HOST]",
            "Say why others are not seen, and what to do",
            "Look at this machine, its firewall and the network for some seconds, and say\n"
            "what keeps nodes from seeing each other: a line each, ok, warn or fail, and what\n"
            "to do. It asks the nodes it hears to connect to it. HOST is a machine that\n"
            "should be seen and is not. The exit code is 0 when nothing fails, else 1.",
            {{"Looking",
              {{"--timeout", "TIME", "Listen for so long", "4s to 37s"},
               {"-p,--port", "PORT", "TCP port that others are to reach", "any free port"},
               {"--no-dht", "", "Do not look at the DHT"},
               {"--no-internet", "", "Stay on this network: no public DHT routers"}}},
             {"Network",
              {{"--bind", "ADDRESS", "Use only the network of this local address"},
               {"-4,--ipv4", "", "IPv4 only"},
               {"-6,--ipv6", "", "IPv6 only"},
               {"--network", "NAME", "The network name that the nodes were given"},
               {"--lan-port", "PORT", "UDP port for finding nodes on this network", "8001"}}}},
            {{"doctor", ""},
             {"doctor lab-07", "a machine that should be seen"},
             {"doctor --json | jq '.findings[] | select(.grade == \"fail\")'", ""}}};
}

command_spec tracker_spec() {
    return {"tracker",
            "Servers",
            "",
            "Run a tracker; nodes on this network find it",
            "Run a BitTorrent tracker, HTTP and UDP, until Ctrl-C. Nodes on this network\n"
            "find and use it by themselves; any other client can be pointed at the address\n"
            "that goes to standard output. Its page shows who is online and what they share.\n"
            "SIGHUP reads the list of --allow or --deny again.",
            {{"Service",
              {{"-p,--port", "PORT", "TCP and UDP port", "6969 or the next free"},
               {"--bind", "ADDRESS", "Use only this local address"},
               {"-4,--ipv4", "", "IPv4 only"},
               {"-6,--ipv6", "", "IPv6 only"},
               {"--no-udp", "", "HTTP only"},
               {"--no-http", "", "UDP only"},
               {"--interval", "TIME", "Peers come back after so long", "1m here, 30m others"},
               {"--state", "FILE", "Remember peers here; none: nowhere", "state folder"}}},
             {"Access",
              {{"--open", "", "Track every torrent", "yes"},
               {"--allow", "FILE", "Track only the info-hashes in FILE, one a line"},
               {"--deny", "FILE", "Do not track the info-hashes in FILE"},
               {"--stats", "WHO", "Page and numbers for lan, public or off", "lan", last, "lan public off"},
               {"--metrics", "", "Numbers per torrent in /metrics, too"}}},
             {"Network",
              {{"--no-lan", "", "Do not tell nodes on this network"},
               {"--network", "NAME", "Be found only by nodes that gave the same name"},
               {"--lan-port", "PORT", "UDP port nodes listen at", "8001"}}}},
            {{"tracker", ""}, {"tracker --allow hashes.txt --stats public", ""}}};
}

command_spec daemon_spec() {
    auto others = sharing_node();
    others.options.front().fallback = "51413 or the next free";
    return {"daemon",
            "Servers",
            "[stop|status]",
            "Run a node that keeps its torrents over restarts",
            "Run a node in the background: 'share -d', 'get -d' and 'add' hand it torrents.\n"
            "It has them again after a restart, a kill or a power cut, with what was paused,\n"
            "selected and limited. It stays in the foreground of what starts it (a terminal,\n"
            "systemd, a container), and a terminal that closes does not end it.\n"
            "Programs made for Transmission control it: transmission-remote 127.0.0.1:9091 -l\n"
            "  stop     end the one that runs\n"
            "  status   its process, folders and number of torrents",
            {{"Torrents",
              {{"--download-dir", "DIR", "Where 'add' puts files", "Downloads"},
               {"--at-once", "N", "Download N torrents at a time", "all"},
               {"--down-limit", "RATE", "Bytes per second taken by all", "none"},
               {"--up-limit", "RATE", "Bytes per second given by all", "none"},
               {"--limit-lan", "", "The limits count for this network, too"},
               {"--peers", "N", "Connections at most of each torrent", "200"}}},
             {"Control port",
              {{"--rpc-bind", "HOST:PORT", "Its address, or off; repeat", "127.0.0.1:9091", list},
               {"--rpc-auth", "@FILE", "Ask for the user:password in FILE"},
               {"--rpc-host", "NAME", "This machine is called so; repeat for more", "", list},
               {"--web-root", "DIR", "Serve the page of this folder in place of ours"},
               {"--share-dir", "DIR", "Clients may share and put files here; repeat", "", list}}},
             std::move(others)},
            {{"daemon", ""}, {"daemon status", ""}, {"daemon stop", ""}},
            {},
            "stop status"};
}

command_spec dht_spec() {
    return {"dht",
            "Internet",
            "ACTION [WHAT]",
            "Ask the DHT: peers, announce, ping, stats",
            "Ask the DHT, the network of all BitTorrent nodes that needs no tracker.\n"
            "  peers HASH       who shares a torrent: an address a line, as they come\n"
            "  announce HASH    tell that this machine shares it; lasts half an hour\n"
            "  ping HOST:PORT   whether a node is there\n"
            "  stats            how this machine's node stands\n"
            "HASH is an info-hash or a magnet link. The newest share or get that runs here is\n"
            "asked; without one, or with an option of the groups below that has to do with a\n"
            "node, a node is started for the question.",
            {{"Asking",
              {{"--timeout", "TIME", "Give up after so long", "30s; ping, stats 5s"},
               {"-p,--port", "PORT", "Port to announce", "that of the running node"},
               {"--here", "", "Ask with a node of its own, not the running one"}}},
             {"A node of its own",
              {{"--bind", "ADDRESS", "Use only this local address"},
               {"-4,--ipv4", "", "IPv4 only"},
               {"-6,--ipv6", "", "IPv6 only"},
               {"--no-lan", "", "Do not ask nodes on this network"},
               {"--network", "NAME", "Meet only nodes that gave the same name"},
               {"--lan-port", "PORT", "UDP port for finding nodes on this network", "8001"},
               {"--dht-bootstrap", "HOST:PORT", "Begin with this node; repeat for more", "", list},
               {"--no-internet", "", "Stay on this network: no public DHT routers"}}}},
            {{"dht peers 9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1", ""},
             {"dht ping router.bittorrent.com:6881", ""},
             {"dht stats --json", ""}},
            {},
            "peers announce ping stats"};
}

command_spec create_spec() {
    return {"create",
            "Torrent files",
            "PATH",
            "Make a .torrent file",
            "Make a .torrent file. The magnet link goes to standard output.",
            {with("Torrent",
                  {{"-o,--output", "FILE", "Where to; - is standard output", "NAME.torrent"},
                   {"-n,--name", "NAME", "Name others see", "name of PATH"}},
                  making),
             {"Making",
              {{"--exclude", "GLOB", "Leave out matching files; repeat for more", "", list},
               {"--no-date", "", "No creation date"},
               {"--date", "N", "Creation date in Unix seconds", "now"},
               {"-j,--threads", "N", "Hash with N threads", "all cores"}}}},
            {{"create -t http://192.168.1.5:6969/announce Videos", ""},
             {"create --no-date -o - notes.txt | sha256sum", "the same bytes each time"}}};
}

command_spec show_spec() {
    return {"show",
            "Torrent files",
            "FILE|TARGET",
            "Print what a .torrent or magnet link holds",
            "Print what a .torrent or magnet link holds. For a link or a hash the\n"
            "description is fetched from other nodes first; --magnet and --hash do without.",
            {{"What",
              {{"--magnet", "", "Only the magnet link"},
               {"--hash", "", "Only the info-hash"},
               {"--tree", "", "The raw bencoding as JSON"},
               {"--scrape", "", "Ask its trackers how many have it"}}},
             {"Fetching",
              {{"--timeout", "TIME", "Give up after so long", "30s"},
               {"-t,--tracker", "URL", "Ask here too; repeat for more", "", list},
               {"--peer", "HOST:PORT", "Connect to this address; repeat for more", "", list}}},
             network_and_dht()},
            {{"show ubuntu.torrent", ""}, {"show --json magnet:HASH | jq .torrents[0].files", ""}}};
}

command_spec verify_spec() {
    return {"verify",
            "Torrent files",
            "FILE [DIR]",
            "Check files on disk against a .torrent",
            "Check the files in DIR against the .torrent FILE; nothing is changed. DIR is the\n"
            "folder that holds the file or folder of the torrent, by default the current one.\n"
            "Where FILE is no file but a torrent that runs (see 'status'), that one looks at\n"
            "its files again: a get fetches what is missing, a share stops offering\n"
            "damaged pieces.",
            {},
            {{"verify ubuntu.torrent", ""},
             {"verify lab.torrent /srv/images", ""},
             {"verify ubuntu.iso", "the one of that name that runs"}}};
}

command_spec config_spec() {
    return {"config",
            "This program",
            "[COMMAND]",
            "Show each setting and where it comes from",
            "Show what every option is when it does not stand on the line, and from where:\n"
            "the environment, the configuration file (with its line), or the default; with\n"
            "COMMAND only of that one. Passwords are not shown.",
            {},
            {{"config", ""}, {"config daemon", ""}, {"config --json | jq .file", ""}},
            {},
            {},
            true};
}

command_spec shell_spec() {
    return {"shell",
            "This program",
            "",
            "Type commands at a prompt",
            "Type commands at a prompt, without the program's name, and these words:\n"
            "  start          go online: run the daemon that holds what is shared and fetched\n"
            "  update         list what is shared on this network\n"
            "  request NAME   fetch it in the background; also a link, a hash, a .torrent\n"
            "  share PATH     share it until 'close'\n"
            "  close          end what 'start' began, and leave; as Ctrl-D\n"
            "Lines from a pipe are a script: '#' begins a comment, 'request' waits for what\n"
            "it fetches, and the first command that fails ends it with its exit code.",
            {},
            {{"shell", ""}, {"shell < script", ""}}};
}

command_spec open_spec() {
    return {"open",
            "Servers",
            "",
            "Open the daemon's page in a browser",
            "Open the page of the daemon in a browser, and print its address. Where no daemon\n"
            "runs it is started, and stays until 'daemon stop'.",
            {{"Page", {{"--print", "", "Print the address and start no browser"}}}},
            {{"open", ""}}};
}

command_spec completion_spec() {
    return {"completion",
            "This program",
            "bash|zsh|fish",
            "Print the completion script for a shell",
            "Print a script with which the shell completes commands, options, their values,\n"
            "files and the names of torrents that run. It asks this program, so it knows\n"
            "what the program knows.",
            {},
            {{"completion bash > ~/.local/share/bash-completion/completions/btnode", ""},
             {"completion fish | source", ""}},
            {},
            "bash zsh fish"};
}

}  // namespace

const std::vector<command_spec>& commands() {
    static const std::vector<command_spec> all = {
        share_spec(),      get_spec(),      status_spec(), files_spec(),  pieces_spec(),  speeds_spec(),
        pause_spec(),      resume_spec(),   remove_spec(), move_spec(),   set_spec(),     add_spec(),
        reannounce_spec(), discover_spec(), peers_spec(),  doctor_spec(), dht_spec(),     create_spec(),
        show_spec(),       verify_spec(),   daemon_spec(), open_spec(),   tracker_spec(), config_spec(),
        completion_spec(), shell_spec()};
    return all;
}

const option_group& general_option_group() {
    static const option_group group = {
        "Options",
        {{"-h,--help", "", "Help for any command"},
         {"-V,--version", "", "Version"},
         {"-q,--quiet", "", "Errors only"},
         {"-v,--verbose", "", "More detail (repeat for more)", "", count},
         {"--json", "", "Machine-readable output"},
         {"--color", "WHEN", "auto, always, never", "auto", last, "auto always never"},
         {"--progress", "WHEN", "auto, bar, plain, none", "auto", last, "auto bar plain none"},
         {"--ascii", "", "No characters beyond ASCII in the display"},
         {"--config", "FILE", "Read this configuration file"},
         {"--no-config", "", "Read no configuration file"}}};
    return group;
}

const std::vector<example>& general_examples() {
    static const std::vector<example> all = {{"share ubuntu.iso", ""},
                                             {"get magnet:9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1", ""}};
    return all;
}

std::string_view long_name(const option_spec& option) {
    return option.names.substr(option.names.find("--") + 2);
}

std::string_view short_name(const option_spec& option) {
    return option.names.starts_with("--") ? std::string_view() : option.names.substr(1, 1);
}

}  // namespace bt::cli
