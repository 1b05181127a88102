#include "app/daemon/starter.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "base/text.hpp"

namespace bt::app {
namespace {

constexpr int first_given = 3;
constexpr std::uint64_t most_given = 64;

std::optional<std::uint64_t> number_in(const char* variable) {
    const char* text = std::getenv(variable);
    return text == nullptr ? std::nullopt : parse_number(text);
}

}  // namespace

std::vector<int> sockets_of_starter() {
    std::vector<int> given;
    if (number_in("LISTEN_PID") == static_cast<std::uint64_t>(::getpid()))  // else meant for another process
        for (std::uint64_t i = 0, all = number_in("LISTEN_FDS").value_or(0); i < std::min(all, most_given);
             ++i) {
            const int one = first_given + static_cast<int>(i);
            if (::fcntl(one, F_SETFD, FD_CLOEXEC) == 0) given.push_back(one);
        }
    for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(variable);
    return given;
}

void notify_starter(std::string_view state) {
    const char* given = std::getenv("NOTIFY_SOCKET");
    if (given == nullptr) return;
    std::string path(given);
    sockaddr_un to{};
    if ((path[0] != '/' && path[0] != '@') || path.size() < 2 || path.size() >= sizeof(to.sun_path)) return;
    if (path[0] == '@') path[0] = '\0';  // an abstract name
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path.data(), path.size());
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    (void)::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
                   size);
    ::close(fd);
}

}  // namespace bt::app
