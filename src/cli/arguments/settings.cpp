#include "cli/arguments/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/version.hpp"
#include "torrent/urls.hpp"

namespace bt::cli {
namespace {

std::vector<std::string> words_of(const std::string& value, const option_spec& spec) {
    if (spec.repeat != repetition::list) return {value};
    std::vector<std::string> words;
    for (std::size_t begin = 0; (begin = value.find_first_not_of(" \t\n", begin)) != value.npos;) {
        const std::size_t end = std::min(value.find_first_of(" \t\n", begin), value.size());
        words.push_back(value.substr(begin, end - begin));
        begin = end;
    }
    return words.empty() ? std::vector<std::string>{value} : words;
}

/// As it may be shown: URLs without their passwords, a login not at all.
std::vector<std::string> shown_words(const option_spec& option, std::vector<std::string> words) {
    for (auto& word : words) {
        if (long_name(option) == "rpc-auth" && !word.starts_with('@')) word = "(not shown)";
        if (word.find("://") != word.npos) word = torrent::public_url(word);
    }
    return words;
}

config_row row_of(const command_spec& command, const option_spec& option, const environment& env,
                  const config_file& file) {
    config_row row{std::string(long_name(option)), {}, "default", {}, {std::string(command.name)}};
    if (const auto set = from_environment(option, env)) {
        row.words = shown_words(option, set->words);
        row.source = "environment";
        row.where = set->origin;
    } else if (const auto kept = file.find(command.name, option)) {
        row.words = shown_words(option, kept->words);
        row.source = "file";
        row.where = kept->origin.substr(kept->origin.find(" in ") + 4);
    } else if (!option.fallback.empty() || option.value.empty()) {
        row.words = {option.fallback.empty() ? "off" : std::string(option.fallback)};
    }
    return row;
}

}  // namespace

std::string environment_name(std::string_view long_option) {
    std::string name = fmt::format("{}_{}", program_name, long_option);
    for (char& c : name) c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

std::optional<raw_value> from_environment(const option_spec& option, const environment& env) {
    const auto name = long_name(option);
    if (name == "help" || name == "version") return std::nullopt;
    const auto variable = environment_name(name);
    const char* value = env(variable.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return raw_value{words_of(value, option), variable};
}

void add_from_file(raw_line& line, const config_file& file) {
    const auto add = [&](const option_group& group) {
        for (const auto& option : group.options)
            if (!line.options.contains(long_name(option)))
                if (auto found = file.find(line.command->name, option))
                    line.options[std::string(long_name(option))] = std::move(*found);
    };
    add(general_option_group());
    std::for_each(line.command->groups.begin(), line.command->groups.end(), add);
}

std::vector<config_row> all_settings(std::string_view only, const environment& env, const config_file& file) {
    std::vector<config_row> rows;
    const auto add = [&](const command_spec& command, const option_group& group) {
        for (const auto& option : group.options) {
            if (!is_setting(option)) continue;
            auto row = row_of(command, option, env, file);
            const auto same = std::find_if(rows.begin(), rows.end(), [&](const config_row& other) {
                return other.key == row.key && other.words == row.words && other.where == row.where;
            });
            if (same == rows.end())
                rows.push_back(std::move(row));
            else
                same->commands.push_back(std::move(row.commands.front()));
        }
    };
    for (const auto& command : commands()) {
        if (!only.empty() && command.name != only && command.alias != only) continue;
        add(command, general_option_group());
        for (const auto& group : command.groups) add(command, group);
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const config_row& a, const config_row& b) { return a.key < b.key; });
    return rows;
}

}  // namespace bt::cli
