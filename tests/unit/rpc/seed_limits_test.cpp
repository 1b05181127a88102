// Torrents that were given for long enough, by what clients set.
#include <boost/test/unit_test.hpp>

#include "unit/rpc/a_host.hpp"

using namespace bt;
using namespace bt::rpc;
using namespace bt::rpc::test;

namespace {

using words = std::vector<std::string>;

/// One torrent that is complete and shared, as much of it given as `gave` says.
struct giving : bench {
    giving() {
        node.put(album());
        auto& s = status();
        s.state = session::torrent_state::sharing;
        s.have = s.downloaded_ever = s.size;
    }
    session::torrent_status& status() { return node.all.at(1).view.status; }
    void gave(double ratio) {
        status().uploaded_ever = static_cast<std::uint64_t>(static_cast<double>(status().size) * ratio + 0.5);
    }
    bool ends() {
        node.done.clear();
        to.tick();
        return node.done == words{"1 finish"};
    }
    void resume() {
        status().state = session::torrent_state::sharing;
        node.all.at(1).view.finished = false;
    }
    std::string modes() { return old("torrent-get", R"({"fields":["seedRatioMode","seedIdleMode"]})"); }
};

constexpr auto unlimited = R"({"torrents":[{"seedRatioMode":2,"seedIdleMode":2}]})";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(seed_limits, giving)

BOOST_AUTO_TEST_CASE(without_a_limit_nothing_ends) {
    gave(100);
    node.time += 1'000'000;
    BOOST_TEST(!ends());
    old("session-set", R"({"seedRatioLimit":1,"idle-seeding-limit":1})");  // they are off
    old("torrent-set", R"({"ids":1,"seedRatioLimit":1,"seedIdleLimit":1})");
    BOOST_TEST(!ends());
}

BOOST_AUTO_TEST_CASE(a_ratio_of_its_own_or_of_the_session) {
    old("torrent-set", R"({"ids":1,"seedRatioLimit":1.5,"seedRatioMode":1})");
    gave(1.4);
    BOOST_TEST(!ends());
    gave(1.5);
    BOOST_TEST(ends());
    BOOST_TEST(!ends());
    BOOST_TEST(old("torrent-get", R"({"fields":["isFinished","reason","status"]})") ==
               R"({"torrents":[{"isFinished":true,"reason":"stopped at its ratio limit 1.5","status":0}]})");
    giving other;
    other.old("session-set", R"({"seedRatioLimit":0.5,"seedRatioLimited":true})");
    other.gave(0.6);
    BOOST_TEST(other.ends());
    giving free;
    free.old("session-set", R"({"seedRatioLimit":0.5,"seedRatioLimited":true})");
    free.old("torrent-set", R"({"ids":1,"seedRatioMode":2})");
    free.gave(9);
    BOOST_TEST(!free.ends());
}

BOOST_AUTO_TEST_CASE(only_what_is_complete_and_runs_ends) {
    old("session-set", R"({"seedRatioLimit":0.5,"seedRatioLimited":true})");
    gave(3);
    for (const auto state : {session::torrent_state::paused, session::torrent_state::checking,
                             session::torrent_state::downloading, session::torrent_state::queued}) {
        status().state = state;
        BOOST_TEST(!ends());
    }
    status().state = session::torrent_state::sharing;
    status().have = status().size - 1;
    BOOST_TEST(!ends());
}

BOOST_AUTO_TEST_CASE(nobody_has_taken_anything_for_so_many_minutes) {
    old("torrent-set", R"({"ids":1,"seedIdleLimit":10,"seedIdleMode":1})");
    BOOST_TEST(!ends());
    node.time += 599;
    gave(0.1);
    BOOST_TEST(!ends());
    node.time += 599;
    BOOST_TEST(!ends());
    node.time += 1;
    BOOST_TEST(ends());
}

BOOST_AUTO_TEST_CASE(who_starts_it_again_wants_it_given_without_end) {
    old("torrent-set", R"({"ids":1,"seedRatioLimit":1,"seedRatioMode":1})");
    gave(1);
    BOOST_TEST(ends());
    a_host next;  // a later run of the same node
    next.put(album());
    next.all.at(1).view.status = status();
    next.kept_text = node.kept_text;
    server again(next);
    again.tick();
    BOOST_TEST(next.done.empty());
    next.all.at(1).view.status.state = session::torrent_state::sharing;
    again.tick();
    again.tick();
    BOOST_TEST(next.done.empty());
    resume();
    BOOST_TEST(!ends());
    BOOST_TEST(!ends());
    BOOST_TEST(modes() == unlimited);
}

BOOST_AUTO_TEST_CASE(with_another_limit_it_goes_on_until_that) {
    old("torrent-set", R"({"ids":1,"seedRatioLimit":1,"seedRatioMode":1})");
    gave(1);
    BOOST_TEST(ends());
    old("torrent-set", R"({"ids":1,"seedRatioLimit":2})");
    resume();
    BOOST_TEST(!ends());
    gave(2);
    BOOST_TEST(ends());
}

BOOST_AUTO_TEST_SUITE_END()
