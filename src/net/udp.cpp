#include "net/udp.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/assert.hpp"
#include "net/fd_watch.hpp"
#include "net/lifetime.hpp"
#include "net/sockaddr.hpp"

namespace bt::net {
namespace {

constexpr int datagrams_per_turn = 64;
constexpr std::size_t datagram_bytes = 64 * 1024;

/// Room for one control message that carries a T.
template <class T>
union control_space {
    cmsghdr align;
    char space[CMSG_SPACE(sizeof(T))];
};

template <class T>
void put_control(msghdr& message, control_space<T>& control, int level, int type, const T& value) {
    std::memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(T));
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof(T));
    std::memcpy(CMSG_DATA(header), &value, sizeof value);
}

void read_packet_info(msghdr& message, datagram& into) {
    for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
            in_pktinfo info;
            std::memcpy(&info, CMSG_DATA(header), sizeof info);
            into.interface = static_cast<std::uint32_t>(info.ipi_ifindex);
            std::uint8_t raw[4];
            std::memcpy(raw, &info.ipi_addr, 4);
            into.destination = *ip_address::from_bytes(raw);
        } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info;
            std::memcpy(&info, CMSG_DATA(header), sizeof info);
            into.interface = info.ipi6_ifindex;
            std::uint8_t raw[16];
            std::memcpy(raw, &info.ipi6_addr, 16);
            into.destination = *ip_address::from_bytes(raw, info.ipi6_ifindex);
        }
    }
}

bool set_up(int fd, bool v6, const udp_options& options) {
    bool good = true;
    if (options.reuse_address) {
        // either option opens the port only to programs that set the same one; both are in use out there
        good = good && set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
        set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    }
    if (options.broadcast) good = good && set_option(fd, SOL_SOCKET, SO_BROADCAST, 1);
    if (v6) {
        good = good && set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
               set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, options.multicast_hops) &&
               set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
    } else {
        good = good && set_option(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
               set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, options.multicast_hops) &&
               set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
        // only the groups of this socket, not those other programs of the machine joined
        set_option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    }
    return good;
}

}  // namespace

struct udp_socket::impl : survivor {
    explicit impl(loop& loop_of) : on(loop_of) {}
    ~impl() { shut(); }

    loop& on;
    int descriptor = -1;
    ip_family family = ip_family::v4;
    std::unique_ptr<fd_watch> watch;
    std::function<void(const datagram&)> received;

    void on_ready();
    bool receive_one();
    result<void> membership(const ip_address& group, std::uint32_t interface, bool join);
    void shut() {
        watch.reset();
        close_descriptor(std::exchange(descriptor, -1));
    }
};

void udp_socket::impl::on_ready() {
    const in_use guard(this);
    for (int i = 0; i < datagrams_per_turn && descriptor >= 0; ++i)
        if (!receive_one()) return;
}

/// False when there is nothing more now.
bool udp_socket::impl::receive_one() {
    const auto memory = on.read_buffer().first(datagram_bytes);
    socket_address from;
    iovec slice{memory.data(), memory.size()};
    control_space<in6_pktinfo> control;  // the larger of the two
    msghdr message{};
    message.msg_name = from.get();
    message.msg_namelen = from.length;
    message.msg_iov = &slice;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    const auto got = ::recvmsg(descriptor, &message, 0);
    // an error here is news about a datagram sent earlier, and is over with the call
    if (got < 0) return errno != EAGAIN;
    const auto source = to_endpoint(from.get());
    if (!source || (message.msg_flags & MSG_TRUNC) != 0) return true;
    datagram one;
    one.source = *source;
    read_packet_info(message, one);
    one.content = memory.first(static_cast<std::size_t>(got));
    received(one);
    return true;
}

result<void> udp_socket::impl::membership(const ip_address& group, std::uint32_t interface, bool join) {
    int answer;
    if (group.family() != family || descriptor < 0) {
        answer = -1;
        errno = EAFNOSUPPORT;
    } else if (group.is_v4()) {
        ip_mreqn request{};
        std::memcpy(&request.imr_multiaddr, group.raw().data(), 4);
        request.imr_ifindex = static_cast<int>(interface);
        answer = setsockopt(descriptor, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request,
                            sizeof request);
    } else {
        ipv6_mreq request{};
        std::memcpy(&request.ipv6mr_multiaddr, group.raw().data(), 16);
        request.ipv6mr_interface = interface;
        answer = setsockopt(descriptor, IPPROTO_IPV6, join ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP,
                            &request, sizeof request);
    }
    if (answer == 0 || (join && errno == EADDRINUSE)) return {};
    return fail(errc::network, std::string("cannot ") + (join ? "join" : "leave") + " the group " +
                                   group.to_string() + " on interface " + std::to_string(interface) + ": " +
                                   error_text(errno));
}

udp_socket::udp_socket(loop& on) : impl_(new impl(on)) {}

udp_socket::~udp_socket() {
    impl_->shut();
    release(impl_);
}

result<std::uint16_t> udp_socket::bind(const endpoint& at, const udp_options& options,
                                       std::function<void(const datagram&)> received) {
    BT_ASSERT(impl_->descriptor < 0);
    const auto opened = open_bound(at, SOCK_DGRAM, "bind", "UDP",
                                   [&](int one) { return set_up(one, at.address.is_v6(), options); });
    if (!opened) return unexpected<error>(opened.error());
    const int fd = *opened;
    auto watch = std::make_unique<fd_watch>(impl_->on, fd, [self = impl_](bool, bool) { self->on_ready(); });
    if (!watch->works()) {
        watch.reset();
        close_descriptor(fd);
        return bind_failure("bind", at, "UDP", ENOSPC);
    }
    impl_->descriptor = fd;
    impl_->family = at.address.family();
    impl_->received = std::move(received);
    impl_->watch = std::move(watch);
    impl_->watch->want(true, false);
    return bound_port(fd);
}

bool udp_socket::is_open() const { return impl_->descriptor >= 0; }

void udp_socket::close() { impl_->shut(); }

result<void> udp_socket::join(const ip_address& group, std::uint32_t interface) {
    return impl_->membership(group, interface, true);
}

result<void> udp_socket::leave(const ip_address& group, std::uint32_t interface) {
    return impl_->membership(group, interface, false);
}

result<void> udp_socket::send(const endpoint& to, byte_view content, std::uint32_t interface,
                              const std::optional<ip_address>& from) {
    const auto refuse = [&](int number) {
        return fail(errc::network, "cannot send to " + to.to_string() + ": " + error_text(number));
    };
    if (impl_->descriptor < 0) return refuse(EBADF);
    if (to.address.family() != impl_->family || (from && from->family() != impl_->family))
        return refuse(EAFNOSUPPORT);
    auto address = to_socket_address(to);
    // sendmsg only reads what the slice points to
    iovec slice{const_cast<std::uint8_t*>(content.data()), content.size()};
    msghdr message{};
    message.msg_iov = &slice;
    message.msg_iovlen = 1;
    control_space<in_pktinfo> control_v4;
    control_space<in6_pktinfo> control_v6;
    if (to.address.is_v4() && (interface != 0 || from)) {
        in_pktinfo info{};
        info.ipi_ifindex = static_cast<int>(interface);
        if (from) std::memcpy(&info.ipi_spec_dst, from->raw().data(), 4);
        put_control(message, control_v4, IPPROTO_IP, IP_PKTINFO, info);
    } else if (to.address.is_v6() && (interface != 0 || from)) {
        in6_pktinfo info{};
        info.ipi6_ifindex = interface;
        if (from) std::memcpy(&info.ipi6_addr, from->raw().data(), 16);
        put_control(message, control_v6, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
    message.msg_name = address.get();
    message.msg_namelen = address.length;
    if (::sendmsg(impl_->descriptor, &message, MSG_NOSIGNAL) < 0) return refuse(errno);
    return {};
}

}  // namespace bt::net
