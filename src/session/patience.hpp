// Since when a download should make progress, and how long it took without what it had to wait for.
#pragma once

#include "base/time.hpp"

namespace bt::session {

class patience {
  public:
    explicit patience(time_point now) : began_(now), watched_at_(now), since_(now) {}

    /// Something other than data has brought it on: it begins anew.
    void restart(time_point now) { since_ = now; }
    /// The time since the last call counts as what was said then.
    void measure(time_point now, bool waits) {
        if (waits_) waited_ += now - watched_at_;
        watched_at_ = now;
        waits_ = waits;
    }

    time_point since() const { return since_; }
    duration at_work(time_point now) const { return now - began_ - waited_; }

  private:
    time_point began_, watched_at_, since_;
    duration waited_{};
    bool waits_ = false;
};

}  // namespace bt::session
