// What each command was asked to do, and the commands themselves.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/daemon/rpc_front.hpp"
#include "app/dht/dht_access.hpp"
#include "app/doctor/doctor.hpp"
#include "app/files/files.hpp"
#include "app/lan/lan_browser.hpp"
#include "app/session.hpp"
#include "app/tracker/tracker_service.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"

namespace bt::cli {

struct general_options {
    std::string program;  ///< the name this was called by
    bool quiet = false, json = false, ascii = false;
    int verbose = 0;
    when color = when::automatic;
    progress_mode progress = progress_mode::automatic;
};

/// What is left when a command ends: an exit code, or the signal that ended it.
struct ending {
    exit_code code = exit_code::done;
    int signal = 0;
};

struct share_options {
    std::vector<std::string> paths;
    app::make_request make;  ///< all but the paths
    app::session_options session;
    std::uint32_t until = 0;
    std::string save;
    bool unlisted = false;
    bool qr = false, web_seed = false;
    std::string watched;     ///< a folder whose entries are shared as they come and go; empty: none
    bool hand_over = false;  ///< to the daemon
    std::string wishes;      ///< the options that say how the daemon shares it, for people
};
struct get_options {
    std::vector<std::string> targets;
    bool all_shares = false, newest_share = false;  ///< of those that fit a name
    std::string from_host;                          ///< only what this one shares; empty: any
    app::get_request get;                           ///< all but the target
    app::session_options session;
    bool list = false, save_torrent = false;
    bool hand_over = false;                      ///< to the daemon
    bool in_its_folder = false, paused = false;  ///< of what is handed over
    std::vector<std::string> labels;
    std::string wishes;  ///< the options that say how it is fetched, for people
};
enum class daemon_action { run, stop, status };
struct daemon_options;
/// The same line read again, with the configuration file as it is now.
using read_again = std::function<result<void>(general_options&, daemon_options&)>;
struct daemon_options {
    daemon_action action = daemon_action::run;
    app::session_options session;
    app::rpc_options rpc;
    std::string downloads;                                  ///< empty: the user's folder for them
    std::vector<std::string> shares;                        ///< folders that clients may share from
    std::map<std::string, std::vector<std::string>> given;  ///< what is not as by default, by long name
    std::string config;                                     ///< the file that was read; empty: none
    read_again again;
};
struct open_options {
    bool only_prints = false;  ///< no browser is started
};
struct create_options {
    std::string path;
    std::string output;
    app::make_request make;
};
struct show_options {
    std::string target;
    bool magnet = false, hash = false, tree = false, scrape = false;
    app::get_request get;
    app::session_options session;
};
struct verify_options {
    std::string torrent;  ///< a file, or one that runs
    std::string folder = ".";
    bool only_file = false;
};

// --- of running nodes
struct status_options {
    std::vector<std::string> torrents;
    bool watch = false;
};
struct files_options {
    std::string torrent;
};
struct pieces_options {
    std::string torrent;
};
struct speeds_options {
    bool watch = false;
};
enum class torrent_action { pause, resume, reannounce };
struct torrents_options {
    torrent_action action = torrent_action::pause;
    std::vector<std::string> torrents;
    bool now = false;  ///< resume: beside the bound of --at-once
};
struct remove_options {
    std::vector<std::string> torrents;
    bool deletes = false;  ///< their files, too
    bool yes = false;      ///< and nobody is asked
    std::string watched;   ///< a folder that is not watched any more; empty: none
};
struct move_options {
    std::string torrent, folder;
    bool finds = false;  ///< they lie there already
};
struct set_options {
    std::string torrent;
    std::optional<std::uint64_t> down_limit, up_limit;
    std::optional<std::string> select, first, last;
    std::optional<app::seed_rule> seed;
    std::optional<std::vector<std::string>> labels;  ///< in the place of those it has
    std::optional<std::string> rename;               ///< alone
};

struct discover_options {
    app::look_options look;
    std::string name;       ///< only shares that fit; empty: all
    duration timeout = 3s;  ///< how long to listen at most
    bool wait_out = false;  ///< the time was given: use all of it
    bool watch = false, trackers = false;
};
struct who_options {
    std::string torrent;  ///< its peers; empty: who is on this network
    app::look_options look;
    duration timeout = 3s;
    bool wait_out = false;
};
enum class dht_action { peers, announce, ping, stats };
struct dht_command_options {
    dht_action action = dht_action::stats;
    info_hash hash;          ///< peers, announce
    std::string host;        ///< ping
    std::uint16_t port = 0;  ///< ping: where to; announce: what to tell, 0: that of the running node
    duration timeout{};
    app::dht_access_options node;
};
struct doctor_command_options {
    app::doctor_options look;
};
struct tracker_options {
    app::tracker_options service;
};
/// An option as it holds without a line.
struct config_row {
    std::string key;  ///< the long option
    std::vector<std::string> words;
    std::string source;                 ///< environment, file, default
    std::string where;                  ///< the variable; the file and its line
    std::vector<std::string> commands;  ///< for which it is so
};
struct config_options {
    std::string command;  ///< empty: all
    std::string file;     ///< that was read; empty: none
    std::vector<config_row> rows;
};

struct completion_options {
    std::string shell;               ///< whose script; empty: what may stand next is asked
    std::vector<std::string> words;  ///< of the line so far
};

struct shell_options {
    std::vector<std::string> passed_on;  ///< the general options of its line, for every command
};

ending share(const general_options& general, share_options options);
ending get(const general_options& general, get_options options);
ending create(const general_options& general, create_options options);
ending show(const general_options& general, show_options options);
ending verify(const general_options& general, verify_options options);
ending status(const general_options& general, status_options options);
ending files(const general_options& general, files_options options);
ending pieces(const general_options& general, pieces_options options);
ending speeds(const general_options& general, speeds_options options);
ending control(const general_options& general, torrents_options options);
ending remove(const general_options& general, remove_options options);
ending move(const general_options& general, move_options options);
ending set(const general_options& general, set_options options);
ending rename(const general_options& general, const set_options& options);
ending discover(const general_options& general, discover_options options);
ending who(const general_options& general, who_options options);
ending dht(const general_options& general, dht_command_options options);
ending daemon(const general_options& general, daemon_options options);
ending doctor(const general_options& general, doctor_command_options options);
ending open(const general_options& general, const open_options& options);
ending tracker(const general_options& general, tracker_options options);
ending config(const general_options& general, config_options options);
ending shell(const general_options& general, shell_options options);
ending completion(const general_options& general, completion_options options);

}  // namespace bt::cli
