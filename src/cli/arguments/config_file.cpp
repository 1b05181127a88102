#include "cli/arguments/config_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/arguments/help.hpp"

namespace bt::cli {
namespace {

constexpr std::string_view blanks = " \t\r";

/// A line up to its comment; '#' inside a string is none.
std::string_view without_comment(std::string_view line) {
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote != 0)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '#')
            return trimmed(line.substr(0, i), blanks);
    }
    return trimmed(line, blanks);
}

bool quotes_close(std::string_view value) {
    char quote = 0;
    for (const char c : value) {
        if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote)
            quote = 0;
    }
    return quote == 0;
}

bool is_string(std::string_view value) { return value.front() == '"' || value.front() == '\''; }

/// A string, or a word without blanks: 5, true, 50M.
bool is_single(std::string_view value) {
    if (is_string(value)) return value.size() > 1 && value.find(value.front(), 1) == value.size() - 1;
    return value.find_first_of(" \t,\"'[]{}=") == value.npos;
}

const option_spec* find_option(const option_group& group, std::string_view key) {
    for (const auto& option : group.options)
        if (long_name(option) == key) return &option;
    return nullptr;
}

const command_spec* command_named(std::string_view name) {
    const auto& all = commands();
    const auto at = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    return at == all.end() ? nullptr : &*at;
}

/// What may be set for a command; for every one, without it.
const option_spec* find_setting(std::string_view command, std::string_view key) {
    const auto* found = find_option(general_option_group(), key);
    for (const auto& each : commands())
        if (command.empty() || command == each.name)
            for (const auto& group : each.groups)
                if (found == nullptr) found = find_option(group, key);
    return found != nullptr && is_setting(*found) ? found : nullptr;
}

std::vector<std::string_view> known_keys(std::string_view command) {
    std::vector<std::string_view> keys;
    const auto add = [&](const option_group& group) {
        for (const auto& option : group.options)
            if (is_setting(option)) keys.push_back(long_name(option));
    };
    add(general_option_group());
    for (const auto& each : commands())
        if (command.empty() || command == each.name)
            std::for_each(each.groups.begin(), each.groups.end(), add);
    return keys;
}

}  // namespace

bool is_setting(const option_spec& option) {
    const auto name = long_name(option);
    return name != "help" && name != "version" && name != "config" && name != "no-config";
}

class config_file::reader {
  public:
    reader(config_file& to, std::string_view text) : to_(to), text_(text) {}

    result<void> read() {
        while (!text_.empty()) {
            const auto line = next_line();
            if (line.empty()) continue;
            const auto done = line.front() == '[' ? enter(line) : set(line);
            if (!done) return done;
        }
        return {};
    }

  private:
    std::string_view next_line() {
        const auto end = std::min(text_.find('\n'), text_.size());
        const auto line = text_.substr(0, end);
        text_.remove_prefix(std::min(end + 1, text_.size()));
        ++line_;
        return without_comment(line);
    }

    unexpected<error> refuse(std::size_t line, std::string_view what) const {
        return fail(errc::usage, fmt::format("{}: {}", to_.where(line), what));
    }

    result<void> enter(std::string_view line) {
        const auto name =
            line.back() == ']' ? trimmed(line.substr(1, line.size() - 2), blanks) : std::string_view();
        if (name.empty()) return refuse(line_, "a table is written [COMMAND]");
        if (command_named(name) == nullptr) {
            std::vector<std::string_view> names;
            for (const auto& each : commands()) names.push_back(each.name);
            return refuse(line_,
                          unknown("command", fmt::format("[{}]", printable(name, 80)), name, names, "[{}]"));
        }
        command_ = name;
        return {};
    }

    result<void> set(std::string_view line) {
        const auto at = line_;
        const auto equals = line.find('=');
        const auto key = trimmed(line.substr(0, equals), blanks);
        if (equals == line.npos || key.empty()) return refuse(at, "wanted is KEY = VALUE");
        const auto* option = find_setting(command_, key);
        if (option == nullptr) return refuse(at, unknown_key(key));
        for (const auto& other : to_.settings_)
            if (other.key == key && other.command == command_)
                return refuse(at, fmt::format("{} stands in line {} already", key, other.line));
        std::string value(trimmed(line.substr(equals + 1), blanks));
        if (value.starts_with('['))
            while (value.back() != ']' && !text_.empty()) value += fmt::format(" {}", next_line());
        auto words = words_of(*option, value);
        if (!words) return refuse(at, fmt::format("{}: {}", key, words.error().message));
        to_.settings_.push_back({command_, std::string(key), std::move(*words), at});
        return {};
    }

    static result<std::vector<std::string>> words_of(const option_spec& option, const std::string& value) {
        if (value.empty()) return fail(errc::usage, "a value is missing");
        if (!quotes_close(value)) return fail(errc::usage, "a quote is not closed");
        const bool is_list = value.front() == '[';
        if (is_list && value.back() != ']') return fail(errc::usage, "its array is not closed by ']'");
        if (is_list && option.repeat != repetition::list)
            return fail(errc::usage, "it takes one value, not an array");
        if (!is_list && !is_single(value)) return fail(errc::usage, "a text stands in quotes: \"…\" or '…'");
        if (value.find('"') != value.npos && value.find('\\') != value.npos)
            return fail(errc::usage, "\"…\" takes no '\\' here; write '…'");
        if (option.value.empty() && option.repeat != repetition::count && value != "true" && value != "false")
            return fail(errc::usage, "it takes true or false");
        if (long_name(option) == "rpc-auth" && !value.starts_with("\"@") && !value.starts_with("'@"))
            return fail(errc::usage,
                        "a password has no place here; write it into a file that nobody else can read, and "
                        "name it: \"@FILE\"");
        auto words = toml_words(value);
        std::erase(words, "");  // behind the last comma
        if (words.empty() && !is_list) words.emplace_back();
        if (words.empty()) return fail(errc::usage, "its array is empty");
        return words;
    }

    static std::string unknown(std::string_view what, std::string_view shown, std::string_view given,
                               const std::vector<std::string_view>& known, fmt::string_view form) {
        auto text = fmt::format("unknown {} {}", what, shown);
        if (const auto meant = nearest(given, known); !meant.empty())
            text += fmt::format("; did you mean {}?", fmt::format(fmt::runtime(form), meant));
        return text;
    }

    std::string unknown_key(std::string_view key) const {
        std::string dashed(key);
        std::replace(dashed.begin(), dashed.end(), '_', '-');
        auto known = known_keys(command_);
        auto text = unknown("key", fmt::format("'{}'", printable(key, 80)), dashed, known, "'{}'");
        if (text.ends_with('?')) return text;
        if (find_setting("", key) != nullptr) return text + fmt::format(" of {}", command_);
        return text +
               fmt::format("; keys are the long options of {}", command_.empty() ? "the commands" : command_);
    }

    config_file& to_;
    std::string_view text_;
    std::string command_;
    std::size_t line_ = 0;
};

result<config_file> config_file::parse(std::string path, std::string_view text) {
    config_file made;
    made.path_ = std::move(path);
    if (const auto read = reader(made, text).read(); !read) return unexpected<error>(read.error());
    return made;
}

std::string config_file::where(std::size_t line) const {
    return fmt::format("{} line {}", printable(path_, 4'096), line);
}

std::optional<raw_value> config_file::find(std::string_view command, const option_spec& option) const {
    const setting* best = nullptr;
    for (const auto& each : settings_)
        if (each.key == long_name(option) &&
            (each.command == command || (each.command.empty() && best == nullptr)))
            best = &each;
    if (best == nullptr) return std::nullopt;
    return raw_value{best->words, fmt::format("{} in {}", best->key, where(best->line))};
}

result<config_file> find_config(const raw_line& line, const environment& env, const file_reader& files) {
    const auto read = [&](const std::string& path, bool must) -> result<config_file> {
        const auto text = files(path);
        if (text) return config_file::parse(path, *text);
        if (!must && text.error().code == errc::not_found) return config_file();
        return fail(errc::usage, text.error().message);
    };
    if (!files || line.options.contains("no-config")) return config_file();
    if (const auto named = line.options.find("config"); named != line.options.end())
        return read(named->second.words.back(), true);
    const auto folder = [&](const char* variable) {
        const char* value = env(variable);
        return value != nullptr && *value == '/' ? std::string(value) : std::string();
    };
    std::string own = folder("XDG_CONFIG_HOME");
    if (own.empty() && !folder("HOME").empty()) own = folder("HOME") + "/.config";
    for (const auto& base : {own, std::string("/etc")}) {
        if (base.empty()) continue;
        auto found = read(fmt::format("{}/{}/config.toml", base, program_name), false);
        if (!found || !found->path().empty()) return found;
    }
    return config_file();
}

}  // namespace bt::cli
