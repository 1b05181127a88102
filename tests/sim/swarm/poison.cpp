// M7: one honest seed and three that lie.
#include <algorithm>
#include <array>
#include <set>

#include "sim/swarm/crowd.hpp"
#include "sim/swarm/trials.hpp"

namespace bt::sim {
namespace {

/// What a liar changes names it, so that a wrong piece tells who has spoiled it.
constexpr std::size_t signature_at = 7;

std::function<void(std::span<std::uint8_t>)> lie(double share, const host& liar, rng random) {
    return [share, mark = static_cast<std::uint8_t>(liar.number()),
            random](std::span<std::uint8_t> block) mutable {
        if (random.chance(share)) block[signature_at] ^= mark;
    };
}

/// A leecher, and of each liar, by its number, the wrong pieces it had a part in.
struct victim {
    host* who;
    std::array<unsigned, 8> wrong{};

    void look_at(byte_view got, byte_view right) {
        std::set<unsigned> guilty;
        for (std::size_t at = signature_at; at < got.size(); at += limits::block_bytes)
            guilty.insert(got[at] ^ right[at]);
        for (auto each : guilty) ++wrong.at(each);  // 0: the blocks that are right
    }
};

/// `most_wasted`: copies of the torrent.
figures judge(const std::vector<victim>& victims, const std::vector<host*>& liars, const torrent_data& data,
              double most_wasted) {
    unsigned wrong_files = 0, at_large = 0, honest_banned = 0, longest = 0;
    double wasted = 0;
    for (const auto& each : victims) {
        const auto& h = *each.who;
        if (!h.is_exact()) ++wrong_files;
        auto innocent = h.banned_hosts;
        for (const auto* liar : liars) {
            const auto wrong = each.wrong.at(liar->number());
            const bool banned = innocent.erase(liar->address().address) > 0;
            if (wrong > 0 && !banned) ++at_large;
            longest = std::max(longest, wrong);
        }
        honest_banned += static_cast<unsigned>(innocent.size());
        wasted = std::max(wasted, double(h.bytes_received()) / double(data.content.size()) - 1);
    }
    return {{"not exact", double(wrong_files), 0},
            {"liars at large", double(at_large), 0},
            {"honest peers banned", double(honest_banned), 0},
            {"wrong pieces one liar is in", double(longest), 4},
            {"wasted / size", wasted, most_wasted}};
}

}  // namespace

figures poisoned(std::uint64_t seed, extent size) {
    world w(seed);
    const auto data = make_torrent(seed, size == extent::full ? 8 * MiB : 2 * MiB, 64 * KiB);
    w.real_hashes = size == extent::small;
    host_plan machine;
    machine.up = machine.down = 2 * MiB;
    w.add_host(machine).share(data);
    std::vector<host*> liars;
    for (const double share : {0.01, 0.5, 1.0}) {
        liars.push_back(&w.add_host(machine));
        liars.back()->spoil = lie(share, *liars.back(), w.random().child());
        liars.back()->share(data);
    }
    std::vector<victim> victims;
    for (int i = 0; i < 3; ++i) victims.push_back({&w.add_host(machine)});
    for (auto& each : victims) {
        each.who->mismatch = [&each](byte_view got, byte_view right) { each.look_at(got, right); };
        each.who->get(data);
    }
    const auto complete = [](const victim& each) { return each.who->completed_at().has_value(); };
    w.run_until([&] { return std::all_of(victims.begin(), victims.end(), complete); }, 600s);
    // who lies costs some pieces, however few there are
    return judge(victims, liars, data, size == extent::full ? 0.25 : 0.5);
}

}  // namespace bt::sim
