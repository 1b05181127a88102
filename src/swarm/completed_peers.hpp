// The peers that have, or had, everything.
#pragma once

#include <cstdint>
#include <set>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"

namespace bt::swarm {

class completed_peers {
  public:
    /// True if that is news, and there was room.
    bool add(const peer_id& who, const ip_address& host) {
        if (ids_.size() >= limits::known_peers) return false;
        // a machine has several addresses and, when it fetches once more or runs two nodes, several ids
        const bool new_id = ids_.insert(who).second, new_host = hosts_.insert(host).second;
        machines_ += new_id && new_host;
        return new_id;
    }
    bool empty() const { return ids_.empty(); }
    std::uint32_t machines() const { return machines_; }

  private:
    std::set<peer_id> ids_;
    std::set<ip_address> hosts_;
    std::uint32_t machines_ = 0;
};

}  // namespace bt::swarm
