#include "cli/display/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "cli/terminal.hpp"

namespace bt::cli {
namespace {

/// systemd says in JOURNAL_STREAM which file the journal is: standard error may have been turned elsewhere.
bool is_journal() {
    const char* named = std::getenv("JOURNAL_STREAM");
    struct stat facts {};
    return named != nullptr && ::fstat(STDERR_FILENO, &facts) == 0 &&
           fmt::format("{}:{}", facts.st_dev, facts.st_ino) == named;
}

constexpr std::size_t kept_lines = 500;

constexpr std::string_view word_of(int priority) {
    return priority >= 6 ? "info" : priority == 4 ? "warning" : "error";
}

constexpr std::string_view level_of(int priority) {
    return priority >= 6 ? "" : priority == 4 ? "warning: " : "error: ";
}

}  // namespace

log::log(output& out)
    : out_(out),
      journal_(is_journal()),
      lines_(kept_lines, static_cast<std::uint64_t>(std::time(nullptr)) * 1'000) {}

void log::line(int priority, std::string_view text) {
    lines_.push({std::time(nullptr), word_of(priority), std::string(text)});
    if (priority > 4 && out_.general().quiet) return;
    std::string begin;
    if (journal_)
        begin = fmt::format("<{}>", priority);
    else if (!out_.err().is_terminal)
        begin = fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {}", fmt::gmtime(std::time(nullptr)), level_of(priority));
    else
        begin = level_of(priority);
    write_all(STDERR_FILENO, fmt::format("{}{}\n", begin, text));
}

}  // namespace bt::cli
