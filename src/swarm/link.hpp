// One connection of a torrent, and what the torrent knows of the peer behind it. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/client_id.hpp"
#include "base/endpoint.hpp"
#include "base/time.hpp"
#include "swarm/peer_exchange.hpp"
#include "swarm/rate.hpp"
#include "swarm/refusals.hpp"
#include "swarm/request_window.hpp"
#include "torrent/piece_set.hpp"
#include "wire/peer.hpp"

namespace bt::swarm {

struct link {
    /// As the peer says (BEP 10), else as its id does (BEP 20).
    std::string client() const {
        const auto& said = peer.extensions().client;
        return said.empty() ? client_of(peer.id()) : said;
    }

    wire::peer peer;
    endpoint address;                 // as connected
    std::optional<endpoint> listens;  // where it takes connections, when known
    bool incoming;
    bool near;

    torrent::piece_set counted{};     // of its pieces, in availability: events may lag behind peer.pieces()
    bool counted_everywhere = false;  // it came with everything
    bool touched = false, opened = false, announced = false;
    bool spoke = false;  // more than its handshake
    time_point since{}, last_block{}, last_moved{};
    time_point last_taken{};  // its socket took some of what we send

    // what it gives
    bool snubbed = false, fast = false, gave = false;
    rate_meter down{};
    request_window window{};
    refusals refused{};
    std::uint64_t best_rate = 0;
    std::uint64_t tended = 0;      // bytes that came up to the last look at the claims
    std::size_t right_pieces = 0;  // that came from it alone

    // what it takes
    bool optimistic = false;
    rate_meter up{};
    std::size_t unsent = 0, reading = 0;
    time_point choke_changed{};
    std::uint64_t taken = 0;              // since it was unchoked last
    std::uint64_t taken_for_nothing = 0;  // in all, while it had what we want and did not give it
    std::uint32_t rare_given = 0,
                  rare_spread = 0;  // pieces that only we had, and of them those that others have by now

    torrent::piece_set given{};  // pieces whose last block went to it
    std::uint64_t repeated = 0;  // bytes of these that it asked for again

    exchange_teller told{};
    exchange_listener heard{};
};

}  // namespace bt::swarm
