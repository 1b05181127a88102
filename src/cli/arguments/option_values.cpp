// Words become values. A word that makes no sense is named together with what would.
#include <fmt/format.h>

#include <ctime>
#include <limits>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "cli/arguments/raw_line.hpp"
#include "cli/arguments/values.hpp"
#include "cli/display/format.hpp"
#include "torrent/magnet.hpp"
#include "torrent/urls.hpp"

namespace bt::cli {

namespace {

bool is_url(std::string_view text, std::initializer_list<std::string_view> schemes) {
    for (auto scheme : schemes)
        if (text.starts_with(scheme) && text.size() > scheme.size()) return true;
    return false;
}

/// The comma before the next URL of a tier; one inside of a URL belongs to it.
std::size_t end_of_url(std::string_view word, std::size_t begin) {
    for (auto comma = word.find(',', begin); comma != word.npos; comma = word.find(',', comma + 1)) {
        const auto next = word.substr(comma + 1);
        const auto scheme = next.find("://");
        if (next.empty() || next.front() == ',' || scheme < next.find_first_of("/,?&")) return comma;
    }
    return word.size();
}

/// As tracker_url() has it of a torrent; on anything else says why not.
std::optional<std::string> read_tracker(values& v, const raw_value& raw, std::string_view text) {
    if (text.size() > limits::url_bytes) {
        v.refuse(fmt::format("bad value for {}: a URL of {} bytes is too long; the limit is {}", raw.origin,
                             text.size(), limits::url_bytes));
        return std::nullopt;
    }
    auto url = torrent::tracker_url(text);
    if (!url || url->ends_with("://")) v.refuse(raw, "a URL such as http://192.168.1.5:6969/announce");
    return url;
}

torrent::tracker_tiers tiers(values& v) {
    torrent::tracker_tiers all;
    const auto* raw = v.find("tracker");
    if (raw == nullptr) return all;
    for (const auto& word : raw->words) {
        std::vector<std::string> tier;
        for (std::size_t begin = 0; begin <= word.size();) {
            const std::size_t end = end_of_url(word, begin);
            if (auto url = read_tracker(v, {{word}, raw->origin}, word.substr(begin, end - begin)))
                tier.push_back(std::move(*url));
            begin = end + 1;
        }
        all.push_back(std::move(tier));
    }
    return all;
}

void read_making(values& v, app::make_request& make) {
    make.trackers = tiers(v);
    make.is_private = v.flag("private");
    // People write 256k and mean a power of two.
    v.read("piece-size", make.piece_bytes, "a power of two from 16Ki to 64Mi", [](std::string_view word) {
        auto value = parse_size(word, true);
        const bool fits = value && *value >= limits::piece_bytes_created_min &&
                          *value <= limits::piece_bytes_created_max && (*value & (*value - 1)) == 0;
        return fits ? value : std::nullopt;
    });
    v.text("name", make.name);
    v.text("comment", make.comment);
    v.text("source", make.source);
    v.list("webseed", make.web_seeds);
    for (const auto& seed : make.web_seeds)
        if (!is_url(to_lower(seed), {"http://", "https://"}))
            v.refuse({{seed}, v.find("webseed")->origin}, "an http or https URL");
}

void read_network(values& v, app::session_options& session) {
    v.number("port", session.port, 0, 65535);
    read_place(v, session);
    session.lan = !v.flag("no-lan");
    session.use_dht = !v.flag("no-dht");
    read_dht_part(v, session.dht);
    if (!session.use_dht && v.on_line("dht-bootstrap"))
        v.refuse("--no-dht and --dht-bootstrap exclude each other");
    v.number("peers", session.peers, 1, 65535);
    v.rate("up-limit", session.up_limit);
    v.rate("down-limit", session.down_limit);
    session.limit_lan = v.flag("limit-lan");
    v.read("web", session.guests, "on, off or all",
           [](std::string_view word) -> std::optional<app::guest_view> {
               if (word == "on") return app::guest_view::listed;
               if (word == "off") return app::guest_view::none;
               if (word == "all") return app::guest_view::all;
               return std::nullopt;
           });
}

void read_peers(values& v, app::get_request& to) {
    const auto* raw = v.find("peer");
    if (raw == nullptr) return;
    for (const auto& word : raw->words) {
        auto named = named_endpoint::parse(word);
        auto peer = endpoint::parse(with_zone_number(word));
        if (named)
            to.named_peers.push_back(std::move(*named));
        else if (peer && peer->port != 0)
            to.peers.push_back(*peer);
        else
            v.refuse({{word}, raw->origin},
                     "an address or host name and a port such as 192.168.1.20:40112, tower.lan:40112 or "
                     "[fe80::1%eth0]:40112");
    }
}

std::vector<std::string> flat(const torrent::tracker_tiers& all) {
    std::vector<std::string> urls;
    for (const auto& tier : all) urls.insert(urls.end(), tier.begin(), tier.end());
    return urls;
}

/// What another process runs with is its own.
void refuse_node_options(values& v) {
    for (const auto* name : {"port", "bind", "ipv4", "ipv6", "no-lan", "network", "lan-port", "no-dht",
                             "dht-bootstrap", "no-internet", "web", "link-web", "peers", "limit-lan",
                             "super-seed", "at-once", "list", "save-torrent", "timeout"})
        if (v.on_line(name)) v.refuse(fmt::format("--daemon and --{} exclude each other", name));
}

/// Those of these options that the line has, "--label, --seed".
std::string given_of(const values& v, std::initializer_list<const char*> names) {
    std::string all;
    for (const auto* name : names)
        if (v.on_line(name)) all += fmt::format("{}--{}", all.empty() ? "" : ", ", name);
    return all;
}

share_options read_share(values& v, const raw_line& line) {
    share_options o;
    v.path("watch-folder", o.watched, "a folder");
    if (line.arguments.empty() && o.watched.empty()) v.refuse("share what? No PATH given");
    o.make.dated_by_files = true;
    o.paths = line.arguments;
    read_making(v, o.make);
    read_network(v, o.session);
    if (o.make.is_private && v.on_line("dht-bootstrap"))
        v.refuse("--private keeps the torrent out of the DHT: --dht-bootstrap is for others");
    o.session.use_dht = o.session.use_dht && !o.make.is_private;
    v.number("until", o.until, 1, std::numeric_limits<std::uint32_t>::max());
    v.path("save", o.save, "the name of a file");
    o.session.super_seed = v.flag("super-seed");
    o.unlisted = v.flag("unlisted");
    o.qr = v.flag("qr");
    o.web_seed = v.flag("link-web");
    if (!o.save.empty() && o.paths.size() > 1 && o.make.name.empty())
        v.refuse("--save takes one torrent; several PATHs become one with --name");
    o.hand_over = v.flag("daemon");
    if (o.hand_over) refuse_node_options(v);
    o.wishes = given_of(v, {"up-limit", "until", "unlisted"});
    if (o.watched.empty()) return o;
    for (const auto* name : {"name", "save", "until"})
        if (v.on_line(name)) v.refuse(fmt::format("--watch-folder and --{} exclude each other", name));
    // the daemon makes torrents as 'share' does with no options
    if (o.hand_over)
        for (const auto* name :
             {"tracker", "private", "piece-size", "comment", "source", "webseed", "unlisted", "up-limit"})
            if (v.on_line(name))
                v.refuse(fmt::format("--daemon --watch-folder and --{} exclude each other", name));
    return o;
}

/// What a torrent is fetched with, in this process or in the daemon.
void read_wishes(values& v, const raw_line& line, get_options& o) {
    o.targets = line.arguments;
    v.path("output", o.get.folder, "a folder, or - for standard output");
    read_files(v, "select", o.get.files.select);
    read_files(v, "first", o.get.files.first);
    read_files(v, "last", o.get.files.last);
    read_seed(v, o.get.seed, true);
    o.get.trackers = flat(tiers(v));
    read_peers(v, o.get);
    o.get.sequential = v.flag("sequential");
    o.get.overwrite = v.flag("overwrite");
    o.get.prealloc = v.flag("prealloc");
    o.wishes = given_of(v, {"output", "select", "first", "last", "seed", "tracker", "peer", "sequential",
                            "overwrite", "prealloc", "paused", "label", "down-limit", "up-limit"});
}

/// Which of the shares that a name fits; then every TARGET is such a name.
void read_share_choice(values& v, get_options& o) {
    o.all_shares = v.flag("all");
    o.newest_share = v.flag("newest");
    v.text("from", o.from_host);
    if (v.given("from") && o.from_host.empty()) v.refuse("--from takes the name or address of a host");
    if (o.all_shares && o.newest_share) v.refuse("--all and --newest exclude each other");
    if (!o.all_shares && !o.newest_share && o.from_host.empty()) return;
    if (!o.session.lan)
        v.refuse("--all, --newest and --from choose among shares of this network: not with --no-lan");
    if (o.get.to_stdout && o.all_shares) v.refuse("--output - takes one file: not with --all");
    for (const auto& target : o.targets)
        if (target.empty() || target == "-" || target.find('/') != std::string::npos ||
            torrent::looks_like_magnet(target))
            v.refuse(fmt::format("--all, --newest and --from choose among shares: '{}' is no name of one",
                                 printable(target, 80)));
}

get_options read_get(values& v, const raw_line& line) {
    get_options o;
    if (line.arguments.empty()) v.refuse("get what? No TARGET given");
    read_network(v, o.session);
    read_wishes(v, line, o);
    o.get.to_stdout = o.get.folder == "-";
    if (o.get.to_stdout) o.get.folder = ".";
    v.number("at-once", o.session.at_once, 1, 65535);
    v.time("timeout", o.get.timeout);
    o.list = v.flag("list");
    o.get.metadata_only = o.list;
    o.save_torrent = v.flag("save-torrent");
    if (o.get.to_stdout && o.targets.size() > 1) v.refuse("--output - takes one TARGET");
    if (o.get.to_stdout && v.flag("json")) v.refuse("--output - and --json both want standard output");
    read_share_choice(v, o);
    o.hand_over = v.flag("daemon");
    if (!o.hand_over) return o;
    refuse_node_options(v);
    if (o.get.to_stdout) v.refuse("--daemon and --output - exclude each other");
    return o;
}

get_options read_add(values& v, const raw_line& line) {
    get_options o;
    if (line.arguments.empty()) v.refuse("add what? No TARGET given");
    o.get.seed.what = app::seed_rule::kind::forever;
    read_place(v, o.session);
    read_wishes(v, line, o);
    o.hand_over = true;
    o.in_its_folder = !v.given("output");
    o.paused = v.flag("paused");
    read_labels(v, o.labels);
    v.rate("down-limit", o.session.down_limit);
    v.rate("up-limit", o.session.up_limit);
    if (o.get.folder == "-") v.refuse("a daemon has no standard output: --output takes a folder");
    return o;
}

daemon_options read_daemon(values& v, const raw_line& line) {
    daemon_options o;
    v.no_argument_after(1);
    const auto action = line.arguments.empty() ? "" : line.arguments.front();
    if (action == "stop")
        o.action = daemon_action::stop;
    else if (action == "status")
        o.action = daemon_action::status;
    else if (!action.empty())
        v.refuse("daemon takes stop, status, or nothing to run one");
    read_network(v, o.session);
    v.number("at-once", o.session.at_once, 1, 65535);
    read_rpc(v, o.rpc);
    v.path("download-dir", o.downloads, "a folder");
    v.list("share-dir", o.shares);
    return o;
}

create_options read_create(values& v, const raw_line& line, const environment& env) {
    create_options o;
    if (line.arguments.empty()) v.refuse("create from what? No PATH given");
    v.no_argument_after(1);
    if (!line.arguments.empty()) o.path = line.arguments.front();
    read_making(v, o.make);
    v.path("output", o.output, "the name of a file, or - for standard output");
    v.list("exclude", o.make.exclude);
    v.number("threads", o.make.threads, 1, 1024);
    constexpr std::uint64_t last_second = 253'402'300'799;  // of the year 9999
    std::int64_t date = static_cast<std::int64_t>(std::time(nullptr));
    if (const char* epoch = env("SOURCE_DATE_EPOCH")) {  // reproducible-builds.org
        if (auto value = parse_number(epoch); value && *value <= last_second)
            date = static_cast<std::int64_t>(*value);
        else if (!v.given("date") && !v.flag("no-date"))
            v.refuse({{epoch}, "SOURCE_DATE_EPOCH"}, "a number of seconds since 1970");
    }
    v.number("date", date, 0, last_second);
    if (!v.flag("no-date")) o.make.creation_date = date;
    if (o.output == "-" && v.flag("json")) v.refuse("--output - and --json both want standard output");
    return o;
}

show_options read_show(values& v, const raw_line& line) {
    show_options o;
    if (line.arguments.empty()) v.refuse("show what? No FILE or TARGET given");
    v.no_argument_after(1);
    if (!line.arguments.empty()) o.target = line.arguments.front();
    read_network(v, o.session);
    o.session.guests = app::guest_view::none;
    o.magnet = v.flag("magnet");
    o.hash = v.flag("hash");
    o.tree = v.flag("tree");
    o.scrape = v.flag("scrape");
    if (o.magnet + o.hash + o.tree + (v.flag("json") || o.scrape) > 1)
        v.refuse("--magnet, --hash, --tree, --scrape and --json exclude each other");
    o.get.metadata_only = true;
    o.get.timeout = 30s;
    v.time("timeout", o.get.timeout);
    o.get.trackers = flat(tiers(v));
    read_peers(v, o.get);
    return o;
}

verify_options read_verify(values& v, const raw_line& line) {
    verify_options o;
    if (line.arguments.empty()) v.refuse("verify what? No FILE or TORRENT given");
    v.no_argument_after(2);
    if (!line.arguments.empty()) o.torrent = line.arguments.front();
    o.only_file = line.arguments.size() > 1;
    if (o.only_file) o.folder = line.arguments[1];
    return o;
}

void read_looking(values& v, app::look_options& look) {
    read_place(v, look);
    look.trackers = flat(tiers(v));
}

discover_options read_discover(values& v, const raw_line& line) {
    discover_options o;
    v.no_argument_after(1);
    if (!line.arguments.empty()) o.name = line.arguments.front();
    read_looking(v, o.look);
    v.time("timeout", o.timeout);
    o.wait_out = v.given("timeout");
    o.watch = v.flag("watch");
    o.trackers = v.flag("trackers");
    return o;
}

who_options read_who(values& v, const raw_line& line) {
    who_options o;
    v.no_argument_after(1);
    read_looking(v, o.look);
    v.time("timeout", o.timeout);
    o.wait_out = v.given("timeout");
    if (!line.arguments.empty()) o.torrent = line.arguments.front();
    if (!line.arguments.empty() && o.torrent.empty()) v.refuse("TORRENT is empty");
    return o;
}

doctor_command_options read_doctor(values& v, const raw_line& line) {
    doctor_command_options o;
    v.no_argument_after(1);
    if (!line.arguments.empty()) o.look.host = line.arguments.front();
    if (!line.arguments.empty() && o.look.host.empty()) v.refuse("HOST is empty");
    read_place(v, o.look);
    v.time("timeout", o.look.patience);
    v.number("port", o.look.port, 0, 65535);
    o.look.use_dht = !v.flag("no-dht");
    o.look.dht.internet = !v.flag("no-internet");
    return o;
}

tracker_options read_tracker(values& v) {
    tracker_options o;
    auto& s = o.service;
    v.no_argument_after(0);
    if (v.given("port")) v.number("port", s.port.emplace(), 0, 65535);
    read_place(v, s);
    s.http = !v.flag("no-http");
    s.udp = !v.flag("no-udp");
    if (!s.http && !s.udp) v.refuse("--no-http and --no-udp leave nothing to do");
    if (v.given("interval"))
        v.read("interval", s.interval.emplace(), "a time from 10s to 1d", [](std::string_view word) {
            const auto time = parse_duration(word);
            return time && *time >= 10s && *time <= 24h ? time : std::nullopt;
        });
    if (v.given("state")) v.path("state", s.state.emplace(), "the name of a file, or none");
    if (s.state == "none") s.state->clear();
    if (v.flag("open") + v.given("allow") + v.given("deny") > 1)
        v.refuse("--open, --allow and --deny exclude each other");
    if (v.given("allow")) s.access = tracker::access_mode::allow_list;
    if (v.given("deny")) s.access = tracker::access_mode::deny_list;
    v.text("allow", s.list);
    v.text("deny", s.list);
    v.read("stats", s.stats, "lan, public or off",
           [](std::string_view word) -> std::optional<tracker::stats_access> {
               if (word == "lan") return tracker::stats_access::lan;
               if (word == "public") return tracker::stats_access::everybody;
               if (word == "off") return tracker::stats_access::nobody;
               return std::nullopt;
           });
    s.metrics_per_torrent = v.flag("metrics");
    s.lan = !v.flag("no-lan");
    return o;
}

config_options read_config(values& v, const raw_line& line) {
    config_options o;
    v.no_argument_after(1);
    if (line.arguments.empty()) return o;
    o.command = line.arguments.front();
    const auto& all = commands();
    const bool known = std::any_of(all.begin(), all.end(), [&](const command_spec& each) {
        return each.name == o.command || (!each.alias.empty() && each.alias == o.command);
    });
    if (!known) v.refuse(fmt::format("config takes a command: '{}' is none", printable(o.command, 80)));
    return o;
}

shell_options read_shell(values& v, const raw_line& line) {
    shell_options o;
    v.no_argument_after(0);
    for (const auto& option : general_option_group().options) {
        const auto name = long_name(option);
        if (!v.on_line(name)) continue;
        for (const auto& word : line.options.find(name)->second.words)
            o.passed_on.push_back(option.value.empty() ? fmt::format("--{}", name)
                                                       : fmt::format("--{}={}", name, word));
    }
    return o;
}

completion_options read_completion(values& v, const raw_line& line) {
    completion_options o;
    v.no_argument_after(1);
    if (!line.arguments.empty()) o.shell = line.arguments.front();
    if (o.shell != "bash" && o.shell != "zsh" && o.shell != "fish")
        v.refuse("completion takes bash, zsh or fish");
    return o;
}

}  // namespace

result<general_options> read_general(const raw_line& line, const std::string& program) {
    values v(line);
    general_options g;
    g.program = program;
    g.quiet = v.flag("quiet");
    g.json = v.flag("json");
    g.ascii = v.flag("ascii");
    if (const auto* raw = v.find("verbose")) {
        g.verbose = static_cast<int>(raw->words.size());
        if (raw->origin != "--verbose") v.number("verbose", g.verbose, 0, 9);
    }
    v.read("color", g.color, "auto, always or never", [](std::string_view word) -> std::optional<when> {
        if (word == "auto") return when::automatic;
        if (word == "always") return when::always;
        if (word == "never") return when::never;
        return std::nullopt;
    });
    v.read("progress", g.progress, "auto, bar, plain or none",
           [](std::string_view word) -> std::optional<progress_mode> {
               if (word == "auto") return progress_mode::automatic;
               if (word == "bar") return progress_mode::bar;
               if (word == "plain") return progress_mode::plain;
               if (word == "none") return progress_mode::none;
               return std::nullopt;
           });
    if (v.trouble()) return unexpected(*v.trouble());
    return g;
}

result<command_options> read_command(const raw_line& line, const environment& env) {
    values v(line);
    command_options command;
    const auto name = line.command->name;
    if (name == "share") command = read_share(v, line);
    if (name == "get") command = read_get(v, line);
    if (name == "create") command = read_create(v, line, env);
    if (name == "show") command = read_show(v, line);
    if (name == "verify") command = read_verify(v, line);
    if (name == "discover") command = read_discover(v, line);
    if (name == "peers") command = read_who(v, line);
    if (name == "dht") command = read_dht(v, line);
    if (name == "status") command = read_status(v, line);
    if (name == "files") command = read_files_of(v, line);
    if (name == "pieces") command = read_pieces(v, line);
    if (name == "speeds") command = read_speeds(v);
    if (name == "pause") command = read_torrents(v, line, torrent_action::pause);
    if (name == "resume") command = read_torrents(v, line, torrent_action::resume);
    if (name == "remove") command = read_remove(v, line);
    if (name == "reannounce") command = read_torrents(v, line, torrent_action::reannounce);
    if (name == "move") command = read_move(v, line);
    if (name == "set") command = read_set(v, line);
    if (name == "add") command = read_add(v, line);
    if (name == "daemon") command = read_daemon(v, line);
    if (name == "doctor") command = read_doctor(v, line);
    if (name == "tracker") command = read_tracker(v);
    if (name == "config") command = read_config(v, line);
    if (name == "shell") command = read_shell(v, line);
    if (name == "open") command = open_options{v.flag("print")};
    if (name == "completion") command = read_completion(v, line);
    if (v.trouble()) return unexpected(*v.trouble());
    return command;
}

}  // namespace bt::cli
