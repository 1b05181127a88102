#include "cli/display/format.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt::cli;
using namespace std::chrono_literals;

namespace {
template <class T>
bool is(const std::optional<T>& value, T wanted) {
    return value.has_value() && *value == wanted;
}
}  // namespace

BOOST_AUTO_TEST_CASE(sizes_have_one_decimal_and_decimal_units) {
    BOOST_TEST(bt::size_text(0) == "0 B");
    BOOST_TEST(bt::size_text(999) == "999 B");
    BOOST_TEST(bt::size_text(1000) == "1.0 kB");
    BOOST_TEST(bt::size_text(999'949) == "999.9 kB");
    BOOST_TEST(bt::size_text(999'950) == "1.0 MB");
    BOOST_TEST(bt::size_text(6'118'203'392) == "6.1 GB");
    BOOST_TEST(bt::size_text(~std::uint64_t{0}) == "18.4 EB");
}

BOOST_AUTO_TEST_CASE(rates_never_jump_to_a_smaller_unit_than_kilobytes) {
    BOOST_TEST(rate_text(0) == "0.0 kB/s");
    BOOST_TEST(rate_text(118'200'000) == "118.2 MB/s");
}

BOOST_AUTO_TEST_CASE(a_part_shares_the_unit_of_the_whole_where_it_can) {
    BOOST_TEST(part_text(3'934'257'152, 6'118'203'392) == "3.9 of 6.1 GB");
    BOOST_TEST(part_text(900'000'000, 6'118'203'392) == "900.0 MB of 6.1 GB");
    BOOST_TEST(part_text(0, 6'118'203'392) == "0.0 of 6.1 GB");
    BOOST_TEST(part_text(5, 10) == "5 of 10 B");
    BOOST_TEST(part_text(500, 2000) == "500 B of 2.0 kB");
}

BOOST_AUTO_TEST_CASE(piece_lengths_are_binary) {
    BOOST_TEST(piece_size_text(1 << 20) == "1 MiB");
    BOOST_TEST(piece_size_text(16384) == "16 KiB");
    BOOST_TEST(piece_size_text(12345) == "12345 bytes");
}

BOOST_AUTO_TEST_CASE(durations_show_their_two_largest_parts) {
    BOOST_TEST(duration_text(-1s) == "0s");
    BOOST_TEST(duration_text(59'999ms) == "59s");
    BOOST_TEST(duration_text(134s) == "2m14s");
    BOOST_TEST(duration_text(3720s) == "1h02m");
    BOOST_TEST(duration_text(76h) == "3d04h");
}

BOOST_AUTO_TEST_CASE(thousands_are_grouped) {
    BOOST_TEST(grouped(0) == "0");
    BOOST_TEST(grouped(999) == "999");
    BOOST_TEST(grouped(5835) == "5 835");
    BOOST_TEST(grouped(1'234'567) == "1 234 567");
}

BOOST_AUTO_TEST_CASE(a_hundred_percent_means_everything) {
    BOOST_TEST(percent(0, 10) == 0u);
    BOOST_TEST(percent(999'999, 1'000'000) == 99u);
    BOOST_TEST(percent(10, 10) == 100u);
    BOOST_TEST(percent(0, 0) == 100u);
}

BOOST_AUTO_TEST_CASE(people_write_sizes_in_many_ways) {
    BOOST_TEST(is<std::uint64_t>(parse_size("0"), 0));
    BOOST_TEST(is<std::uint64_t>(parse_size("500k"), 500'000));
    BOOST_TEST(is<std::uint64_t>(parse_size("2M"), 2'000'000));
    BOOST_TEST(is<std::uint64_t>(parse_size("2MB"), 2'000'000));
    BOOST_TEST(is<std::uint64_t>(parse_size("1Gi"), 1u << 30));
    BOOST_TEST(is<std::uint64_t>(parse_size("1GiB"), 1u << 30));
    BOOST_TEST(is<std::uint64_t>(parse_size("1.5m"), 1'500'000));
    BOOST_TEST(is<std::uint64_t>(parse_size("256k", true), 262'144));
    BOOST_TEST(is<std::uint64_t>(parse_size("18446744073709551615"), ~std::uint64_t{0}));
    for (auto* bad : {"", "k", "i", "1i", "B", "-1", "+1", "1.5", "1..5k", "1.k", "1x", "1 k", "0x10", "inf",
                      "nan", "1e3", "18446744073709551616", "99999999T", "1Ki5"})
        BOOST_TEST(!parse_size(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(rates_may_say_per_second) {
    BOOST_TEST(is<std::uint64_t>(parse_rate("2M/s"), 2'000'000));
    BOOST_TEST(!parse_rate("/s").has_value());
    BOOST_TEST(!parse_rate("2M/m").has_value());
}

BOOST_AUTO_TEST_CASE(durations_are_seconds_or_units_in_falling_order) {
    BOOST_TEST((parse_duration("90") == bt::duration(90s)));
    BOOST_TEST((parse_duration("0.5") == bt::duration(500ms)));
    BOOST_TEST((parse_duration("30s") == bt::duration(30s)));
    BOOST_TEST((parse_duration("5m") == bt::duration(5min)));
    BOOST_TEST((parse_duration("1h30m") == bt::duration(90min)));
    BOOST_TEST((parse_duration("2d") == bt::duration(48h)));
    BOOST_TEST((parse_duration("250ms") == bt::duration(250ms)));
    for (auto* bad : {"", "s", "5x", "30m1h", "1h1h", "-5s", "5 s", "1h30", "9999999999", "1e9"})
        BOOST_TEST(!parse_duration(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(limit_keys_walk_a_ladder_with_no_limit_at_its_top) {
    BOOST_TEST(lower_limit(0, 118'000'000) == 100'000'000u);  // below what flows now, so that it is felt
    BOOST_TEST(lower_limit(100'000'000, 3) == 50'000'000u);
    BOOST_TEST(lower_limit(0, 0) == 500'000'000u);
    BOOST_TEST(lower_limit(50'000, 0) == 50'000u);
    BOOST_TEST(lower_limit(0, 10) == 50'000u);
    BOOST_TEST(higher_limit(50'000) == 100'000u);
    BOOST_TEST(higher_limit(500'000'000) == 0u);
    BOOST_TEST(higher_limit(0) == 0u);
}

BOOST_AUTO_TEST_CASE(text_is_cut_to_columns_and_the_cut_is_marked) {
    BOOST_TEST(fit_text("abcdef", 6, true) == "abcdef");
    BOOST_TEST(fit_text("abcdefg", 6, true) == "abcde~");
    BOOST_TEST(fit_text("abcdefg", 6, false) == "abcde…");
    BOOST_TEST(fit_text("abc", 0, true).empty());
    BOOST_TEST(fit_text("a\xc3\xa4z", 5, true) == "a?z");
    BOOST_TEST(pad_right("ab", 4) == "ab  ");
    BOOST_TEST(fit_middle("[2001:db8::1]:40112", 12, true) == "[2001~:40112");
    BOOST_TEST(fit_middle("short", 12, true) == "short");
    const std::vector<std::string> folded{"down 1.0", "MB/s,", "limit", "none"};
    BOOST_TEST(fold_text("down 1.0 MB/s, limit none", 9, true) == folded, boost::test_tools::per_element());
    BOOST_TEST(fold_text("", 9, true).size() == 1u);
    BOOST_TEST(pad_left("ab", 4) == "  ab");
    BOOST_TEST(pad_left("abcde", 4) == "abcde");
}
