// The connections that all torrents of a node have together.
#include <boost/test/unit_test.hpp>
#include <set>

#include "desk.hpp"

namespace {

node::config alone() {
    auto config = settings();
    config.lan = false;
    return config;
}

ip_address host(int number) { return ip_address::v4(10, 0, 0, static_cast<std::uint8_t>(number)); }
/// Of another network.
ip_address stranger(int number) { return ip_address::v4(198, 51, 100, static_cast<std::uint8_t>(number)); }

struct office : desk {
    explicit office(std::size_t most) : desk(alone()) { core.set_most_connections(now, most); }
    std::size_t count(torrent_id id) const {
        return core.swarm(id).connection_count() + core.swarm(id).half_open_count();
    }
    torrent_id download(const std::string& name, int first, int peers) {
        const auto info = make_info(false, name);
        const auto id = *core.add(now, {info.hash, info, {}, {}, false});
        begin(id, false);
        for (int i = 0; i < peers; ++i) core.add_peer(now, id, {stranger(first + i), 6881});
        drain();
        return id;
    }
    /// All calls under way fail, or come up.
    void end_calls(bool well) {
        for (const auto& each : std::exchange(calls, {}))
            well ? core.connected(now, each) : core.disconnected(now, each);
        drain();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(shared_places)

BOOST_AUTO_TEST_CASE(a_newcomer_of_a_torrent_with_few_gets_the_place_of_an_idle_one_of_the_largest) {
    office d(6);
    const auto large = make_info(false, "large"), small = make_info(false, "small");
    const auto one = d.share(large), other = d.share(small);
    for (int i = 1; i <= 6; ++i) d.meet(large.hash, {wire::have_none{}}, host(i));
    BOOST_TEST(d.count(one) == 6u);
    d.pass(30s);  // nothing is exchanged
    for (int i = 1; i <= 3; ++i) d.meet(small.hash, {wire::have_none{}}, host(100 + i));
    BOOST_TEST(d.count(one) == 3u);
    BOOST_TEST(d.count(other) == 3u);
    // of two that have as many none gives one up
    d.meet(small.hash, {wire::have_none{}}, stranger(1));
    BOOST_TEST(d.count(one) == 3u);
    BOOST_TEST(d.count(other) == 3u);
}

BOOST_AUTO_TEST_CASE(calls_count_and_wait_in_turn_for_what_becomes_free) {
    office d(4);
    std::vector<torrent_id> all;
    for (int i = 0; i < 4; ++i) all.push_back(d.download(std::string(1, char('a' + i)), 10 * (i + 1), 5));
    BOOST_TEST(d.calls.size() == 4u);
    BOOST_TEST(d.count(all[0]) == 4u);
    d.end_calls(false);
    d.pass(10ms);
    // each has one in its turn, the first what it had left
    BOOST_TEST(d.calls.size() == 4u);
    for (const auto id : all) BOOST_TEST(d.count(id) == 1u);
    std::set<torrent_id> called;
    for (int round = 0; round < 6; ++round) {
        for (const auto id : all)
            if (d.count(id) > 0) called.insert(id);
        d.end_calls(false);
        d.pass(10ms);
        BOOST_TEST(d.calls.size() <= 4u);
    }
    BOOST_TEST(called.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_download_without_peers_gets_the_place_of_an_idle_one) {
    office d(5);
    const auto large = make_info(false, "large");
    const auto one = d.share(large);
    for (int i = 1; i <= 5; ++i) d.meet(large.hash, {wire::have_none{}}, stranger(i));
    const auto other = d.download("wanted", 100, 9);
    BOOST_TEST(d.calls.empty());
    d.pass(60s);
    BOOST_TEST(d.count(one) + d.count(other) <= 5u);
    BOOST_TEST(d.count(other) >= 2u);
    BOOST_TEST(d.count(one) >= 2u);  // it is not emptied for it
}

BOOST_AUTO_TEST_CASE(a_torrent_that_rests_or_goes_wants_none) {
    office d(1);
    const auto one = d.download("a", 10, 2), other = d.download("b", 20, 2), third = d.download("c", 30, 2);
    BOOST_TEST(d.count(one) == 1u);
    d.core.set_paused(d.now, other, true);
    d.core.remove(d.now, third);
    d.drain();
    d.end_calls(false);
    d.pass(10ms);
    BOOST_TEST(d.count(one) == 1u);
    d.core.set_paused(d.now, one, true);
    d.core.set_paused(d.now, other, false);
    d.drain();
    d.pass(10ms);
    BOOST_TEST(d.count(other) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
