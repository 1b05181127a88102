// What the kernel knows of a connection. Apart, for its header and that of the C library have the same names.
#include "net/tcp_info.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace bt::net {

std::optional<duration> held_back_by_receiver(int descriptor) {
    tcp_info facts{};
    socklen_t length = sizeof facts;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &facts, &length) != 0) return std::nullopt;
    constexpr auto needed = offsetof(tcp_info, tcpi_rwnd_limited) + sizeof facts.tcpi_rwnd_limited;
    if (length < needed) return std::nullopt;  // an older kernel
    return std::chrono::microseconds(facts.tcpi_rwnd_limited);
}

}  // namespace bt::net
