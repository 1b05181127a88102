// How long a download has been without progress, and how long it took without what it had to wait for.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.hpp"

namespace bt::session {

class patience {
  public:
    explicit patience(time_point now) : began_(now), watched_at_(now), progress_at_(now) {}

    void progress(time_point now) { progress_at_ = now; }
    /// Bytes that are of use, in all.
    void count(time_point now, std::uint64_t useful) {
        if (useful <= useful_) return;
        useful_ = useful;
        progress_at_ = now;
    }
    /// The time since the last call counts as what was said then.
    void measure(time_point now, bool waits) {
        if (waits_) waited_ += now - watched_at_;
        watched_at_ = now;
        waits_ = waits;
    }

    duration without_progress(time_point now) const { return now - progress_at_; }
    duration at_work(time_point now) const { return now - began_ - waited_; }

  private:
    time_point began_, watched_at_, progress_at_;
    duration waited_{};
    bool waits_ = false;
    std::uint64_t useful_ = 0;
};

}  // namespace bt::session
