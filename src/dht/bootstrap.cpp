#include "dht/bootstrap.hpp"

namespace bt::dht {

namespace {

constexpr duration known_first = 1s, known_longest = 8s;
constexpr duration routers_first = 2s, routers_longest = 8s;
/// After this the world is likely not there; every lookup of a name costs a server of others, too.
constexpr duration hopeful_time = 5min;
constexpr duration routers_late_first = 15s, routers_late_longest = 60s;
constexpr double jitter = 0.2;

duration grown(duration pause, duration first, duration longest) {
    return pause < first ? first : std::min(2 * pause, longest);
}

}  // namespace

void bootstrap::start(time_point now) {
    known_at_ = now;
    if (healthy_) return;
    alone_since_ = now;
    routers_at_ = now;
    known_pause_ = router_pause_ = duration::zero();
}

void bootstrap::set_healthy(time_point now, bool healthy) {
    if (healthy == healthy_) return;  // said at every count of nodes
    healthy_ = healthy;
    known_at_ = routers_at_ = never;
    if (healthy) return;
    alone_since_ = now;
    known_at_ = now;
    known_pause_ = duration::zero();
    router_pause_ = routers_first;
    routers_at_ = now + random_.jitter(router_pause_, jitter);
}

bootstrap::step bootstrap::tick(time_point now) {
    step due{now >= known_at_, now >= routers_at_};
    if (due.known) {
        known_pause_ = grown(known_pause_, known_first, known_longest);
        known_at_ = healthy_ ? never : now + random_.jitter(known_pause_, jitter);
    }
    if (due.routers) {
        router_pause_ = now - alone_since_ < hopeful_time
                            ? grown(router_pause_, routers_first, routers_longest)
                            : grown(router_pause_, routers_late_first, routers_late_longest);
        routers_at_ = now + random_.jitter(router_pause_, jitter);
    }
    return due;
}

}  // namespace bt::dht
