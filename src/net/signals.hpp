// Signals of the process as events of the loop.
#pragma once

#include <functional>
#include <vector>

#include "net/loop.hpp"

namespace bt::net {

/// While it lives, the given signals (SIGINT, SIGTERM, SIGWINCH ...) call back instead of their default
/// action.
class signals {
  public:
    signals(loop& on, const std::vector<int>& numbers, std::function<void(int number)> raised);
    ~signals();
    signals(const signals&) = delete;
    signals& operator=(const signals&) = delete;

  private:
    struct impl;
    std::vector<impl*> impls_;
};

}  // namespace bt::net
