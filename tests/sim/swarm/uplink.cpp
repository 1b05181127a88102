// A site behind a slow uplink, the only seed outside: the torrent should come in once and go round on the
// LAN.
#include <algorithm>

#include "sim/swarm/crowd.hpp"
#include "sim/swarm/trials.hpp"

namespace bt::sim {
namespace {

struct uplink_plan {
    unsigned sites = 1, hosts = 20;  ///< hosts of all sites together
    std::uint64_t slow_host = 0;     ///< bytes per second of one of them; 0: there is none
    unsigned die = 0;                ///< so many of them, one after the other
};

figures over_the_uplink(std::uint64_t seed, extent size, uplink_plan what) {
    const auto bytes = size == extent::full ? 16 * MiB : 2 * MiB;
    if (size == extent::small) what.hosts = 6 * what.sites;
    world w(seed);
    const auto data = make_torrent(seed, bytes, 64 * KiB);
    const std::uint64_t uplink = 1 * MiB;
    host_plan outside;
    outside.site = w.add_site();
    auto& source = w.add_host(outside);
    source.share(data);
    std::vector<host*> inside, wait_for;
    for (unsigned i = 0; i < what.sites; ++i) w.add_site(uplink / 4, uplink);
    for (unsigned i = 0; i < what.hosts; ++i) {
        host_plan machine;
        machine.site = 2 + i % what.sites;
        if (i == 0) machine.up = machine.down = what.slow_host;
        inside.push_back(&w.add_host(machine));
        if ((i > 0 || what.slow_host == 0) && i >= what.die) wait_for.push_back(inside.back());
    }
    const auto began = w.now();
    for (auto* each : inside) each->get(data, {source.address()});
    const auto bound = double(bytes) / double(uplink);
    // what a slow one claims is left to it for ten seconds at least
    const auto spared = size == extent::small && what.slow_host > 0 ? 10 : 0;
    for (unsigned i = 0; i < what.die; ++i)
        w.after(duration(static_cast<duration::rep>(bound * (i + 1) / (what.die + 1) * 1e6)),
                [h = inside[i]] { h->die(); });
    const auto all_done = [&] {
        return std::all_of(wait_for.begin(), wait_for.end(),
                           [](auto* h) { return h->completed_at().has_value(); });
    };
    w.run_until(all_done, duration(static_cast<duration::rep>((bound * 20 + 120) * 1e6)));
    const auto missing =
        std::count_if(wait_for.begin(), wait_for.end(), [](auto* h) { return !h->is_exact(); });
    std::uint64_t came = 0;
    for (unsigned i = 0; i < what.sites; ++i) came = std::max(came, w.at_site(2 + i).down.bytes);
    return {{"not finished", double(missing), 0},
            {"bytes over the uplink / size", double(came) / double(bytes), 1.1},
            {"last host / bound", seconds(w.now() - began) / (bound + spared), 1.3, bound + spared}};
}

}  // namespace

figures one_copy(std::uint64_t seed, extent size) { return over_the_uplink(seed, size, {}); }

figures one_copy_slow(std::uint64_t seed, extent size) {
    uplink_plan what;
    what.slow_host = 50 * KiB;
    return over_the_uplink(seed, size, what);
}

figures one_copy_deaths(std::uint64_t seed, extent size) {
    uplink_plan what;
    what.die = 3;
    return over_the_uplink(seed, size, what);
}

figures one_copy_each(std::uint64_t seed, extent size) {
    uplink_plan what;
    what.sites = 2;
    return over_the_uplink(seed, size, what);
}

}  // namespace bt::sim
