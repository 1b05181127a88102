// Something done at once, again after some short gaps because datagrams get lost, then at a steady pace.
#pragma once

#include <span>

#include "base/assert.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"

namespace bt::discovery {

struct repeat_plan {
    std::span<const duration> gaps;  ///< between the first times
    duration steady;                 ///< after them; zero: no more
    double jitter;                   ///< part of `steady`, so that a thousand nodes do not act in step
};

class repeats {
  public:
    void start(time_point now) {
        due_ = now;
        done_ = 0;
    }
    time_point due() const { return due_; }
    /// Counts the time that is due as done.
    void advance(time_point now, const repeat_plan& plan, rng& random) {
        BT_ASSERT(due_ != never);
        if (done_ < plan.gaps.size())
            due_ = now + plan.gaps[done_];
        else
            due_ = plan.steady == duration::zero() ? never : now + random.jitter(plan.steady, plan.jitter);
        ++done_;
    }
    std::size_t done() const { return done_; }
    bool steady(const repeat_plan& plan) const { return done_ > plan.gaps.size(); }

  private:
    time_point due_ = never;
    std::size_t done_ = 0;
};

}  // namespace bt::discovery
