// How often one host is called, by all torrents of a node together and for its pages and trackers: whatever
// is said of it, and by however many, it is not flooded by us. Loopback is exempt, many nodes have one
// address there.
#pragma once

#include <deque>
#include <unordered_map>
#include <utility>

#include "base/endpoint.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"

namespace bt::swarm {

class host_pace {
  public:
    /// False if it has been called so often within a second. What was called before, and has not spoken
    /// since, leaves half of it to what is new: a host where nodes come and go is no reason to find the next
    /// one late.
    bool allows(time_point now, const ip_address& host, bool again) {
        forget_old(now);
        const auto found = counts_.find(host);
        const auto most = limits::connections_per_host_per_second / (again ? 2 : 1);
        return found == counts_.end() || found->second < most;
    }
    void take(time_point now, const ip_address& host) {
        if (host.scope() == address_scope::loopback) return;
        ++counts_[host];
        calls_.emplace_back(now, host);
    }

  private:
    void forget_old(time_point now) {
        while (!calls_.empty() && now - calls_.front().first >= 1s) {
            const auto found = counts_.find(calls_.front().second);
            if (--found->second == 0) counts_.erase(found);
            calls_.pop_front();
        }
    }

    std::unordered_map<ip_address, std::size_t> counts_;
    std::deque<std::pair<time_point, ip_address>> calls_;  // of the last second, oldest first
};

}  // namespace bt::swarm
