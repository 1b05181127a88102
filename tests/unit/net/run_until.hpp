// Runs a loop until something is true. The guard only ends a test that would hang; nothing waits for it.
#pragma once

#include <functional>

#include "base/endpoint.hpp"
#include "net/loop.hpp"
#include "net/timer.hpp"

namespace bt::net {

/// False if `done` was not true within ten seconds. `done` is asked after every event that calls stop().
inline bool run_until(loop& on, const std::function<bool()>& done) {
    bool late = false;
    timer guard(on, [&] {
        late = true;
        on.stop();
    });
    guard.arm(on.now() + 10s);
    while (!done() && !late) on.run();
    return done();
}

/// For that long. False as above.
inline bool run_for(loop& on, duration time) {
    timer over(on, [&] { on.stop(); });
    over.arm(on.now() + time);
    return run_until(on, [&] { return over.deadline() == never; });
}

inline endpoint loopback_v4(std::uint16_t port = 0) { return {ip_address::v4(127, 0, 0, 1), port}; }
inline endpoint loopback_v6(std::uint16_t port = 0) { return {*ip_address::parse("::1"), port}; }

}  // namespace bt::net
