// How many connected peers have each piece, and the pieces we still have to start, rarest first.
//
// The pieces to start stand in one array, grouped by how many peers have them; inside a group the order is
// random. A change by one moves a piece to the neighbouring group with one swap, so it costs O(1) whatever
// the size.
//
//   order_:  [ 0 peers ][ 1 peer ][ 2 peers ] …          group_end_[c] = end of the group of count c
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.hpp"
#include "base/rng.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

class availability {
  public:
    availability(std::uint32_t piece_count, rng random);

    void add(const torrent::piece_set& pieces);     ///< a peer's whole set
    void remove(const torrent::piece_set& pieces);  ///< a peer has left
    void add(piece_index piece);                    ///< a peer got one more
    // a peer that has everything changes no order: O(1). Whoever came this way leaves this way.
    void add_everywhere() { ++everywhere_; }
    void remove_everywhere() {
        BT_ASSERT(everywhere_ > 0);
        --everywhere_;
    }
    std::uint32_t count(piece_index piece) const { return counts_[piece.value()] + everywhere_; }
    /// Copies of the rarest piece, plus the share of pieces that have one more: 2.6 means 60 % have a third
    /// copy.
    double distributed_copies() const;

    /// The pieces that may be started: put in, taken out. Each call for a piece in the other state is a
    /// no-op.
    void offer(piece_index piece);
    void withdraw(piece_index piece);
    bool is_offered(piece_index piece) const { return position_[piece.value()] != absent; }
    std::size_t offered() const { return order_.size(); }

    /// The rarest offered piece that `theirs`, the set of a peer that is counted, has; `sequential` takes the
    /// lowest index instead. Of a large group only the first `glance` pieces are looked at before the next
    /// group, so that the time does not grow with the torrent; a piece is found whenever there is one.
    std::optional<piece_index> rarest(const torrent::piece_set& theirs, bool sequential) const;

  private:
    static constexpr std::uint32_t glance = 1024;
    static constexpr std::uint32_t absent = ~std::uint32_t{0};
    void swap_into(std::uint32_t piece, std::uint32_t place);
    void raise(std::uint32_t piece);
    void lower(std::uint32_t piece);
    std::optional<piece_index> rarest_of_few(const torrent::piece_set& theirs) const;
    std::uint32_t group_begin(std::uint32_t count) const { return count == 0 ? 0 : group_end_[count - 1]; }

    rng random_;
    std::vector<std::uint32_t> counts_;  // without the peers that have everything
    std::uint32_t everywhere_ = 0;       // peers that have everything
    std::vector<std::uint32_t> order_;
    std::vector<std::uint32_t> position_;  // piece -> place in order_
    torrent::piece_set offered_;           // the same pieces as in order_
    std::uint32_t lowest_;                 // of them; the piece count when there is none
    std::vector<std::uint32_t> group_end_;
};

}  // namespace bt::swarm
