// What a tracker remembers across a restart, and what it makes of a file that is none of its own.
#include "desk.hpp"

using namespace bt;
using namespace bt::test;

namespace {

bytes snapshot_of(tracker_desk& d) {
    bytes all;
    d.it.begin_snapshot(d.now);
    for (auto part = d.it.next_snapshot_part(d.now); !part.empty(); part = d.it.next_snapshot_part(d.now))
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

void fill(tracker_desk& d) {
    d.announce({.from = "192.168.1.11", .id = "two", .left = "0", .key = "5"});
    d.announce({.from = "2001:db8:1::11", .id = "two", .left = "0", .key = "5"});
    d.announce({.from = "192.168.1.12", .id = "done", .left = "0", .event = "completed"});
    d.announce({.from = "8.8.8.8", .id = "far", .left = "77", .hash = 'B'});
    d.announce({.from = "127.0.0.1", .id = "own", .left = "1"});
    const auto file =
        to_bytes("d4:infod6:lengthi1000e4:name4:film12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee");
    d.ask("192.168.1.7", "/api/v1/torrents", "POST", "localhost", "*/*", "application/x-bittorrent", file);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_server_snapshot)

BOOST_AUTO_TEST_CASE(restored_peers_are_told_at_once) {
    tracker_desk before;
    fill(before);
    const auto saved = snapshot_of(before);
    tracker_desk after;
    BOOST_REQUIRE(after.it.restore(after.now, saved).has_value());
    BOOST_TEST(after.counts('H') == before.counts('H'));
    BOOST_TEST(after.counts('H') == "2 complete 1 incomplete 1 downloaded");
    BOOST_TEST(after.counts('B') == "0 complete 1 incomplete 0 downloaded");
    BOOST_TEST(after.peers({}) ==
               "192.168.1.5:6881 192.168.1.11:6881 192.168.1.12:6881 [2001:db8:1::11]:6881");
    BOOST_TEST(after.it.totals(after.now).peers == 5u);
    // it is the same peer by its key, and by its id
    after.announce({.from = "192.168.1.13", .id = "two", .left = "0", .event = "stopped", .key = "5"});
    BOOST_TEST(after.counts('H') == "1 complete 2 incomplete 1 downloaded");
    BOOST_TEST(snapshot_of(before) == saved);
}

BOOST_AUTO_TEST_CASE(peers_age_while_the_tracker_is_away) {
    tracker_desk before;
    fill(before);
    const auto saved = snapshot_of(before);
    tracker_desk soon, late;
    soon.it.set_wall_clock(soon.now, 1'700'000'000 + 60);
    BOOST_REQUIRE(soon.it.restore(soon.now, saved).has_value());
    BOOST_TEST(soon.counts('H') == "2 complete 1 incomplete 1 downloaded");
    soon.pass(1min);
    BOOST_TEST(soon.it.totals(soon.now).peers == 2u);  // by v6 and from far away: they come every half hour
    late.it.set_wall_clock(late.now, 1'700'000'000 + 600);
    BOOST_REQUIRE(late.it.restore(late.now, saved).has_value());
    BOOST_TEST(late.it.totals(late.now).peers == 2u);
    tracker_desk next_day;
    next_day.it.set_wall_clock(next_day.now, 1'700'000'000 + 86'400);
    BOOST_REQUIRE(next_day.it.restore(next_day.now, saved).has_value());
    BOOST_TEST(next_day.it.totals(next_day.now).peers == 0u);
}

BOOST_AUTO_TEST_CASE(names_come_back) {
    tracker_desk before;
    fill(before);
    tracker_desk after;
    BOOST_REQUIRE(after.it.restore(after.now, snapshot_of(before)).has_value());
    const auto hash = "/t/" + to_hex(before.it.torrents(before.now, 1).at(0).hash.span());
    BOOST_TEST(after.ask("192.168.1.7", hash).status == 200);
    BOOST_TEST(snapshot_of(after).size() == snapshot_of(before).size());
}

BOOST_AUTO_TEST_CASE(what_is_cut_short_or_damaged_is_refused_whole) {
    tracker_desk before;
    fill(before);
    const auto saved = snapshot_of(before);
    for (std::size_t length = 0; length < saved.size(); ++length) {
        tracker_desk after;
        const auto done = after.it.restore(after.now, byte_view(saved).first(length));
        BOOST_REQUIRE(!done.has_value());
        BOOST_REQUIRE(done.error().code == errc::bad_data);
        BOOST_REQUIRE(after.it.totals(after.now).peers == 0u);
    }
    auto longer = saved;
    longer.push_back(0);
    BOOST_TEST(!tracker_desk().it.restore(time_point(1h), longer).has_value());
    BOOST_TEST(tracker_desk()
                   .it.restore(time_point(1h), snapshot_of(*std::make_unique<tracker_desk>()))
                   .has_value());
}

BOOST_AUTO_TEST_CASE(no_damage_breaks_anything) {
    tracker_desk before;
    fill(before);
    const auto saved = snapshot_of(before);
    rng random(9);
    for (int i = 0; i < 500; ++i) {
        auto damaged = saved;
        for (auto changes = 1 + random.below(4); changes-- > 0;)
            damaged[random.below(damaged.size())] = static_cast<std::uint8_t>(random.next());
        tracker_desk after;
        (void)after.it.restore(after.now, damaged);
        BOOST_REQUIRE(after.it.totals(after.now).peers <= 6u);
        after.announce({});
        after.pass(10s);
        after.ask("127.0.0.1", "/");
    }
}

BOOST_AUTO_TEST_CASE(parts_are_small_and_peers_may_come_and_go_between_them) {
    tracker_desk d;
    for (int i = 0; i < 9'000; ++i)
        d.announce({.from = "127.0.0.1",
                    .id = std::to_string(10'000 + i),
                    .port = 1000 + i,
                    .more = "&numwant=0",
                    .hash = static_cast<char>('A' + i % 20)});
    bytes all;
    std::size_t parts = 0;
    d.it.begin_snapshot(d.now);
    for (auto part = d.it.next_snapshot_part(d.now); !part.empty();
         part = d.it.next_snapshot_part(d.now), ++parts) {
        BOOST_TEST(part.size() < 512 * limits::KiB);
        all.insert(all.end(), part.begin(), part.end());
        for (int i = 0; i < 500; ++i)
            d.announce({.from = "127.0.0.1",
                        .id = std::to_string(10'000 + i),
                        .port = 1000 + i,
                        .event = "stopped",
                        .hash = static_cast<char>('A' + i % 20)});
        d.announce({.hash = 'z'});
    }
    BOOST_TEST(parts >= 5u);
    tracker_desk after;
    BOOST_TEST(after.it.restore(after.now, all).has_value());
    BOOST_TEST(after.it.totals(after.now).peers >= 8'000u);
    BOOST_TEST((d.it.next_snapshot_part(d.now).empty()));
}

BOOST_AUTO_TEST_SUITE_END()
