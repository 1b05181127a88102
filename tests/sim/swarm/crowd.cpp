#include "sim/swarm/crowd.hpp"

#include <algorithm>

namespace bt::sim {

crowd::crowd(std::uint64_t seed_number, const crowd_plan& what)
    : plan(what), w(seed_number), data(make_torrent(seed_number, what.size, what.piece)) {
    seed = &add(0);
    seed->share(data);
    // all there before the first asks, as in a class that starts together
    for (unsigned i = 0; i < plan.leechers; ++i) leechers.push_back(&add(i + 1));
    began = w.now();
    std::vector<endpoint> known;
    if (plan.far) {
        known.push_back(seed->address());
        for (auto* each : leechers) known.push_back(each->address());
    }
    for (auto* each : leechers) {
        auto others = known;
        std::erase(others, each->address());
        each->get(data, others);
    }
}

host& crowd::add(unsigned i) {
    host_plan machine;
    machine.up = plan.up;
    machine.down = plan.down;
    if (plan.far) machine.site = w.add_site();
    if (plan.adapt) plan.adapt(i, machine);
    rates_.emplace_back(machine.up, machine.down);
    count_ = i;
    return w.add_host(std::move(machine));
}

host& crowd::join() {
    auto& fresh = add(count_ + 1);
    std::vector<endpoint> known;
    if (plan.far) {
        if (seed->is_alive()) known.push_back(seed->address());
        for (auto* each : leechers)
            if (each->is_alive()) known.push_back(each->address());
    }
    fresh.get(data, known);
    leechers.push_back(&fresh);
    return fresh;
}

unsigned crowd::finish(const std::vector<host*>& those) {
    const auto limit = duration(static_cast<duration::rep>((bound(those) * 10 + 120) * 1e6));
    std::size_t next = 0;  // those before it are complete
    w.run_until(
        [&] {
            while (next < those.size() && those[next]->completed_at()) ++next;
            return next == those.size();
        },
        limit);
    return static_cast<unsigned>(
        std::count_if(those.begin(), those.end(), [](auto* h) { return !h->is_exact(); }));
}

double crowd::took(const host& h) const { return seconds(h.completed_at().value_or(w.now()) - began); }

double crowd::slowest(const std::vector<host*>& those) const {
    double worst = 0;
    for (const auto* each : those) worst = std::max(worst, took(*each));
    return worst;
}

double crowd::bound(const std::vector<host*>& those) const {
    const auto size = double(data.content.size());
    double ups = double(rates_[0].first), slowest_down = ups;
    for (const auto* each : those) {
        const auto& [up, down] = rates_[each->number() - 1];
        ups += double(up);
        slowest_down = std::min(slowest_down, double(down));
    }
    return std::max(size / slowest_down, double(those.size()) * size / ups);
}

bool crowd::has_a_copy(const std::vector<host*>& those) const {
    torrent::piece_set together(data.info.shape.piece_count());
    for (const auto* each : those)
        if (each->is_alive() && each->pieces().size() > 0)
            each->pieces().for_each([&](piece_index piece) { together.insert(piece); });
    return together.all();
}

}  // namespace bt::sim
