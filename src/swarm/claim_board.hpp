// Which pieces are left to which neighbours, for the three cases in which one copy is enough:
//
//   from outside the link   neighbours bring it in once and pass it round
//   from a seed near by     those that fetch here take each piece from it once and pass it round
//   from a seed far away    the same, as far as it costs no time: what is left is asked of it all the same
//
// Each case is a `claims` of its own, since it counts other peers. One claim told (`bn_claim`) serves all.
#pragma once

#include <array>
#include <vector>

#include "swarm/claims.hpp"
#include "swarm/neighbour_credit.hpp"

namespace bt::swarm {

class claim_board {
  public:
    claim_board(std::uint32_t piece_count, const peer_id& self);

    /// What claims are about: how a peer stands to us.
    struct standing {
        bool near = false;
        bool seed = false;  ///< it has everything
    };

    // --- peers
    void joined(connection_id peer, const peer_id& who, bool near);
    void takes_part(connection_id peer, bool near, bool takes);
    void has(connection_id peer, piece_index piece, bool near);
    void lost(connection_id peer, piece_index piece);
    /// It has everything now: we do not wait for it to fetch pieces from seeds.
    void became_seed(connection_id peer);
    void left(connection_id peer);
    /// True: we fetch this piece as well, and stop.
    bool claimed(time_point now, connection_id peer, piece_index piece, bool half_done);
    void released(connection_id peer, piece_index piece);

    // --- ours
    /// Whether what is asked of such a peer is claimed.
    static bool counts(standing of) { return !of.near || of.seed; }
    /// True if it is news, to be told to all.
    bool claim(time_point now, piece_index piece);
    /// It is verified, or will not be fetched: true if it was claimed.
    bool done(time_point now, piece_index piece, bool verified);
    std::vector<piece_index> own() const { return outside_.own(); }

    /// What not to ask of such a peer, in the order of what is tried first; a null is no restriction. Only as
    /// long as the list goes.
    struct exceptions {
        std::array<const torrent::piece_set*, 3> list{};
        std::size_t count = 0;
        void add(const torrent::piece_set* set) { list[count++] = set; }
    };
    exceptions for_peer(standing of);

    /// What came since the last tick from peers of each standing, and whether one of them could give more.
    struct source {
        std::uint64_t bytes = 0, rate = 0;
        bool idle = false;
    };
    struct traffic {
        source near_seeds, near_others, far_seeds, far_others;
    };
    void tick(time_point now, const traffic& from);
    bool is_sound() const;

  private:
    claims outside_, near_seeds_, far_seeds_;
    neighbour_credit credit_;
};

}  // namespace bt::swarm
