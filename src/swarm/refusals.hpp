// Pieces of which a peer would not send a block, though it had them and did not choke us (BEP 6 reject), or
// that it took back when it was asked for them (BEP 54), and may have again. It is not asked for them for a
// while, longer each time; a peer that refuses very many is asked for nothing. Without that the same block
// would be asked and refused as fast as the line goes, and no other peer be asked for it.
#pragma once

#include "swarm/piece_pauses.hpp"

namespace bt::swarm {

class refusals {
  public:
    static constexpr std::size_t most = 32;  ///< at a time; of more than these the oldest are forgotten

    /// True if it did not refuse the piece before, or its pause was over.
    bool add(time_point now, piece_index piece) {
        const bool fresh = pauses_.begin(now, piece);
        pauses_.keep(most);
        return fresh;
    }
    bool any(time_point now) const { return pauses_.any(now); }
    /// Of what it says to have.
    bool too_many(time_point now, const torrent::piece_set& theirs) const {
        return pauses_.size() >= most && pauses_.all(now, theirs);
    }
    /// What may be asked of it.
    torrent::piece_set without(time_point now, torrent::piece_set theirs) const {
        return pauses_.without(now, std::move(theirs));
    }

  private:
    piece_pauses pauses_;
};

}  // namespace bt::swarm
