// How the DHT does in large populations, in virtual time: success of lookups and announces, hops by size. A
// program of its own, since a release build can do what one with sanitizers cannot. Prints tables; its exit
// status says whether everything promised holds.
//
//   dht_scale [--long]
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "sim/dht/settled_network.hpp"

using namespace bt;
using namespace bt::sim;

namespace {

struct outcome {
    std::size_t tried = 0, found = 0;
    double hops = 0, time = 0, answers = 0;  // sums

    void add(const dht_host::found& result, const endpoint& sharer) {
        ++tried;
        if (std::find(result.peers.begin(), result.peers.end(), sharer) != result.peers.end()) ++found;
        if (!result.over) return;
        hops += result.over->hops;
        answers += static_cast<double>(result.over->nodes_answered);
        time += seconds(result.over->took);
    }
    void add(const outcome& other) {
        tried += other.tried, found += other.found;
        hops += other.hops, time += other.time, answers += other.answers;
    }
    double mean(double sum) const { return sum / static_cast<double>(std::max<std::size_t>(tried, 1)); }
    double success() const {
        return tried == 0 ? 0 : 100.0 * static_cast<double>(found) / static_cast<double>(tried);
    }
};

double resident_mib() {
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    return static_cast<double>(use.ru_maxrss) / 1024;
}

/// Joins by one node that is there already, as somebody does who has one working contact.
dht_host& join(dht_world& world) {
    dht_host* gate = world.hosts() == 0 ? nullptr : &world.any();
    auto& fresh = world.add(public_address(static_cast<std::uint32_t>(world.hosts())));
    if (gate != nullptr) world.contact(fresh, gate->at);
    return fresh;
}

void grow(dht_world& world, std::size_t size, duration pace) {
    while (world.alive() < size) {
        join(world);
        world.run_for(pace);
    }
    world.run_for(60s);
}

/// `count` torrents: one node announces, another one looks for it half a minute later.
outcome try_searches(dht_world& world, std::size_t count) {
    struct attempt {
        info_hash hash;
        endpoint sharer;
        dht_host* getter = nullptr;
        dht::search_id search = 0;
    };
    std::vector<attempt> all;
    for (std::size_t i = 0; i < count; ++i) {
        auto& sharer = world.any();
        all.push_back({made_up_hash(world.random()), sharer.at});
        world.search(sharer, {all.back().hash, sharer.at.port, true});
        world.run_for(50ms);
    }
    world.run_for(30s);
    for (auto& one : all) {
        do one.getter = &world.any();
        while (one.getter->at == one.sharer);
        one.search = world.search(*one.getter, {one.hash});
        world.run_for(50ms);
    }
    world.run_for(40s);
    outcome sum;
    for (const auto& one : all) {
        if (!one.getter->node || world.find(one.sharer) == nullptr) continue;  // left meanwhile
        sum.add(one.getter->searches[one.search], one.sharer);
    }
    return sum;
}

/// The same in a network too large to grow node by node: those who share and search join it, one after
/// another.
outcome try_settled(std::uint32_t size, std::size_t count) {
    dht_world world(size);
    settled_network others(world, size);
    outcome sum;
    for (std::uint32_t i = 0; i < count; ++i) {
        auto& sharer = world.add(public_address(size + 2 * i));
        auto& getter = world.add(public_address(size + 2 * i + 1));
        for (auto* host : {&sharer, &getter})
            world.contact(*host, public_address(static_cast<std::uint32_t>(world.random().below(size))));
        world.run_for(10s);
        const auto hash = made_up_hash(world.random());
        world.search(sharer, {hash, sharer.at.port, true});
        world.run_for(20s);
        const auto search = world.search(getter, {hash});
        world.run_for(30s);
        sum.add(getter.searches[search], sharer.at);
        world.remove(sharer);
        world.remove(getter);
    }
    return sum;
}

unsigned passed = 0, failed = 0;

void report(const char* what, std::size_t size, const outcome& o, double at_least) {
    const bool good = o.success() >= at_least;
    ++(good ? passed : failed);
    std::printf("%-28s %9zu %8.1f %% %7.2f %8.1f %8.2f s   %s\n", what, size, o.success(), o.mean(o.hops),
                o.mean(o.answers), o.mean(o.time), good ? "ok" : "NOT ENOUGH");
    std::fflush(stdout);
}

void by_size(const std::vector<std::size_t>& sizes, std::size_t searches) {
    for (const auto size : sizes) {
        dht_world world(size);
        grow(world, size, size < 1000 ? 200ms : 30ms);
        report("grown", size, try_searches(world, searches), 99);
        if (size == sizes.back()) {
            world.link.loss = 0.2;
            report("  20 % of datagrams lost", size, try_searches(world, searches), 95);
        }
    }
}

/// Half of the nodes are replaced within the hour: searches go on all the time.
void churn(std::size_t size, std::size_t searches) {
    dht_world world(77);
    grow(world, size, 30ms);
    const auto pace = duration(std::chrono::hours(1)) / static_cast<duration::rep>(size / 2);
    std::size_t left = size / 2;
    const std::function<void()> replace = [&] {
        if (left-- == 0) return;
        world.remove(world.any());
        join(world);
        world.after(pace, replace);
    };
    replace();
    outcome sum;
    for (int part = 0; part < 6; ++part) {
        sum.add(try_searches(world, searches / 6));
        world.run_for(8min);
    }
    report("half replaced in an hour", size, sum, 95);
}

}  // namespace

int main(int argc, char** argv) {
    const bool long_tier = argc > 1 && std::strcmp(argv[1], "--long") == 0;
    const auto began = std::chrono::steady_clock::now();
    std::printf("%-28s %9s %10s %7s %8s %10s\n", "network", "nodes", "success", "hops", "answers", "time");
    by_size(long_tier ? std::vector<std::size_t>{100, 1'000, 10'000, 30'000}
                      : std::vector<std::size_t>{100, 1'000, 10'000},
            long_tier ? 1'000 : 200);
    churn(long_tier ? 10'000 : 2'000, long_tier ? 600 : 180);
    for (const auto size : {10'000u, 100'000u, 1'000'000u})
        report("settled", size, try_settled(size, long_tier ? 300 : 60), 99);
    std::printf("%.0f s, %.0f MiB\n",
                std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(),
                resident_mib());
    std::printf("%u passed, %u failed, 0 skipped\n", passed, failed);
    return failed > 0 ? 1 : 0;
}
