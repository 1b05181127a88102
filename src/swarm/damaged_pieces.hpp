// Pieces that came wrong from a peer which is not banned for it. A rotten bit on an honest disk and a lie
// look the same. Where others have the same pieces the difference does not matter; an only source is not
// given up for one of them: that piece is left, and asked of it again now and then. Several different wrong
// pieces make it a liar, unless most of what it gives is right.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "swarm/blame.hpp"
#include "swarm/piece_pauses.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

class damaged_pieces {
  public:
    /// So many different wrong pieces are forgiven; more only when each is outweighed by so many right ones.
    static constexpr std::size_t few = 3, right_for_one = 8;
    static constexpr std::size_t most = 256;  ///< of one peer

    /// A piece came wrong, and `who` alone is to blame. `right`: whole pieces that came right from it.
    /// False: it is to be banned, and nothing is kept of it.
    bool forgive(time_point now, const block_giver& who, piece_index piece, std::size_t right,
                 bool only_source);

    /// Whether something is not to be asked of this peer now, and what of `theirs` may be.
    bool any(time_point now, const block_giver& who) const;
    torrent::piece_set without(time_point now, const block_giver& who, torrent::piece_set theirs) const;

  private:
    /// A host, whatever its peer id and port: a new id makes no new peer. On loopback, which many nodes
    /// share, the id.
    using giver = std::pair<ip_address, peer_id>;
    static giver key_of(const block_giver& who);
    std::map<giver, piece_pauses> givers_;
};

}  // namespace bt::swarm
