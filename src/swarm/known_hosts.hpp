// Addresses that something was noted of, within a bound.
#pragma once

#include <set>

#include "base/endpoint.hpp"
#include "base/limits.hpp"

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

}  // namespace bt::swarm
