// The command line as words sorted by option: what options.cpp (CLI11) makes and option_values.cpp reads.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/arguments/command_table.hpp"
#include "cli/arguments/parse_line.hpp"

namespace bt::cli {

struct raw_value {
    std::vector<std::string> words;  ///< at least one
    std::string origin;              ///< "--port", or "BTNODE_PORT"
};
struct raw_line {
    const command_spec* command = nullptr;
    std::map<std::string, raw_value, std::less<>> options;  ///< by long name
    std::vector<std::string> arguments;                     ///< what is no option
};

/// The words of a TOML value; "k = VALUE" as CLI11 reads it.
std::vector<std::string> toml_words(const std::string& value);

result<general_options> read_general(const raw_line& line, const std::string& program);
result<command_options> read_command(const raw_line& line, const environment& env);

}  // namespace bt::cli
