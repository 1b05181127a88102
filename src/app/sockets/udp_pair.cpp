#include "app/sockets/udp_pair.hpp"

#include <utility>

#include "net/port_in_use.hpp"

namespace bt::app {
namespace {
constexpr int kernel_bytes = 1 << 20;  // a burst waits in the kernel instead of being lost
constexpr int attempts = 8;            // to find a port that is free in both families
}  // namespace

udp_pair::udp_pair(net::loop& on, bool v4, bool v6, std::optional<ip_address> bind, received_fn received)
    : v4_(on),
      v6_(on),
      use_v4_(v4 && (!bind || bind->is_v4())),
      use_v6_(v6 && (!bind || bind->is_v6())),
      bind_(bind),
      received_(std::move(received)) {}

result<std::uint16_t> udp_pair::bind(ip_family family, std::uint16_t port) {
    const auto any = family == ip_family::v4 ? ip_address{} : *ip_address::parse("::");
    net::udp_options wish;
    wish.kernel_bytes = kernel_bytes;
    return (family == ip_family::v4 ? v4_ : v6_)
        .bind({bind_.value_or(any), port}, wish, [this](const net::datagram& what) {
            at_hand_ = &what;
            received_(what.source, what.destination, what.content);
            at_hand_ = nullptr;
        });
}

std::uint16_t udp_pair::open(std::uint16_t wanted) {
    for (int left = attempts; left > 0; --left) {
        std::uint16_t port = left == attempts ? wanted : std::uint16_t{0};
        bool taken = false;
        for (const auto family : {ip_family::v4, ip_family::v6}) {
            if (!(family == ip_family::v4 ? use_v4_ : use_v6_)) continue;
            const auto got = bind(family, port);
            if (got) port = *got;
            taken = taken || (!got && net::is_port_in_use(got.error()));
        }
        if (!taken || left == 1) {
            use_v4_ = v4_.is_open();
            use_v6_ = v6_.is_open();
            return use_v4_ || use_v6_ ? port : std::uint16_t{0};
        }
        v4_.close();
        v6_.close();
    }
    return 0;
}

result<void> udp_pair::send(const endpoint& to, byte_view datagram) {
    const auto family = to.address.family();
    const bool v4 = family == ip_family::v4;
    if (!(v4 ? use_v4_ : use_v6_))
        return fail(errc::network, std::string("IPv") + (v4 ? "4" : "6") + " is not used here");
    auto& socket = v4 ? v4_ : v6_;
    if (at_hand_ != nullptr && at_hand_->source == to) {
        socket.reply(*at_hand_, datagram);
        return {};
    }
    if (!socket.is_open())
        if (const auto bound = bind(family, 0); !bound) return unexpected<error>(bound.error());
    return socket.send(to, datagram);
}

}  // namespace bt::app
