// The addresses a torrent knows, and which of them to try next.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/endpoint.hpp"
#include "base/limits.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "swarm/host_pace.hpp"

namespace bt::swarm {

/// Where an address was learnt. Smaller is tried first.
enum class peer_source : std::uint8_t {
    user,
    lan,          ///< it said so itself, and confirmed that it is there
    incoming,     ///< it came from that address
    lan_hearsay,  ///< a host on the link said so, perhaps in its name
    tracker,
    dht,
    exchange,
    saved
};

/// What a finished connection has shown of a peer: decides about the next one.
struct peer_record {
    duration trip{};              ///< shortest answer; 0: none
    std::uint64_t best_rate = 0;  ///< bytes per second to us, the best ten seconds
    double useful = 0;            ///< 0 … 1: how much of what we still need it had
    bool gave = false;            ///< data went one way or the other
};

class peer_pool {
  public:
    /// `pace`: of all torrents of the node, outlives this; may be null.
    explicit peer_pool(rng random, host_pace* pace = nullptr) : random_(random), pace_(pace) {}

    /// A LAN or user source says that the peer is there now: it is tried within a second, before strangers,
    /// whatever failed before. Not before `delay` has passed. Unusable addresses are ignored, and ports of
    /// services (limits::named_port_min) that only others have named. `near`: on a link of ours.
    void add(time_point now, const endpoint& address, peer_source source, bool near, duration delay = {});
    /// The best address whose time has come; it counts as being tried. Order: near before far, then what
    /// failed least, what gave before (by rate and how much of what we need it had, then round trip), source.
    /// Of one host only limits::attempts_per_host are tried at a time, and attempts_per_host_per_minute of
    /// those that others have named: no host can name us many ports of a victim. Four times that of a near
    /// host; no bound for loopback, where many nodes have one address.
    /// `near_only`: none far away.
    std::optional<endpoint> next(time_point now, bool near_only = false);
    time_point next_deadline() const;
    /// The one that next() would try first, if none but its host is in the way.
    std::optional<endpoint> best(time_point now);

    void connected(const endpoint& address);
    /// Could not be reached.
    void failed(time_point now, const endpoint& address);
    /// The connection ended. One that data moved on clears what failed before; any other counts as a failure.
    void disconnected(time_point now, const endpoint& address, const peer_record& seen);
    /// Never again: it is ourselves, or it lied. Of very many bans the oldest are forgotten.
    void ban(const endpoint& address);
    bool is_banned(const endpoint& address) const;
    /// Its bans are over, and it is tried at once.
    void pardon(time_point now, const ip_address& whose);
    peer_source source(const endpoint& address) const;
    /// Drops what was learnt from there and is not banned.
    void forget(peer_source source);
    /// All that are not connected are tried again as if just learnt: after a pause, or when the network is
    /// another.
    void refresh(time_point now);
    /// Those worth remembering over a restart, the best first: that were connected once, no bans.
    std::vector<endpoint> worth_saving(std::size_t most) const;

    std::size_t size() const { return peers_.size(); }
    bool is_sound() const;

  private:
    enum class state : std::uint8_t { idle, trying, connected, banned };
    struct known {
        peer_source source;
        bool near = false;
        time_point not_before{};
        std::uint64_t order = 0;  // random, so that a swarm does not try its peers in one order
        state now = state::idle;
        bool ready = false;  // idle, and its time has come
        bool heard = false;  // it has spoken since it last failed
        bool met = false;    // was connected once
        std::uint8_t failures = 0;
        peer_record seen{};
    };
    using entry = std::pair<const endpoint, known>;
    struct better {
        bool operator()(const entry* a, const entry* b) const;
    };
    struct earlier {
        bool operator()(const entry* a, const entry* b) const;
    };
    struct less_worth {
        bool operator()(const entry* a, const entry* b) const;
    };
    struct host {
        std::size_t trying = 0, lately = 0;
    };

    entry* find(const endpoint& address);
    /// `what` may change anything of the peer but its address.
    template <class F>
    void change(entry& peer, F&& what);
    void list(entry& peer);
    void unlist(entry& peer);
    void set_state(entry& peer, state next);
    void erase(entry& peer);
    bool make_room(const known* newcomer);
    void wake(time_point now);
    bool may_try(time_point now, const entry& peer) const;
    void begin_attempt(time_point now, entry& peer);
    void end_attempt(const ip_address& address);
    void forget_old_attempts(time_point now);
    void pause(time_point now, entry& peer);

    rng random_;
    host_pace* pace_;
    std::unordered_map<endpoint, known> peers_;
    // the idle ones: ready by rank, waiting by time, and all by what they are worth
    std::set<entry*, better> ready_;
    std::set<entry*, earlier> waiting_;
    std::set<entry*, less_worth> idle_;
    std::deque<endpoint> banned_;  // oldest first
    std::unordered_map<ip_address, host> hosts_;
    std::deque<std::pair<time_point, ip_address>> attempts_;  // of the last minute, oldest first
    time_point woken_{};
};

}  // namespace bt::swarm
