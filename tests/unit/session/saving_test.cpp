// What is kept of a torrent over a restart: when it is asked for, and what becomes of it in the next run.
#include <boost/test/unit_test.hpp>

#include "bench.hpp"

using namespace bt;
using namespace bt::session;
using namespace bt::session::testing;

namespace {

struct saving_bench : bench {
    void answer(const result<void>& outcome = {}) {
        core.saved(now, id, outcome);
        drain();
    }
    void write(std::uint32_t piece) {
        core.written(now, id, round, piece_index(piece), disk::write_outcome::ok, {}, buffer(16'384));
        drain();
    }
    /// How often so far, and whether the last one was with the files.
    std::string saved() const {
        return std::to_string(saves.size()) +
               (!saves.empty() && saves.back().with_files ? " with files" : "");
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_the_files_hold_is_kept_five_seconds_after_it_has_changed, saving_bench) {
    get();
    checked("...");
    pass(6s);
    BOOST_TEST(saved() == "1 with files");  // what the check found
    answer();
    pass(20s);
    BOOST_TEST(saved() == "1 with files");
    write(0);
    pass(5s);
    BOOST_TEST(saved() == "2 with files");
}

BOOST_FIXTURE_TEST_CASE(what_a_check_has_found_is_kept_at_once, saving_bench) {
    get();
    checked("x..");
    BOOST_TEST(saved() == "1 with files");
}

BOOST_FIXTURE_TEST_CASE(a_slow_disk_is_not_asked_again_before_it_has_answered, saving_bench) {
    get();
    checked("...");
    pass(6s);
    write(0);
    pass(60s);
    BOOST_TEST(saved() == "1 with files");
    answer();
    pass(5s);
    BOOST_TEST(saved() == "2 with files");
}

BOOST_FIXTURE_TEST_CASE(what_could_not_be_kept_is_tried_again, saving_bench) {
    get();
    checked("...");
    pass(6s);
    answer(fail(errc::storage, "no space left"));
    pass(5s);
    BOOST_TEST(saved() == "2 with files");
}

BOOST_FIXTURE_TEST_CASE(at_the_end_what_is_not_kept_yet_is_kept, saving_bench) {
    get();
    checked("...");
    write(1);
    core.stop(now);
    drain();
    BOOST_TEST(saved() == "1 with files");
}

BOOST_FIXTURE_TEST_CASE(a_download_that_was_not_checked_says_nothing_of_its_files, saving_bench) {
    get();
    core.stop(now);
    drain();
    BOOST_TEST(saved() == "0");
}

BOOST_FIXTURE_TEST_CASE(a_share_that_changes_is_kept_again, saving_bench) {
    share();
    pass(6s);
    answer();
    files_changed(".x.");
    pass(6s);
    BOOST_TEST(saved() == "2 with files");
}

BOOST_AUTO_TEST_CASE(what_an_earlier_run_held_goes_to_the_first_look_at_the_files_alone) {
    saving_bench b;
    get_request wish;
    wish.target = album();
    resume_data left;
    left.held = torrent::held_files{};
    b.id = *b.core.add(b.now, request(wish), left);
    std::vector<bool> opened;
    const auto note = [&] {
        while (auto what = b.core.poll())
            if (const auto* open = std::get_if<disk::open>(&*what)) {
                opened.push_back(std::get<disk::download_place>(open->where).held.has_value());
            } else if (const auto* check = std::get_if<disk::check>(&*what)) {
                b.round = check->round;
            }
    };
    note();
    BOOST_TEST(opened == std::vector<bool>{true}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_asks_for_a_check_is_not_told_what_an_earlier_run_held) {
    saving_bench b;
    get_request wish;
    wish.target = album();
    wish.folder = "/d";
    resume_data left;
    left.held = torrent::held_files{};
    b.id = *b.core.add(b.now, request(wish), left);
    b.drain();
    b.news();
    BOOST_REQUIRE(b.core.recheck(b.now, b.id));
    b.checked("xxx");
    BOOST_TEST(b.news() == (std::vector<std::string>{"check"}), boost::test_tools::per_element());
    b.checked("xx.");
    BOOST_TEST(b.news() == (std::vector<std::string>{"ready", "rechecked 2/3"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(metadata_that_an_earlier_run_fetched_is_not_fetched_again) {
    saving_bench b;
    get_request wish;
    torrent::magnet link;
    link.hash = album().info.hash;
    link.trackers = {"http://t/announce"};
    wish.target = link;
    wish.folder = "/d";
    resume_data left;
    left.info = album().info;
    b.id = *b.core.add(b.now, request(wish), left);
    b.drain();
    BOOST_TEST(b.news() == (std::vector<std::string>{"metadata", "open", "check"}),
               boost::test_tools::per_element());
    BOOST_TEST(b.core.torrent(b.id)->trackers.size() == 1u);

    link.hash.bytes.fill(7);  // of another one it is none
    wish.target = link;
    const auto other = *b.core.add(b.now, request(wish), left);
    b.drain();
    BOOST_TEST(b.core.torrent(other) == nullptr);
}
