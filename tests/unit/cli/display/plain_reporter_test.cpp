#include "cli/display/plain_reporter.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt::cli;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(lines_for_a_pipe_have_their_exact_form) {
    BOOST_TEST(sharing_line("9f3c0d5a", "ubuntu-24.04.iso", 6'118'203'392) ==
               "sharing 9f3c0d5a ubuntu-24.04.iso 6118203392 bytes");
    BOOST_TEST(get_line("ubuntu-24.04.iso", 6'118'203'392, "9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1") ==
               "get ubuntu-24.04.iso 6118203392 bytes 9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1");
    BOOST_TEST(progress_line(611'820'340, 6'118'203'392, 118'200'000, "46s", 5) ==
               " 10% 611820340 118200000 B/s 46s left 5 peers");
    BOOST_TEST(progress_line(1, 1000, 0, "", 1) == "  0% 1 0 B/s - left 1 peer");
    BOOST_TEST(verified_line(6'118'203'392, 52s, 6'118'203'392) ==
               "100% 6118203392 in 52s 117657757 B/s verified");
    BOOST_TEST(verified_line(10, 0s, 10) == "100% 10 in 0s 10000 B/s verified");
}

BOOST_AUTO_TEST_CASE(a_download_of_any_length_has_about_ten_progress_lines) {
    for (auto total : {20s, 2000s, 200'000s}) {
        line_pace pace;
        int lines = 0;
        for (int i = 0; i <= 1000; ++i)
            lines += pace.due(1h + total * i / 1000, static_cast<std::uint64_t>(i), 1000);
        BOOST_TEST(lines == 9);  // 10 … 90 %
    }
}

BOOST_AUTO_TEST_CASE(a_quick_download_does_not_flood) {
    line_pace pace;
    int lines = 0;
    for (int i = 0; i <= 1000; ++i) lines += pace.due(1h + i * 1ms, static_cast<std::uint64_t>(i), 1000);
    BOOST_TEST(lines == 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_due_before_the_size_is_known) {
    line_pace pace;
    BOOST_TEST(!pace.due(1h, 0, 0));
}

BOOST_AUTO_TEST_CASE(a_search_says_where_it_has_looked) {
    bt::app::torrent_status status;
    status.lan_nodes = 2;
    BOOST_TEST(finding_line("9f3c0d5a", status) == "finding 9f3c0d5a 2 on this network, 0 trackers, 0 peers");
    status.dht_nodes = 143;
    BOOST_TEST(finding_line("9f3c0d5a", status) ==
               "finding 9f3c0d5a 2 on this network, 0 trackers, DHT 143 nodes, 0 peers");
}

BOOST_AUTO_TEST_CASE(a_check_tells_what_is_bad_and_what_becomes_of_it) {
    bt::app::rechecked look{10, 10, {}, {}, true};
    BOOST_TEST(rechecked_text(look) == "10 of 10 pieces good");
    look.pieces_good = 7;
    look.bad = {{2, 2, {"album/a"}}, {4, 5, {"album/b", "album/\x1b"}, 3}};
    BOOST_TEST(rechecked_text(look) ==
               "7 of 10 pieces good; bad: 2 in album/a; bad: 4-5 in album/b, album/? and "
               "3 more; they are fetched again");
    look.fetched_again = false;
    BOOST_TEST(rechecked_text(look).ends_with("; they are not given any more"));
}
