// When a node is gone: nobody else says so for it.
#include "settled_node.hpp"

namespace bt::discovery::test {

BOOST_AUTO_TEST_SUITE(hello_bye)

BOOST_AUTO_TEST_CASE(a_bye_ends_a_node_that_says_nothing_for_a_second_only_at_its_own_address) {
    auto node = settled();
    meet(node, message_from('B'));
    const auto bye = encode_hello(message_from('B', hello_kind::bye));
    meet(node, message_from('B'), at("192.168.1.66:40000"));  // another host under that id
    for (const auto& from : {at("192.168.1.66:40000"), neighbour}) {
        const auto out = hear(node, bye, from);
        BOOST_TEST(out.gone.empty());
        BOOST_TEST(out.sends.empty());
        std::vector<node_key> gone;
        std::size_t asked = 0;
        run_until<hello>(node, now + 1s, [&](time_point when, const drained<hello>& each) {
            for (const auto& one : each.gone) {
                gone.push_back(one.node);
                BOOST_TEST((when == now + 1s));
            }
            for (const auto& one : each.sends) asked += one.destination == from ? 1u : 0u;
        });
        BOOST_TEST((gone == std::vector{node_key{instance('B'), from.address}}));
        BOOST_TEST(asked == 2u);
    }
    BOOST_TEST(node.online().size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_bye_of_a_forged_source_takes_nobody_away_who_is_still_there) {
    auto node = settled();
    auto message = message_from('B');
    message.http_tracker_port = 8080;
    meet(node, message);
    const auto bye = encode_hello(message_from('B', hello_kind::bye));
    for (int i = 0; i < 3; ++i) {  // asked is the port from which it confirmed, whatever the bye says
        hear(node, bye, {neighbour.address, 9});
        node.tick(now);
        const auto questions = drained(node).sends;
        BOOST_REQUIRE(questions.size() == 1u);
        BOOST_TEST((questions[0].destination == neighbour));
        for (const auto& yes : confirmations(questions, message)) hear(node, yes, neighbour, now, true);
    }
    run_until<hello>(node, now + 5s, [&](time_point, const drained<hello>& out) {
        BOOST_TEST((out.gone.empty() && out.lost_trackers.empty()));
    });
    BOOST_TEST(node.online().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_forged_bye_keeps_no_newcomer_from_being_confirmed) {
    auto node = settled();
    const auto message = message_from('B');
    hear(node, datagram_of(message));
    hear(node, encode_hello(message_from('B', hello_kind::bye)));
    std::size_t seen = 0;
    run_until<hello>(node, now + 1s, [&](time_point when, const drained<hello>& out) {
        for (const auto& yes : confirmations(out.sends, message)) node.receive(when, neighbour, 2, true, yes);
        seen += drained(node).seen.size();
    });
    BOOST_TEST(seen == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
