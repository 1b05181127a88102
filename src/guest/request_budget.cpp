#include "guest/request_budget.hpp"

#include <algorithm>

namespace bt::guest {
namespace {

// A browser asks for a page, its style, its script, and again every 5 s.
constexpr double host_rate = 20, host_burst = 60;
// Of some 2 ms each for the largest page.
constexpr double all_rate = 100, all_burst = 200;
constexpr std::size_t most_hosts = 1'000;

}  // namespace

void request_budget::bucket::fill(time_point now, double per_second, double burst) {
    left = std::min(burst, left + seconds(now - last) * per_second);
    last = now;
}

/// A host that is new takes the place of the one that asked longest ago.
request_budget::bucket& request_budget::of(time_point now, const ip_address& host) {
    const auto known = each_.find(host);
    if (known != each_.end()) return known->second;
    if (each_.size() >= most_hosts)
        each_.erase(std::min_element(each_.begin(), each_.end(), [](const auto& a, const auto& b) {
            return a.second.last < b.second.last;
        }));
    return each_[host] = {host_burst, now};
}

bool request_budget::allow(time_point now, const ip_address& from) {
    auto& one = of(now, from.network_of_host());
    one.fill(now, host_rate, host_burst);
    all_.fill(now, all_rate, all_burst);
    if (one.left < 1 || all_.left < 1) return false;
    one.left -= 1;
    all_.left -= 1;
    return true;
}

}  // namespace bt::guest
