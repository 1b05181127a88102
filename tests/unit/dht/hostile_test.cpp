// What a stranger may send to the answering side: nothing makes it answer twice, at length or fall over.
#include "answering.hpp"
#include "base/limits.hpp"
#include "fuzz/mutation.hpp"
#include "unit/base/tier.hpp"

namespace bt::dht::test {
namespace {

using krpc::method;

std::vector<bytes> valid_messages(desk& one) {
    std::vector<bytes> all;
    for (const auto what : {method::ping, method::find_node, method::get_peers, method::announce_peer})
        for (const bool wish : {false, true}) {
            auto ask = one.form(what);
            ask.want_v4 = ask.want_v6 = ask.read_only = ask.implied_port = wish;
            ask.token = "12345678";
            all.push_back(krpc::write_query(ask));
        }
    krpc::answer_form reply;
    bytes nodes, nodes6;
    for (std::uint32_t i = 0; i < 8; ++i) {
        krpc::append_compact(nodes, {one.id(), world_v4(i)});
        krpc::append_compact(nodes6, {one.id(), world_v6(i)});
        reply.peers.push_back(world_v4(i));
    }
    reply.tid = "aa", reply.nodes = nodes, reply.nodes6 = nodes6, reply.token = "12345678";
    all.push_back(krpc::write_answer(reply));
    all.push_back(krpc::write_error("aa", krpc::error_code::protocol, "bad token"));
    return all;
}

constexpr std::string_view letters[] = {"0", "1", "9", ":", "i", "l", "d", "e", "-"};

}  // namespace

BOOST_AUTO_TEST_SUITE(dht_F5)

BOOST_AUTO_TEST_CASE(
    mutated_messages_from_ever_new_sources_get_at_most_one_bounded_answer_and_only_queries_any) {
    desk one;
    const auto seed = 20'240'501u;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng random(seed);
    const auto messages = valid_messages(one);
    const std::uint32_t packets = bt::test::long_tier() ? 200'000 : 20'000;
    std::uint32_t answers = 0, errors = 0, silences = 0;
    for (std::uint32_t i = 0; i < packets; ++i) {
        const auto datagram = fuzz::mutated(messages, letters, random);
        const auto port = static_cast<std::uint16_t>(random.next());
        const endpoint from =
            i % 3 == 0
                ? world_v6(i)
                : endpoint{ip_address::v4(i % 3 == 1 ? 10 : 60, static_cast<std::uint8_t>(i >> 16),
                                          static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)),
                           port};
        const auto now = start + i * 100ms;
        const auto made = one.hear(now, from, datagram);
        if (now >= one.it.next_deadline()) one.it.tick(now);
        if (!made) {
            ++silences;
            continue;
        }
        BOOST_REQUIRE(made->size() <= limits::dht_answer_bytes);
        BOOST_REQUIRE(made->size() <= limits::dht_answer_times * datagram.size());
        const auto asked = krpc::parse(datagram), told = krpc::parse(*made);
        BOOST_REQUIRE(asked);
        BOOST_REQUIRE(told);  // what we say is well-formed
        BOOST_REQUIRE(
            (std::holds_alternative<krpc::query>(*asked) || std::holds_alternative<krpc::bad_query>(*asked)));
        if (const auto* answer = std::get_if<krpc::answer>(&*told)) {
            BOOST_REQUIRE(answer->peers.size() <= limits::dht_answer_peers);
            ++answers;
        } else {
            BOOST_REQUIRE(std::holds_alternative<krpc::failure>(*told));
            ++errors;
        }
        one.kept.clear();
    }
    BOOST_TEST(one.it.store().torrents() <= limits::dht_torrents);
    BOOST_TEST(one.world4.is_sound());
    // all three ways were taken
    BOOST_TEST(answers > packets / 20);
    BOOST_TEST(errors > packets / 100);
    BOOST_TEST(silences > packets / 4);
}

BOOST_AUTO_TEST_CASE(every_truncation_and_every_single_byte_is_survived) {
    desk one;
    std::size_t sent = 0;
    for (const auto& whole : valid_messages(one)) {
        for (std::size_t size = 0; size < whole.size(); ++size)
            BOOST_TEST(!one.hear(start, neighbour, byte_view(whole).first(size)));
        for (std::size_t place = 0; place < whole.size(); ++place)
            for (const char letter : std::string_view("019:ilde-\xff")) {
                auto made = whole;
                made[place] = static_cast<std::uint8_t>(letter);
                if (const auto told = one.hear(start, neighbour, made))
                    BOOST_TEST(told->size() <= limits::dht_answer_times * made.size());
                ++sent;
            }
    }
    BOOST_TEST(sent > 10'000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::dht::test
