#include "guest/byte_range.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace bt::guest;

namespace {

/// "whole", "beyond", or the first and the last byte.
std::string asked(std::string_view header, std::uint64_t size = 1000) {
    const auto what = parse_range(header, size);
    if (what.what == range_asked::kind::whole) return "whole";
    if (what.what == range_asked::kind::beyond) return "beyond";
    return std::to_string(what.range.begin) + "-" + std::to_string(what.range.begin + what.range.size - 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(byte_ranges)

BOOST_AUTO_TEST_CASE(one_range_is_cut_to_the_file) {
    BOOST_TEST(asked("bytes=0-0") == "0-0");
    BOOST_TEST(asked("bytes=0-999") == "0-999");
    BOOST_TEST(asked("bytes=500-") == "500-999");
    BOOST_TEST(asked("bytes=999-5000") == "999-999");
    BOOST_TEST(asked("bytes=-1") == "999-999");
    BOOST_TEST(asked("bytes=-5000") == "0-999");
    BOOST_TEST(asked("Bytes= 1-2 ") == "1-2");
    BOOST_TEST(asked("bytes=0-18446744073709551615") == "0-999");
    BOOST_TEST(asked("bytes=0-99999999999999999999") == "0-999");
    BOOST_TEST(asked("bytes=-99999999999999999999") == "0-999");
}

BOOST_AUTO_TEST_CASE(what_begins_after_the_end_is_beyond) {
    BOOST_TEST(asked("bytes=1000-") == "beyond");
    BOOST_TEST(asked("bytes=5000-6000") == "beyond");
    BOOST_TEST(asked("bytes=-0") == "beyond");
    BOOST_TEST(asked("bytes=0-", 0) == "beyond");
    BOOST_TEST(asked("bytes=99999999999999999999-") == "beyond");
    BOOST_TEST(asked("bytes=18446744073709551616-18446744073709551617") == "beyond");
    BOOST_TEST(asked("bytes=-5", 0) == "beyond");
}

BOOST_AUTO_TEST_CASE(several_ranges_and_what_is_no_range_are_the_whole_file) {
    for (const auto* header :
         {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=5-4", "bytes=a-b", "bytes=1-2,4-5",
          "bytes=0-,0-,0-,0-", "items=0-5", "bytes=+1-2", "bytes=1 - 2"})
        BOOST_TEST(asked(header) == "whole", header);
}

BOOST_AUTO_TEST_CASE(the_answer_names_the_range_and_the_size) {
    BOOST_TEST(content_range(byte_range{0, 100}, 1000) == "bytes 0-99/1000");
    BOOST_TEST(content_range({}, 1000) == "bytes */1000");
}

BOOST_AUTO_TEST_SUITE_END()
