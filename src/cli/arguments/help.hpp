// Help texts, laid out from the command table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments/command_table.hpp"

namespace bt::cli {

std::string general_help(std::string_view program);
std::string command_help(std::string_view program, const command_spec& command);
std::string version_text();

/// The candidate that `word` was probably meant to be, or nothing.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace bt::cli
