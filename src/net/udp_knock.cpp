#include "net/udp_knock.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "net/sockaddr.hpp"

namespace bt::net {

udp_knock::udp_knock(const endpoint& at) {
    descriptor_ = ::socket(family_of(at.address), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto to = to_socket_address(at);
    // connected, so that the kernel tells this socket what was refused
    if (descriptor_ >= 0 && ::connect(descriptor_, to.get(), to.length) != 0) {
        close_descriptor(descriptor_);
        descriptor_ = -1;
    }
}

udp_knock::~udp_knock() {
    if (descriptor_ >= 0) close_descriptor(descriptor_);
}

void udp_knock::send(byte_view content) {
    if (descriptor_ < 0) return;
    // the first call may only bring what became of the datagram before
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (::send(descriptor_, content.data(), content.size(), MSG_NOSIGNAL) >= 0) return;
        look(errno);
    }
}

bool udp_knock::refused() {
    int error = 0;
    socklen_t length = sizeof error;
    if (descriptor_ >= 0 && ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &length) == 0)
        look(error);
    return refused_;
}

void udp_knock::look(int error) { refused_ = refused_ || error == ECONNREFUSED; }

}  // namespace bt::net
