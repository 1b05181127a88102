#include "cli/arguments/shell_words.hpp"

#include <fmt/format.h>

#include <optional>

namespace bt::cli {

result<std::vector<std::string>> shell_words(std::string_view line) {
    std::vector<std::string> words;
    std::optional<std::string> word;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (quote == 0 && blank) {
            if (word) words.push_back(std::move(*word));
            word.reset();
            continue;
        }
        if (quote == 0 && c == '#' && !word) break;
        if (!word) word.emplace();
        if (quote == 0 && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = 0;
        else if (c == '\\' && quote != '\'' && i + 1 < line.size())
            *word += line[++i];
        else
            *word += c;
    }
    if (quote != 0) return fail(errc::usage, fmt::format("a quote ({}) is not closed", quote));
    if (word) words.push_back(std::move(*word));
    return words;
}

std::string shell_quoted(std::string_view word) {
    std::string text;
    for (const char c : word) {
        if (std::string_view(" \t\"'\\#").find(c) != std::string_view::npos) text += '\\';
        text += c;
    }
    return text;
}

}  // namespace bt::cli
