// How fast and how fair: one seed, unequal peers, and peers that come and go.
#include <algorithm>

#include "sim/swarm/crowd.hpp"
#include "sim/swarm/trials.hpp"

namespace bt::sim {
namespace {

/// So many leechers in the full size, less of everything in a small one.
crowd_plan plan_for(extent size, unsigned full) {
    crowd_plan plan;
    plan.leechers = size == extent::full ? full : std::max(full / 5, 5u);
    plan.size = size == extent::full ? 16 * MiB : 2 * MiB;
    plan.piece = size == extent::full ? 64 * KiB : 16 * KiB;
    return plan;
}

/// Long enough for choke rounds, of ten seconds each, to tell.
crowd_plan long_plan_for(extent size, unsigned full, unsigned times) {
    auto plan = plan_for(size, full);
    if (size != extent::full) return plan;
    plan.size *= times;
    plan.piece *= times;
    return plan;
}

figures seed_and_leechers(std::uint64_t seed, const crowd_plan& plan, double sent_target, double time_target,
                          rule time_rule = rule::promised) {
    crowd c(seed, plan);
    const double missing = c.finish();
    return {{"not finished", missing, 0},
            {"seed sent / size", c.multiple(c.seed->bytes_sent()), sent_target},
            {"last leecher / bound", c.slowest(c.leechers) / c.bound(), time_target, c.bound(), time_rule}};
}

figures super_seeding(std::uint64_t seed, crowd_plan plan) {
    plan.adapt = [](unsigned i, host_plan& machine) {
        if (i == 0) machine.swarm.super_seeding = true;
    };
    return seed_and_leechers(seed, plan, 1.1, 1.35, rule::own);
}

}  // namespace

// --- one seed

figures one_seed_on_a_lan(std::uint64_t seed, extent size) {
    // neighbours leave pieces of the seed to each other, which costs time where all lines are as slow as its
    // own
    // the mean of many seeds is 1.3; that of two is off by 0.05 now and then
    return seed_and_leechers(seed, long_plan_for(size, 50, 2), 1.3, 1.35, rule::own);
}

figures one_seed_far(std::uint64_t seed, extent size) {
    auto plan = long_plan_for(size, 50, 2);
    plan.far = true;
    return seed_and_leechers(seed, plan, 1.3, 1.3);
}

figures super_seeding_to_fifty(std::uint64_t seed, extent size) {
    return super_seeding(seed, long_plan_for(size, 50, 2));
}

figures super_seeding_far(std::uint64_t seed, extent size) {
    auto plan = plan_for(size, 20);
    plan.far = true;
    return super_seeding(seed, plan);
}

figures seed_leaves(std::uint64_t seed, extent size) {
    crowd c(seed, plan_for(size, 20));
    const bool copied = c.w.run_until(
        [&, checked = time_point{}]() mutable {
            if (c.w.now() < checked) return false;
            checked = c.w.now() + 20ms;
            return c.has_a_copy(c.leechers);
        },
        600s);
    const auto sent = c.multiple(c.seed->bytes_sent());
    c.seed->die();
    const double missing = copied ? c.finish() : c.plan.leechers;
    return {{"not finished", missing, 0},
            {"seed sent for a copy / size", sent, 1.3},
            {"last leecher / bound", c.slowest(c.leechers) / c.bound(), 1.35, c.bound(), rule::own}};
}

// --- unequal peers

figures free_riders(std::uint64_t seed, extent size) {
    auto plan = long_plan_for(size, 20, 4);
    plan.far = true;
    plan.up = plan.down =
        256 * KiB;  // slow: who rides is known by one slot of ten seconds, and has its fill of it
    const auto rides = [](unsigned i) { return i > 0 && i % 5 == 0; };
    plan.adapt = [&](unsigned i, host_plan& machine) {
        if (rides(i)) machine.swarm.near_slots = machine.swarm.far_slots = 0;
    };
    crowd c(seed, plan);
    std::vector<host*> givers, riders;
    for (unsigned i = 0; i < c.leechers.size(); ++i)
        (rides(i + 1) ? riders : givers).push_back(c.leechers[i]);
    // as long as everybody downloads: afterwards there are seeds for all
    c.w.run_until(
        [&] {
            return std::any_of(givers.begin(), givers.end(),
                               [](auto* h) { return h->completed_at().has_value(); });
        },
        600s);
    double ridden = 0, given = 0;
    for (const auto* each : riders) ridden += c.multiple(each->bytes_received()) / double(riders.size());
    for (const auto* each : givers) given += c.multiple(each->bytes_received()) / double(givers.size());
    const double missing = c.finish(givers);
    // a seed cannot know them at first: what it gave them it gives once more
    const auto bound = std::max(c.bound(givers), double(plan.size) / double(plan.up) *
                                                     double(c.leechers.size()) / double(givers.size()));
    return {{"givers not finished", missing, 0},
            // one slot of ten seconds holds a small torrent
            {"a rider's rate / a giver's", ridden / given, size == extent::full ? 0.5 : 0.6},
            {"last giver / bound", c.slowest(givers) / bound, 1.3, bound}};
}

figures slow_peers(std::uint64_t seed, extent size) {
    auto plan = plan_for(size, 20);
    plan.far = true;
    const auto is_slow = [](unsigned i) { return i > 0 && i % 10 < 3; };
    plan.adapt = [&](unsigned i, host_plan& machine) {
        if (is_slow(i)) machine.up /= 20, machine.down /= 20;
    };
    crowd c(seed, plan);
    std::vector<host*> fast;
    for (unsigned i = 0; i < c.leechers.size(); ++i)
        if (!is_slow(i + 1)) fast.push_back(c.leechers[i]);
    const double missing = c.finish(fast);
    auto without = plan;
    without.leechers = static_cast<unsigned>(fast.size());
    without.adapt = {};
    crowd alone(seed, without);
    alone.finish();
    const auto undisturbed = std::max(alone.slowest(alone.leechers), c.bound(fast));
    return {{"fast ones not finished", missing, 0},
            {"last fast one / without the slow", c.slowest(fast) / undisturbed, 1.3, undisturbed}};
}

figures asymmetric(std::uint64_t seed, extent size) {
    auto plan = plan_for(size, 20);
    plan.far = true;
    plan.down = 2 * MiB;
    plan.up = plan.down / 8;
    return seed_and_leechers(seed, plan, 1.3, 1.3);
}

// --- unsteady swarms

figures churn(std::uint64_t seed, extent size) {
    auto plan = plan_for(size, 20);
    plan.far = true;
    crowd c(seed, plan);
    const auto half = static_cast<std::ptrdiff_t>(c.leechers.size() / 2);
    const std::vector<host*> stay(c.leechers.begin(), c.leechers.begin() + half);
    std::vector<host*> come_and_go(c.leechers.begin() + half, c.leechers.end());
    const auto bound = c.bound();
    const std::function<void()> replace = [&] {
        auto& leaves = come_and_go[c.w.random().below(come_and_go.size())];
        leaves->die();
        leaves = &c.join();
        c.w.after(3s, [&] { replace(); });
    };
    c.w.after(3s, [&] { replace(); });
    const double missing = c.finish(stay);
    return {{"not finished", missing, 0},
            {"last who stays / bound", c.slowest(stay) / bound, 1.4, bound, rule::own}};
}

figures partition(std::uint64_t seed, extent size) {
    crowd c(seed, plan_for(size, 20));
    const auto half = static_cast<std::ptrdiff_t>(c.leechers.size() / 2);
    std::vector<host*> with_seed(c.leechers.begin(), c.leechers.begin() + half);
    with_seed.push_back(c.seed);
    const std::vector<host*> without(c.leechers.begin() + half, c.leechers.end());
    c.w.run_for(duration(static_cast<duration::rep>(c.bound() / 2 * 1e6)));
    c.w.cut(with_seed, without);
    c.w.run_for(60s);
    c.w.heal();
    const auto healed = c.elapsed();
    const double missing = c.finish();
    return {{"not finished", missing, 0},
            {"last leecher after it / bound", std::max(c.slowest(c.leechers) - healed, 0.0) / c.bound(), 1.1,
             c.bound(), rule::own}};
}

}  // namespace bt::sim
