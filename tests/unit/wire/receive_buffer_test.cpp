#include "wire/receive_buffer.hpp"

#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

std::optional<message> take(receive_buffer& stream) {
    const auto got = stream.next<message>([](byte_view in) { return decode(in, {2, true}); }, bytes_wanted);
    BOOST_REQUIRE(got.has_value());
    return *got;
}

byte_view data_of(const std::optional<message>& m) { return std::get<piece>(*m).data; }

bool inside(byte_view part, byte_view whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(receive_buffers)

BOOST_AUTO_TEST_CASE(a_whole_message_is_not_copied) {
    receive_buffer stream;
    const auto first = block(0), second = block(1);
    const auto input = encoded(piece{0, 0, content(first)}) + encoded(piece{1, 0, content(second)});
    stream.begin(input);
    BOOST_TEST(inside(data_of(take(stream)), input));
    BOOST_TEST(inside(data_of(take(stream)), input));
    BOOST_CHECK(!take(stream));
    BOOST_TEST(stream.capacity() == 0u);
}

BOOST_AUTO_TEST_CASE(a_completed_message_stays_when_the_same_input_ends_in_the_next_one) {
    receive_buffer stream;
    const auto one = encoded(piece{0, 0, content(block(0))}), two = encoded(piece{1, 0, content(block(1))}),
               three = encoded(piece{2, 0, content(block(2))});
    const auto all = one + two + three;
    for (std::size_t round = 0; round < 3; ++round) {
        stream.begin(byte_view(all).first(10'000));
        BOOST_CHECK(!take(stream));
        const auto rest = byte_view(all).subspan(10'000, one.size() + two.size());
        stream.begin(rest);
        const auto a = take(stream), b = take(stream);
        BOOST_REQUIRE(a && b);
        BOOST_CHECK(!take(stream));
        BOOST_TEST(!inside(data_of(a), rest));
        BOOST_TEST(inside(data_of(b), rest));
        BOOST_TEST(checksum(data_of(a)) == checksum(content(block(0))));
        BOOST_TEST(checksum(data_of(b)) == checksum(content(block(1))));
        stream.begin(byte_view(all).subspan(10'000 + rest.size()));
        const auto c = take(stream);
        BOOST_REQUIRE(c.has_value());
        BOOST_TEST(checksum(data_of(c)) == checksum(content(block(2))));
    }
    // two blocks of room, and it is used again
    BOOST_TEST(stream.capacity() <= 2 * (piece_header_bytes + 16384));
}

BOOST_AUTO_TEST_CASE(a_long_message_gets_memory_as_it_arrives_and_gives_it_back) {
    receive_buffer stream;
    bytes head;
    byte_writer(head).number(std::uint32_t{128 * 1024}).number(std::uint8_t{99}).number(std::uint8_t{0});
    stream.begin(head);
    BOOST_CHECK(!take(stream));
    BOOST_TEST(stream.capacity() <= 32u * 1024);
    const bytes rest(128 * 1024 - 2, 'x');
    stream.begin(byte_view(rest).first(100'000));
    BOOST_CHECK(!take(stream));
    stream.begin(byte_view(rest).subspan(100'000));
    BOOST_TEST(text(*take(stream)) == "unknown");
    stream.begin({});
    BOOST_TEST(stream.capacity() <= 32u * 1024);
}

BOOST_AUTO_TEST_CASE(what_was_not_come_to_is_the_rest) {
    receive_buffer stream;
    const auto input = encoded(choke{}) + to_bytes("rest");
    stream.begin(input);
    BOOST_TEST(text(*take(stream)) == "choke");
    BOOST_TEST(as_text(stream.take_rest()) == "rest");
    BOOST_CHECK(!take(stream));
}

BOOST_AUTO_TEST_SUITE_END()
