// Which public address others see us at, by vote (BEP 42): answers carry `ip`, trackers tell it (BEP 24).
// One voter is one subnet, so that one liar, however many addresses of a network it has, is one vote.
#pragma once

#include <deque>
#include <optional>

#include "base/endpoint.hpp"

namespace bt::dht {

class external_address {
  public:
    /// `voter` says we are at `seen`. Votes for addresses that are not public are not counted. True if what
    /// address() says has changed.
    bool vote(const ip_address& voter, const ip_address& seen);
    /// What at least 4 voters and more than half of the recent ones agree on.
    std::optional<ip_address> address() const { return elected_; }
    std::size_t votes() const;  ///< for address(); without one, for the best candidate
    /// A new network: earlier votes say nothing any more.
    void clear();

  private:
    struct ballot {
        ip_address voter, seen;  // the voter as its subnet
    };
    std::size_t votes_for(const ip_address& seen) const;

    std::deque<ballot>
        ballots_;  // the latest of each voter, oldest first, at most limits::dht_address_ballots
    std::optional<ip_address> elected_;
};

}  // namespace bt::dht
