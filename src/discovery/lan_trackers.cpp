#include "discovery/lan_trackers.hpp"

#include <algorithm>
#include <tuple>

namespace bt::discovery {
namespace {

bool has_tracker(const node_info& node) { return node.http_tracker_port || node.udp_tracker_port; }

bool known_longer(const node_info* a, const node_info* b) {
    return std::tie(a->first_heard, a->instance) < std::tie(b->first_heard, b->instance);
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
    if (places_.size() < limits::lan_trackers) fill(online, changes);
    return changes;
}

/// The nodes known longest take the free places.
void lan_trackers::fill(const presence& online, std::vector<change>& changes) {
    std::vector<const node_info*> candidates;
    online.for_each([&](const node_info& node) {
        const bool used = std::any_of(places_.begin(), places_.end(),
                                      [&](const place& p) { return p.instance == node.instance; });
        if (!used && has_tracker(node)) candidates.push_back(&node);
    });
    const auto count = std::min(candidates.size(), limits::lan_trackers - places_.size());
    const auto chosen_end = candidates.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(candidates.begin(), chosen_end, candidates.end(), known_longer);
    std::for_each(candidates.begin(), chosen_end, [&](const node_info* node) {
        place fresh{node->instance, node->addresses.front(), std::nullopt, std::nullopt};
        move(fresh, {node->instance, fresh.address, node->http_tracker_port, node->udp_tracker_port},
             changes);
        places_.push_back(fresh);
    });
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
