#include "swarm/rate.hpp"

#include <algorithm>
#include <limits>

namespace bt::swarm {

void rate_meter::advance(time_point now) {
    const auto slot = now.time_since_epoch() / slot_time;
    if (slot_ < 0) {
        first_ = now;
        slot_ = slot;
    }
    for (auto next = std::max(slot_ + 1, slot - static_cast<std::int64_t>(slots) + 1); next <= slot; ++next)
        bytes_[static_cast<std::size_t>(next) % slots] = 0;
    slot_ = std::max(slot_, slot);
}

void rate_meter::add(time_point now, std::uint64_t bytes) {
    advance(now);
    bytes_[static_cast<std::size_t>(slot_) % slots] += bytes;
    total_ += bytes;
}

std::uint64_t rate_meter::per_second(time_point now) const {
    if (slot_ < 0) return 0;
    rate_meter copy = *this;
    copy.advance(now);
    std::uint64_t sum = 0;
    for (auto bytes : copy.bytes_) sum += bytes;
    // the newest slot is not over yet: what is summed began where the oldest one did
    const time_point oldest{slot_time * std::max<std::int64_t>(copy.slot_ - static_cast<int>(slots) + 1, 0)};
    const auto span = std::max(now - std::max(first_, oldest), slot_time * 2);
    return static_cast<std::uint64_t>(static_cast<double>(sum) / seconds(span));
}

std::uint64_t rate_limit::allowance(time_point now) {
    if (limit_ == 0) return std::numeric_limits<std::uint64_t>::max();
    const double rate = static_cast<double>(limit_);
    // a quarter of a second may be saved up: enough to keep a pipe full between two ticks
    const double most = std::max(rate / 4, 32.0 * 1024);
    if (!at_) tokens_ = most;
    tokens_ = std::min(most, tokens_ + rate * seconds(std::max(now - at_.value_or(now), duration{})));
    at_ = std::max(now, at_.value_or(now));
    return tokens_ > 0 ? static_cast<std::uint64_t>(tokens_) : 0;
}

void rate_limit::use(std::uint64_t bytes) {
    if (limit_ != 0) tokens_ -= static_cast<double>(bytes);
}

time_point rate_limit::available_at() const {
    const auto at = at_.value_or(time_point{});
    if (limit_ == 0 || !at_ || tokens_ >= 1) return at;
    return at + duration(1 + static_cast<duration::rep>((1 - tokens_) / static_cast<double>(limit_) * 1e6));
}

}  // namespace bt::swarm
