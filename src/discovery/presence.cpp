#include "discovery/presence.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace bt::discovery {
namespace {

auto ports(const node_info& n) {
    return std::tie(n.peer_port, n.dht_port, n.http_tracker_port, n.udp_tracker_port, n.page_port);
}
auto said(const node_info& n) { return std::tuple_cat(std::tie(n.host_name, n.client, n.shares), ports(n)); }

/// Fit to be shown: everything a stranger wrote goes through here.
node_info as_node(const hello_message& m, const ip_address& from) {
    node_info n;
    n.instance = m.instance;
    n.address = from;
    n.host_name = printable(m.host_name, hello_host_bytes);
    n.client = printable(m.client, hello_client_bytes);
    n.peer_port = m.peer_port;
    n.dht_port = m.dht_port;
    n.http_tracker_port = m.http_tracker_port;
    n.udp_tracker_port = m.udp_tracker_port;
    n.page_port = m.page_port;
    n.shares = m.shares;
    return n;
}

}  // namespace

presence::standing presence::compare(const hello_message& message, const ip_address& from) const {
    const auto found = entries_.find({message.instance, from});
    if (found == entries_.end()) return standing::unknown;
    return said(found->second.info) == said(as_node(message, from)) ? standing::known : standing::changed;
}

bool presence::is_confirmed(const hello_message& message, const ip_address& from) const {
    const auto* node = find({message.instance, from});
    return node != nullptr && ports(*node) == ports(as_node(message, from));
}

presence::outcome presence::heard(time_point now, const hello_message& message, const ip_address& from,
                                  bool confirmed) {
    outcome result{true, std::nullopt, false};
    const node_key key{message.instance, from};
    auto found = entries_.find(key);
    if (found == entries_.end()) {
        if (entries_.size() >= max_nodes_) {
            const auto victim = victim_for(from);
            if (victim == entries_.end()) return {false, std::nullopt, false};
            BT_ASSERT(held_.contains(victim->first.address));
            if (victim->second.confirmed) result.evicted = victim->second.info;
            erase(victim);
        }
        found = entries_.emplace(key, entry{as_node(message, from), false}).first;
        found->second.info.first_heard = now;
        ++held_[from];
        BT_ASSERT(entries_.size() <= max_nodes_);
        next_expiry_ = std::min(next_expiry_, now + presence_time);
    }
    auto& node = found->second;
    auto fresh = as_node(message, from);
    fresh.first_heard = node.info.first_heard;
    fresh.last_heard = now;
    // names and counts may change with every word; ports, to which others are led, only when it confirms them
    if (node.confirmed && !confirmed && ports(fresh) != ports(node.info)) return result;
    const bool changed = said(fresh) != said(node.info);
    result.news = (confirmed && !node.confirmed) || (node.confirmed && changed);
    node.confirmed = node.confirmed || confirmed;
    node.info = std::move(fresh);
    return result;
}

presence::table::iterator presence::victim_for(const ip_address& newcomer) {
    const auto greediest = std::max_element(held_.begin(), held_.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto own = held_.find(newcomer);
    const auto own_places = own == held_.end() ? 0 : own->second;
    if (greediest == held_.end()) return entries_.end();
    // among the newcomer's own the oldest goes; another address must hold two more, or the two would take
    // turns
    const bool own_is_greediest = own_places == greediest->second;
    if (!own_is_greediest && greediest->second < own_places + 2) return entries_.end();
    const auto payer = own_is_greediest ? newcomer : greediest->first;
    if (own_is_greediest && own_places < 2) return entries_.end();
    auto oldest = entries_.end();
    for (auto at = entries_.begin(); at != entries_.end(); ++at)
        if (at->first.address == payer &&
            (oldest == entries_.end() || at->second.info.last_heard < oldest->second.info.last_heard))
            oldest = at;
    return oldest;
}

void presence::set_port(const node_key& node, std::uint16_t port) {
    if (const auto found = entries_.find(node); found != entries_.end()) found->second.port = port;
}

std::uint16_t presence::port_of(const node_key& node) const {
    const auto found = entries_.find(node);
    return found == entries_.end() ? std::uint16_t{0} : found->second.port;
}

bool presence::forget(const node_key& node) {
    const auto found = entries_.find(node);
    if (found == entries_.end()) return false;
    const bool confirmed = found->second.confirmed;
    erase(found);
    return confirmed;
}

void presence::erase(table::iterator it) {
    const auto place = held_.find(it->first.address);
    BT_ASSERT(place != held_.end() && place->second > 0);
    if (--place->second == 0) held_.erase(place);
    entries_.erase(it);
}

std::vector<node_key> presence::expire(time_point now) {
    std::vector<node_key> gone;
    if (now < next_expiry_) return gone;
    next_expiry_ = never;
    for (auto it = entries_.begin(); it != entries_.end();) {
        const auto current = it++;
        const auto& node = current->second;
        const auto end = node.info.last_heard + presence_time;
        if (end <= now) {
            if (node.confirmed) gone.push_back(current->first);
            erase(current);
            continue;
        }
        // not one walk over the table for each of a thousand that go one after the other
        next_expiry_ = std::min(next_expiry_, std::max(end, now + expiry_pause));
    }
    return gone;
}

const node_info* presence::find(const node_key& node) const {
    const auto found = entries_.find(node);
    return found == entries_.end() || !found->second.confirmed ? nullptr : &found->second.info;
}

const node_info* presence::at(const endpoint& peer) const {
    if (!held_.contains(peer.address)) return nullptr;
    for (const auto& [key, node] : entries_)
        if (node.confirmed && key.address == peer.address && node.info.peer_port == peer.port)
            return &node.info;
    return nullptr;
}

std::vector<node_info> presence::nodes() const {
    std::vector<node_info> all;
    for_each([&](const node_info& node) { all.push_back(node); });
    std::sort(all.begin(), all.end(), [](const node_info& a, const node_info& b) {
        return std::tie(a.first_heard, a.instance, a.address) <
               std::tie(b.first_heard, b.instance, b.address);
    });
    return all;
}

std::size_t presence::processes() const {
    std::unordered_set<instance_id> all;
    for_each([&](const node_info& node) { all.insert(node.instance); });
    return all.size();
}

}  // namespace bt::discovery
