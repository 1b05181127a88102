#include "discovery/presence.hpp"

#include <algorithm>
#include <tuple>

#include "base/text.hpp"

namespace bt::discovery {
namespace {

constexpr duration expiry_pause = 250ms;

auto said(const node_info& n) {
    return std::tie(n.host_name, n.client, n.peer_port, n.dht_port, n.http_tracker_port, n.udp_tracker_port,
                    n.page_port, n.shares);
}

/// Fit to be shown: everything a stranger wrote goes through here.
node_info as_node(const hello_message& m) {
    node_info n;
    n.instance = m.instance;
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

bool contains(const std::vector<ip_address>& addresses, const ip_address& address) {
    return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

}  // namespace

presence::standing presence::compare(const hello_message& message, const ip_address& from) const {
    const auto found = entries_.find(message.instance);
    if (found == entries_.end()) return standing::unknown;
    const auto& info = found->second.info;
    const bool same = contains(info.addresses, from) && said(info) == said(as_node(message));
    return same ? standing::known : standing::changed;
}

presence::outcome presence::heard(time_point now, const hello_message& message, const ip_address& from) {
    outcome result{true, std::nullopt};
    auto found = entries_.find(message.instance);
    if (found == entries_.end()) {
        if (entries_.size() >= max_nodes_) {
            result.evicted = victim_for(from);
            if (!result.evicted) return {false, std::nullopt};
            erase(entries_.find(*result.evicted));
        }
        found = entries_.emplace(message.instance, entry{}).first;
        found->second.home = from;
        found->second.info.first_heard = now;
        ++held_[from];
        next_expiry_ = std::min(next_expiry_, now + presence_time);
    }
    auto fresh = as_node(message);
    auto& node = found->second;
    fresh.addresses = std::move(node.info.addresses);
    fresh.first_heard = node.info.first_heard;
    fresh.last_heard = now;
    node.info = std::move(fresh);
    note_address(node, now, from);
    return result;
}

void presence::note_address(entry& node, time_point now, const ip_address& from) {
    auto& addresses = node.info.addresses;
    auto at =
        static_cast<std::size_t>(std::find(addresses.begin(), addresses.end(), from) - addresses.begin());
    if (at == addresses.size() && at < limits::lan_node_addresses) {
        addresses.push_back(from);
        node.heard_at.push_back(now);
        return;
    }
    if (at == addresses.size()) {  // full: the one that was silent longest makes room
        const auto oldest = std::min_element(node.heard_at.begin(), node.heard_at.end());
        at = static_cast<std::size_t>(oldest - node.heard_at.begin());
        addresses[at] = from;
    }
    node.heard_at[at] = now;
}

std::optional<instance_id> presence::victim_for(const ip_address& newcomer) const {
    const auto greediest = std::max_element(held_.begin(), held_.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto own = held_.find(newcomer);
    const auto own_places = own == held_.end() ? 0 : own->second;
    if (greediest == held_.end()) return std::nullopt;
    // among the newcomer's own the oldest goes; another address must hold two more, or the two would take
    // turns
    const bool own_is_greediest = own_places == greediest->second;
    if (!own_is_greediest && greediest->second < own_places + 2) return std::nullopt;
    const auto& payer = own_is_greediest ? newcomer : greediest->first;
    if (own_is_greediest && own_places < 2) return std::nullopt;
    const entry* oldest = nullptr;
    for (const auto& [id, node] : entries_)
        if (node.home == payer && (!oldest || node.info.last_heard < oldest->info.last_heard)) oldest = &node;
    return oldest ? std::optional(oldest->info.instance) : std::nullopt;
}

bool presence::forget(const instance_id& instance, const ip_address& from) {
    const auto found = entries_.find(instance);
    if (found == entries_.end() || !contains(found->second.info.addresses, from)) return false;
    erase(found);
    return true;
}

void presence::erase(table::iterator it) {
    const auto place = held_.find(it->second.home);
    if (--place->second == 0) held_.erase(place);
    entries_.erase(it);
}

presence::expiry presence::expire(time_point now) {
    expiry result;
    if (now < next_expiry_) return result;
    next_expiry_ = never;
    for (auto it = entries_.begin(); it != entries_.end();) {
        const auto current = it++;
        auto& [id, node] = *current;
        if (node.info.last_heard + presence_time <= now) {
            result.gone.push_back(id);
            erase(current);
            continue;
        }
        auto& addresses = node.info.addresses;
        const auto before = addresses.size();
        for (auto i = before; i-- > 0;) {
            if (node.heard_at[i] + presence_time > now) continue;
            addresses.erase(addresses.begin() + static_cast<std::ptrdiff_t>(i));
            node.heard_at.erase(node.heard_at.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if (addresses.size() != before) result.moved.push_back(id);
        const auto first = *std::min_element(node.heard_at.begin(), node.heard_at.end());
        // not one walk over the table for each of a thousand that go one after the other
        next_expiry_ = std::min(next_expiry_, std::max(first + presence_time, now + expiry_pause));
    }
    return result;
}

const node_info* presence::find(const instance_id& instance) const {
    const auto found = entries_.find(instance);
    return found == entries_.end() ? nullptr : &found->second.info;
}

std::vector<node_info> presence::nodes() const {
    std::vector<node_info> all;
    all.reserve(entries_.size());
    for (const auto& [id, node] : entries_) all.push_back(node.info);
    std::sort(all.begin(), all.end(), [](const node_info& a, const node_info& b) {
        return std::tie(a.first_heard, a.instance) < std::tie(b.first_heard, b.instance);
    });
    return all;
}

}  // namespace bt::discovery
