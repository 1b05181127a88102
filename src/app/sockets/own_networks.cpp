#include "app/sockets/own_networks.hpp"

#include <algorithm>

#include "app/sockets/listen_addresses.hpp"

namespace bt::app {
namespace {
constexpr duration networks_time = 30s;
}

own_networks::own_networks(net::loop& on, bool v4, bool v6, const std::string& bind, read_fn tell)
    : loop_(on),
      v4_(v4),
      v6_(v6),
      bind_(outgoing_by(v4, v6, bind).from),
      tell_(std::move(tell)),
      watcher_(on, [this] { look(true); }),
      again_(on, [this] { look(false); }) {}

void own_networks::look(bool news) {
    again_.arm(loop_.now() + networks_time);
    const auto all = net::running_interfaces();
    if (!all) return;
    auto interfaces = discovery_interfaces(*all, v4_, v6_, bind_);
    const bool changed = news || interfaces != known_;
    known_ = std::move(interfaces);
    tell_(*known_, changed);
}

std::vector<discovery::interface_address> discovery_interfaces(const std::vector<net::interface_entry>& all,
                                                               bool v4, bool v6,
                                                               const std::optional<ip_address>& bind) {
    std::vector<discovery::interface_address> list;
    for (const auto& each : all) {
        if (!each.up || !each.running || !(each.address.is_v4() ? v4 : v6)) continue;
        if (bind && each.address.with_zone(0) != bind->with_zone(0)) continue;
        list.push_back({each.address, each.prefix_bits, each.index, each.multicast, each.can_broadcast,
                        each.broadcast, each.name, each.loopback, each.peer});
    }
    return list;
}

}  // namespace bt::app
