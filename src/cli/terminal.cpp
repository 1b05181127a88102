#include "cli/terminal.hpp"

#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cli/unread_output.hpp"

namespace bt::cli {

namespace {

bool is_set(const char* value) { return value != nullptr && *value != '\0'; }

// Read by signal handlers.
std::atomic<int> hidden_cursor_fd{-1};
std::atomic<bool> keys_taken{false};
termios saved_mode;

}  // namespace

environment process_environment() {
    return [](const char* name) -> const char* { return std::getenv(name); };
}

bool use_color(when wish, bool is_terminal, const environment& env) {
    if (wish != when::automatic) return wish == when::always;
    if (is_set(env("NO_COLOR"))) return false;
    const char* force = env("CLICOLOR_FORCE");
    if (is_set(force) && std::strcmp(force, "0") != 0) return true;
    const char* term = env("TERM");
    return is_terminal && is_set(term) && std::strcmp(term, "dumb") != 0;
}

charset_facts read_charset() {
    const char* term = std::getenv("TERM");
    return {.utf8 = std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0,
            .narrow_blocks = ::wcwidth(0x2588) == 1,
            .linux_console = term != nullptr && std::strcmp(term, "linux") == 0};
}

bool use_ascii(bool wish, const charset_facts& facts) {
    return wish || !facts.utf8 || !facts.narrow_blocks || facts.linux_console;
}

terminal describe(int fd, when color, bool ascii) {
    const char* term = std::getenv("TERM");
    terminal t;
    t.is_terminal = ::isatty(fd) == 1;
    t.can_move = t.is_terminal && is_set(term) && std::strcmp(term, "dumb") != 0;
    t.color = use_color(color, t.is_terminal, process_environment());
    t.ascii = use_ascii(ascii, read_charset());
    return t;
}

extent size_of(int fd) {
    extent e;
    winsize w{};
    if (::ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0) {
        e.columns = w.ws_col;
        if (w.ws_row > 0) e.rows = w.ws_row;
    } else if (const char* columns = std::getenv("COLUMNS")) {
        const long n = std::strtol(columns, nullptr, 10);
        if (n > 0 && n < 10'000) e.columns = static_cast<std::size_t>(n);
    }
    return e;
}

bool in_foreground(int fd) {
    const pid_t group = ::tcgetpgrp(fd);
    return group < 0 || group == ::getpgrp();
}

std::string painted(std::string_view text, role as, bool color) {
    const char* code = nullptr;
    switch (as) {
        case role::plain:
            break;
        case role::good:
            code = "\x1b[32m";
            break;
        case role::busy:
            code = "\x1b[33m";
            break;
        case role::bad:
            code = "\x1b[31m";
            break;
        case role::dim:
            code = "\x1b[2m";
            break;
    }
    if (!color || code == nullptr || text.empty()) return std::string(text);
    return code + std::string(text) + "\x1b[0m";
}

void hide_cursor(int fd) {
    hidden_cursor_fd = fd;
    write_all(fd, "\x1b[?25l");
}

bool take_keys() {
    if (keys_taken) return true;
    if (::isatty(STDIN_FILENO) != 1 || !in_foreground(STDIN_FILENO)) return false;
    if (::tcgetattr(STDIN_FILENO, &saved_mode) != 0) return false;
    termios mode = saved_mode;
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    if (::tcsetattr(STDIN_FILENO, TCSANOW, &mode) != 0) return false;
    keys_taken = true;
    return true;
}

void restore_terminal() {
    if (const int fd = hidden_cursor_fd.exchange(-1); fd >= 0) {
        static constexpr char show[] = "\x1b[?2026l\x1b[0m\x1b[?25h";
        [[maybe_unused]] auto written = ::write(fd, show, sizeof show - 1);
    }
    if (keys_taken.exchange(false)) ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_mode);
}

bool write_all(int fd, std::string_view text) {
    if (const auto taken = write_or_keep(fd, text)) return *taken;
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {  // another process made the terminal non-blocking
            pollfd wait{fd, POLLOUT, 0};
            ::poll(&wait, 1, 1000);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

}  // namespace bt::cli
