// The command line as typed values.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cli/commands.hpp"

namespace bt::cli {

using command_options =
    std::variant<share_options, get_options, create_options, show_options, verify_options, discover_options,
                 who_options, dht_command_options, daemon_options, status_options, torrents_options,
                 remove_options, move_options, files_options, pieces_options, speeds_options, set_options,
                 doctor_command_options, tracker_options, config_options, completion_options, shell_options,
                 open_options>;

struct command_line {
    general_options general;
    command_options command;
};
/// Asked for help or version.
struct just_text {
    std::string text;
};
/// No command at all: the help is the answer, but it was not asked for.
struct no_command {
    std::string help;
};
struct usage_error {
    std::string reason;    ///< one line
    std::string try_this;  ///< "node get --help"
    bool json = false;
};
using parsed_line = std::variant<command_line, just_text, no_command, usage_error>;

/// The text of a file. errc::not_found: it is not there.
using file_reader = std::function<result<std::string>(const std::string& path)>;
result<std::string> read_text(const std::string& path);

/// `arguments` without the program's own name. Options missing on the line are looked up as
/// BTNODE_<LONG_OPTION>, then in the configuration file; without `files` there is none.
parsed_line parse_line(const std::string& program, std::vector<std::string> arguments, const environment& env,
                       const file_reader& files = {});

}  // namespace bt::cli
