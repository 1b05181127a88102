#include "discovery/lan_trackers.hpp"

#include <algorithm>
#include <tuple>

#include "base/assert.hpp"

namespace bt::discovery {
namespace {

bool has_tracker(const node_info& node) { return node.http_tracker_port || node.udp_tracker_port; }

bool known_longer(const node_info* a, const node_info* b) {
    return std::tie(a->first_heard, a->instance, a->address) <
           std::tie(b->first_heard, b->instance, b->address);
}

}  // namespace

std::vector<lan_trackers::change> lan_trackers::update(const presence& online) {
    std::vector<change> changes;
    for (auto& current : places_) {
        const auto* node = online.find(current.node);
        place wanted{current.node, std::nullopt, std::nullopt};
        if (node) wanted = {current.node, node->http_tracker_port, node->udp_tracker_port};
        move(current, wanted, changes);
    }
    std::erase_if(places_, [](const place& p) { return !p.http_port && !p.udp_port; });
    if (places_.size() < limits::lan_trackers) fill(online, changes);
    BT_ASSERT(places_.size() <= limits::lan_trackers);
    return changes;
}

/// The nodes known longest take the free places.
void lan_trackers::fill(const presence& online, std::vector<change>& changes) {
    std::vector<const node_info*> candidates;
    online.for_each([&](const node_info& node) {
        if (has_tracker(node)) candidates.push_back(&node);
    });
    std::sort(candidates.begin(), candidates.end(), known_longer);
    for (const auto* node : candidates) {
        if (places_.size() >= limits::lan_trackers) return;
        if (is_used(*node)) continue;
        place fresh{node->key(), std::nullopt, std::nullopt};
        move(fresh, {node->key(), node->http_tracker_port, node->udp_tracker_port}, changes);
        places_.push_back(fresh);
    }
}

/// The same process with the same trackers, at another of its addresses; whoever speaks under its id and
/// names other ports is another.
bool lan_trackers::is_used(const node_info& node) const {
    return std::any_of(places_.begin(), places_.end(), [&](const place& p) {
        return p.node == node.key() ||
               (p.node.instance == node.instance && p.http_port == node.http_tracker_port &&
                p.udp_port == node.udp_tracker_port);
    });
}

void lan_trackers::move(place& current, const place& wanted, std::vector<change>& changes) {
    BT_ASSERT(current.node == wanted.node);
    const auto step = [&](tracker_protocol protocol, auto had, auto has) {
        if (had == has) return;
        const auto& address = current.node.address;
        if (had) changes.push_back(tracker_gone{current.node, protocol, {address, *had}});
        if (has) changes.push_back(tracker_found{current.node, protocol, {address, *has}});
    };
    step(tracker_protocol::http, current.http_port, wanted.http_port);
    step(tracker_protocol::udp, current.udp_port, wanted.udp_port);
    current = wanted;
}

}  // namespace bt::discovery
