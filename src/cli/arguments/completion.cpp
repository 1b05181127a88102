#include "cli/arguments/completion.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/arguments/command_table.hpp"

namespace bt::cli {
namespace {

const command_spec* find_command(std::string_view word) {
    for (const auto& each : commands())
        if (each.name == word || (!each.alias.empty() && each.alias == word)) return &each;
    return nullptr;
}

const option_spec* find_option(const command_spec* command, std::string_view word) {
    const auto in = [&](const option_group& group) -> const option_spec* {
        for (const auto& option : group.options)
            if (word == fmt::format("--{}", long_name(option)) ||
                (word.size() == 2 && word.substr(1) == short_name(option)))
                return &option;
        return nullptr;
    };
    const auto* found = in(general_option_group());
    if (command != nullptr)
        for (const auto& group : command->groups)
            if (found == nullptr) found = in(group);
    return found;
}

/// The words of a line up to the one that is being written.
class line_so_far {
  public:
    explicit line_so_far(const std::vector<std::string>& words) {
        for (const auto& word : words) take(word);
    }

    const command_spec* command = nullptr;
    const option_spec* awaits = nullptr;  ///< its value comes next
    std::size_t arguments = 0;            ///< of the command
    bool literal = false;                 ///< behind "--"

  private:
    void take(const std::string& word) {
        if (awaits != nullptr) {
            awaits = nullptr;
        } else if (!literal && word == "--") {
            literal = true;
        } else if (!literal && word.starts_with('-') && word.size() > 1) {
            const auto* option = find_option(command, word);
            if (option != nullptr && !option->value.empty()) awaits = option;
        } else if (command == nullptr) {
            command = find_command(word);
        } else {
            ++arguments;
        }
    }
};

class collector {
  public:
    collector(std::string_view begun, completions& to) : begun_(begun), to_(to) {}

    void add(std::string_view before, std::string_view text, std::string_view about) {
        auto whole = fmt::format("{}{}", before, text);
        if (whole.starts_with(begun_)) to_.words.push_back({std::move(whole), std::string(about)});
    }
    void choices(std::string_view before, std::string_view all) {
        while (!all.empty()) {
            const auto end = std::min(all.find(' '), all.size());
            add(before, all.substr(0, end), "");
            all.remove_prefix(std::min(end + 1, all.size()));
        }
    }
    void options(const option_group& group) {
        for (const auto& option : group.options) add("--", long_name(option), option.text);
    }
    void command_names() {
        for (const auto& each : commands()) {
            add("", each.name, each.summary);
            if (!each.alias.empty()) add("", each.alias, each.summary);
        }
    }
    void value_of(const option_spec& option, std::string_view before) {
        choices(before, option.choices);
        to_.files = to_.files || option.value == "FILE" || option.value == "@FILE";
        to_.folders = to_.folders || option.value == "DIR";
    }
    void argument(const command_spec& command, std::size_t number) {
        const auto all = command.arguments;
        const bool repeats = all.find("...") != all.npos;
        if (number == 0) choices("", command.choices);
        if (number == 0 && command.takes_command) command_names();
        const auto last = all.substr(std::min(all.rfind(' ') + 1, all.size()));
        const auto now = number == 0 || repeats ? all.substr(0, all.find(' ')) : number == 1 ? last : "";
        const auto names = [&](std::string_view what) { return now.find(what) != now.npos; };
        to_.files = names("PATH") || names("FILE") || names("TARGET");
        to_.folders = names("DIR");
        to_.torrents = names("TORRENT");
    }

  private:
    std::string begun_;
    completions& to_;
};

constexpr std::string_view bash_script = R"(# bash completion of PROGRAM: source <(PROGRAM completion bash)
_btnode_complete() {
    local word rest files=
    COMPREPLY=()
    while IFS=$'\t' read -r word rest; do
        case $word in
        :*) files=1 ;;&
        :files) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}") ;;
        :folders) mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "${COMP_WORDS[COMP_CWORD]}") ;;
        *) COMPREPLY+=("$word") ;;
        esac
    done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [[ $files ]]; then
        compopt -o filenames 2>/dev/null
    elif ((${#COMPREPLY[@]})); then  # a torrent's name is no path, though a folder may have it too
        mapfile -t COMPREPLY < <(printf '%q\n' "${COMPREPLY[@]}")
    fi
}
complete -F _btnode_complete PROGRAM
)";

constexpr std::string_view zsh_script = R"(#compdef PROGRAM
# zsh completion of PROGRAM: source <(PROGRAM completion zsh)
_btnode_complete() {
    local line word about
    local -a plain
    for line in "${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        word=${line%%$'\t'*} about=${line#*$'\t'}
        case $word in
        :files) _files ;;
        :folders) _files -/ ;;
        ?*) plain+=("${word//:/\\:}:$about") ;;
        esac
    done
    (( ${#plain} )) && _describe -t words 'PROGRAM' plain
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _btnode_complete "$@"
else
    compdef _btnode_complete PROGRAM
fi
)";

constexpr std::string_view fish_script = R"(# fish completion of PROGRAM: PROGRAM completion fish | source
function __btnode_complete
    set -l words (commandline -opc)
    set -l now (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] $now 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path $now
            case ':folders'
                __fish_complete_directories $now
            case '*'
                echo $line
        end
    end
end
complete -c PROGRAM -f -a '(__btnode_complete)'
)";

}  // namespace

completions complete(std::vector<std::string> words) {
    completions found;
    const std::string begun = words.empty() || words.back() == "=" ? "" : words.back();
    if (!words.empty()) words.pop_back();
    std::erase(words, "=");  // bash cuts --color=never in three
    const line_so_far line(words);
    collector to(begun, found);
    if (line.awaits != nullptr) {
        to.value_of(*line.awaits, "");
    } else if (const auto equals = begun.find('=');
               !line.literal && begun.starts_with("--") && equals != begun.npos) {
        if (const auto* option = find_option(line.command, begun.substr(0, equals)))
            to.value_of(*option, begun.substr(0, equals + 1));
        found.files = found.folders = false;  // shells complete these as whole words
    } else if (!line.literal && begun.starts_with('-')) {
        to.options(general_option_group());
        if (line.command != nullptr)
            for (const auto& group : line.command->groups) to.options(group);
    } else if (line.command == nullptr) {
        to.command_names();
    } else {
        to.argument(*line.command, line.arguments);
    }
    return found;
}

std::string completion_script(std::string_view shell, std::string_view program) {
    std::string text(shell == "bash"   ? bash_script
                     : shell == "zsh"  ? zsh_script
                     : shell == "fish" ? fish_script
                                       : "");
    constexpr std::string_view place = "PROGRAM";
    for (std::size_t at = 0; (at = text.find(place, at)) != text.npos; at += program.size())
        text.replace(at, place.size(), program);
    return text;
}

}  // namespace bt::cli
