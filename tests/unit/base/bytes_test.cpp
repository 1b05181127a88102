#include "base/bytes.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;

BOOST_AUTO_TEST_SUITE(bytes_and_buffers)

BOOST_AUTO_TEST_CASE(numbers_are_big_endian) {
    bytes out;
    byte_writer(out)
        .number<std::uint8_t>(0x01)
        .number<std::uint16_t>(0x0203)
        .number<std::uint32_t>(0x04050607)
        .number<std::uint64_t>(0xf8090a0b0c0d0e0f)
        .text("ok");
    const bytes expected{1, 2, 3, 4, 5, 6, 7, 0xf8, 9, 10, 11, 12, 13, 14, 15, 'o', 'k'};
    BOOST_TEST(out == expected, boost::test_tools::per_element());

    byte_reader in(out);
    BOOST_TEST(in.number<std::uint8_t>().value() == 0x01);
    BOOST_TEST(in.number<std::uint16_t>().value() == 0x0203);
    BOOST_TEST(in.number<std::uint32_t>().value() == 0x04050607u);
    BOOST_TEST(in.number<std::uint64_t>().value() == 0xf8090a0b0c0d0e0fu);
    BOOST_TEST(as_text(in.take(2).value()) == "ok");
    BOOST_TEST(in.remaining() == 0u);
}

BOOST_AUTO_TEST_CASE(a_read_past_the_end_gives_nothing_and_moves_nothing) {
    const bytes raw{1, 2, 3};
    byte_reader in(raw);
    BOOST_TEST(!in.number<std::uint32_t>());
    BOOST_TEST(!in.take(4));
    BOOST_TEST(in.remaining() == 3u);
    BOOST_TEST(in.number<std::uint16_t>().value() == 0x0102);
    BOOST_TEST(!in.number<std::uint16_t>());
    BOOST_TEST(in.rest()[0] == 3);
    BOOST_TEST(in.take(1).has_value());
    BOOST_TEST(in.take(0).has_value());
    BOOST_TEST(!in.number<std::uint8_t>());
}

BOOST_AUTO_TEST_CASE(a_buffer_that_was_moved_from_is_empty) {
    buffer first(3);
    first.data()[0] = 42;
    buffer second = std::move(first);
    BOOST_TEST(second.size() == 3u);
    BOOST_TEST(second.view()[0] == 42);
    BOOST_TEST(first.empty());
    BOOST_TEST(first.view().size() == 0u);
    first = std::move(second);
    BOOST_TEST(second.empty());
    BOOST_TEST(first.span().size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
