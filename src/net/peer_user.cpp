#include "net/peer_user.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.hpp"

namespace bt::net {
namespace {

struct question {
    nlmsghdr head;
    inet_diag_req_v2 wanted;
};

/// In both families: a socket of IPv6 may speak IPv4.
struct spoken_as {
    std::uint8_t family;
    std::array<std::uint8_t, 16> client{}, server{};
};

std::array<std::uint8_t, 16> raw_of(const ip_address& address, bool as_v6) {
    std::array<std::uint8_t, 16> raw{};
    const auto bytes = address.raw();
    const bool mapped = as_v6 && address.is_v4();
    std::copy(bytes.begin(), bytes.end(), raw.begin() + (mapped ? 12 : 0));
    if (mapped) raw[10] = raw[11] = 0xff;
    return raw;
}

std::optional<unsigned> ask_kernel(int netlink, const spoken_as& how, std::uint16_t from, std::uint16_t to) {
    question ask{};
    ask.head.nlmsg_len = sizeof(ask);
    ask.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    ask.head.nlmsg_flags = NLM_F_REQUEST;
    ask.wanted.sdiag_family = how.family;
    ask.wanted.sdiag_protocol = IPPROTO_TCP;
    ask.wanted.idiag_states = ~0u;
    ask.wanted.id.idiag_sport = htons(from);
    ask.wanted.id.idiag_dport = htons(to);
    std::memcpy(ask.wanted.id.idiag_src, how.client.data(), how.client.size());
    std::memcpy(ask.wanted.id.idiag_dst, how.server.data(), how.server.size());
    ask.wanted.id.idiag_cookie[0] = ask.wanted.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (::send(netlink, &ask, sizeof(ask), 0) != static_cast<ssize_t>(sizeof(ask))) return std::nullopt;
    alignas(nlmsghdr) std::array<char, 4096> answer{};
    const auto got = ::recv(netlink, answer.data(), answer.size(), 0);
    if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(inet_diag_msg)))) return std::nullopt;
    nlmsghdr head;
    std::memcpy(&head, answer.data(), sizeof(head));
    if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
    inet_diag_msg found;
    std::memcpy(&found, answer.data() + NLMSG_HDRLEN, sizeof(found));
    // a kernel that does not find it exactly may give a listener of that port
    if (found.id.idiag_sport != htons(from) || found.id.idiag_dport != htons(to)) return std::nullopt;
    // a socket that its process has closed has no user any more, and the kernel says 0 for it, as for root's
    if (found.idiag_inode == 0) return std::nullopt;
    return found.idiag_uid;
}

}  // namespace

std::optional<unsigned> user_behind(const endpoint& client, const endpoint& server) {
    const int netlink = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink < 0) return std::nullopt;
    const timeval patience{0, 100'000};  // the kernel answers within the call
    (void)::setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    std::optional<unsigned> user;
    if (client.address.is_v4())
        user = ask_kernel(netlink, {AF_INET, raw_of(client.address, false), raw_of(server.address, false)},
                          client.port, server.port);
    if (!user)
        user = ask_kernel(netlink, {AF_INET6, raw_of(client.address, true), raw_of(server.address, true)},
                          client.port, server.port);
    ::close(netlink);
    return user;
}

}  // namespace bt::net
