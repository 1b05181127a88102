#include "cli/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "cli/json.hpp"

namespace bt::cli {

namespace {
// Messages name files, trackers and peers, whose words must not drive the terminal.
constexpr std::size_t longest = 4096;
}  // namespace

output::output(const general_options& general)
    : general_(general),
      out_(describe(STDOUT_FILENO, general.color, general.ascii)),
      err_(describe(STDERR_FILENO, general.color, general.ascii)) {}

void output::result(std::string_view line) {
    if (lost_) return;
    std::string text(line);
    text += '\n';
    if (write_all(STDOUT_FILENO, text)) return;
    lost_ = true;
    error({errc::failure, fmt::format("cannot write to standard output: {}", std::strerror(errno)), {}});
}

void output::error(const bt::error& why, const info_hash* hash) {
    std::string text;
    if (general_.json) {
        text = error_json(why, hash) + "\n";
    } else {
        text =
            fmt::format("{} {}\n", painted("error:", role::bad, err_.color), printable(why.message, longest));
        if (!why.hint.empty()) text += fmt::format("hint: {}\n", printable(why.hint, longest));
    }
    write_all(STDERR_FILENO, text);
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
    if (!general_.quiet && !general_.json) write_all(STDERR_FILENO, fmt::format("{}\n", text));
}

std::string short_hash(const info_hash& hash) { return to_hex(hash.span()).substr(0, 8); }

}  // namespace bt::cli
