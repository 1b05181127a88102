#include "sim/swarm/crowd.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

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

namespace { void watch(crowd& c, std::vector<std::uint64_t>* last, int t) {
    std::uint64_t got = 0, sent = c.seed->bytes_sent(); unsigned done = 0, lo = 1u<<30, hi = 0; double mean=0;
    unsigned idle = 0; double read = double(c.seed->payload_read) / MiB; for (auto* h : c.leechers) read += double(h->payload_read) / MiB; std::uint64_t k = 1;
    for (auto* h : c.leechers) { if (!h->is_alive()) continue; got += h->bytes_received(); done += h->completed_at().has_value();
        auto up = h->bytes_sent(); if (k >= last->size()) last->resize(k + 1); if (up - (*last)[k] < 512*1024) ++idle; (*last)[k] = up; ++k;
        auto n = h->pieces().size() ? unsigned(h->pieces().count()) : 0; lo = std::min(lo, n); hi = std::max(hi, n); mean += n; }
    if (last->size() < 200) last->resize(200);
    torrent::piece_set all(c.data.info.shape.piece_count());
    for (auto* h : c.leechers) if (h->is_alive() && h->pieces().size()) h->pieces().for_each([&](piece_index p){ all.insert(p);});
    std::fprintf(stderr, "%3d s got %6.1f MiB/s seed %5.2f read %7.1f MiB  idle uplinks %2u done %2u pieces %u..%.0f..%u together %u\n", t, double(got - (*last)[198]) / MiB, double(sent - (*last)[199]) / MiB, read, idle, done, lo, mean/c.leechers.size(), hi, unsigned(all.count()));
    (*last)[198] = got; (*last)[199] = sent;
    c.w.after(1s, [&c, last, t] { watch(c, last, t + 1); });
} }
unsigned crowd::finish(const std::vector<host*>& those) {
    if (std::getenv("WATCH")) { static std::vector<std::uint64_t> last; last.assign(200, 0); watch(*this, &last, 0); }
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
