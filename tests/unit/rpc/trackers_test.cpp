// The trackers of a torrent: what each answered, and how clients change them.
#include "unit/rpc/a_host.hpp"

using namespace bt;
using namespace bt::rpc;
using namespace bt::rpc::test;

namespace {

/// "http://a/announce http://b/announce | udp://c:1": a bar between tiers.
std::string list(bench& b) {
    std::string text;
    std::optional<std::size_t> tier;
    for (const auto& each : b.node.trackers(1)) {
        if (tier) text += tier == each.is.tier ? " " : " | ";
        tier = each.is.tier;
        text += each.is.url;
    }
    return text;
}

std::string change(bench& b, const std::string& how) {
    return b.trouble("torrent-set", R"({"ids":1,)" + how + "}");
}

}  // namespace

BOOST_AUTO_TEST_CASE(trackers_are_added_each_in_a_tier_of_its_own) {
    bench b;
    b.node.put(album());
    BOOST_TEST(list(b) == "http://www.a.example:80/announce | udp://b.example:1");
    BOOST_TEST(change(b, R"("trackerAdd":["http://c.example/announce","udp://b.example:1"])") == "success");
    BOOST_TEST(list(b) == "http://www.a.example:80/announce | udp://b.example:1 | http://c.example/announce");
    BOOST_TEST(change(b, R"("trackerAdd":["gopher://c"])").starts_with("error setting announce list"));
    BOOST_TEST(change(b, R"("trackerAdd":"http://d.example/announce")") == "trackerAdd: a list was expected");
}

BOOST_AUTO_TEST_CASE(trackers_are_removed_and_replaced_by_their_numbers) {
    bench b;
    b.node.put(album());
    BOOST_TEST(change(b, R"("trackerReplace":[1,"http://c.example/announce"])") == "success");
    BOOST_TEST(list(b) == "http://www.a.example:80/announce | http://c.example/announce");
    BOOST_TEST(change(b, R"("trackerRemove":[0])") == "success");
    BOOST_TEST(list(b) == "http://c.example/announce");
    for (const auto* wrong : {R"("trackerRemove":[7])", R"("trackerReplace":[7,"http://d.example/announce"])",
                              R"("trackerReplace":[0])", R"("trackerReplace":[0,"x"])"})
        BOOST_TEST(change(b, wrong) != "success", wrong);
    BOOST_TEST(list(b) == "http://c.example/announce");
}

BOOST_AUTO_TEST_CASE(a_list_takes_the_place_of_all_trackers) {
    bench b;
    b.node.put(album());
    BOOST_TEST(
        change(
            b,
            R"("trackerList":"http://a/announce\nhttp://b/announce\r\n\n\nudp://c:1\nhttp://a/announce\n")") ==
        "success");
    BOOST_TEST(list(b) == "http://a/announce http://b/announce | udp://c:1");
    BOOST_TEST(change(b, R"("trackerList":"")") == "success");
    BOOST_TEST(list(b).empty());
    BOOST_TEST(change(b, R"("trackerList":["x"])") == "trackerList: a text was expected");
    std::string many;
    for (int i = 0; i < 300; ++i) many += "http://h" + std::to_string(i) + "/announce\\n";
    BOOST_TEST(change(b, R"("trackerList":")" + many + R"(")") == "these are too many trackers");
}

BOOST_AUTO_TEST_CASE(what_a_tracker_answered_is_told) {
    bench b;
    b.node.put(album());
    b.node.heard.resize(2);
    auto& first = b.node.heard[0];
    first.is.working = true;
    first.is.seeders = 5;
    first.is.leechers = 2;
    first.is.peers = 7;
    first.asked = 100;
    first.answered = 101;
    first.next = 1'900;
    auto& second = b.node.heard[1];
    second.is.asking = true;
    second.is.message = "b.example:1: no answer";
    second.asked = 90;
    second.answered = 80;
    const auto all = *json::parse(b.old("torrent-get", R"({"fields":["trackerStats"]})"), 32);
    const auto& stats = *all.find("torrents")->elements()->front().find("trackerStats")->elements();
    BOOST_REQUIRE_EQUAL(stats.size(), 2u);
    const auto says = [&](std::size_t which, const char* name) { return stats[which].find(name)->dump(); };
    BOOST_TEST(says(0, "seederCount") == "5");
    BOOST_TEST(says(0, "leecherCount") == "2");
    BOOST_TEST(says(0, "lastAnnouncePeerCount") == "7");
    BOOST_TEST(says(0, "lastAnnounceSucceeded") == "true");
    BOOST_TEST(says(0, "lastAnnounceResult") == R"("Success")");
    BOOST_TEST(says(0, "lastAnnounceTime") == "101");
    BOOST_TEST(says(0, "nextAnnounceTime") == "1900");
    BOOST_TEST(says(0, "announceState") == "1");
    BOOST_TEST(says(1, "announceState") == "3");
    BOOST_TEST(says(1, "lastAnnounceTimedOut") == "true");
    BOOST_TEST(says(1, "seederCount") == "-1");
    BOOST_TEST(stats[0].members()->size() == 28u);
}
