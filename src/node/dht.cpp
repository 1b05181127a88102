// The DHT beside the torrents: who may be searched for in it, and the way of what it finds. Private torrents
// never come here (BEP 27).
#include <algorithm>

#include "base/assert.hpp"
#include "base/overloaded.hpp"
#include "node/entry.hpp"

namespace bt::node {

void core::look_in_dht(time_point now, entry& e) {
    if (!in_dht_ || e.search || e.is_private()) return;
    // a peer somebody named may well be a node at the same port: its DHT's, where that was free
    for (const auto& peer : e.named_peers) dht_->add_contact(now, peer);
    for (const auto& where : e.named_nodes) dht_->add_contact(now, where);
    BT_ASSERT(e.is_active());
    e.search = dht_->search(now, {e.hash, e.looks_only ? std::uint16_t{0} : config_.port, true});
    collect_dht(now);
}

/// We are in the answers to our own question, as others were told of us.
bool core::is_self(const endpoint& peer) const {
    if (peer.port != config_.port) return false;
    const auto& external = dht_->external(peer.address.family());
    return external == peer.address ||
           std::any_of(interfaces_.begin(), interfaces_.end(), [&](const auto& one) {
               return one.address.with_zone(0) == peer.address.with_zone(0);
           });
}

void core::leave_dht(entry& e) {
    if (!e.search) return;
    dht_->forget(*e.search);
    e.search.reset();
}

/// What it knows stays: back in it, the node asks those it knew.
void core::set_dht(time_point now, bool on) {
    if (!dht_ || on == in_dht_) return;
    in_dht_ = on;
    for (auto& [id, e] : torrents_) {
        if (!on) leave_dht(*e);
        if (on && e->is_active()) look_in_dht(now, *e);
    }
    if (hello_) hello_->set_dht_port(on ? std::optional(config_.dht_port) : std::nullopt);
    collect_dht(now);
}

void core::tell_networks(time_point now) {
    if (!dht_) return;
    std::vector<own_network> networks;
    for (const auto& one : interfaces_) networks.push_back({one.address, one.prefix_bits});
    dht_->set_networks(now, std::move(networks));
    collect_dht(now);
}

void core::dht_received(time_point now, const endpoint& from, const ip_address& to, byte_view datagram) {
    if (!in_dht_) return;
    dht_->receive(now, from, to, datagram);
    collect_dht(now);
}

void core::dht_unreachable(time_point now, const endpoint& to) {
    if (!in_dht_) return;
    dht_->unreachable(now, to);
    collect_dht(now);
}

dht::search_id core::dht_search(time_point now, const dht::search_wish& wish) {
    const auto* ours = find(wish.hash);
    if (!in_dht_ || (ours != nullptr && ours->is_private())) return 0;
    const auto search = dht_->search(now, wish);
    collect_dht(now);
    return search;
}

void core::dht_forget(dht::search_id search) {
    if (dht_) dht_->forget(search);
}

std::uint64_t core::dht_ping(time_point now, const endpoint& at) {
    if (!in_dht_) return 0;
    const auto ping = dht_->ping(now, at);
    collect_dht(now);
    return ping;
}

void core::dht_contact(time_point now, const std::string& where) {
    if (!in_dht_) return;
    dht_->add_contact(now, where);
    collect_dht(now);
}

void core::collect_dht(time_point now) {
    while (auto what = dht_ ? dht_->poll() : std::nullopt) {
        std::visit(overloaded{
                       [&](dht::out::send& o) {
                           if (in_dht_) put(out::dht_send{o.to, std::move(o.datagram)});
                       },
                       [&](dht::out::resolve& o) {
                           dht_lookups_.emplace(++last_request_, o.lookup);
                           put(out::resolve{last_request_, std::move(o.host)});
                       },
                       [&](dht::out::peers_found& o) {
                           auto* e = find(o.hash);
                           if (e == nullptr || e->search != o.search) return put(std::move(o));
                           for (const auto& peer : o.peers)
                               if (!is_self(peer)) e->swarm.add_peer(now, peer, swarm::peer_source::dht);
                           collect(now, *e);
                       },
                       [&](dht::out::search_over& o) {
                           const auto* e = find(o.hash);
                           if (e == nullptr || e->search != o.search) put(std::move(o));
                       },
                       [&](dht::out::pinged& o) { put(std::move(o)); },
                   },
                   *what);
    }
}

}  // namespace bt::node
