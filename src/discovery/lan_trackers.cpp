#include "discovery/lan_trackers.hpp"

#include <algorithm>
#include <tuple>

namespace bt::discovery {
namespace {

bool has_tracker(const node_info& node) { return node.http_tracker_port || node.udp_tracker_port; }

std::vector<const node_info*> longest_known(const presence& online) {
    std::vector<const node_info*> found;
    online.for_each([&](const node_info& node) {
        if (has_tracker(node)) found.push_back(&node);
    });
    std::sort(found.begin(), found.end(), [](const node_info* a, const node_info* b) {
        return std::tie(a->first_heard, a->instance) < std::tie(b->first_heard, b->instance);
    });
    return found;
}

}  // namespace

std::vector<lan_trackers::change> lan_trackers::update(const presence& online) {
    std::vector<change> changes;
    for (auto& current : places_) {
        const auto* node = online.find(current.instance);
        place wanted{current.instance, current.address, std::nullopt, std::nullopt};
        if (node && has_tracker(*node)) {
            const auto& addresses = node->addresses;
            const bool still_there =
                std::find(addresses.begin(), addresses.end(), current.address) != addresses.end();
            if (!still_there) wanted.address = addresses.front();
            wanted.http_port = node->http_tracker_port;
            wanted.udp_port = node->udp_tracker_port;
        }
        move(current, wanted, changes);
    }
    std::erase_if(places_, [](const place& p) { return !p.http_port && !p.udp_port; });
    if (places_.size() >= limits::lan_trackers) return changes;

    for (const auto* node : longest_known(online)) {
        if (places_.size() >= limits::lan_trackers) break;
        const bool used = std::any_of(places_.begin(), places_.end(),
                                      [&](const place& p) { return p.instance == node->instance; });
        if (used) continue;
        place fresh{node->instance, node->addresses.front(), std::nullopt, std::nullopt};
        move(fresh, {node->instance, fresh.address, node->http_tracker_port, node->udp_tracker_port},
             changes);
        places_.push_back(fresh);
    }
    return changes;
}

void lan_trackers::move(place& current, const place& wanted, std::vector<change>& changes) {
    const auto step = [&](tracker_protocol protocol, auto had, auto has) {
        if (had == has && current.address == wanted.address) return;
        if (had) changes.push_back(tracker_gone{current.instance, protocol, {current.address, *had}});
        if (has) changes.push_back(tracker_found{current.instance, protocol, {wanted.address, *has}});
    };
    step(tracker_protocol::http, current.http_port, wanted.http_port);
    step(tracker_protocol::udp, current.udp_port, wanted.udp_port);
    current = wanted;
}

}  // namespace bt::discovery
