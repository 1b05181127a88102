// Which blocks come first for one peer.
#include <algorithm>

#include "swarm/picker.hpp"

namespace bt::swarm {
namespace {
// pieces of a list that are looked at for one the peer has, before something else is tried
constexpr std::size_t glance = 64;
}  // namespace

struct picker::errand {
    const asker& who;
    reach of;
    std::size_t count;
    const std::function<bool(const block_range&)>& owes;
    bool own;  ///< what it starts is its own
    std::vector<block_range> out = {};

    bool is_done() const { return out.size() >= count; }
};

std::vector<block_range> picker::pick(const asker& who, std::size_t count,
                                      const std::function<bool(const block_range&)>& owes) {
    if (is_complete() || who.theirs.none() || count == 0) return {};
    errand it{who, {who.theirs, who.except, who.only}, count, owes, who.alone || (who.fast && !is_fresh())};
    take_own(it);
    if (!who.alone) {
        take_open(it, started_pieces::abandoned, glance);
        if (!it.own) take_open(it, started_pieces::shared, glance);
        if (!who.failed) take_again(it, started_pieces::overdue, again::overdue, glance);
    }
    auto start = start_result::started;
    while (!it.is_done() && start == start_result::started) start = start_one(it);
    if (who.alone) {
        if (it.out.empty()) take_anew(it);
        return std::move(it.out);
    }
    take_open(it, started_pieces::shared, glance);
    take_open(it, started_pieces::owned, glance);
    // what was asked just now is not in `owes`: the next call comes back to it
    if (it.out.empty()) take_last_resort(it, start == start_result::no_memory);
    return std::move(it.out);
}

/// What it owns and has blocks to ask of. What it may not be asked for any more it gives up.
void picker::take_own(errand& it) {
    for (auto* const piece : started_.of(it.who.id, true)) {
        const bool barred = it.who.except != nullptr && it.who.except->has(piece->index);
        if (barred || !it.who.theirs.has(piece->index) || (it.who.alone && piece->mixed)) {
            release(*piece);
            continue;
        }
        if (it.is_done()) return;
        if (!it.of.has(piece->index)) continue;
        if (it.who.alone && !piece->exclusive) started_.give(*piece, it.who.id, true);
        take_unasked(it, *piece);
    }
}

/// Unasked blocks of pieces that another peer started. One that none works on changes hands.
void picker::take_open(errand& it, started_pieces::kind which, std::size_t looks) {
    for (const started_piece* last = nullptr; !it.is_done();) {
        auto* const piece = started_.next(which, it.of, last, looks);
        if (piece == nullptr) return;
        last = piece;
        if (which == started_pieces::abandoned) {
            piece->mixed = piece->mixed || piece->owner != it.who.id;
            started_.give(*piece, it.own ? std::optional(it.who.id) : std::nullopt, false);
        }
        take_unasked(it, *piece);
    }
}

void picker::take_unasked(errand& it, started_piece& piece) {
    while (!it.is_done() && piece.blocks.unasked() > 0) {
        const auto range = shape_.block(piece.index, piece.blocks.ask_next());
        // one that it was asked for when the piece was started before is on its way
        if (!piece.begun_anew || !it.owes(range)) it.out.push_back(range);
    }
    if (piece.owner != it.who.id) piece.mixed = true;
    started_.update(piece);
}

/// Blocks on their way, from one peer more.
void picker::take_again(errand& it, started_pieces::kind which, again why, std::size_t looks) {
    for (const started_piece* last = nullptr; !it.is_done();) {
        auto* const piece = started_.next(which, it.of, last, looks);
        if (piece == nullptr) return;
        last = piece;
        const auto asked = piece->blocks.ask_again(why, it.count - it.out.size(), [&](block_index block) {
            return !it.owes(shape_.block(piece->index, block));
        });
        if (asked.empty()) continue;
        for (const auto block : asked) it.out.push_back(shape_.block(piece->index, block));
        if (piece->owner != it.who.id) piece->mixed = true;
        started_.update(*piece);
    }
}

picker::start_result picker::start_one(errand& it) {
    const auto by = sequential_  ? preference::sequential
                    : is_fresh() ? preference::common
                                 : preference::rarest;
    const auto piece = availability_.best(it.of, by);
    if (!piece) return start_result::nothing_there;
    if (!make_room(shape_.piece_size(*piece), it.who.theirs)) return start_result::no_memory;
    start(it, *piece);
    return start_result::started;
}

/// Over budget: a started piece that no peer is asked for and this peer cannot help gives way, the youngest
/// first.
bool picker::make_room(std::uint32_t bytes, const torrent::piece_set& theirs) {
    while (held_ > 0 && held_ + bytes > budget_) {
        auto* const stuck = started_.last_abandoned(theirs, glance);
        if (stuck == nullptr) return false;
        failed(stuck->index);
    }
    return true;
}

void picker::start(errand& it, piece_index index) {
    availability_.withdraw(index);
    held_ += shape_.piece_size(index);
    auto& piece = started_.start(index, shape_.block_count(index));
    piece.begun_anew = interrupted_.contains(index);
    const bool exclusive = it.who.alone || suspect_.contains(index);
    if (it.own || exclusive) {
        piece.owner = it.who.id;
        piece.exclusive = exclusive;
    }
    take_unasked(it, piece);
}

/// A peer on parole that finds nothing else begins a piece anew that none works on: it may be the only
/// one that has it.
void picker::take_anew(errand& it) {
    auto looks = started_pieces::no_end;
    const auto* const piece = started_.next(started_pieces::abandoned, it.of, nullptr, looks);
    if (piece == nullptr) return;
    const auto index = piece->index;
    drop(index);
    start(it, index);
}

/// It has been given nothing.
void picker::take_last_resort(errand& it, bool no_memory) {
    for (const auto list : {started_pieces::abandoned, started_pieces::shared, started_pieces::owned})
        take_open(it, list, started_pieces::no_end);
    if (it.who.failed) return;
    take_again(it, started_pieces::overdue, again::overdue, started_pieces::no_end);
    if (!it.out.empty()) return;
    if (in_end_game()) {
        it.count = std::min(it.count, it.who.repeats);
        take_again(it, started_pieces::repeatable, again::end_game, started_pieces::no_end);
    } else if (no_memory) {
        take_again(it, started_pieces::nearly_whole, again::nearly_whole, started_pieces::no_end);
    }
}

}  // namespace bt::swarm
