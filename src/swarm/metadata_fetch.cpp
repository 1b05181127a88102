#include "swarm/metadata_fetch.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace bt::swarm {
namespace {
constexpr std::uint32_t part_bytes = 16 * 1024;  // BEP 9
}

void metadata_fetch::begin(std::uint32_t total_bytes) {
    total_ = total_bytes;
    parts_.clear();
    parts_.resize((std::size_t{total_bytes} + part_bytes - 1) /
                  part_bytes);  // empty vectors: memory comes with data
    missing_ = parts_.size();
    for (auto& [id, from] : sources_) from.asked = 0;
}

void metadata_fetch::offered(connection_id from, std::uint32_t total_bytes) {
    if (total_bytes == 0 || total_bytes > limits::metadata_bytes) return;
    sources_.insert_or_assign(from, source{total_bytes, 0, {}});
    if (total_ == 0) begin(total_bytes);
}

void metadata_fetch::release(part& p) {
    if (!p.asked) return;
    if (auto found = sources_.find(*p.asked); found != sources_.end() && found->second.asked > 0)
        --found->second.asked;
    p.asked.reset();
}

void metadata_fetch::left(connection_id from) {
    for (auto& p : parts_)
        if (p.asked == from) release(p);
    sources_.erase(from);
    // nobody of this size is left and nothing has come: the next one's size is as good
    const bool any = std::any_of(sources_.begin(), sources_.end(),
                                 [&](auto& s) { return s.second.total_bytes == total_; });
    if (!any) begin(sources_.empty() ? 0 : sources_.begin()->second.total_bytes);
}

std::optional<metadata_fetch::ask> metadata_fetch::next(time_point now) {
    for (auto& [id, from] : sources_)
        if (from.not_before <= now) from.not_before = {};
    for (std::uint32_t i = 0; i < parts_.size(); ++i) {
        auto& p = parts_[i];
        if (p.arrived) continue;
        if (p.asked && now - p.asked_at >= patience) {
            // silent: somebody else first, if there is one
            if (auto slow = sources_.find(*p.asked); slow != sources_.end())
                slow->second.not_before = now + patience;
            release(p);
        }
        if (p.asked) continue;
        auto best = sources_.end();
        for (auto at = sources_.begin(); at != sources_.end(); ++at) {
            const auto& from = at->second;
            if (from.total_bytes != total_ || from.asked >= most_asked_of_one || from.not_before > now)
                continue;
            if (best == sources_.end() || from.asked < best->second.asked) best = at;
        }
        if (best == sources_.end()) return std::nullopt;
        ++best->second.asked;
        p.asked = best->first;
        p.asked_at = now;
        return ask{best->first, i};
    }
    return std::nullopt;
}

void metadata_fetch::refused(time_point now, connection_id from, std::uint32_t piece) {
    if (piece >= parts_.size() || parts_[piece].asked != from) return;
    release(parts_[piece]);
    if (auto found = sources_.find(from); found != sources_.end()) found->second.not_before = now + patience;
}

bool metadata_fetch::arrived(connection_id from, std::uint32_t piece, std::uint32_t total_bytes,
                             byte_view data) {
    if (piece >= parts_.size() || parts_[piece].asked != from || total_bytes != total_) return false;
    auto& p = parts_[piece];
    const auto expected = std::min<std::size_t>(part_bytes, total_ - std::size_t{piece} * part_bytes);
    release(p);
    if (p.arrived || data.size() != expected) return false;
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
    // one liar is certain; of several each is only suspect, so the next try asks one peer alone
    if (from.size() == 1) sources_.erase(from[0]);
    begin(sources_.empty() ? 0 : sources_.begin()->second.total_bytes);
    return from;
}

time_point metadata_fetch::next_deadline() const {
    auto earliest = never;
    for (const auto& p : parts_)
        if (p.asked) earliest = std::min(earliest, p.asked_at + patience);
    for (const auto& [id, from] : sources_)
        if (from.not_before != time_point{}) earliest = std::min(earliest, from.not_before);
    return missing_ > 0 ? earliest : never;
}

}  // namespace bt::swarm
