#include "app/sockets/lan_sockets.hpp"

namespace bt::app {
namespace {

constexpr std::uint16_t lsd_port = 6771;  // BEP 14

const ip_address any_v4 = ip_address::v4(0, 0, 0, 0);
const ip_address any_v6 = *ip_address::parse("::");
const ip_address lsd_group_v4 = ip_address::v4(239, 192, 152, 143);
const ip_address lsd_group_v6 = *ip_address::parse("ff15::efc0:988f");
const ip_address hello_group_v6 = *ip_address::parse("ff12::8001");

}  // namespace

lan_sockets::lan_sockets(net::loop& on, std::uint16_t lan_port, bool v4, bool v6, received_fn received)
    : own_v4_(on), own_v6_(on), hello_v4_(on), hello_v6_(on), lsd_v4_(on), lsd_v6_(on) {
    const auto open = [&](net::udp_socket& socket, const ip_address& address, std::uint16_t port,
                          node::lan_socket kind) {
        const bool own = port == 0;
        (void)socket.bind({address, port}, {!own, true, 1},
                          [received, kind, own](const net::datagram& d) { received(kind, own, d); });
    };
    if (v4) {
        open(own_v4_, any_v4, 0, node::lan_socket::hello);
        open(hello_v4_, any_v4, lan_port, node::lan_socket::hello);
        open(lsd_v4_, any_v4, lsd_port, node::lan_socket::lsd);
    }
    if (v6) {
        open(own_v6_, any_v6, 0, node::lan_socket::hello);
        open(hello_v6_, any_v6, lan_port, node::lan_socket::hello);
        open(lsd_v6_, any_v6, lsd_port, node::lan_socket::lsd);
    }
}

void lan_sockets::use(const std::vector<discovery::interface_address>& interfaces) {
    std::set<std::uint32_t> now_v4, now_v6;
    for (const auto& each : interfaces) {
        if (!each.multicast) continue;
        (each.address.is_v4() ? now_v4 : now_v6).insert(each.index);
    }
    // an interface that went and came back has forgotten its groups
    std::erase_if(joined_v4_, [&](auto index) { return !now_v4.contains(index); });
    std::erase_if(joined_v6_, [&](auto index) { return !now_v6.contains(index); });
    for (auto index : now_v4)
        if (!joined_v4_.contains(index) && lsd_v4_.is_open() && lsd_v4_.join(lsd_group_v4, index))
            joined_v4_.insert(index);
    for (auto index : now_v6) {
        if (joined_v6_.contains(index)) continue;
        const bool hello = hello_v6_.is_open() && hello_v6_.join(hello_group_v6, index).has_value();
        const bool lsd = lsd_v6_.is_open() && lsd_v6_.join(lsd_group_v6, index).has_value();
        if (hello && lsd) joined_v6_.insert(index);
    }
}

void lan_sockets::send(const discovery::send& what) {
    auto& socket = what.destination.address.is_v4() ? own_v4_ : own_v6_;
    if (!socket.is_open()) return;
    (void)socket.send(what.destination, what.datagram, what.interface_index, what.source_address);
}

}  // namespace bt::app
