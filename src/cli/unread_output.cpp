#include "cli/unread_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/limits.hpp"

namespace bt::cli {
namespace {

constexpr std::size_t most_messages = 256 * limits::KiB, most_results = 16 * limits::MiB;
constexpr int last_moment_ms = 1'000;

/// One of the standard streams, while a loop runs.
struct stream {
    int given;
    std::size_t most;
    int own = -1;  // the same pipe or terminal, opened again: not to wait must not hold for other processes
    bool is_socket = false;
    std::string kept{};
    std::size_t left_out = 0;  // lines

    bool waits_for_reader() const { return own >= 0 || is_socket; }

    void open() {
        struct stat facts {};
        if (::fstat(given, &facts) != 0) return;
        is_socket = S_ISSOCK(facts.st_mode);
        if (!S_ISFIFO(facts.st_mode) && !S_ISCHR(facts.st_mode)) return;
        const auto path = "/proc/self/fd/" + std::to_string(given);
        own = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    }
    void close() {
        if (own >= 0) ::close(own);
        own = -1;
        is_socket = false;
    }

    /// False: it takes nothing any more, whoever reads.
    bool flush() {
        while (!kept.empty()) {
            const auto taken = is_socket
                                   ? ::send(given, kept.data(), kept.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                   : ::write(own, kept.data(), kept.size());
            if (taken < 0 && errno == EINTR) continue;
            if (taken < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
            kept.erase(0, static_cast<std::size_t>(taken));
        }
        return true;
    }
    bool keep(std::string_view text) {
        if (kept.size() + text.size() > most) {
            left_out += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
            errno = ENOBUFS;
            return given == STDERR_FILENO;
        }
        if (left_out > 0 && given == STDERR_FILENO)
            kept += "(" + std::to_string(left_out) + " lines that nobody read are left out)\n";
        left_out = 0;
        kept += text;
        return true;
    }
    bool write(std::string_view text) {
        if (!flush()) return false;
        if (!keep(text)) return false;
        return flush();
    }
    void wait(int milliseconds) {
        while (flush() && !kept.empty()) {
            pollfd ready{own >= 0 ? own : given, POLLOUT, 0};
            const int got = ::poll(&ready, 1, milliseconds);
            if (got == 0 || (got < 0 && errno != EINTR)) return;
        }
    }
};

stream results{STDOUT_FILENO, most_results}, messages{STDERR_FILENO, most_messages};

}  // namespace

unread_output::unread_output() {
    results.open();
    messages.open();
}

unread_output::~unread_output() {
    messages.wait(last_moment_ms);
    results.wait(-1);
    messages.close();
    results.close();
}

void unread_output::flush() {
    (void)results.flush();
    (void)messages.flush();
}

std::optional<bool> write_or_keep(int fd, std::string_view text) {
    auto& to = fd == STDOUT_FILENO ? results : messages;
    if ((fd != STDOUT_FILENO && fd != STDERR_FILENO) || !to.waits_for_reader()) return std::nullopt;
    return to.write(text);
}

}  // namespace bt::cli
