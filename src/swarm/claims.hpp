// One copy over the uplink: neighbours that share a torrent tell each other which pieces they fetch from
// outside
// (`bn_claim`, a message of our own that others ignore), and none fetches from outside what a neighbour
// fetches, or has. So the torrent comes in once and goes round on the link.
//
// A claim holds its piece for as long as pieces take lately, four times over; a claimer that is slow, gone,
// or silent stops no other. Two that claim one piece at the same moment: the smaller peer id keeps it, unless
// the other has half of it.
//
// How long neighbours are believed is not decided here (neighbour_credit).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

class claims {
  public:
    claims(std::uint32_t piece_count, const peer_id& self);

    // --- neighbours: any near peer, whether it speaks bn_claim or not
    void joined(connection_id neighbour, const peer_id& who);
    /// It speaks bn_claim and fetches: it takes its part of the pieces.
    void takes_part(connection_id neighbour, bool takes);
    void left(connection_id neighbour);
    /// What it claimed has come to it. It is no copy to wait for, unlike what it has().
    void fetched(connection_id neighbour, piece_index piece);
    void has(connection_id neighbour, piece_index piece);   ///< told by its set or a have; again is a no-op
    void lost(connection_id neighbour, piece_index piece);  ///< it has it no more (BEP 54)
    /// It fetches this piece from outside. True: we claimed it too and have to let it go (our own claim is
    /// dropped). `half_done`: at least half of the blocks have come to us.
    bool claimed(time_point now, connection_id neighbour, piece_index piece, bool half_done);
    void released(connection_id neighbour, piece_index piece);

    // --- ours
    /// We fetch a piece from outside: true if that is news, to be told to the neighbours.
    bool claim(time_point now, piece_index piece);
    /// It is verified, or will not be fetched: true if it was claimed, so that neighbours are told of the
    /// release when it was not verified.
    bool done(time_point now, piece_index piece, bool verified);
    std::vector<piece_index> own() const;

    /// Once in a while (250 ms). `believed`: whether anything is left to neighbours.
    void tick(time_point now, bool believed);
    /// Not to be fetched from outside now.
    const torrent::piece_set& blocked() const { return blocked_; }
    /// Those, and what others should begin with. Each that takes part begins with a share of its own, so
    /// that those that are unchoked at the same moment do not reach for the same piece.
    const torrent::piece_set& left_to_others();
    bool has_neighbours() const { return !neighbours_.empty(); }
    bool is_sound() const;

  private:
    struct neighbour {
        peer_id id;
        torrent::piece_set has;
        std::size_t claims = 0;
        bool takes_part = false;
    };
    /// What a neighbour once claimed and has not got yet. One that does not stand any more, released or too
    /// old, is kept: the piece is not held twice for it, nor longer by claiming it anew.
    struct neighbours_claim {
        time_point since;
        bool stands;
    };
    using claim_map = std::map<std::pair<piece_index, connection_id>, neighbours_claim>;

    duration standing_time() const;
    void took(duration time);
    bool is_claimed(piece_index piece) const;
    void judge(piece_index piece);
    void judge_all();
    void share_out();
    bool is_our_share(piece_index piece) const;
    void expire(time_point now);

    peer_id self_;
    std::map<connection_id, neighbour> neighbours_;
    std::vector<std::uint16_t> holders_;  // by piece: neighbours that have it
    claim_map claims_;
    std::map<piece_index, time_point> own_;
    torrent::piece_set blocked_, left_to_others_;
    bool shares_changed_ = false;  // since share_out(), which costs a look at every piece
    int share_outs_ = 0;           // since the last tick
    std::uint32_t sharers_ = 1,
                  our_place_ = 0;  // we are the our_place_-th of those that take part, by peer id

    std::optional<duration> mean_time_;  // from a claim to the piece
    time_point now_{}, oldest_ = never;  // no claim that stands is older

    bool believed_ = true;  // neighbours are
};

}  // namespace bt::swarm
