// Peers that lied: by id, because one node has several addresses, and by address, because an id is easily
// changed.
//
// A ban for wrong data may end: files that were overwritten are put right, and the peer that has them may be
// the only one. It is let in again after a pause that doubles each time, on trial until a piece of it is
// right.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"
#include "swarm/known_hosts.hpp"

namespace bt::swarm {

class bans {
  public:
    static constexpr duration first_pause = 30s, longest_pause = 15min;

    /// False: that peer is banned already.
    bool add(time_point now, const peer_id& who, const ip_address& host, bool may_end) {
        if (ids_.contains(who)) return false;
        if (ids_.size() < limits::known_peers) ids_.insert(who);
        if (!is_shared(host)) hosts_.insert(host);
        const auto whose = key_of(who, host);
        if (!sentences_.contains(whose) && sentences_.size() >= limits::known_peers) return true;
        auto& its = sentences_[whose];
        its.ids.insert(who);
        if (!may_end)
            its.until = never;
        else if (its.until != never && !its.serves)
            its.until =
                now + std::min<duration>(first_pause * (1 << std::min(its.times++, 8)), longest_pause);
        its.serves = true;
        return true;
    }
    bool holds(const peer_id& who) const { return ids_.contains(who); }
    bool holds(const ip_address& host) const { return hosts_.holds(host); }
    std::size_t peers() const { return ids_.size(); }

    /// When the next may be let in.
    time_point next_end() const {
        const auto next = first();
        return next == sentences_.end() ? never : next->second.until;
    }
    /// The host that is.
    std::optional<ip_address> let_in(time_point now) {
        const auto next = first();
        if (next == sentences_.end() || next->second.until > now) return std::nullopt;
        auto& its = sentences_.at(next->first);
        its.serves = false;
        for (const auto& id : std::exchange(its.ids, {})) ids_.erase(id);
        hosts_.erase(next->first.first);
        return next->first.first;
    }
    bool is_on_trial(const peer_id& who, const ip_address& host) const {
        const auto found = sentences_.find(key_of(who, host));
        return found != sentences_.end() && !found->second.serves;
    }
    void acquit(const peer_id& who, const ip_address& host) {
        if (is_on_trial(who, host)) sentences_.erase(key_of(who, host));
    }

  private:
    /// On this very machine an address is shared by all its nodes.
    static bool is_shared(const ip_address& host) { return host.scope() == address_scope::loopback; }
    using key = std::pair<ip_address, peer_id>;
    static key key_of(const peer_id& who, const ip_address& host) {
        return {host, is_shared(host) ? who : peer_id{}};
    }
    struct sentence {
        std::set<peer_id> ids;
        time_point until{};
        int times = 0;
        bool serves = false;
    };
    std::map<key, sentence>::const_iterator first() const {
        auto next = sentences_.end();
        for (auto at = sentences_.begin(); at != sentences_.end(); ++at)
            if (at->second.serves && at->second.until != never &&
                (next == sentences_.end() || at->second.until < next->second.until))
                next = at;
        return next;
    }

    std::set<peer_id> ids_;
    known_hosts hosts_;
    std::map<key, sentence> sentences_;
};

}  // namespace bt::swarm
