// Where an option gets its value that does not stand on the line.
#pragma once

#include <optional>

#include "cli/arguments/config_file.hpp"
#include "cli/arguments/raw_line.hpp"

namespace bt::cli {

/// "BTNODE_DOWN_LIMIT" of "down-limit".
std::string environment_name(std::string_view long_option);

/// From the environment.
std::optional<raw_value> from_environment(const option_spec& option, const environment& env);

/// Adds what the file has and neither the line nor the environment.
void add_from_file(raw_line& line, const config_file& file);

/// For `config`: every option of the commands named `only` (empty: all), with what holds without a line.
std::vector<config_row> all_settings(std::string_view only, const environment& env, const config_file& file);

}  // namespace bt::cli
