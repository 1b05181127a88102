#include "dht/external_address.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "dht/address_rules.hpp"

namespace bt::dht {
namespace {

constexpr std::size_t votes_needed = 4;

}  // namespace

bool external_address::vote(const ip_address& voter, const ip_address& seen) {
    if (seen.scope() != address_scope::global) return false;
    const auto subnet = subnet_of(voter);
    std::erase_if(ballots_, [&](const ballot& b) { return b.voter == subnet; });
    if (ballots_.size() >= limits::dht_address_ballots) ballots_.pop_front();
    ballots_.push_back({subnet, seen});
    BT_ASSERT(ballots_.size() <= limits::dht_address_ballots);

    // only the address just named has gained
    const auto count = votes_for(seen);
    if (elected_ == seen || count < votes_needed || 2 * count <= ballots_.size()) return false;
    elected_ = seen;
    return true;
}

std::size_t external_address::votes() const {
    if (elected_) return votes_for(*elected_);
    std::size_t best = 0;
    for (const auto& b : ballots_) best = std::max(best, votes_for(b.seen));
    return best;
}

void external_address::clear() {
    ballots_.clear();
    elected_.reset();
}

std::size_t external_address::votes_for(const ip_address& seen) const {
    return static_cast<std::size_t>(
        std::count_if(ballots_.begin(), ballots_.end(), [&](const ballot& b) { return b.seen == seen; }));
}

}  // namespace bt::dht
