// How fast guests may be served beside a swarm. A browser takes and gives nothing back, so that peers come
// first: while they are being given to, all guests together have a part of that rate; else as much as they
// take.
#pragma once

#include <cstdint>

#include "base/time.hpp"

namespace bt::guest {

class pace {
  public:
    /// `swarm_rate`: bytes a second that go to peers now.
    void set_swarm_rate(time_point now, std::uint64_t swarm_rate);
    bool is_bounded() const { return rate_ != 0; }
    /// When the next bytes may leave; in the past: now.
    time_point next() const { return is_bounded() ? next_ : time_point{}; }
    void spend(time_point now, std::uint64_t bytes);

  private:
    std::uint64_t rate_ = 0;  // bytes a second; 0: no bound
    time_point next_{};
};

}  // namespace bt::guest
