// Which blocks to ask a peer for.
//
// A wanted piece is in exactly one of these states:
//   offered   nothing asked yet; waits in `availability`, rarest first
//   started   some blocks asked or arrived; finished before another is started (strict priority)
//   whole     all blocks arrived; being hashed and written
//   have      verified and on disk
// End game: when no block is left unasked, blocks on their way are asked from further peers as well. When it
// is memory that lets no further piece start, only the last blocks of nearly whole pieces are.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "swarm/availability.hpp"
#include "torrent/geometry.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

using torrent::block_range;

class picker {
  public:
    /// `budget`: bytes of started pieces to hold in memory before no further one is started.
    picker(const torrent::geometry& shape, const torrent::piece_set& have, rng random, std::size_t budget);

    /// Only these pieces are asked for; all by default.
    void set_wanted(const torrent::piece_set& wanted);
    void set_sequential(bool sequential) { sequential_ = sequential; }

    availability& peers() { return availability_; }
    const availability& peers() const { return availability_; }

    /// Up to `count` blocks to ask from a peer that has `theirs`; they count as asked. `asked` tells whether
    /// that peer owes a block already (end game never asks one peer twice).
    std::vector<block_range> pick(const torrent::piece_set& theirs, std::size_t count,
                                  const std::function<bool(const block_range&)>& asked);
    /// A block that was asked will not come from there.
    void lost(const block_range& range);

    struct arrival {
        bool fresh = false;         ///< false: had it already, nothing was kept
        bool others_asked = false;  ///< further peers owe it: cancel there
        bool piece_whole = false;   ///< take_piece() next
    };
    arrival arrived(const block_range& range, byte_view data, connection_id from);

    struct whole_piece {
        buffer data;
        std::vector<connection_id> from;  ///< who gave blocks of it
    };
    whole_piece take_piece(piece_index piece);
    /// It is on disk and right.
    void verified(piece_index piece);
    /// It was wrong or could not be written: to be fetched again.
    void failed(piece_index piece);

    const torrent::piece_set& have() const { return have_; }
    const torrent::piece_set& wanted() const { return wanted_; }
    bool is_complete() const { return needed_.none(); }  ///< of the wanted pieces
    /// True if a peer with that set has something we still want.
    bool is_interesting(const torrent::piece_set& theirs) const;
    bool is_started(piece_index piece) const { return started_.contains(piece.value()); }
    bool in_end_game() const;
    std::size_t started() const { return started_.size(); }

  private:
    struct block_state {
        std::uint16_t asked = 0;
        bool arrived = false;
    };
    struct started_piece {
        std::vector<block_state> blocks;
        std::uint32_t unasked = 0;
        std::uint32_t missing = 0;
        std::uint32_t scanned = 0;     // no block before this one is unasked
        std::uint32_t on_the_way = 0;  // sum of asked over blocks that have not arrived
        buffer data;                   // allocated with the first arrival
        std::vector<connection_id> from;
    };
    using started_map = std::map<std::uint32_t, started_piece>;

    enum class start_result { started, nothing_there, no_memory };
    start_result start_one(const torrent::piece_set& theirs);
    bool drop_stuck(const torrent::piece_set& theirs);
    void take_unasked(std::uint32_t piece, started_piece& started, std::size_t count,
                      std::vector<block_range>& out);
    void pick_again(const torrent::piece_set& theirs, std::size_t count,
                    const std::function<bool(const block_range&)>& asked, std::vector<block_range>& out,
                    bool end_game);
    void drop(piece_index piece);

    torrent::geometry shape_;
    torrent::piece_set have_, wanted_;
    torrent::piece_set needed_;  // wanted and not had
    availability availability_;
    started_map started_;
    std::vector<std::uint32_t> open_;  // started pieces with unasked blocks, oldest first
    torrent::piece_set whole_;
    std::size_t budget_, held_ = 0;
    bool sequential_ = false;
};

}  // namespace bt::swarm
