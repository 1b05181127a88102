// The commands and their options, once: the parser, the help and the spelling suggestions are made from this.
#pragma once

#include <string_view>
#include <vector>

namespace bt::cli {

/// What a second use of the same option does.
enum class repetition { last, list, count };

struct option_spec {
    std::string_view names;  ///< "-o,--output"
    std::string_view value;  ///< "DIR"; empty for a switch
    std::string_view text;
    std::string_view fallback = {};  ///< what holds without it, as the help shows it
    repetition repeat = repetition::last;
    std::string_view choices = {};  ///< words it takes, for completion: "auto always never"
};
struct option_group {
    std::string_view title;
    std::vector<option_spec> options;
};
struct example {
    std::string_view arguments;
    std::string_view text;
};
struct command_spec {
    std::string_view name;
    std::string_view section;    ///< where the list of commands has it
    std::string_view arguments;  ///< "PATH..."
    std::string_view summary;    ///< one line, for the list of commands
    std::string_view about;      ///< for the command's own help
    std::vector<option_group> groups;
    std::vector<example> examples;
    std::string_view alias = {};    ///< a second name for it
    std::string_view choices = {};  ///< words its first argument may be
    bool takes_command = false;     ///< its argument is the name of one
};

const std::vector<command_spec>& commands();
const option_group& general_option_group();
const std::vector<example>& general_examples();

/// "output" of "-o,--output"; the name the environment variable is made of.
std::string_view long_name(const option_spec& option);
std::string_view short_name(const option_spec& option);  ///< "o", or nothing

}  // namespace bt::cli
