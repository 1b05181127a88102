#include "swarm/metadata_fetch.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace bt::swarm {
namespace {
constexpr std::uint32_t part_bytes = 16 * 1024;  // BEP 9
}

void metadata_fetch::offered(connection_id from, std::uint32_t total_bytes, std::size_t at_a_time) {
    const auto found = sources_.find(from);
    if (found != sources_.end() && found->second.total_bytes == total_bytes) {
        found->second.not_before = {};  // it says so because it has it now
        return;
    }
    left(from);
    if (total_bytes == 0 || total_bytes > limits::metadata_bytes) return;
    sources_.emplace(from, source{total_bytes, at_a_time});
}

/// What it gave is kept: the next peer of that size may complete it.
void metadata_fetch::left(connection_id from) {
    for (auto& p : parts_)
        if (p.asked == from) {
            stop_waiting(p);
            p.asked.reset();
        }
    sources_.erase(from);
}

void metadata_fetch::stop_waiting(part& p) {
    if (!p.waiting) return;
    p.waiting = false;
    if (auto found = sources_.find(*p.asked); found != sources_.end()) --found->second.waiting;
}

std::optional<metadata_fetch::ask> metadata_fetch::next(time_point now) {
    if (is_whole()) return std::nullopt;
    expire(now);
    take_turns(now);
    for (std::uint32_t i = 0; i < parts_.size(); ++i) {
        auto& p = parts_[i];
        if (p.arrived || p.waiting) continue;
        auto best = sources_.end();
        for (auto at = sources_.begin(); at != sources_.end(); ++at) {
            const auto& from = at->second;
            if (!has_turn(*at) || from.waiting >= from.at_a_time || from.not_before > now) continue;
            if (best == sources_.end() || from.waiting < best->second.waiting) best = at;
        }
        if (best == sources_.end()) return std::nullopt;
        ++best->second.waiting;
        if (!best->second.owes_since) best->second.owes_since = now;
        p.asked = best->first;
        p.asked_at = now;
        p.waiting = true;
        return ask{best->first, i};
    }
    return std::nullopt;
}

void metadata_fetch::expire(time_point now) {
    for (auto& [id, from] : sources_)
        if (from.not_before <= now) from.not_before = {};
    for (auto& p : parts_) {
        if (!p.waiting || now - p.asked_at < patience) continue;
        stop_waiting(p);
        auto& slow = sources_.at(*p.asked);
        if (slow.not_before > now) continue;
        slow.not_before = now + patience * (1 << slow.silences);
        slow.silences = std::min(slow.silences + 1, 3);
    }
}

/// When nobody whose turn it is can be asked, those come who have waited longest.
void metadata_fetch::take_turns(time_point now) {
    auto longest = sources_.end();
    for (auto at = sources_.begin(); at != sources_.end(); ++at) {
        const bool ready = at->second.not_before <= now;
        // who kept silent when asked does not keep others from their turn, however many of them there are
        if (has_turn(*at) && at->second.silences == 0 && (ready || at->second.waiting > 0)) return;
        const auto rank = [](const source& of) { return std::pair(of.silences, of.turn); };
        if (ready && (longest == sources_.end() || rank(at->second) < rank(longest->second))) longest = at;
    }
    if (longest == sources_.end() || has_turn(*longest)) return;
    begin(longest->second.total_bytes);
    if (suspicious_) alone_ = longest->first;
    ++turns_;
    for (auto& each : sources_)
        if (has_turn(each)) each.second.turn = turns_;
}

void metadata_fetch::begin(std::uint32_t total_bytes) {
    total_ = total_bytes;
    alone_.reset();
    // empty vectors: memory comes with data
    parts_.assign((std::size_t{total_bytes} + part_bytes - 1) / part_bytes, {});
    missing_ = parts_.size();
    for (auto& [id, from] : sources_) from.waiting = 0;
}

void metadata_fetch::refused(time_point now, connection_id from, std::uint32_t piece) {
    if (piece >= parts_.size() || !parts_[piece].waiting || parts_[piece].asked != from) return;
    stop_waiting(parts_[piece]);
    sources_.at(from).not_before = now + patience;
    sources_.at(from).owes_since.reset();
}

bool metadata_fetch::arrived(connection_id from, std::uint32_t piece, std::uint32_t total_bytes,
                             byte_view data) {
    if (const auto giver = sources_.find(from); giver != sources_.end()) giver->second.owes_since.reset();
    // late is welcome as long as nobody else has been asked
    if (piece >= parts_.size() || parts_[piece].asked != from || parts_[piece].arrived) return false;
    auto& p = parts_[piece];
    const auto expected = std::min<std::size_t>(part_bytes, total_ - std::size_t{piece} * part_bytes);
    if (total_bytes != total_ || data.size() != expected) {
        left(from);  // it contradicts itself
        return false;
    }
    stop_waiting(p);
    auto& giver = sources_.at(from);
    giver.silences = 0;
    giver.not_before = {};
    p.data.assign(data.begin(), data.end());
    p.arrived = true;
    p.from = from;
    return --missing_ == 0;
}

bytes metadata_fetch::take() {
    bytes all;
    all.reserve(total_);
    for (const auto& p : parts_) all.insert(all.end(), p.data.begin(), p.data.end());
    return all;
}

std::vector<connection_id> metadata_fetch::spoiled() {
    std::vector<connection_id> from;
    for (const auto& p : parts_)
        if (std::find(from.begin(), from.end(), p.from) == from.end()) from.push_back(p.from);
    // one liar is certain; of several each is only suspect, so from now on one peer is asked alone
    if (from.size() == 1)
        sources_.erase(from[0]);
    else
        suspicious_ = true;
    begin(0);
    return from;
}

std::vector<connection_id> metadata_fetch::stuck(time_point now) {
    std::vector<connection_id> found;
    for (auto& [id, from] : sources_)
        if (from.owes_since && now - *from.owes_since >= stuck_time_) {
            // a new connection has a clean slate: with others to ask, liars would have their turn again and
            // again
            if (sources_.size() == 1) found.push_back(id);
            from.owes_since.reset();
        }
    if (!found.empty()) stuck_time_ = std::min(2 * stuck_time_, longest_stuck_time);
    return found;
}

time_point metadata_fetch::next_deadline() const {
    auto earliest = never;
    if (is_whole()) return earliest;
    for (const auto& p : parts_)
        if (p.waiting) earliest = std::min(earliest, p.asked_at + patience);
    for (const auto& [id, from] : sources_) {
        if (from.not_before != time_point{}) earliest = std::min(earliest, from.not_before);
        if (from.owes_since) earliest = std::min(earliest, *from.owes_since + stuck_time_);
    }
    return earliest;
}

}  // namespace bt::swarm
