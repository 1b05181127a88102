// Connections that came to us and have not said yet which torrent they are for (BEP 3 handshake).
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "swarm/known_hosts.hpp"
#include "wire/peer.hpp"

namespace bt::node {

class incoming_handshakes {
  public:
    explicit incoming_handshakes(const wire::identity& self) : self_(self) {}

    /// A connection that is not waited for any more.
    struct outcome {
        connection_id id;
        endpoint from;
        wire::peer peer;
        std::optional<info_hash> torrent;  ///< nothing: it ended, or what it said is no handshake
        bool first_without = false;        ///< the first of its host that began with no BitTorrent handshake
    };

    /// The one that is to be closed, if too many wait.
    std::optional<connection_id> add(time_point now, connection_id id, const endpoint& from);
    void disconnected(connection_id id) { waiting_.erase(id); }
    bool has(connection_id id) const { return waiting_.contains(id); }
    std::optional<outcome> received(time_point now, connection_id id, byte_view data);
    /// Those whose time is over.
    std::deque<outcome> tick(time_point now);
    time_point next_deadline() const;
    /// All of them, which are forgotten.
    std::vector<connection_id> clear();

    bool is_sound() const { return waiting_.size() <= most_waiting; }
    std::size_t hosts_without_handshake() const { return without_.size(); }

  private:
    /// A flood of connections that say nothing costs no more memory than so many.
    static constexpr std::size_t most_waiting = 100;
    struct caller {
        wire::peer peer;
        endpoint from;
    };
    using callers = std::map<connection_id, caller>;

    connection_id who_gives_way(const ip_address& newcomer) const;
    std::optional<outcome> settle(callers::iterator at);

    const wire::identity self_;
    callers waiting_;
    swarm::known_hosts without_;
};

}  // namespace bt::node
