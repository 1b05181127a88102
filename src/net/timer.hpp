// A deadline on the loop.
#pragma once

#include <functional>

#include "net/loop.hpp"

namespace bt::net {

/// Calls back once when the moment it is armed for has come, never before it and usually within 1 ms of it.
class timer {
  public:
    timer(loop& on, std::function<void()> fired);
    ~timer();
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;

    /// Replaces an earlier deadline; `never` disarms. A moment in the past fires on the next turn of the
    /// loop.
    void arm(time_point at);
    void disarm();
    /// When it will fire; `never` if it is not armed.
    time_point deadline() const;

  private:
    struct impl;
    impl* impl_;
};

}  // namespace bt::net
