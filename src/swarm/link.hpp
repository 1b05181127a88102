// One connection of a torrent: the protocol, what the peer gives us, and what it takes. Private to this room.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/client_id.hpp"
#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "swarm/download_side.hpp"
#include "swarm/eviction.hpp"
#include "swarm/examination.hpp"
#include "swarm/peer_exchange.hpp"
#include "swarm/shared_places.hpp"
#include "swarm/upload_side.hpp"
#include "wire/peer.hpp"

namespace bt::swarm {

struct link {
    link(time_point now, wire::peer protocol, const endpoint& from, bool by_it, bool on_our_link)
        : peer(std::move(protocol)),
          address(from),
          incoming(by_it),
          near(on_our_link),
          since(now),
          down(now),
          up(now) {
        if (!incoming) listens = address;
    }

    /// As the peer says (BEP 10), else as its id does (BEP 20).
    std::string client() const {
        const auto& said = peer.extensions().client;
        return said.empty() ? client_of(peer.id()) : said;
    }
    /// Where it takes connections, else where it came from.
    endpoint known_as() const { return listens.value_or(address); }
    bool has_everything() const { return peer.pieces().size() > 0 && peer.pieces().all(); }
    /// It is asked for less than a quarter of what its line holds, though it has what we need.
    bool could_give_more() const {
        return peer.is_open() && peer.interesting_to_us() && !peer.choking_us() && !down.snubbed &&
               peer.outstanding().size() * 4 < down.window.size();
    }
    /// A block went one way or the other, and when; else since it came.
    bool has_moved() const { return down.meter.total() > 0 || up.meter.total() > 0; }
    time_point last_moved() const { return std::max(down.last_block, up.last_block); }

    /// Bytes per second that came, and that its socket took: what is only read for it is not used by it.
    std::uint64_t moves(time_point now) const {
        return down.meter.per_second(now) + up.drained.per_second(now);
    }
    bool asks_nothing() const { return peer.waiting_requests() == 0 && up.ahead() == 0; }
    /// It has had a slot for a while and takes next to nothing, though it is not we that are slow: it asks
    /// for nothing, or does not read what it asked for.
    bool wastes_slot(time_point now) const {
        return !peer.choked_by_us() && now - up.choke_changed >= useless_stay &&
               (asks_nothing() || up.unsent > 0) && moves(now) < least_use(near);
    }

    wire::peer peer;
    endpoint address;                 // as connected
    std::optional<endpoint> listens;  // where it takes connections, when known
    bool incoming;
    bool near;
    bool returns = false;  // its host had to leave lately, or left with nothing exchanged

    bool touched = false, opened = false, announced = false;
    bool spoke = false;  // more than its handshake
    time_point since;

    download_side down;
    upload_side up;

    std::optional<examination> exam{};  // we have called it for this alone
    shared_places::place place{};       // among the connections of all torrents

    exchange_teller told{};
    exchange_listener heard{};
};

}  // namespace bt::swarm
