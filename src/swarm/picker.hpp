// Which blocks to ask a peer for.
//
// A wanted piece is in exactly one of these states:
//   offered   nothing asked yet; waits in `availability`, by priority, then rarest first
//   started   some blocks asked or arrived; finished before another is started (strict priority)
//   whole     all blocks arrived; being hashed and written
//   have      verified and on disk
// A started piece is owned by one peer or shared. Fast peers take whole pieces of their own, slow ones share,
// so that a piece is soon complete and there are few of them. No peer joins a piece that another owns as long
// as there is something else to start. What its owner cannot finish becomes shared. An exclusive piece is
// from its owner alone: of a peer on parole, or a suspect piece, one that was wrong before; the latter is
// begun anew when its owner cannot finish it. Until the first pieces are there they are shared, and chosen
// among those that many have: the rarest may hang on one slow peer, and without a piece we have nothing to
// give. End game: when no block is left unasked, those that will be late are asked from further peers as
// well. When it is memory that lets no further piece start, only the last blocks of nearly whole pieces are.
// Overdue blocks are asked from a second peer at any time, before new pieces are started.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "swarm/availability.hpp"
#include "swarm/priority.hpp"
#include "swarm/started_pieces.hpp"
#include "torrent/geometry.hpp"
#include "torrent/piece_set.hpp"

namespace bt::swarm {

using torrent::block_range;

/// The peer that blocks are picked for.
struct asker {
    connection_id id;
    const torrent::piece_set& theirs;  ///< of a peer that is counted in availability
    bool fast = false;                 ///< brings a whole piece in little time: takes pieces of its own
    /// Its pieces must come from it alone, so that it answers for all of them (on parole).
    bool alone = false;
    /// Not to be asked of this peer, in no state: a nearer peer brings them. Null: nothing.
    const torrent::piece_set* except = nullptr;
    /// So many blocks at most that are on their way already, in the end game.
    std::size_t repeats = std::numeric_limits<std::size_t>::max();
    /// It gave nothing when it was asked last: it is asked for no copy of what is on its way from another.
    bool failed = false;
    /// Only these: it chokes us, but for them (BEP 6). Null: all it has.
    const std::vector<piece_index>* only = nullptr;
};

class picker {
  public:
    /// `budget`: bytes of started pieces to hold in memory before no further one is started.
    picker(const torrent::geometry& shape, const torrent::piece_set& have, rng random, std::size_t budget);

    /// One for each piece; `normal` by default. Skipped pieces that were started are given up.
    void set_priorities(std::span<const priority> of_pieces);
    void set_sequential(bool sequential) { sequential_ = sequential; }

    availability& peers() { return availability_; }
    const availability& peers() const { return availability_; }

    /// Up to `count` blocks to ask; they count as asked. `owes` tells whether the asker owes a block already:
    /// no peer is asked twice.
    std::vector<block_range> pick(const asker& who, std::size_t count,
                                  const std::function<bool(const block_range&)>& owes);
    /// A block that was asked will not come from there.
    void lost(const block_range& range);
    /// A block on its way takes too long: others may be asked for it, too, before the end game.
    void overdue(const block_range& range);
    /// A block on its way will come later than the rest: in the end game others may be asked for it, too.
    void late(const block_range& range);
    /// The peer is gone, chokes us, or brings nothing for too long: what it owned is shared, and a suspect
    /// piece begun anew. Without this call an exclusive piece waits for its owner.
    void disown(connection_id owner);

    struct arrival {
        bool fresh = false;         ///< false: had it already, nothing was kept
        bool others_asked = false;  ///< further peers may owe it: cancel there
        bool piece_whole = false;   ///< take_piece() next
    };
    arrival arrived(const block_range& range, byte_view data, connection_id from);

    struct whole_piece {
        buffer data;
        std::vector<connection_id> from;  ///< the peer that gave each block
    };
    whole_piece take_piece(piece_index piece);
    /// It is on disk and right.
    void verified(piece_index piece);
    /// It was there and is not right any more; false: it was not there. `again`: it is wanted if it was
    /// before, else not.
    bool lose(piece_index piece, bool again);
    /// It was wrong or could not be written: to be fetched again. `suspect`: the next time from one peer
    /// alone, so that it is known which peer is to blame.
    void failed(piece_index piece, bool suspect = false);

    const torrent::piece_set& have() const { return have_; }
    const torrent::piece_set& wanted() const { return wanted_; }
    bool is_complete() const { return needed_.none(); }  ///< of the wanted pieces
    /// True if a peer with that set has something we still want.
    bool is_interesting(const torrent::piece_set& theirs) const;
    /// Of something we need no other connected peer has a copy. Of very many pieces some are looked at.
    bool needs_alone(const torrent::piece_set& theirs) const;
    bool needs(piece_index piece) const { return needed_.has(piece); }  ///< wanted and not had
    bool is_started(piece_index piece) const { return started_.contains(piece); }
    /// At least half of it has come, or all of it and is being written.
    bool is_half_done(piece_index piece) const;
    bool in_end_game() const;
    std::size_t started() const { return started_.size(); }
    bool is_sound() const;

  private:
    struct errand;  // one call of pick()
    enum class start_result : std::uint8_t { started, nothing_there, no_memory };

    bool is_fresh() const { return have_.count() < 4; }
    void take_own(errand& it);
    void take_open(errand& it, started_pieces::kind which, std::size_t looks);
    void take_again(errand& it, started_pieces::kind which, again why, std::size_t looks);
    void take_anew(errand& it);
    void take_last_resort(errand& it, bool no_memory);
    void take_unasked(errand& it, started_piece& piece);
    start_result start_one(errand& it);
    bool make_room(std::uint32_t bytes, const torrent::piece_set& theirs);
    void start(errand& it, piece_index piece);

    void offer(piece_index piece);
    void release(started_piece& piece);
    void drop(piece_index piece);

    torrent::geometry shape_;
    torrent::piece_set have_, wanted_;
    torrent::piece_set needed_;        // wanted and not had
    std::uint32_t lowest_needed_ = 0;  // none before this one
    std::vector<priority> priorities_;
    availability availability_;
    started_pieces started_;
    torrent::piece_set whole_;
    std::set<piece_index> suspect_;
    std::set<piece_index> interrupted_;  // given up with blocks on their way
    std::size_t budget_, held_ = 0;
    bool sequential_ = false;
};

}  // namespace bt::swarm
