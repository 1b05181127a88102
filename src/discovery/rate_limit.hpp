// How often something may happen: at most N times in any span of T. Exact, so a limit that the protocol
// states holds in every window, a burst at its border included.
#pragma once

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <vector>

#include "base/assert.hpp"
#include "base/endpoint.hpp"
#include "base/time.hpp"

namespace bt::discovery {

class rate_limit {
  public:
    rate_limit(std::size_t count, duration span) : count_(count), span_(span) {
        BT_ASSERT(count > 0 && span > duration::zero());
    }

    bool allows(time_point now) const { return next_free() <= now; }
    /// Takes one of the N, if one is left.
    bool take(time_point now) {
        if (!allows(now)) return false;
        BT_ASSERT(taken_.size() <= count_ && oldest_ < count_);
        if (taken_.size() < count_) {
            taken_.push_back(now);
        } else {
            taken_[oldest_] = now;
            oldest_ = (oldest_ + 1) % count_;
        }
        return true;
    }
    /// When take() works again; in the past if it does now.
    time_point next_free() const {
        return taken_.size() < count_ ? time_point::min() : taken_[oldest_] + span_;
    }
    /// Nothing of the last span remembered: as good as new.
    bool idle(time_point now) const {
        if (taken_.empty()) return true;
        const auto newest = (oldest_ + taken_.size() - 1) % taken_.size();
        return taken_[newest] + span_ <= now;
    }

  private:
    std::size_t count_;
    duration span_;
    std::vector<time_point> taken_;  // a ring once it is full
    std::size_t oldest_ = 0;
};

/// One limit for each source address and one for all of them. Remembers a bounded number of sources; while
/// all of those are busy a further one gets nothing.
class source_rate_limit {
  public:
    struct bound {
        std::size_t count;
        duration span;
    };
    source_rate_limit(bound each, bound all, std::size_t sources)
        : each_(each), all_(all.count, all.span), max_sources_(sources) {}

    bool take(time_point now, const ip_address& source) {
        if (!all_.allows(now)) return false;
        auto found = sources_.find(source);
        if (found == sources_.end()) {
            if (sources_.size() >= max_sources_) forget_idle(now);
            if (sources_.size() >= max_sources_) return false;
            found = sources_.emplace(source, rate_limit(each_.count, each_.span)).first;
        }
        return found->second.take(now) && all_.take(now);
    }
    std::size_t sources() const { return sources_.size(); }
    bool is_sound() const { return sources_.size() <= max_sources_; }

  private:
    void forget_idle(time_point now) {
        if (now < next_cleaning_) return;  // a flood of new sources does not make us walk the table each time
        next_cleaning_ = now + std::min<duration>(each_.span, 1s);
        std::erase_if(sources_, [&](const auto& entry) { return entry.second.idle(now); });
    }

    bound each_;
    rate_limit all_;
    std::size_t max_sources_;
    std::unordered_map<ip_address, rate_limit> sources_;
    time_point next_cleaning_ = time_point::min();
};

}  // namespace bt::discovery
