#include "tracker/server/request_rate.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::tracker {

request_rate::request_rate(const siphash_key& key, double per_second, double burst)
    : hash_(key),
      per_millisecond_(static_cast<float>(per_second / 1000)),
      burst_(static_cast<float>(burst)),
      sets_(std::make_unique<std::array<set, sets>>()) {}

bool request_rate::allow(time_point now, const ip_address& source, float worth) {
    BT_ASSERT(worth > 0);
    const auto name = hash_(source.raw().first(source.is_v4() ? 4 : 8)) | 1;
    const auto at = static_cast<std::uint32_t>(now.time_since_epoch() / 1ms);
    auto& places = (*sets_)[(name >> 1) % sets].places;
    auto one = std::find_if(places.begin(), places.end(), [&](const auto& it) { return it.source == name; });
    if (one == places.end()) {
        // a free place has been silent for ever
        one = std::max_element(places.begin(), places.end(), [&](const auto& a, const auto& b) {
            const auto silent = [&](const bucket& it) {
                return it.source == 0 ? ~std::uint32_t{0} : at - it.last;
            };
            return silent(a) < silent(b);
        });
        *one = {name, at, burst_};
    }
    one->tokens = std::min(burst_, one->tokens + per_millisecond_ * static_cast<float>(at - one->last));
    one->last = at;
    if (one->tokens < worth) return false;
    one->tokens -= worth;
    BT_ASSERT(one->tokens >= 0 && one->tokens <= burst_);
    return true;
}

void event_counter::advance(std::uint32_t second) {
    if (second <= latest_) return;
    const auto steps = std::min<std::uint32_t>(second - latest_, 64);
    for (std::uint32_t i = 0; i < steps; ++i) seconds_[(second - i) % seconds_.size()] = 0;
    latest_ = second;
}

std::uint64_t event_counter::in_last(std::uint32_t second, std::uint32_t span) const {
    BT_ASSERT(span > 0);
    std::uint64_t sum = 0;
    for (std::uint32_t i = 1; i <= std::min(span, 60u); ++i) {
        const auto at = second - i;
        if (at <= latest_ && latest_ - at < seconds_.size()) sum += seconds_[at % seconds_.size()];
    }
    return sum;
}

}  // namespace bt::tracker
