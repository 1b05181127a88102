// The only file that sees CLI11. It splits the line into options and arguments; everything a person reads is
// ours.
#include "cli/arguments/parse_line.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <sstream>

#include "base/text.hpp"
#include "cli/arguments/help.hpp"
#include "cli/arguments/raw_line.hpp"
#include "cli/arguments/settings.hpp"

namespace bt::cli {

namespace {

void declare(CLI::App& app, const option_spec& option) {
    const std::string names(option.names);
    CLI::Option* made = option.value.empty() ? app.add_flag(names) : app.add_option(names);
    made->multi_option_policy(option.repeat == repetition::list ? CLI::MultiOptionPolicy::TakeAll
                                                                : CLI::MultiOptionPolicy::TakeLast);
}

std::vector<std::string_view> long_options(const command_spec* command) {
    std::vector<std::string_view> names;
    auto add = [&](const option_group& group) {
        for (const auto& option : group.options) names.push_back(long_name(option));
    };
    add(general_option_group());
    if (command != nullptr)
        for (const auto& group : command->groups) add(group);
    return names;
}

class reader {
  public:
    reader(const std::string& program, const environment& env) : program_(program), env_(env) {
        // Without this CLI11 refuses the general options behind the command; it is inherited at
        // add_subcommand.
        root_.fallthrough();
        root_.set_help_flag();
        root_.allow_extras();
        root_.require_subcommand(0, 1);
        for (const auto& option : general_option_group().options) declare(root_, option);
        for (const auto& command : commands()) {
            auto* sub = root_.add_subcommand(std::string(command.name));
            sub->set_help_flag();
            if (!command.alias.empty()) sub->alias(std::string(command.alias));
            for (const auto& group : command.groups)
                for (const auto& option : group.options) declare(*sub, option);
        }
    }

    result<raw_line> read(std::vector<std::string> words) {
        // CLI11 forgets "--" where a command declares no positionals, and takes the next word for "--name=".
        const auto mark = std::find(words.begin(), words.end(), "--");
        std::vector<std::string> literal(mark == words.end() ? mark : mark + 1, words.end());
        words.erase(mark, words.end());
        for (const auto& word : words)
            if (word.starts_with("--") && word.back() == '=')
                return fail(errc::usage,
                            fmt::format("option {} needs a value", word.substr(0, word.size() - 1)));
        std::reverse(words.begin(), words.end());
        try {
            root_.parse(std::move(words));
            find_command();
        } catch (const CLI::ArgumentMismatch& e) {
            find_command();
            const std::string what = e.what();
            return fail(errc::usage, fmt::format("option {} needs a value", what.substr(0, what.find(':'))));
        } catch (const CLI::Error& e) {
            find_command();
            return fail(errc::usage, e.what());
        }
        return collect(std::move(literal));
    }

    const command_spec* command() const { return command_; }

  private:
    void find_command() {
        for (const auto& spec : commands())
            if (root_.got_subcommand(std::string(spec.name))) command_ = &spec;
    }

    result<raw_line> collect(std::vector<std::string> literal) {
        raw_line line;
        line.command = command_;
        for (auto& word : root_.remaining(true)) {
            if (word.size() > 1 && word.front() == '-') return unknown_option(word);
            line.arguments.push_back(std::move(word));
        }
        line.arguments.insert(line.arguments.end(), literal.begin(), literal.end());
        if (command_ == nullptr && !line.arguments.empty()) return unknown_command(line.arguments.front());

        add_values(line, root_, general_option_group());
        if (command_ != nullptr)
            for (const auto& group : command_->groups)
                add_values(line, *root_.get_subcommand(std::string(command_->name)), group);
        return line;
    }

    void add_values(raw_line& line, const CLI::App& app, const option_group& group) const {
        for (const auto& spec : group.options) {
            const std::string name(long_name(spec));
            const CLI::Option* option = app.get_option("--" + name);
            if (option->count() > 0) {
                line.options[name] = {option->results(), "--" + name};
            } else if (auto set = from_environment(spec, env_)) {
                line.options[name] = std::move(*set);
            }
        }
    }

    unexpected<error> unknown_option(const std::string& word) const {
        const std::string given = word.substr(0, word.find('='));
        std::string message = fmt::format("unknown option '{}'", printable(given, 80));
        if (given.starts_with("--"))
            if (auto meant = nearest(std::string_view(given).substr(2), long_options(command_));
                !meant.empty())
                message += fmt::format("; did you mean '--{}'?", meant);
        return fail(errc::usage, message);
    }

    static unexpected<error> unknown_command(const std::string& word) {
        std::vector<std::string_view> names;
        for (const auto& spec : commands()) {
            names.push_back(spec.name);
            if (!spec.alias.empty()) names.push_back(spec.alias);
        }
        std::string message = fmt::format("unknown command '{}'", printable(word, 80));
        if (auto meant = nearest(word, names); !meant.empty())
            message += fmt::format("; did you mean '{}'?", meant);
        return fail(errc::usage, message);
    }

    std::string program_;
    const environment& env_;
    CLI::App root_;
    const command_spec* command_ = nullptr;
};

/// What only `config` and `daemon` need to know of where their options come from.
void add_origins(command_options& command, const raw_line& line, const config_file& file,
                 const environment& env) {
    if (auto* shown = std::get_if<config_options>(&command)) {
        shown->file = file.path();
        shown->rows = all_settings(shown->command, env, file);
    }
    if (auto* kept = std::get_if<daemon_options>(&command)) {
        kept->config = file.path();
        for (const auto& [name, value] : line.options) kept->given[name] = value.words;
    }
}

}  // namespace

std::vector<std::string> toml_words(const std::string& value) {
    CLI::ConfigTOML reader;
    reader.comment('\n');  // comments are gone, and '#' may stand in a string
    std::istringstream in("k = " + value);
    const auto items = reader.from_config(in);
    return items.empty() ? std::vector<std::string>() : items.back().inputs;
}

parsed_line parse_line(const std::string& program, std::vector<std::string> arguments, const environment& env,
                       const file_reader& files) {
    const auto as_given = arguments;
    const bool nothing = arguments.empty();
    if (!nothing && arguments.front() == "__complete") {  // the scripts of `completion`; before all checks
        general_options general;
        general.program = program;
        arguments.erase(arguments.begin(),
                        arguments.begin() + std::min<std::ptrdiff_t>(2, std::ssize(arguments)));
        return command_line{std::move(general), completion_options{{}, std::move(arguments)}};
    }
    if (!nothing && arguments.front() == "help") {  // as people write it
        arguments.erase(arguments.begin());
        arguments.emplace_back("--help");
    }
    const auto options_end = std::find(arguments.begin(), arguments.end(), "--");
    const bool wants_json = std::find(arguments.begin(), options_end, "--json") != options_end;
    reader words(program, env);
    auto refused = [&](const error& why) {
        const auto* command = words.command();
        return usage_error{why.message,
                           command != nullptr ? fmt::format("{} {} --help", program, command->name)
                                              : fmt::format("{} --help", program),
                           wants_json};
    };
    if (nothing) return no_command{general_help(program)};
    auto line = words.read(std::move(arguments));
    if (!line) return refused(line.error());
    if (line->options.contains("help"))
        return just_text{line->command != nullptr ? command_help(program, *line->command)
                                                  : general_help(program)};
    if (line->options.contains("version")) return just_text{version_text()};
    if (line->command == nullptr) return refused({errc::usage, "no command given", {}});
    const auto file = find_config(*line, env, files);
    if (!file) return refused(file.error());
    add_from_file(*line, *file);

    auto general = read_general(*line, program);
    if (!general) return refused(general.error());
    auto command = read_command(*line, env);
    if (!command) return refused(command.error());
    add_origins(*command, *line, *file, env);
    if (auto* daemon = std::get_if<daemon_options>(&*command))
        daemon->again = [=](general_options& general_now, daemon_options& now) -> result<void> {
            auto read = parse_line(program, as_given, env, files);
            if (auto* why = std::get_if<usage_error>(&read)) return fail(errc::usage, why->reason);
            auto& whole = std::get<command_line>(read);
            general_now = std::move(whole.general);
            now = std::move(std::get<daemon_options>(whole.command));
            return {};
        };
    return command_line{std::move(*general), std::move(*command)};
}

}  // namespace bt::cli
