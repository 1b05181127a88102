// The configuration file: TOML with flat keys equal to long options, and tables equal to commands.
//
//   up-limit = "50M"            # of every command that has the option
//   [daemon]
//   rpc-bind = ["127.0.0.1:9091", "[::1]:9091"]
//
// A value is a string ("…" without escapes, '…'), a number, true or false, or an array of these.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/arguments/raw_line.hpp"

namespace bt::cli {

class config_file {
  public:
    config_file() = default;  ///< none: nothing is set
    /// errc::usage, with file and line: a key or command there is not, a value that is none, a key twice.
    static result<config_file> parse(std::string path, std::string_view text);

    /// Of an option of that command: from its own table, else from the top.
    std::optional<raw_value> find(std::string_view command, const option_spec& option) const;
    const std::string& path() const { return path_; }  ///< empty: none

  private:
    struct setting {
        std::string command;  // empty: of every one
        std::string key;
        std::vector<std::string> words;
        std::size_t line = 0;
    };
    class reader;

    std::string where(std::size_t line) const;

    std::string path_;
    std::vector<setting> settings_;
};

/// That which holds: --config or BTNODE_CONFIG, else the user's, else the machine's; none with --no-config.
/// Errors: as of config_file::parse(); one that was named and cannot be read.
result<config_file> find_config(const raw_line& line, const environment& env, const file_reader& files);

/// Whether an option may stand in the file.
bool is_setting(const option_spec& option);

}  // namespace bt::cli
