// What time brings for a download: peers that are slow or silent, blocks that will be late, claims that grow
// old.
#include <algorithm>

#include "swarm/download.hpp"

namespace bt::swarm {
namespace {

/// A block that takes longer is asked of others, too: this, or some times what the peer's rate lets expect.
constexpr duration near_patience = 2s, far_patience = 4s;
constexpr int patience_times = 4;
/// On a link a node that owes us blocks says something in that time, or it is not there any more.
constexpr duration near_silence = 10s;
/// In the end game a block is late that takes longer than all that is on the way should, so many times over.
constexpr double late_times = 1.5;
constexpr duration least_late = 500ms;
/// A peer that brings a piece in that time takes pieces of its own.
constexpr std::uint64_t fast_piece_seconds = 8;

}  // namespace

/// One that is silent is asked for one block only, and later let go.
void download::check(time_point now, connection_id id, link& l) {
    const auto rate = l.down.meter.per_second(now);
    l.down.best_rate = std::max(l.down.best_rate, rate);
    l.down.fast = picker_ && rate * fast_piece_seconds >= shape_.piece_bytes();
    const auto& outstanding = l.peer.outstanding();
    if (outstanding.empty()) return;
    const auto waited = now - std::max(outstanding.front().when, l.down.last_block);
    const bool silent = now - l.peer.last_received() >= (l.near ? near_silence : limits::piece_time);
    if (silent && waited >= near_silence) {
        l.peer.close("silent while it owes us blocks");  // a new connection may find it where it is now
    } else if (waited >= limits::request_time && l.down.snubbed) {
        l.peer.close("no answer to our requests", true);
    } else if (waited >= limits::piece_time && !l.down.snubbed) {
        snub(now, id, l);
    } else if (is_overdue(now, l)) {
        for (const auto& asked : outstanding) picker_->overdue(asked.range);
        picker_->disown(id);
    }
}

bool download::is_overdue(time_point now, const link& l) const {
    const auto& oldest = l.peer.outstanding().front();
    const auto waited = now - std::max(oldest.when, l.down.last_block);
    const auto least = l.near ? near_patience : far_patience;
    // one that gave nothing yet may never give anything
    if (l.down.best_rate == 0) return waited >= (l.near ? least : patience_times * least);
    const auto expected = duration(1s) * oldest.range.length / static_cast<duration::rep>(l.down.best_rate);
    return waited >= std::clamp<duration>(patience_times * expected, least, limits::piece_time);
}

/// End game: blocks that will come later than the rest, as their peers go, are asked of idle ones, too. All
/// others come in time: to ask for them twice would only fill the line with copies.
void download::check_late_blocks(time_point now) {
    if (!picker_ || !picker_->in_end_game()) return;
    constexpr auto block = static_cast<double>(limits::block_bytes);
    double on_the_way = 0;  // from those that give at all
    for (const auto& [id, l] : links_)
        if (l.down.meter.per_second(now) > 0)
            on_the_way += block * static_cast<double>(l.peer.outstanding().size());
    const auto rate = static_cast<double>(meter_.per_second(now));
    const auto rest_takes = rate > 0 ? on_the_way / rate : 0;
    const auto waits_enough = std::max(rest_takes, seconds(least_late));
    bool any = false;
    for (const auto& [id, l] : links_) {
        const auto its_rate = static_cast<double>(l.down.meter.per_second(now));
        double queued = 0;
        for (const auto& asked : l.peer.outstanding()) {
            queued += block;
            // one that has just begun to give is quicker than its rate, a mean of five seconds
            if (seconds(now - asked.when) < waits_enough) break;
            if (its_rate > 0 && queued / its_rate <= late_times * rest_takes) continue;
            picker_->late(asked.range);
            any = true;
        }
    }
    if (any) fill_all(now);
}

void download::check_claims(time_point now) {
    if (!picker_ || picker_->is_complete()) return;
    std::set<piece_index> at_disk;
    for (const auto& [piece, from] : writing_) at_disk.insert(piece);
    claims_.tick(now, !limit_.is_starved() && writing_bytes_ <= settings_.write_backlog, at_disk);
}

bool download::is_sound() const {
    if (!picker_) return writing_.empty() && writing_bytes_ == 0 && claims_.is_sound();
    if (!picker_->is_sound() || !claims_.is_sound()) return false;
    std::size_t bytes = 0;
    for (const auto& [piece, from] : writing_) bytes += shape_.piece_size(piece);
    std::vector<std::uint32_t> copies(shape_.piece_count());
    for (const auto& [id, l] : links_) {
        if (l.down.counted_everywhere)
            for (auto& each : copies) ++each;
        else
            l.down.counted.for_each([&](piece_index piece) { ++copies[piece.value()]; });
    }
    for (std::uint32_t i = 0; i < copies.size(); ++i)
        if (copies[i] != picker_->peers().count(piece_index(i))) return false;
    return bytes == writing_bytes_;
}

}  // namespace bt::swarm
