// Peers that lied: by id, because one node has several addresses, and by address, because an id is easily
// changed.
#pragma once

#include <cstddef>
#include <set>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "swarm/known_hosts.hpp"

namespace bt::swarm {

class bans {
  public:
    /// False: that peer is banned already.
    bool add(const peer_id& who, const ip_address& host) {
        if (ids_.contains(who)) return false;
        if (ids_.size() < limits::known_peers) ids_.insert(who);
        // on this very machine an address is shared by all its nodes
        if (host.scope() != address_scope::loopback) hosts_.insert(host);
        return true;
    }
    bool holds(const peer_id& who) const { return ids_.contains(who); }
    bool holds(const ip_address& host) const { return hosts_.holds(host); }
    std::size_t peers() const { return ids_.size(); }

  private:
    std::set<peer_id> ids_;
    known_hosts hosts_;
};

}  // namespace bt::swarm
