// What holds after every input. Tests ask for it; the program does not.
#include <algorithm>
#include <map>

#include "discovery/hello.hpp"
#include "discovery/lsd.hpp"

namespace bt::discovery {

bool presence::is_sound() const {
    std::unordered_map<ip_address, std::size_t> held;
    for (const auto& [key, one] : entries_) {
        ++held[key.address];
        if (one.info.key() != key || one.info.last_heard < one.info.first_heard) return false;
        if (one.info.host_name.size() > hello_host_bytes || one.info.client.size() > hello_client_bytes)
            return false;
        if (next_expiry_ > one.info.last_heard + presence_time + expiry_pause) return false;
    }
    return held == held_ && entries_.size() <= max_nodes_;
}

bool lan_trackers::is_sound(const presence& online) const {
    if (places_.size() > limits::lan_trackers) return false;
    for (const auto& one : places_) {
        const auto* node = online.find(one.node);
        if (node == nullptr || node->http_tracker_port != one.http_port ||
            node->udp_tracker_port != one.udp_port)
            return false;
        if (!one.http_port && !one.udp_port) return false;
        const auto same =
            std::count_if(places_.begin(), places_.end(), [&](const place& p) { return p.node == one.node; });
        if (same != 1) return false;
    }
    bool could_use_more = false;
    online.for_each([&](const node_info& node) {
        could_use_more =
            could_use_more || ((node.http_tracker_port || node.udp_tracker_port) && !is_used(node));
    });
    return !could_use_more || places_.size() == limits::lan_trackers;
}

bool hello::is_sound() const {
    if (!online_.is_sound() || !trackers_.is_sound(online_) || !leavers_.is_sound()) return false;
    if (!news_.is_sound() || !answers_.is_sound() || !asks_.is_sound() || !confirmations_.is_sound())
        return false;
    bool can_be_asked = true;  // a node that has confirmed did so from a port
    online_.for_each(
        [&](const node_info& node) { can_be_asked = can_be_asked && online_.port_of(node.key()) != 0; });
    if (!can_be_asked || doubtful_.size() > limits::lan_nodes) return false;
    for (const auto& [key, one] : doubtful_)
        if (one.due < next_ask_ || one.asked > std::size(ask_gaps) || one.to.address != key.address ||
            one.said.instance != key.instance)
            return false;
    std::map<ip_address, std::size_t> of_address;
    for (const auto& one : unconfirmed_)
        if (one.due < next_release_ || one.found.confirmed || one.found.peer.address != one.by.address ||
            ++of_address[one.by.address] > limits::lan_unconfirmed_peers_per_address)
            return false;
    auto next_search = never;
    for (const auto& [torrent, search] : wanted_) next_search = std::min(next_search, search.due.due());
    const auto in_order = [](const asked& a, const asked& b) { return a.at < b.at; };
    return unconfirmed_.size() <= limits::lan_unconfirmed_peers && next_search == next_search_ &&
           std::is_sorted(asked_.begin(), asked_.end(), in_order) &&
           std::all_of(asked_.begin(), asked_.end(), [&](const asked& question) {
               return question.torrents.size() <= limits::wanted_tokens &&
                      std::all_of(question.torrents.begin(), question.torrents.end(),
                                  [&](const auto& entry) { return wanted_.contains(entry.second); });
           });
}

bool lsd::is_sound() const {
    auto next_due = never;
    for (const auto& [torrent, state] : torrents_) next_due = std::min(next_due, state.due.due());
    return next_due == next_due_ && found_.size() <= limits::lan_unconfirmed_peers && heard_.is_sound() &&
           std::all_of(found_.begin(), found_.end(), [&](const auto& one) {
               return one.first >= next_found_ && one.second.peer.port >= limits::named_port_min;
           });
}

}  // namespace bt::discovery
