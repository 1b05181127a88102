// The addresses a torrent knows, and which of them to try next.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "base/endpoint.hpp"
#include "base/limits.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bt::swarm {

/// Where an address was learnt. Smaller is tried first.
enum class peer_source : std::uint8_t { user, lan, incoming, tracker, dht, exchange };

class peer_pool {
  public:
    explicit peer_pool(rng random) : random_(random) {}

    /// A LAN or user source says that the peer is there now: it is tried within a second, before strangers,
    /// whatever failed before. Not before `delay` has passed. Unusable addresses are ignored.
    void add(time_point now, const endpoint& address, peer_source source, duration delay = {});
    /// The best address whose time has come; it counts as being tried.
    std::optional<endpoint> next(time_point now);
    time_point next_deadline() const;

    void connected(const endpoint& address);
    /// Could not be reached, or the connection ended. `useful`: it exchanged data with us.
    void failed(time_point now, const endpoint& address);
    void disconnected(time_point now, const endpoint& address, bool useful);
    /// Never again: it is ourselves, or it lied. Of very many bans the oldest are forgotten.
    void ban(const endpoint& address);
    bool is_banned(const endpoint& address) const;
    peer_source source(const endpoint& address) const;
    /// Drops what was learnt from there and is not banned.
    void forget(peer_source source);

    std::size_t size() const { return peers_.size(); }

  private:
    enum class state : std::uint8_t { idle, trying, connected, banned };
    struct known {
        peer_source source;
        state now = state::idle;
        std::uint8_t failures = 0;
        bool heard = false;  // it has spoken since it last failed
        time_point not_before{};
        std::uint64_t order = 0;  // random, so that a swarm does not try its peers in one order
    };
    void make_room(unsigned failures);
    static duration pause(const known& peer);

    rng random_;
    std::unordered_map<endpoint, known> peers_;
    std::deque<endpoint> banned_;                 // oldest first
    mutable std::optional<time_point> earliest_;  // asked after each block, so kept until something changes
};

}  // namespace bt::swarm
