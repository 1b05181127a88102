// The simulated wires themselves: they must be as fast, as fair and as far apart as they say.
#include <boost/test/unit_test.hpp>

#include "sim/world.hpp"

namespace {

using namespace bt;
using namespace bt::sim;

constexpr std::size_t MiB = 1 << 20;
constexpr double unlimited = 0;

host_plan machine(unsigned site, double up, double down) {
    host_plan plan;
    plan.site = site;
    plan.up = static_cast<std::uint64_t>(up * MiB);
    plan.down = static_cast<std::uint64_t>(down * MiB);
    return plan;
}

double until_complete(world& w, std::vector<host*> those) {
    const auto began = w.now();
    BOOST_TEST(w.run_until(
        [&] { return std::all_of(those.begin(), those.end(), [](host* h) { return h->is_complete(); }); },
        300s));
    return seconds(w.now() - began);
}

BOOST_AUTO_TEST_CASE(a_transfer_takes_as_long_as_the_slowest_link_on_its_way) {
    struct {
        double up, site_up, site_down, down;  // MiB/s
    } const ways[] = {
        {1, 9, 9, 9}, {9, 1, 9, 9}, {9, 9, 1, 9}, {9, 9, 9, 1}, {unlimited, unlimited, 1, unlimited},
    };
    for (const auto& way : ways) {
        world w(1);
        const auto data = make_torrent(1, 8 * MiB, 64 * 1024);
        const auto here = w.add_site(static_cast<std::uint64_t>(way.site_up * MiB), 0);
        const auto there = w.add_site(0, static_cast<std::uint64_t>(way.site_down * MiB));
        auto& seed = w.add_host(machine(here, way.up, unlimited));
        auto& leecher = w.add_host(machine(there, unlimited, way.down));
        seed.share(data);
        leecher.get(data, {seed.address()});
        const auto took = until_complete(w, {&leecher});
        BOOST_TEST(took >= 8.0);
        BOOST_TEST(took < 9.2);
    }
}

BOOST_AUTO_TEST_CASE(connections_share_a_link_evenly) {
    world w(2);
    const auto data = make_torrent(2, 8 * MiB, 64 * 1024), other = make_torrent(3, 8 * MiB, 64 * 1024);
    auto& source = w.add_host(machine(0, 1, 9));
    source.share(data);
    source.share(other);
    auto& first = w.add_host();
    auto& second = w.add_host();
    first.get(data);
    second.get(other);
    w.run_for(8s);
    const auto a = double(first.bytes_received()), b = double(second.bytes_received());
    BOOST_TEST(a / b > 0.9);
    BOOST_TEST(a / b < 1.1);
    BOOST_TEST(a + b > 0.9 * 8 * MiB);
}

BOOST_AUTO_TEST_CASE(a_busy_uplink_does_not_hold_up_the_lan_behind_it) {
    world w(3);
    const auto data = make_torrent(3, 8 * MiB, 64 * 1024), local = make_torrent(4, 8 * MiB, 64 * 1024);
    const auto outside = w.add_site(), office = w.add_site(0, MiB / 4);
    auto& seed = w.add_host(machine(outside, unlimited, unlimited));
    auto& busy = w.add_host(machine(office, 4, 4));
    auto& neighbour = w.add_host(machine(office, 4, 4));
    seed.share(data);
    busy.get(data, {seed.address()});
    w.run_for(5s);
    neighbour.share(local);
    busy.get(local);
    BOOST_TEST(until_complete(w, {&busy}) < 3.0);
}

BOOST_AUTO_TEST_CASE(a_site_counts_what_crosses_its_uplink_and_nothing_is_found_across_it) {
    world w(4);
    const auto data = make_torrent(4, MiB, 64 * 1024);
    const auto away = w.add_site();
    auto& seed = w.add_host();
    seed.share(data);
    auto& here = w.add_host();
    here.get(data);
    auto& there = w.add_host(machine(away, unlimited, unlimited));
    there.get(data);
    until_complete(w, {&here});
    BOOST_TEST(!w.run_until([&] { return there.is_complete(); }, 60s));
    BOOST_TEST(w.at_site(away).down.bytes == 0u);
    auto& named = w.add_host(machine(away, unlimited, unlimited));
    named.get(data, {seed.address()});
    until_complete(w, {&named});
    w.run_for(1s);  // goodbyes
    BOOST_TEST(w.at_site(away).down.bytes >= MiB);
    BOOST_TEST(w.at_site(0).up.bytes == w.at_site(away).down.bytes);
    BOOST_TEST(w.at_site(0).down.bytes == w.at_site(away).up.bytes);
}

BOOST_AUTO_TEST_CASE(a_cut_holds_everything_until_it_heals) {
    world w(5);
    const auto data = make_torrent(5, 8 * MiB, 64 * 1024);
    auto& seed = w.add_host(machine(0, 1, 1));
    auto& leecher = w.add_host();
    seed.share(data);
    leecher.get(data);
    w.run_for(2s);
    w.cut({&seed}, {&leecher});
    w.run_for(1s);  // what was on its way
    const auto came = leecher.bytes_received();
    w.run_for(5s);
    BOOST_TEST(leecher.bytes_received() == came);
    w.heal();
    BOOST_TEST(until_complete(w, {&leecher}) < 8.0);
    BOOST_TEST(leecher.is_exact());
}

BOOST_AUTO_TEST_CASE(whoever_dies_behind_a_cut_is_missed_when_it_heals) {
    world w(6);
    const auto data = make_torrent(6, 8 * MiB, 64 * 1024);
    auto& seed = w.add_host(machine(0, 1, 1));
    auto& leecher = w.add_host();
    seed.share(data);
    leecher.get(data);
    w.run_for(2s);
    const auto peers = [&] { return leecher.node().swarm(leecher.torrent()).connection_count(); };
    w.cut({&seed}, {&leecher});
    seed.die();
    w.run_for(5s);
    BOOST_TEST(peers() == 1u);
    w.heal();
    w.run_for(1s);
    BOOST_TEST(peers() == 0u);
}

}  // namespace
