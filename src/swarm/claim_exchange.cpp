#include "swarm/claim_exchange.hpp"

#include <utility>

#include "base/assert.hpp"

namespace bt::swarm {

void claim_exchange::begin(std::uint32_t piece_count) {
    BT_ASSERT(!board_);
    if (!on_) return;
    board_.emplace(piece_count, self_);
    for (const auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        opened(id, l);
        board_->takes_part(id, l.near, l.peer.speaks_claims());
    }
}

void claim_exchange::end() {
    board_.reset();
    idle_.clear();
}

// --- peers

void claim_exchange::opened(connection_id id, const link& l) {
    if (board_) board_->joined(id, l.peer.id(), l.near);
}

void claim_exchange::extended(time_point now, connection_id id, link& l) {
    if (!board_) return;
    if (l.peer.speaks_claims() && !l.announced) {
        wire::claim_message all;
        for (const auto piece : board_->own()) all.pieces.push_back(piece.value());
        if (!all.pieces.empty()) {
            l.peer.send_claim(now, all);
            links_.touch(id, l);
        }
    }
    board_->takes_part(id, l.near, l.peer.speaks_claims() && !l.peer.is_upload_only());
}

void claim_exchange::has(connection_id id, const link& l, piece_index piece) {
    if (board_) board_->has(id, piece, l.near);
}

void claim_exchange::lost(connection_id id, piece_index piece) {
    if (board_) board_->lost(id, piece);
}

void claim_exchange::became_seed(connection_id id) {
    if (board_) board_->became_seed(id);
}

void claim_exchange::left(connection_id id) {
    if (board_) board_->left(id);
}

bool claim_exchange::heard(time_point now, connection_id id, piece_index piece, bool released,
                           bool half_done) {
    if (!board_) return false;
    if (released) {
        board_->released(id, piece);
        return false;
    }
    const bool yields = board_->claimed(now, id, piece, half_done);
    if (yields) tell(now, {true, {piece.value()}});
    return yields;
}

// --- ours

claim_board::exceptions claim_exchange::left_to_others(const link& l) {
    return board_ ? board_->for_peer(standing_of(l)) : claim_board::exceptions{{}, 1};
}

void claim_exchange::claim(time_point now, piece_index piece) {
    BT_ASSERT(board_);
    if (board_->claim(now, piece)) tell(now, {false, {piece.value()}});
}

void claim_exchange::release(time_point now, piece_index piece, bool verified) {
    if (board_ && board_->done(now, piece, verified) && !verified) tell(now, {true, {piece.value()}});
}

std::vector<piece_index> claim_exchange::own() const {
    return board_ ? board_->own() : std::vector<piece_index>();
}

void claim_exchange::tell(time_point now, const wire::claim_message& what) {
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open() || !l.peer.speaks_claims() || l.peer.is_upload_only()) continue;
        l.peer.send_claim(now, what);
        links_.touch(id, l);
    }
}

// --- what time brings

void claim_exchange::tick(time_point now, bool may_ask, const std::set<piece_index>& at_disk) {
    if (!board_) return;
    claim_board::traffic from;
    for (auto& [id, l] : links_) {
        const auto standing = standing_of(l);
        auto& source = standing.near ? (standing.seed ? from.near_seeds : from.near_others)
                                     : (standing.seed ? from.far_seeds : from.far_others);
        source.bytes += l.down.meter.total() - std::exchange(l.down.tended, l.down.meter.total());
        source.rate += l.down.meter.per_second(now);
        source.idle = source.idle || (may_ask && l.could_give_more());
    }
    board_->tick(now, from);
    release_idle(now, at_disk);
    // pieces may have become free for a peer that waits to be asked
    for (auto& [id, l] : links_)
        if (counts(l)) links_.touch(id, l);
}

/// A peer that choked us, or was too slow, does not bring what we claimed: others may try.
void claim_exchange::release_idle(time_point now, std::set<piece_index> coming) {
    for (const auto& [id, l] : links_)
        if (counts(l))
            for (const auto& asked : l.peer.outstanding()) coming.insert(asked.range.piece);
    std::set<piece_index> idle;
    for (const auto piece : board_->own()) {
        if (coming.contains(piece)) continue;
        if (idle_.contains(piece))
            release(now, piece, false);
        else
            idle.insert(piece);
    }
    idle_ = std::move(idle);
}

bool claim_exchange::is_sound() const { return board_ ? board_->is_sound() : idle_.empty(); }

}  // namespace bt::swarm
