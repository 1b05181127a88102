#include "net/udp.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
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

constexpr std::size_t batch_size = 32;  // datagrams of one system call
constexpr int batches_per_turn = 2;
// not a power of two: else the beginnings of all datagrams would share a few lines of the cache
constexpr std::size_t slot_bytes = datagram_bytes_max;
static_assert(batch_size * slot_bytes <= loop::read_buffer_bytes);

/// Room for the control message of either family: the larger one's.
union control_space {
    cmsghdr align;
    char space[CMSG_SPACE(sizeof(in6_pktinfo))];
};

template <class T>
void put_control(msghdr& message, control_space& control, int level, int type, const T& value) {
    std::memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(T));
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof(T));
    std::memcpy(CMSG_DATA(header), &value, sizeof value);
}

/// The interface and the source address a message leaves by.
void put_packet_info(msghdr& message, control_space& control, bool v4, std::uint32_t interface,
                     const ip_address* from) {
    if (v4) {
        in_pktinfo info{};
        info.ipi_ifindex = static_cast<int>(interface);
        if (from != nullptr) std::memcpy(&info.ipi_spec_dst, from->raw().data(), 4);
        put_control(message, control, IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        info.ipi6_ifindex = interface;
        if (from != nullptr) std::memcpy(&info.ipi6_addr, from->raw().data(), 16);
        put_control(message, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
}

/// The memory of one recvmmsg; what points to what is set up once.
struct receive_batch {
    explicit receive_batch(std::span<std::uint8_t> memory) {
        for (std::size_t i = 0; i < batch_size; ++i) {
            slices[i] = {memory.data() + i * slot_bytes, slot_bytes};
            auto& message = messages[i].msg_hdr;
            message.msg_name = sources[i].get();
            message.msg_iov = &slices[i];
            message.msg_iovlen = 1;
            message.msg_control = &controls[i];
            rearm(i);
        }
    }
    void rearm(std::size_t i) {
        messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
        messages[i].msg_hdr.msg_controllen = sizeof controls[i];
        messages[i].msg_hdr.msg_flags = 0;
    }
    std::array<mmsghdr, batch_size> messages{};
    std::array<iovec, batch_size> slices{};
    std::array<socket_address, batch_size> sources;
    std::array<control_space, batch_size> controls;
};

/// Answers of one batch until they leave.
struct send_batch {
    std::size_t count = 0;
    bytes content;  // all of them, one after the other
    std::array<std::size_t, batch_size> ends{};
    std::array<mmsghdr, batch_size> messages{};
    std::array<iovec, batch_size> slices{};
    std::array<socket_address, batch_size> targets;
    std::array<control_space, batch_size> controls;

    void send(int descriptor);
};

void send_batch::send(int descriptor) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < count; ++i) {
        slices[i] = {content.data() + begin, ends[i] - begin};
        begin = ends[i];
    }
    for (std::size_t at = 0; at < count;) {
        const int sent =
            ::sendmmsg(descriptor, messages.data() + at, static_cast<unsigned>(count - at), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        at += sent > 0 ? static_cast<std::size_t>(sent)
                       : 1;  // an error is about the first one: the next may go
    }
    count = 0;
    content.clear();
}

bool means_full(int number) { return number == EAGAIN || number == ENOBUFS || number == ENOMEM; }

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
    if (options.kernel_bytes > 0)
        for (const auto& [forced, usual] :
             {std::pair{SO_RCVBUFFORCE, SO_RCVBUF}, std::pair{SO_SNDBUFFORCE, SO_SNDBUF}})
            if (!set_option(fd, SOL_SOCKET, forced, options.kernel_bytes))
                set_option(fd, SOL_SOCKET, usual, options.kernel_bytes);
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
    bool bound_to_one = false;  // address: then answers need not name it
    std::unique_ptr<receive_batch> in;
    std::unique_ptr<send_batch> out;  // of those that answer

    void on_ready();
    bool receive_several();
    result<void> membership(const ip_address& group, std::uint32_t interface, bool join);
    void shut() {
        watch.reset();
        close_descriptor(std::exchange(descriptor, -1));
    }
};

void udp_socket::impl::on_ready() {
    const in_use guard(this);
    for (int i = 0; i < batches_per_turn && descriptor >= 0; ++i)
        if (!receive_several()) return;
}

/// False when there is nothing more now.
bool udp_socket::impl::receive_several() {
    if (!in) in = std::make_unique<receive_batch>(on.read_buffer());
    const int got = ::recvmmsg(descriptor, in->messages.data(), batch_size, 0, nullptr);
    // an error here is news about a datagram sent earlier, and is over with the call
    if (got < 0) return errno != EAGAIN;
    const auto count = static_cast<std::size_t>(got);
    for (std::size_t i = 0; i < count; ++i) {
        auto& message = in->messages[i];
        const auto source = to_endpoint(in->sources[i].get());
        if (descriptor >= 0 && source && (message.msg_hdr.msg_flags & MSG_TRUNC) == 0) {
            datagram one;
            one.source = *source;
            read_packet_info(message.msg_hdr, one);
            one.content = on.read_buffer().subspan(i * slot_bytes, message.msg_len);
            received(one);
        }
        in->rearm(i);
        // A host that waits for few answers should have the first while the next is worked out: only under
        // load does it pay to let them leave together.
        if (count < batch_size && out && descriptor >= 0) out->send(descriptor);
    }
    if (out && descriptor >= 0) out->send(descriptor);
    return count == batch_size;
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
    impl_->bound_to_one = !at.address.is_unspecified();
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
        const auto why = means_full(number) ? "no room for more datagrams now" : error_text(number);
        return fail(errc::network, "cannot send to " + to.to_string() + ": " + why, {}, number);
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
    control_space control;
    if (interface != 0 || from)
        put_packet_info(message, control, to.address.is_v4(), interface, from ? &*from : nullptr);
    message.msg_name = address.get();
    message.msg_namelen = address.length;
    if (::sendmsg(impl_->descriptor, &message, MSG_NOSIGNAL) < 0) return refuse(errno);
    return {};
}

bool is_full(const error& why) { return why.code == errc::network && means_full(why.number); }

void udp_socket::reply(const datagram& to, byte_view content) {
    if (impl_->descriptor < 0) return;
    if (!impl_->out) impl_->out = std::make_unique<send_batch>();
    auto& out = *impl_->out;
    if (out.count == batch_size) out.send(impl_->descriptor);  // more than one answer to a datagram
    const auto i = out.count++;
    out.content.insert(out.content.end(), content.begin(), content.end());
    out.ends[i] = out.content.size();
    out.targets[i] = to_socket_address(to.source);
    auto& message = out.messages[i].msg_hdr;
    message = {};
    message.msg_name = out.targets[i].get();
    message.msg_namelen = out.targets[i].length;
    message.msg_iov = &out.slices[i];
    message.msg_iovlen = 1;
    if (!impl_->bound_to_one)
        put_packet_info(message, out.controls[i], to.source.address.is_v4(), to.interface, &to.destination);
}

}  // namespace bt::net
