#include "cli/arguments/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/version.hpp"
#include "cli/display/format.hpp"

namespace bt::cli {

namespace {

constexpr std::size_t text_column = 26;      // where explanations begin
constexpr std::size_t fallback_column = 79;  // where [defaults] end

void add_option(std::string& out, const option_spec& option) {
    const auto letter = short_name(option);
    std::string line = letter.empty() ? "      " : fmt::format("  -{}, ", letter);
    line += fmt::format("--{}", long_name(option));
    if (!option.value.empty()) line += fmt::format(" {}", option.value);
    line = line.size() + 2 > text_column ? line + "  " : pad_right(line, text_column);
    line += option.text;
    if (!option.fallback.empty()) {
        const std::string fallback = fmt::format("[{}]", option.fallback);
        line = line.size() + 2 + fallback.size() > fallback_column
                   ? line + "  "
                   : pad_right(line, fallback_column - fallback.size());
        line += fallback;
    }
    out += line + "\n";
}

void add_group(std::string& out, std::string_view title, const std::vector<option_spec>& options) {
    out += fmt::format("\n{}\n", title);
    for (const auto& option : options) add_option(out, option);
}

void add_examples(std::string& out, std::string_view program, const std::vector<example>& examples) {
    out += "\nExamples\n";
    for (const auto& e : examples) {
        std::string line = fmt::format("  {} {}", program, e.arguments);
        if (!e.text.empty()) line = pad_right(line, 48) + "  " + std::string(e.text);
        out += line + "\n";
    }
    out += fmt::format("\nManual: man {}\n", program_name);
}

// Edits, a swap of two neighbours counted as one.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    std::iota(above.begin(), above.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = std::exchange(above, row);
    }
    return above[b.size()];
}

}  // namespace

std::string general_help(std::string_view program) {
    std::string out = fmt::format(
        "Share files with BitTorrent: on this network with no setup, or anywhere.\n\n"
        "Usage: {} [OPTIONS] COMMAND [ARGS...]\n",
        program);
    std::string_view section;
    for (const auto& command : commands()) {
        if (command.section != section) out += fmt::format("\n{}\n", section = command.section);
        out += pad_right(fmt::format("  {} {} ", command.name, command.arguments), text_column);
        out += fmt::format("{}\n", command.summary);
    }
    add_group(out, general_option_group().title, general_option_group().options);
    add_examples(out, program, general_examples());
    return out;
}

std::string command_help(std::string_view program, const command_spec& command) {
    std::string out = fmt::format("{}\n\nUsage: {} {} [OPTIONS]{}{}\n", command.about, program, command.name,
                                  command.arguments.empty() ? "" : " ", command.arguments);
    for (const auto& group : command.groups) add_group(out, group.title, group.options);
    add_group(out, "Options of every command", general_option_group().options);
    add_examples(out, program, command.examples);
    return out;
}

std::string version_text() { return fmt::format("{} {}\n", program_name, program_version); }

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (auto candidate : candidates) {
        // The beginning of a word is a good guess whatever is missing behind it.
        const bool begins = word.size() >= 3 && candidate.starts_with(word);
        const std::size_t d = begins ? 1 : distance(word, candidate);
        if (d < best_distance) {
            best = candidate;
            best_distance = d;
        }
    }
    return best;
}

}  // namespace bt::cli
