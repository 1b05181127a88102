// What may be asked for in spite of a choke (BEP 6, "Allowed Fast"), in both directions.
#include <algorithm>

#include "wire/peer.hpp"

namespace bt::wire {

// --- theirs to us

void peer::advised_early(std::uint32_t piece) {
    auto& kept = early_.advised;
    if (kept.size() >= limits::allowed_fast_pieces) return;
    if (std::find(kept.begin(), kept.end(), piece) == kept.end()) kept.push_back(piece);
}

void peer::advised(piece_index piece) {
    if (advised_.size() >= limits::allowed_fast_pieces || ours_.has(piece)) return;
    if (std::find(advised_.begin(), advised_.end(), piece) != advised_.end()) return;
    advised_.push_back(piece);
    update_allowed();
}

void peer::take_back_advice(piece_index piece) {
    if (std::erase(advised_, piece) != 0) update_allowed();
}

/// A peer may allow what it has not, and get it later.
void peer::update_allowed() {
    const auto before = std::exchange(allowed_to_us_, {});
    for (const auto piece : advised_) {
        if (!pieces_.has(piece)) continue;
        allowed_to_us_.push_back(piece);
        if (std::find(before.begin(), before.end(), piece) == before.end())
            events_.push_back(event::allowed_fast{piece});
    }
}

// --- ours to them

void peer::allow_fast(time_point now, const std::vector<piece_index>& pieces) {
    if (!is_talking() || !shape_ || !offers_.fast) return;
    if (pieces_.count() >= limits::allowed_fast_pieces) return;
    for (const auto piece : pieces) {
        BT_ASSERT(piece.value() < ours_.size());
        const bool granted = std::any_of(grants_.begin(), grants_.end(),
                                         [&](const grant& each) { return each.piece == piece; });
        if (granted || !ours_.has(piece)) continue;
        grants_.push_back({piece, bytes(shape_->block_count(piece))});
        send(now, wire::allowed_fast{piece.value()});
    }
}

/// It has enough to trade with.
void peer::end_grants(time_point now) {
    if (grants_.empty() || grants_ended_ || pieces_.count() < limits::allowed_fast_pieces) return;
    grants_ended_ = true;
    refuses_since_ = now;
}

std::uint8_t* peer::given_mark(const block_range& range) {
    const auto at = std::find_if(grants_.begin(), grants_.end(),
                                 [&](const grant& each) { return each.piece == range.piece; });
    if (at == grants_.end()) return nullptr;
    const auto block = shape_->block_of(range);
    return block ? &at->given[block->value()] : nullptr;
}

/// True if the block is allowed and was not given yet; now it counts as given.
bool peer::give(const block_range& range) {
    auto* mark = given_mark(range);
    return mark != nullptr && !grants_ended_ && std::exchange(*mark, 1) == 0;
}

bool peer::is_given(const block_range& range) {
    const auto* mark = given_mark(range);
    return mark != nullptr && *mark != 0;
}

}  // namespace bt::wire
