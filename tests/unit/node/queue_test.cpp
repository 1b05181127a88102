// Which torrents run: the queue reads like a table.
#include "node/queue.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace bt;
using node::run_state;

namespace {

/// One torrent a word: d a download, s a seed; then p paused, f forced, z stalled, c checking.
std::vector<node::queued_torrent> torrents(const std::string& text) {
    std::vector<node::queued_torrent> list;
    for (const char each : text) {
        switch (each) {
            case 'd':
                list.emplace_back();
                break;
            case 's':
                list.emplace_back().complete = true;
                break;
            case 'p':
                list.back().paused = true;
                break;
            case 'f':
                list.back().forced = true;
                break;
            case 'z':
                list.back().stalled = true;
                break;
            case 'c':
                list.back().checking = true;
                break;
            default:
                break;
        }
    }
    return list;
}

/// The same number of signs: R runs, q waits, - is paused, c is checked.
std::string fate(const std::string& text, std::size_t downloads, std::size_t seeds) {
    std::string signs;
    node::queue_places places({downloads, seeds});
    for (const auto& each : torrents(text)) signs += "-qcR"[static_cast<int>(places.next(each))];
    return signs;
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
        {"one more is like any other", "dz dz d d", 1, 0, "RRqq"},
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

BOOST_AUTO_TEST_SUITE_END()
