#include "swarm/peer_pool.hpp"

#include <algorithm>
#include <tuple>

namespace bt::swarm {

void peer_pool::add(time_point now, const endpoint& address, peer_source source, duration delay) {
    if (!address.is_usable()) return;
    earliest_.reset();
    if (auto found = peers_.find(address); found != peers_.end()) {
        auto& peer = found->second;
        peer.source = std::min(peer.source, source);
        if (source <= peer_source::lan && peer.now == state::idle) {
            // it speaks right now; what failed before says nothing. Two tries a second at most guard against
            // a loop.
            peer.heard = true;
            peer.not_before = std::min(peer.not_before,
                                       now + (peer.failures == 0 ? delay : std::max(delay, duration{500ms})));
        }
        return;
    }
    if (peers_.size() >= limits::known_peers) make_room(1);
    if (peers_.size() >= limits::known_peers) return;
    peers_.emplace(address, known{source, state::idle, 0, false, now + delay, random_.next()});
}

/// Drops the address that failed most, if one failed that often.
void peer_pool::make_room(unsigned failures) {
    auto worst = peers_.end();
    for (auto at = peers_.begin(); at != peers_.end(); ++at) {
        if (at->second.now != state::idle || at->second.failures < failures) continue;
        if (worst == peers_.end() || at->second.failures > worst->second.failures) worst = at;
    }
    if (worst != peers_.end()) peers_.erase(worst);
}

std::optional<endpoint> peer_pool::next(time_point now) {
    if (next_deadline() > now) return std::nullopt;
    auto best = peers_.end();
    const auto rank = [](const known& peer) {
        return std::tuple(peer.heard ? 0 : peer.failures, peer.source, peer.order);
    };
    for (auto at = peers_.begin(); at != peers_.end(); ++at) {
        if (at->second.now != state::idle || at->second.not_before > now) continue;
        if (best == peers_.end() || rank(at->second) < rank(best->second)) best = at;
    }
    if (best == peers_.end()) return std::nullopt;
    best->second.now = state::trying;
    earliest_.reset();
    return best->first;
}

time_point peer_pool::next_deadline() const {
    if (earliest_) return *earliest_;
    earliest_ = never;
    for (const auto& [address, peer] : peers_)
        if (peer.now == state::idle) earliest_ = std::min(*earliest_, peer.not_before);
    return *earliest_;
}

duration peer_pool::pause(const known& peer) {
    // on one's own network a peer that is gone may be back after a restart; elsewhere more patience is due
    const duration first = peer.source <= peer_source::lan ? duration{2s} : duration{15s};
    return std::min<duration>(first * (1 << std::min(peer.failures - 1, 8)), 15min);
}

void peer_pool::connected(const endpoint& address) {
    const auto found = peers_.find(address);
    if (found == peers_.end() || found->second.now == state::banned) return;
    found->second.now = state::connected;
    earliest_.reset();
}

void peer_pool::failed(time_point now, const endpoint& address) {
    const auto found = peers_.find(address);
    if (found == peers_.end() || found->second.now == state::banned) return;
    auto& peer = found->second;
    peer.now = state::idle;
    peer.heard = false;
    earliest_.reset();
    if (peer.failures < 255) ++peer.failures;
    peer.not_before = now + random_.jitter(pause(peer), 0.2);
}

void peer_pool::disconnected(time_point now, const endpoint& address, bool useful) {
    const auto found = peers_.find(address);
    if (found == peers_.end() || found->second.now == state::banned) return;
    if (useful) found->second.failures = 0;
    failed(now, address);
}

void peer_pool::ban(const endpoint& address) {
    if (is_banned(address)) return;
    // whoever has many addresses to lie from must not fill the pool with them: the oldest bans go
    if (banned_.size() >= limits::known_peers / 2) {
        peers_.erase(banned_.front());
        banned_.pop_front();
    }
    if (peers_.size() >= limits::known_peers && !peers_.contains(address)) make_room(0);
    peers_.insert_or_assign(address, known{peer_source::incoming, state::banned, 0, false, never, 0});
    banned_.push_back(address);
    earliest_.reset();
}

bool peer_pool::is_banned(const endpoint& address) const {
    const auto found = peers_.find(address);
    return found != peers_.end() && found->second.now == state::banned;
}

peer_source peer_pool::source(const endpoint& address) const {
    const auto found = peers_.find(address);
    return found == peers_.end() ? peer_source::incoming : found->second.source;
}

void peer_pool::forget(peer_source source) {
    earliest_.reset();
    std::erase_if(peers_, [&](const auto& each) {
        return each.second.source == source && each.second.now != state::banned;
    });
}

}  // namespace bt::swarm
