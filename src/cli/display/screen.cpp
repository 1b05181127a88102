#include "cli/display/screen.hpp"

#include <fmt/format.h>

namespace bt::cli {

namespace {
// A terminal that knows these shows the frame at once; others ignore them.
constexpr std::string_view begin_frame = "\x1b[?2026h", end_frame = "\x1b[?2026l";
}  // namespace

screen::screen(int fd, const terminal& traits) : fd_(fd), traits_(traits) {
    if (in_foreground(fd_)) hide_cursor(fd_);
}

screen::~screen() {
    if (!suspended_) erase();
    restore_terminal();
}

look screen::measure() const {
    const extent e = size_of(fd_);
    return {e.columns, e.rows, traits_.color, traits_.ascii};
}

void screen::draw(const frame& lines) {
    if (suspended_ || !in_foreground(fd_)) return;
    last_ = lines;
    const look now = measure();
    frame fitting = lines;
    fit_rows(fitting, now);
    std::vector<std::string> texts;
    std::vector<std::size_t> widths;
    for (const auto& line : fitting) {
        texts.push_back(line.render(now));
        widths.push_back(std::min(line.width(), now.columns - (now.columns > 1 ? 1 : 0)));
    }
    if (texts == shown_ && !stale_) return;
    std::string out(begin_frame);
    out += stale_ ? erasing() : shown_.empty() ? "" : fmt::format("\x1b[{}A\r", shown_.size());
    for (const auto& text : texts) out += text + "\x1b[K\n";
    out += "\x1b[J";
    out += end_frame;
    write_all(fd_, out);
    shown_ = std::move(texts);
    widths_ = std::move(widths);
    stale_ = false;
}

std::string screen::erasing() const {
    if (shown_.empty()) return {};
    // Lines of the old width take more rows where the terminal became narrower.
    const std::size_t columns = measure().columns;
    std::size_t rows = 0;
    for (std::size_t width : widths_) rows += width == 0 ? 1 : (width + columns - 1) / columns;
    return fmt::format("\x1b[{}A\r\x1b[J", rows);
}

void screen::erase() {
    if (shown_.empty() || !in_foreground(fd_)) return;
    write_all(fd_, erasing());
    shown_.clear();
    widths_.clear();
    stale_ = false;
}

void screen::print_above(int to, std::string_view text) {
    const frame again = last_;
    const bool was_shown = !shown_.empty();
    erase();
    write_all(to, text);
    if (was_shown) draw(again);
}

void screen::suspend() {
    suspended_ = true;
    restore_terminal();
}

void screen::resume() {
    suspended_ = false;
    shown_.clear();
    widths_.clear();
    if (!in_foreground(fd_)) return;
    hide_cursor(fd_);
    draw(frame(last_));
}

}  // namespace bt::cli
