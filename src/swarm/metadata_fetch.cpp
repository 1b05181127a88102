#include "swarm/metadata_fetch.hpp"

#include <algorithm>
#include <tuple>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bt::swarm {
namespace {
constexpr std::uint32_t part_bytes = 16 * 1024;                      // BEP 9
constexpr std::size_t most_held_bytes = 2 * limits::metadata_bytes;  // in all the sizes that peers tell

std::size_t part_count(std::uint32_t total_bytes) {
    return (std::size_t{total_bytes} + part_bytes - 1) / part_bytes;
}

template <class T>
bool holds(const std::vector<T>& all, const T& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}
}  // namespace

void metadata_fetch::offered(connection_id from, const ip_address& host, std::uint32_t total_bytes,
                             std::size_t at_a_time) {
    const auto found = sources_.find(from);
    if (found != sources_.end() && found->second.key.total_bytes == total_bytes) {
        found->second.not_before = {};  // it says so because it has it now
        return;
    }
    left(from);
    if (total_bytes == 0 || total_bytes > limits::metadata_bytes) return;
    sources_.emplace(from, source{{total_bytes, std::nullopt}, host, at_a_time});
}

/// What it gave is kept: the next peer of that size may complete it.
void metadata_fetch::left(connection_id from) {
    const auto found = sources_.find(from);
    if (found == sources_.end()) return;
    while (!found->second.waiting.empty()) stop_waiting(found, found->second.waiting.back());
    const auto key = found->second.key;
    sources_.erase(found);
    const auto of = assemblies_.find(key);
    if (of == assemblies_.end()) return;
    const bool has_others = std::any_of(sources_.begin(), sources_.end(),
                                        [&](const auto& each) { return each.second.key == key; });
    if (key.alone || (!has_others && of->second.held_bytes == 0)) assemblies_.erase(of);
}

/// Nothing of it is held any more, and nothing of it is under way.
void metadata_fetch::drop(assembly_key key) {
    assemblies_.erase(key);
    for (auto& [id, from] : sources_)
        if (from.key == key) from.waiting.clear(), from.late.clear(), from.waits_since.reset();
}

/// Liars of many large sizes: the largest assembly gives way, so that the metadata of most torrents never
/// does.
void metadata_fetch::bound_memory() {
    std::size_t held = 0;
    auto largest = assemblies_.end();
    for (auto at = assemblies_.begin(); at != assemblies_.end(); ++at) {
        held += at->second.held_bytes;
        if (largest == assemblies_.end() || at->second.held_bytes > largest->second.held_bytes) largest = at;
    }
    if (held > most_held_bytes) drop(largest->first);
}

bool metadata_fetch::stop_waiting(source_map::iterator from, std::uint32_t piece) {
    auto& of = from->second;
    if (std::erase(of.waiting, piece) == 0) return std::erase(of.late, piece) > 0;
    if (of.waiting.empty()) of.waits_since.reset();
    std::erase(assemblies_.at(of.key).parts[piece].asked, from->first);
    return true;
}

std::optional<metadata_fetch::ask> metadata_fetch::next(time_point now) {
    last_ = now;
    if (taken_) return std::nullopt;
    expire(now);
    std::map<ip_address, std::size_t> by_host;
    for (const auto& [id, from] : sources_) by_host[from.host] += from.waiting.size();

    const auto rank = [&](const source& of) {
        return std::tuple(of.silences, by_host[of.host], of.waiting.size(), !of.has_given);
    };
    auto best = sources_.end();
    std::uint32_t wanted = 0;
    for (auto at = sources_.begin(); at != sources_.end(); ++at) {
        const auto& from = at->second;
        if (from.waiting.size() >= from.at_a_time || from.not_before > now || is_quiet(from, now)) continue;
        if (best != sources_.end() && !(rank(from) < rank(best->second))) continue;
        if (const auto piece = first_wanted(at->first, from, now)) best = at, wanted = *piece;
    }
    if (best == sources_.end()) return std::nullopt;
    auto& from = best->second;
    from.waiting.push_back(wanted);
    std::erase(from.late, wanted);
    if (!from.waits_since) from.waits_since = now;
    if (!from.owes_since) from.owes_since = now;
    auto& parts = assemblies_[from.key].parts;
    BT_ASSERT(wanted <= parts.size());
    if (wanted == parts.size()) parts.push_back(part{.most_asked = most_asked_at_first()});
    parts[wanted].asked.push_back(best->first);
    return ask{best->first, wanted};
}

/// A source that has been silent for too long is left alone for a while.
void metadata_fetch::expire(time_point now) {
    for (auto at = sources_.begin(); at != sources_.end(); ++at) {
        auto& from = at->second;
        if (from.not_before <= now) from.not_before = {};
        if (!from.waits_since || now - *from.waits_since < patience) continue;
        const auto given_up = from.waiting;
        for (const auto piece : given_up) stop_waiting(at, piece);
        from.late.insert(from.late.end(), given_up.begin(), given_up.end());
        from.not_before = now + patience * (1 << from.silences);
        from.silences = std::min(from.silences + 1, 3);
    }
}

std::optional<std::uint32_t> metadata_fetch::first_wanted(connection_id by, const source& from,
                                                          time_point now) {
    const auto found = assemblies_.find(from.key);
    if (found == assemblies_.end()) {
        if (from.key.alone && !may_begin_alone(now)) return std::nullopt;
        return 0;
    }
    auto& of = found->second;
    for (auto i = of.first_missing; i < of.parts.size(); ++i)
        if (is_wanted(of.parts[i], now) && !holds(of.parts[i].asked, by)) return i;
    if (of.parts.size() == part_count(from.key.total_bytes)) return std::nullopt;
    return static_cast<std::uint32_t>(of.parts.size());
}

bool metadata_fetch::is_wanted(part& p, time_point now) const {
    if (p.arrived) return false;
    if (p.asked.size() < p.most_asked) return true;
    for (const auto& id : p.asked)
        if (!is_quiet(sources_.at(id), now)) return false;
    p.most_asked = 2 * p.asked.size();
    return true;
}

bool metadata_fetch::may_begin_alone(time_point now) const {
    const auto begun = std::count_if(assemblies_.begin(), assemblies_.end(),
                                     [](const auto& each) { return each.first.alone.has_value(); });
    return static_cast<std::size_t>(begun) <
           suspects_at_first + static_cast<std::size_t>((now - *suspicious_since_) / quiet_time);
}

void metadata_fetch::refused(time_point now, connection_id from, std::uint32_t piece) {
    const auto found = sources_.find(from);
    if (found == sources_.end() || !stop_waiting(found, piece)) return;
    found->second.not_before = now + patience;
    answered(now, found->second);
}

void metadata_fetch::answered(time_point now, source& from) {
    from.owes_since.reset();
    if (!from.waiting.empty()) from.waits_since = from.owes_since = now;
}

void metadata_fetch::arrived(time_point now, connection_id id, std::uint32_t piece, std::uint32_t total_bytes,
                             byte_view data) {
    const auto found = sources_.find(id);
    if (found == sources_.end() || !stop_waiting(found, piece)) return;
    auto& from = found->second;
    auto& of = assemblies_.at(from.key);
    const auto expected =
        std::min<std::size_t>(part_bytes, from.key.total_bytes - std::size_t{piece} * part_bytes);
    if (total_bytes != from.key.total_bytes || data.size() != expected)
        return left(id);  // contradicts itself
    answered(now, from);
    from.has_given = true;
    from.silences = 0;
    from.not_before = {};
    BT_ASSERT(piece < of.parts.size());
    auto& p = of.parts[piece];
    if (p.arrived) return;
    p.data.assign(data.begin(), data.end());
    p.arrived = true;
    p.from = id;
    while (of.first_missing < of.parts.size() && of.parts[of.first_missing].arrived) ++of.first_missing;
    of.held_bytes += data.size();
    bound_memory();
}

std::optional<bytes> metadata_fetch::take_whole() {
    if (taken_) return std::nullopt;
    for (const auto& [key, of] : assemblies_) {
        if (of.first_missing != part_count(key.total_bytes)) continue;
        taken_ = key;
        bytes all;
        all.reserve(key.total_bytes);
        for (const auto& p : of.parts) all.insert(all.end(), p.data.begin(), p.data.end());
        return all;
    }
    return std::nullopt;
}

std::vector<connection_id> metadata_fetch::spoiled() {
    BT_ASSERT(taken_);
    std::vector<connection_id> givers;
    for (const auto& p : assemblies_.at(*taken_).parts)
        if (!holds(givers, p.from)) givers.push_back(p.from);
    drop(*taken_);
    ++wrong_hashes_;
    // one liar is certain; of several each is only suspect
    for (const auto giver : givers)
        if (const auto found = sources_.find(giver); found == sources_.end())
            continue;
        else if (givers.size() == 1)
            sources_.erase(found);
        else
            found->second.key.alone = giver;
    if (givers.size() > 1 && !suspicious_since_) suspicious_since_ = last_;
    taken_.reset();
    return givers;
}

std::vector<connection_id> metadata_fetch::stuck(time_point now) {
    std::vector<connection_id> found;
    for (auto& [id, from] : sources_)
        if (may_be_stuck(from) && now - *from.owes_since >= stuck_time_) {
            found.push_back(id);
            from.owes_since.reset();
        }
    if (!found.empty()) stuck_time_ = std::min(2 * stuck_time_, longest_stuck_time);
    return found;
}

time_point metadata_fetch::next_deadline() const {
    auto earliest = never;
    if (taken_) return earliest;
    const auto consider = [&](time_point at) {
        if (at > last_) earliest = std::min(earliest, at);
    };
    for (const auto& [id, from] : sources_) {
        consider(from.not_before);
        if (from.waits_since)
            consider(*from.waits_since + quiet_time), consider(*from.waits_since + patience);
        if (may_be_stuck(from)) consider(*from.owes_since + stuck_time_);
    }
    for (const auto& [id, from] : sources_)
        if (from.key.alone && !assemblies_.contains(from.key)) {
            consider(last_ + quiet_time);  // another suspect may begin
            break;
        }
    return earliest;
}

}  // namespace bt::swarm
