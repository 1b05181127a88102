#include "cli/line_editor.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>

#ifdef BT_LIBEDIT
#include <editline/readline.h>
#endif

namespace bt::cli {

#ifdef BT_LIBEDIT
namespace {

constexpr int lines_kept = 1'000;

line_editor::ask complete_with;
std::vector<std::string> offered;

char* offered_word(const char*, int number) {
    const auto at = static_cast<std::size_t>(number);
    return at < offered.size() ? ::strdup(offered[at].c_str()) : nullptr;
}

/// libedit frees what it is given, and completes file names itself where that is nothing.
char** complete_word(const char* text, int, int end) {
    auto found = complete_with(std::string(rl_line_buffer, static_cast<std::size_t>(end)));
    if (found.files && found.words.empty()) return nullptr;
    rl_attempted_completion_over = 1;
    offered = std::move(found.words);
    return rl_completion_matches(text, offered_word);
}

}  // namespace

line_editor::line_editor(bool at_terminal, std::string history, ask complete)
    : at_terminal_(at_terminal), history_(std::move(history)) {
    if (!at_terminal_) return;
    complete_with = std::move(complete);
    rl_attempted_completion_function = complete_word;
    ::using_history();
    ::stifle_history(lines_kept);
    if (!history_.empty()) ::read_history(history_.c_str());
}

line_editor::~line_editor() {
    if (!at_terminal_ || history_.empty()) return;
    const auto mask = ::umask(077);  // what was typed is its user's alone
    ::write_history(history_.c_str());
    ::umask(mask);
}
#else
line_editor::line_editor(bool at_terminal, std::string history, ask)
    : at_terminal_(at_terminal), history_(std::move(history)) {}
line_editor::~line_editor() = default;
#endif

std::optional<std::string> line_editor::line(const std::string& prompt) {
#ifdef BT_LIBEDIT
    if (at_terminal_) {
        const std::unique_ptr<char, decltype(&std::free)> typed(::readline(prompt.c_str()), std::free);
        if (!typed) return std::nullopt;
        std::string line(typed.get());
        if (!line.empty()) ::add_history(line.c_str());
        return line;
    }
#endif
    if (at_terminal_) std::cout << prompt << std::flush;
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    return line;
}

}  // namespace bt::cli
