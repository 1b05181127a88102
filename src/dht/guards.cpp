#include "dht/guards.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bt::dht {
namespace {

/// Differs for different addresses as a rule; two that are made the same cost but a comparison.
std::uint32_t mark_of(const ip_address& address) {
    std::uint32_t mark = 0;
    for (const auto byte : address.raw()) mark = (mark ^ byte) * 0x01000193u;
    return mark;
}

}  // namespace

flood_guard::source& flood_guard::source_of(time_point now, const ip_address& from) {
    const auto mark = mark_of(from);
    for (auto at = marks_.begin(); (at = std::find(at, marks_.end(), mark)) != marks_.end(); ++at)
        if (auto& one = sources_[static_cast<std::size_t>(at - marks_.begin())]; one.address == from)
            return one;
    if (sources_.size() < limits::dht_flood_sources) {
        marks_.push_back(mark);
        return sources_.emplace_back(source{from, now, {}, 0});
    }
    // one that is ignored must not get free by sending from many addresses: those come and go below it
    const auto busy = [now](const source& one) {
        const auto blocked = one.blocked_until > now ? one.blocked_until : time_point::min();
        const auto count = now - one.since < limits::dht_flood_time ? one.count : 0;
        return std::tuple(blocked, count, one.since);
    };
    BT_ASSERT(marks_.size() == sources_.size());
    const auto least = std::min_element(sources_.begin(), sources_.end(),
                                        [&](const auto& a, const auto& b) { return busy(a) < busy(b); });
    marks_[static_cast<std::size_t>(least - sources_.begin())] = mark;
    *least = {from, now, {}, 0};
    return *least;
}

bool flood_guard::allows(time_point now, const ip_address& from) {
    auto& one = source_of(now, from);
    if (one.blocked_until > now) return false;
    if (now - one.since >= limits::dht_flood_time) {
        one.since = now;
        one.count = 0;
    }
    if (++one.count <= limits::dht_flood_messages) return true;
    one.blocked_until = now + block_;
    return false;
}

bool flood_guard::is_sound() const {
    std::vector<ip_address> all;
    for (const auto& one : sources_) all.push_back(one.address);
    std::sort(all.begin(), all.end());
    return sources_.size() <= limits::dht_flood_sources && marks_.size() == sources_.size() &&
           std::adjacent_find(all.begin(), all.end()) == all.end() &&
           std::equal(marks_.begin(), marks_.end(), sources_.begin(),
                      [](auto mark, const source& one) { return mark == mark_of(one.address); });
}

double budget::refilled(time_point now) const {
    return now <= at_ ? left_ : std::min(most_, left_ + seconds(now - at_) * per_second_);
}

bool budget::take(time_point now, double amount) {
    BT_ASSERT(amount > 0);
    left_ = refilled(now);
    at_ = std::max(at_, now);
    constexpr double rounding = 1e-6;  // so that what when() promised is there
    if (left_ + rounding < amount) return false;
    left_ -= amount;
    return true;
}

time_point budget::when(time_point now, double amount) const {
    if (amount > most_) return never;
    const auto missing = amount - refilled(now);
    if (missing <= 0) return now;
    return now + duration(static_cast<duration::rep>(std::ceil(missing / per_second_ * 1e6)));
}

}  // namespace bt::dht
