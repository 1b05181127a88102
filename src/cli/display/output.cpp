#include "cli/display/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "cli/json/json.hpp"

namespace bt::cli {

namespace {
// Messages name files, trackers and peers, whose words must not drive the terminal.
constexpr std::size_t longest = 4096;

}  // namespace

std::string shown_lines(std::string_view text) {
    std::string shown;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        auto line = text.substr(begin, end - begin);
        if (begin > 0) line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        shown += (begin > 0 ? "\n  " : "") + printable(line, longest);
        begin = end + 1;
    }
    return shown;
}

output::output(const general_options& general)
    : general_(general),
      out_(describe(STDOUT_FILENO, general.color, general.ascii)),
      err_(describe(STDERR_FILENO, general.color, general.ascii)) {}

void output::result(std::string_view line) {
    // a name goes to a program as it is, and to a terminal so that it does not drive it
    if (out_.is_terminal)
        result_lines(printable(line, line.size()) + '\n');
    else
        result_lines(std::string(line) + '\n');
}

void output::result(const std::function<void(json_writer&)>& write, int indent) {
    json_writer to([this](std::string_view part) { result_lines(part); }, indent);
    write(to);
    to.finish("\n");
}

void result_block::line(std::string_view text) {
    constexpr std::size_t full = 64 * limits::KiB;
    lines_.append(text).append(1, '\n');
    if (lines_.size() < full) return;
    out_.result_lines(lines_);
    lines_.clear();
}

/// Cut to the rows of the terminal, the last of which the cursor needs.
void output::show_held(std::size_t rows) {
    const auto all = std::exchange(held_, std::nullopt).value_or("");
    const auto count = static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
    if (count < rows || rows < 3) return result_lines(all);
    std::size_t end = 0;
    const auto shown = rows - 2;
    for (std::size_t i = 0; i < shown; ++i) end = all.find('\n', end) + 1;
    result_lines(all.substr(0, end) + fmt::format("{} {} more\n", out_.ascii ? "..." : "…", count - shown));
}

void output::result_lines(std::string_view lines) {
    if (held_) return void(held_->append(lines));
    if (lost_ || write_all(STDOUT_FILENO, lines)) return;
    lost_ = true;
    error({errc::failure, fmt::format("cannot write to standard output: {}", std::strerror(errno)), {}});
}

void output::error(const bt::error& why, const info_hash* hash) {
    std::string text;
    if (general_.json) {
        text = error_json(why, hash) + "\n";
    } else {
        text = fmt::format("{} {}\n", painted("error:", role::bad, err_.color), shown_lines(why.message));
        if (!why.hint.empty()) text += fmt::format("hint: {}\n", shown_lines(why.hint));
    }
    write_all(STDERR_FILENO, text);
}

ending output::fails(const bt::error& why) {
    error(why);
    return {exit_code_of(why.code)};
}

void output::warning(std::string_view text) {
    if (general_.quiet) return;
    if (general_.json)
        write_all(STDERR_FILENO, warning_json(text) + "\n");
    else
        write_all(STDERR_FILENO, fmt::format("{} {}\n", painted("warning:", role::busy, err_.color),
                                             printable(text, longest)));
}

void output::note(std::string_view text) {
    if (!general_.quiet && !general_.json) write_all(STDERR_FILENO, printable(text, longest) + "\n");
}

void output::picture(std::string_view lines) {
    if (!general_.quiet && !general_.json) write_all(STDERR_FILENO, lines);
}

general_options beside_document(general_options general) {
    general.quiet = general.quiet || general.json;
    general.json = false;
    return general;
}

std::string short_hash(const info_hash& hash) { return to_hex(hash.span()).substr(0, 8); }

}  // namespace bt::cli
