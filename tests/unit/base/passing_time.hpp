// Time that passes for a core as its driver lets it: from deadline to deadline.
#pragma once

#include <algorithm>

#include "base/time.hpp"

namespace bt::test {

/// `desk` has the clock, and takes the core's outputs away behind each tick if it has a way to.
template <class Core, class Desk>
void pass(Core& core, Desk& desk, duration span) {
    const auto end = desk.now + span;
    while (core.next_deadline() <= end) {
        desk.now = std::max(desk.now, core.next_deadline());
        core.tick(desk.now);
        if constexpr (requires { desk.drain(); }) desk.drain();
    }
    desk.now = end;
}

}  // namespace bt::test
