#include "cli/display/limit_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::cli;

namespace {

std::string note(std::uint64_t all_down, std::uint64_t all_up, bool near, std::optional<std::uint64_t> down,
                 std::optional<std::uint64_t> up = {}) {
    app::torrent_status of;
    of.node_down_limit = all_down;
    of.node_up_limit = all_up;
    of.limits_near = near;
    return limits_note(of, down, up);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_limit_that_holds_as_it_is_needs_no_word) {
    BOOST_TEST(note(0, 0, true, 5'000, 0) == "");
    BOOST_TEST(note(9'000, 9'000, true, 5'000) == "");
    BOOST_TEST(note(9'000, 9'000, false, {}) == "");
    BOOST_TEST(note(0, 0, false, 0) == "");
}

BOOST_AUTO_TEST_CASE(a_lower_limit_of_the_process_is_told) {
    const std::string still = "the process's limit of 5.0 MB/s down still applies";
    BOOST_TEST(note(5'000'000, 0, true, 0) == still);
    BOOST_TEST(note(5'000'000, 0, true, 6'000'000) == still);
    BOOST_TEST(note(0, 5'000'000, true, 6'000'000, 0) == "the process's limit of 5.0 MB/s up still applies");
}

BOOST_AUTO_TEST_CASE(a_limit_that_does_not_hold_on_this_network_says_so) {
    const std::string far =
        "it holds for peers beyond this network only; a process started with --limit-lan limits all";
    BOOST_TEST(note(0, 0, false, 5'000) == far);
    BOOST_TEST(note(1'000'000, 0, false, 6'000'000) ==
               "the process's limit of 1.0 MB/s down still applies; " + far);
}
