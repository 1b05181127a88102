// Whole swarms in virtual time.
#include <boost/test/unit_test.hpp>

#include "sim/world.hpp"

namespace {

using namespace bt;
using namespace bt::sim;

constexpr std::size_t MiB = 1 << 20;

struct outcome {
    bool finished = false;
    bool exact = true;
    std::uint64_t trace = 0;
    duration took{};
};

/// One seed and some leechers on a LAN, all by magnet, nothing configured.
outcome run_swarm(std::uint64_t seed, unsigned leechers, link_quality link, std::size_t size = 4 * MiB) {
    world w(seed);
    w.real_hashes = true;
    w.link = link;
    const auto data = make_torrent(seed, size, 64 * 1024);
    w.add_host().share(data);
    std::vector<host*> others;
    for (unsigned i = 0; i < leechers; ++i) {
        others.push_back(&w.add_host());
        others.back()->get(data);
    }
    outcome result;
    const auto begin = w.now();
    result.finished = w.run_until(
        [&] { return std::all_of(others.begin(), others.end(), [](host* h) { return h->is_complete(); }); },
        600s);
    for (auto* each : others) result.exact = result.exact && each->is_exact();
    result.trace = w.trace();
    result.took = w.now() - begin;
    return result;
}

BOOST_AUTO_TEST_CASE(one_seed_and_four_leechers_finish) {
    const auto result = run_swarm(1, 4, {});
    BOOST_TEST(result.finished);
    BOOST_TEST(result.exact);
    BOOST_TEST(seconds(result.took) < 5.0);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_trace_and_another_seed_another) {
    link_quality lossy;
    lossy.loss = 0.02;
    const auto first = run_swarm(7, 4, lossy), again = run_swarm(7, 4, lossy), other = run_swarm(8, 4, lossy);
    BOOST_TEST(first.finished);
    BOOST_TEST(first.trace == again.trace);
    BOOST_TEST(first.trace != other.trace);
}

BOOST_AUTO_TEST_CASE(swarms_finish_on_slow_far_and_lossy_links_for_many_seeds) {
    for (std::uint64_t seed = 100; seed < 130; ++seed) {
        rng random(seed);
        link_quality link;
        link.delay = duration(100 + static_cast<std::int64_t>(random.below(80'000)));
        link.loss = random.unit() * 0.1;
        link.bytes_per_second = 200'000 + random.below(20'000'000);
        const auto result = run_swarm(seed, 2 + static_cast<unsigned>(random.below(5)), link, 1 * MiB);
        BOOST_TEST(result.finished, "seed " << seed);
        BOOST_TEST(result.exact, "seed " << seed);
    }
}

BOOST_AUTO_TEST_CASE(a_swarm_survives_its_seed_leaving_and_another_coming) {
    world w(3);
    w.link.bytes_per_second = 2'000'000;
    const auto data = make_torrent(3, 4 * MiB, 64 * 1024);
    auto& seed = w.add_host();
    seed.share(data);
    auto& first = w.add_host();
    auto& second = w.add_host();
    first.get(data);
    second.get(data);
    BOOST_TEST(w.run_until([&] { return first.node().swarm(first.torrent()).down().total() > MiB; }, 60s));
    seed.die();
    BOOST_TEST(!w.run_until([&] { return first.is_complete() && second.is_complete(); }, 30s));
    auto& fresh = w.add_host();
    fresh.share(data);
    BOOST_TEST(w.run_until([&] { return first.is_complete() && second.is_complete(); }, 120s));
    BOOST_TEST((first.is_exact() && second.is_exact()));
}

BOOST_AUTO_TEST_CASE(a_liar_is_banned_and_the_file_is_exact) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        world w(seed);
        w.real_hashes = true;
        const auto data = make_torrent(seed, 2 * MiB, 64 * 1024);
        w.add_host().share(data);
        auto& liar = w.add_host();
        liar.share(data);
        liar.spoil = [](std::span<std::uint8_t> block) { block[block.size() / 2] ^= 1; };
        auto& leecher = w.add_host();
        leecher.get(data);
        BOOST_TEST(w.run_until([&] { return leecher.is_complete(); }, 300s), "seed " << seed);
        BOOST_TEST(leecher.is_exact(), "seed " << seed);
        BOOST_TEST(leecher.failed_pieces > 0u);
        BOOST_TEST(leecher.banned <= 1u);
    }
}

BOOST_AUTO_TEST_CASE(what_a_seed_has_lost_does_not_hold_up_what_it_has) {
    world w(4);
    w.link.bytes_per_second = 2'000'000;
    const auto data = make_torrent(4, 8 * MiB, 64 * 1024);
    auto& seed = w.add_host();
    seed.unreadable_from = piece_index(32);
    seed.share(data);
    auto& leecher = w.add_host();
    leecher.get(data);
    const auto all_there_is = [&] { return leecher.pieces().size() > 0 && leecher.pieces().count() == 32; };
    BOOST_TEST(w.run_until(all_there_is, 3s));
    w.run_until([] { return false; }, 1s);
    const auto read = seed.payload_read;
    w.run_until([] { return false; }, 60s);
    BOOST_TEST(seed.payload_read == read);
}

BOOST_AUTO_TEST_CASE(the_seed_learns_that_a_leecher_has_everything) {
    world w(5);
    const auto data = make_torrent(5, MiB, 64 * 1024);
    auto& seed = w.add_host();
    seed.share(data);
    auto& leecher = w.add_host();
    leecher.get(data);
    BOOST_TEST(w.run_until([&] { return seed.node().swarm(seed.torrent()).completed_machines() == 1; }, 10s));
}

BOOST_AUTO_TEST_CASE(a_rate_limit_is_kept_and_used) {
    for (const bool at_the_seed : {false, true}) {
        world w(6);
        const auto data = make_torrent(6, 2 * MiB, 64 * 1024);
        host_plan plan;
        plan.swarm.limit_near = true;  // they are neighbours
        auto& seed = w.add_host(plan);
        seed.share(data);
        auto& leecher = w.add_host(plan);
        if (at_the_seed)
            seed.set_limits(0, 500'000);
        else
            leecher.set_limits(500'000, 0);
        leecher.get(data);
        const auto begin = w.now();
        BOOST_TEST(w.run_until([&] { return leecher.is_complete(); }, 60s));
        const auto took = seconds(w.now() - begin);
        BOOST_TEST(took > 3.4);  // 2 MiB at 500 kB/s are 4.2 s, a quarter of a second may come in advance
        BOOST_TEST(took < 5.5);
    }
}

BOOST_AUTO_TEST_CASE(an_address_that_does_not_answer_is_given_up_after_ten_seconds) {
    world w(7);
    const auto data = make_torrent(7, MiB, 64 * 1024);
    auto& leecher = w.add_host(false);
    const endpoint nobody{ip_address::v4(10, 0, 9, 9), 6881};
    w.black_holes.insert(nobody);
    leecher.get(data, {nobody});
    BOOST_TEST(leecher.node().swarm(leecher.torrent()).half_open_count() == 1u);
    BOOST_TEST(
        w.run_until([&] { return leecher.node().swarm(leecher.torrent()).half_open_count() == 0; }, 11s));
    auto& seed = w.add_host(false);
    seed.share(data);
    auto& second = w.add_host(false);
    second.get(data, {nobody, seed.address()});
    BOOST_TEST(w.run_until([&] { return second.is_complete(); }, 30s));
}

BOOST_AUTO_TEST_CASE(a_private_torrent_says_nothing_on_the_lan) {
    world w(4);
    const auto data = make_torrent(4, 256 * 1024, 64 * 1024, true);
    auto& seed = w.add_host();
    seed.share(data);
    auto& leecher = w.add_host();
    leecher.get(data);  // its magnet does not tell that it is private: it may ask
    BOOST_TEST(!w.run_until([&] { return leecher.is_complete(); }, 60s));
    auto& named = w.add_host();
    named.get(data, {seed.address()});
    BOOST_TEST(w.run_until([&] { return named.is_complete(); }, 60s));
}

}  // namespace
