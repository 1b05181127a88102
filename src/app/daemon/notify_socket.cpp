#include "app/daemon/notify_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

namespace bt::app {

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
