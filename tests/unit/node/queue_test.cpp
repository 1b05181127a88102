// Which torrents run: the queue reads like a table.
#include "node/queue.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace bt;
using node::run_state;

namespace {

/// One torrent a word: d a download, s a seed; then p paused, f forced, z stalled, c checking.
std::vector<node::queued> torrents(const std::string& text) {
    std::vector<node::queued> list;
    for (const char each : text) {
        switch (each) {
            case 'd':
            case 's':
                list.push_back({torrent_id(static_cast<std::uint32_t>(list.size())), {}});
                list.back().what.complete = each == 's';
                break;
            case 'p':
                list.back().what.paused = true;
                break;
            case 'f':
                list.back().what.forced = true;
                break;
            case 'z':
                list.back().what.gets_nothing = true;
                break;
            case 'c':
                list.back().what.checking = true;
                break;
            default:
                break;
        }
    }
    return list;
}

/// The same number of signs: R runs, q waits, - is paused, c is checked.
std::string fate(const std::string& text, std::size_t downloads, std::size_t seeds) {
    auto list = torrents(text);
    node::give_places(list, {downloads, seeds});
    std::string signs(list.size(), ' ');
    for (const auto& each : list) signs[each.id.value()] = "-qcR"[static_cast<int>(each.state)];
    return signs;
}

/// The places they had, in the order in which they stand now.
std::string order(const std::string& text, std::size_t downloads) {
    auto list = torrents(text);
    node::give_places(list, {downloads, 0});
    std::string places;
    for (const auto& each : list) places += std::to_string(each.id.value());
    return places;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(queue)

BOOST_AUTO_TEST_CASE(who_runs) {
    struct row {
        const char* what;
        const char* torrents;
        std::size_t downloads, seeds;
        const char* fate;
    };
    const row table[] = {
        {"nothing to choose from", "", 1, 1, ""},
        {"no bound: all run", "d d d s s s", 0, 0, "RRRRRR"},
        {"the first come first", "d d d d", 2, 0, "RRqq"},
        {"downloads and seeds are counted apart", "d s d s d s", 2, 1, "RRRqqq"},
        {"one may be bound and the other not", "d d s s s", 1, 0, "RqRRR"},
        {"a paused one leaves its place", "dp d d", 1, 0, "-Rq"},
        {"one that is complete leaves its place among downloads", "s d d", 1, 0, "RRq"},
        {"a paused one is not even forced", "dpf d", 1, 0, "-R"},
        {"a forced one runs beside the bound", "d d df d", 1, 0, "RqRq"},
        {"and takes nobody's place", "df d d", 1, 0, "RRq"},
        {"a forced seed, too", "sf s s", 0, 1, "RRq"},
        {"a stalled download goes on but holds no place", "dz d d", 1, 0, "RRq"},
        {"as many of them go on beside as there are places", "dz dz d d d d", 2, 0, "RRRRqq"},
        {"one more comes after all that wait", "dz dz d d", 1, 0, "RqRq"},
        {"and is like any other when nobody does", "dz dz dz d", 2, 0, "RRRR"},
        {"no bound: all that are stalled go on", "dz dz dz d d", 0, 0, "RRRRR"},
        {"a forced one that is stalled takes no room from others", "dzf dz d d", 1, 0, "RRRq"},
        {"a seed that gives nothing holds its place", "sz s", 0, 1, "Rq"},
        {"what is being checked holds no place", "dc sc d s d s", 1, 1, "ccRRqq"},
        {"not even if forced", "dcf d", 1, 0, "cR"},
        {"a paused one is paused, checked or not", "dcp", 0, 0, "-"},
    };
    for (const auto& each : table)
        BOOST_TEST(fate(each.torrents, each.downloads, each.seeds) == each.fate,
                   each.what << ": " << fate(each.torrents, each.downloads, each.seeds));
}

BOOST_AUTO_TEST_CASE(stalled_downloads_that_are_one_too_many_go_behind_all) {
    BOOST_TEST(order("d dz dz d dz s", 1) == "013524");
    BOOST_TEST(order("dz dz d", 2) == "012");
    BOOST_TEST(order("dz dz d", 0) == "012");
    BOOST_TEST(order("dz dzf dzp dzc d", 1) == "01234");
}

BOOST_AUTO_TEST_CASE(those_whose_state_is_another_are_told) {
    auto list = torrents("d d dp");
    const auto changed = node::give_places(list, {1, 0});
    BOOST_REQUIRE(changed.size() == 2u);  // a new one is paused
    BOOST_TEST(changed[0].id.value() == 0u);
    BOOST_TEST((changed[0].state == run_state::running));
    BOOST_TEST(changed[1].id.value() == 1u);
    BOOST_TEST((changed[1].state == run_state::queued));
    BOOST_TEST(node::give_places(list, {1, 0}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
