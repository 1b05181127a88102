// Rate limits hold over all torrents, and not for neighbours.
#include <cmath>
#include <deque>

#include "sim/swarm/crowd.hpp"
#include "sim/swarm/trials.hpp"

namespace bt::sim {
namespace {

constexpr std::size_t limit = 500'000;  // bytes per second
constexpr std::uint64_t lan = 4 * MiB;

/// The subject of the limit behind an uplink, a neighbour beside it, and three others far away. What it gets,
/// or gives: one torrent near, three far.
struct bounded {
    bounded(std::uint64_t seed, bool down_limited, std::size_t far_size) : w(seed), down(down_limited) {
        machine.up = machine.down = lan;
        machine.site = w.add_site();
        subject = &w.add_host(machine);
        neighbour = &w.add_host(machine);
        subject->set_limits(down ? limit : 0, down ? 0 : limit);
        near_data = make_torrent(seed * 8 + 7, 8 * MiB, 64 * KiB);
        for (unsigned i = 0; i < 3; ++i) far_data.push_back(make_torrent(seed * 8 + i, far_size, 64 * KiB));
    }
    void start_far() {
        for (const auto& data : far_data) {
            machine.site = w.add_site();
            auto& other = w.add_host(machine);
            auto& giver = down ? other : *subject;
            giver.share(data);
            (down ? *subject : other).get(data, {giver.address()});
        }
    }
    /// Seconds it took.
    double carry_near(duration at_most) {
        const auto began = w.now();
        (down ? neighbour : subject)->share(near_data);
        auto& getter = down ? *subject : *neighbour;
        getter.get(near_data);
        w.run_until([&] { return getter.completed_at().has_value(); }, at_most);
        return seconds(w.now() - began);
    }
    std::uint64_t far_bytes() const {
        const auto& site = w.at_site(subject->plan().site);
        return down ? site.down.bytes : site.up.bytes;
    }

    world w;
    bool down;
    host_plan machine;
    host *subject, *neighbour;
    torrent_data near_data;
    std::deque<torrent_data> far_data;
};

figures limited(std::uint64_t seed, extent size, bool down) {
    const auto window = size == extent::full ? 40s : 15s;
    // each has as much as one alone could get
    bounded b(seed, down, limit * (static_cast<std::size_t>(window.count()) + 10));
    b.start_far();
    b.w.run_for(5s);
    const auto before = b.far_bytes();
    const auto began = b.w.now();
    const auto near_took = b.carry_near(window);
    b.w.run_for(began + window - b.w.now());
    const auto rate = double(b.far_bytes() - before) / seconds(window);
    const auto bound = double(b.near_data.content.size()) / double(lan);
    return {{"off the limit", std::abs(rate / double(limit) - 1), 0.05},
            {"near torrent / bound", near_took / bound, 1.3, bound}};
}

}  // namespace

figures limited_down(std::uint64_t seed, extent size) { return limited(seed, size, true); }
figures limited_up(std::uint64_t seed, extent size) { return limited(seed, size, false); }

}  // namespace bt::sim
