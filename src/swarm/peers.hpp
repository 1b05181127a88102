// The peers of a torrent: those that are known, called, connected, banned, complete. What they give and take
// is not decided here. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "swarm/bans.hpp"
#include "swarm/completed_peers.hpp"
#include "swarm/eviction.hpp"
#include "swarm/known_hosts.hpp"
#include "swarm/links.hpp"
#include "swarm/outbox.hpp"
#include "swarm/peer_pool.hpp"
#include "swarm/settings.hpp"
#include "swarm/vicinity.hpp"

namespace bt::swarm {

class peers {
  public:
    peers(const wire::identity& self, const swarm_settings& settings, const vicinity& around, rng random,
          links& open, outbox& out);

    // --- known
    /// `delay`: it is not called before that has passed.
    void add(time_point now, const endpoint& address, peer_source source, duration delay);
    /// What was found by anything but the trackers: connections are closed; then, when they are gone, what is
    /// known is forgotten.
    void close_found();
    void forget_found();
    /// Whatever failed before.
    void try_all(time_point now) { pool_.refresh(now); }
    const peer_pool& pool() const { return pool_; }
    bool is_near(const ip_address& host) const { return around_.is_near(host); }

    // --- called
    void call_more(time_point now);
    /// Every place is taken, but a peer would leave for a neighbour.
    void call_neighbour(time_point now);
    void connecting(time_point now, connection_id id, const endpoint& address);
    /// The address of a call that came up; nothing if there is none.
    std::optional<endpoint> came_up(connection_id id);
    /// A call that came up is not wanted any more.
    void hang_up(time_point now, connection_id id, const endpoint& address);
    /// The address that was called; nothing if there is no such call.
    std::optional<endpoint> failed(time_point now, connection_id id);
    /// Calls that do not come up.
    std::vector<endpoint> give_up(time_point now);
    void cancel_calls(time_point now);
    bool is_calling(connection_id id) const { return calls_.contains(id); }
    std::size_t call_count() const { return calls_.size(); }
    bool may_call() const;
    /// The address it would call if all torrents together did not have as many connections as they may.
    const std::optional<endpoint>& wants_place() const { return wants_place_; }
    /// When a call is to be given up, and when the next may begin.
    time_point gives_up_at() const;
    time_point calls_at() const;

    // --- connected
    bool is_full() const {
        return links_.size() >= settings_.connections ||
               (settings_.places != nullptr && settings_.places->left() == 0);
    }
    /// The peer that makes room for a newcomer; nothing: the newcomer is refused.
    std::optional<connection_id> gives_way_to(time_point now, const endpoint& newcomer) const;
    /// Both handshakes are through. False: the link is closed.
    bool opened(time_point now, connection_id id, link& l);
    /// More than its handshake has come.
    void spoke(link& l);
    /// What it says of itself and of us in its extension handshake.
    void learn(time_point now, link& l);
    /// Its client name is known, or will not come.
    void announce(connection_id id, link& l);
    void completed(const peer_id& who, const endpoint& address, const std::string& client);
    /// The peer has closed the connection.
    void note_leaving(time_point now, const link& l);
    /// It makes room for another.
    void note_evicted(time_point now, const link& l) { turned_away_.note(now, host_of(l.address.address)); }
    bool returns(time_point now, const ip_address& from) const {
        return turned_away_.holds(now, host_of(from));
    }
    void left(time_point now, const link& l);

    // --- banned
    /// `may_end`: it is let in again some time.
    void ban(time_point now, connection_id id, const std::string& reason, bool may_end = false);
    void ban(time_point now, const peer_id& who, const endpoint& address, const std::string& reason,
             bool may_end);
    bool is_banned(const ip_address& host) const { return banned_.holds(host); }
    /// One whose time has come, when no other gives anything.
    void let_in(time_point now);
    time_point lets_in_at() const { return banned_.next_end(); }
    void acquit(const link& l) { banned_.acquit(l.peer.id(), l.address.address); }

    // --- told of each other (BEP 11)
    void tell_of_each_other(time_point now);
    /// `delay`: as for add().
    void heard(time_point now, link& l, const wire::exchange_message& message, duration delay);

    // --- how it stands
    const completed_peers& complete() const { return completed_; }
    std::uint32_t completed_machines() const { return completed_.machines(around_.machines()); }
    ip_address machine_of(const ip_address& host) const { return around_.machines().groups().name_of(host); }
    bool is_this_machine(const ip_address& host) const { return around_.machines().is_own(host); }
    std::size_t without_handshake() const { return without_handshake_.size(); }
    std::size_t giving_nothing() const { return giving_nothing_.size(); }
    std::size_t banned() const { return banned_.peers(); }
    bool is_sound() const;

  private:
    struct call {
        endpoint to;
        time_point since;
        shared_places::place place;
    };

    std::size_t begun() const { return calls_.size() + out_.calls(); }
    bool has_place() const {
        return settings_.places == nullptr || settings_.places->left_for_calls() > out_.calls();
    }
    /// As far as this torrent's own bounds go.
    bool could_call() const {
        return links_.size() + begun() < settings_.connections && begun() < settings_.half_open;
    }
    void begin_call(const endpoint& address);
    std::uint32_t priority_of(const endpoint& peer) const;
    ip_address host_of(const ip_address& from) const;
    std::vector<seat> seats(time_point now) const;
    std::vector<exchange_entry> exchange_entries() const;

    const wire::identity& self_;
    const swarm_settings& settings_;
    const vicinity& around_;
    links& links_;
    outbox& out_;

    peer_pool pool_;
    std::unordered_map<connection_id, call> calls_;
    std::optional<endpoint> wants_place_;
    bans banned_;
    completed_peers completed_;
    known_hosts without_handshake_, giving_nothing_;
    recent_hosts turned_away_{least_stay};   // had to leave, or left with nothing exchanged
    std::optional<ip_address> our_address_;  // as the last peer told
};

}  // namespace bt::swarm
