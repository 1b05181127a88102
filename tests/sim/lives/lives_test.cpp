#include "sim/lives/lives.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "sim/lives/machine.hpp"

namespace {

using namespace bt;
using namespace bt::sim;

BOOST_AUTO_TEST_CASE(whatever_happens_to_a_torrent_its_promises_hold) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const auto outcome = live(seed);
        for (const auto& broken : outcome.broken) BOOST_TEST(false, "seed " << seed << ": " << broken);
    }
}

BOOST_AUTO_TEST_CASE(what_is_done_to_a_complete_download_is_noticed_and_what_is_put_back_is_given_again) {
    world w(1);
    const auto what = album::make(1, 16'384);
    machine sharer(w, what), getter(w, what);
    sharer.share();
    session::get_request wish;
    torrent::magnet link;
    link.hash = what.torrent.info.hash;
    wish.target = link;
    getter.get(wish);
    BOOST_REQUIRE(w.run_until([&] { return getter.is_complete(); }, 60s));
    w.run_for(2s);
    const auto status = [&] { return getter.session().brief_status(w.now(), getter.torrent()); };
    const auto all = status().pieces_have;
    const auto path = what.paths_below(getter.folder())[0];
    for (const bool gone : {false, true}) {
        if (gone)
            std::filesystem::rename(path, path + ".away");
        else
            getter.overwrite(path, 0, bytes(10, 'x'));
        w.run_for(10s);
        BOOST_TEST(status().pieces_have < all);
        BOOST_TEST(status().reason.starts_with("changed, "), status().reason);
        if (gone) std::filesystem::rename(path + ".away", path);
        getter.overwrite(path, 0, what.content[0]);
        w.run_for(10s);
        BOOST_TEST(status().pieces_have == all);
        BOOST_TEST(status().reason == "");
        for (const auto& line : getter.log) BOOST_TEST(line.find(".part") == std::string::npos, line);
    }
}

BOOST_AUTO_TEST_CASE(a_life_comes_out_the_same_from_the_same_seed) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto one = live(seed), other = live(seed);
        BOOST_TEST(one.trace == other.trace, "seed " << seed);
        BOOST_TEST(one.log == other.log, "seed " << seed);
    }
}

}  // namespace
