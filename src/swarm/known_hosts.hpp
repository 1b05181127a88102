// Addresses that something was noted of, within a bound: for ever, or for a while.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <utility>

#include "base/endpoint.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"

namespace bt::swarm {

class known_hosts {
  public:
    /// True if it is new and there was room.
    bool insert(const ip_address& host) { return !is_full() && hosts_.insert(host).second; }
    void erase(const ip_address& host) { hosts_.erase(host); }
    bool holds(const ip_address& host) const { return hosts_.contains(host); }
    std::size_t size() const { return hosts_.size(); }
    bool is_full() const { return size() >= limits::known_peers; }

  private:
    std::set<ip_address> hosts_;
};

class recent_hosts {
  public:
    explicit recent_hosts(duration length) : length_(length) {}

    void note(time_point now, const ip_address& host) {
        while (!notes_.empty() &&
               (now - notes_.front().first >= length_ || notes_.size() >= limits::known_peers))
            forget_oldest();
        notes_.emplace_back(now, host);
        latest_[host] = now;
    }
    bool holds(time_point now, const ip_address& host) const {
        const auto found = latest_.find(host);
        return found != latest_.end() && now - found->second < length_;
    }

  private:
    void forget_oldest() {
        const auto [at, host] = notes_.front();
        notes_.pop_front();
        if (const auto found = latest_.find(host); found != latest_.end() && found->second == at)
            latest_.erase(found);
    }

    duration length_;
    std::deque<std::pair<time_point, ip_address>> notes_;  // oldest first
    std::map<ip_address, time_point> latest_;
};

}  // namespace bt::swarm
