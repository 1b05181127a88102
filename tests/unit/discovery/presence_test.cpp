#include "discovery/presence.hpp"

#include "lan.hpp"

namespace bt::discovery::test {
namespace {

const ip_address first = ip("10.0.0.1"), second = ip("10.0.0.2");

hello_message numbered(std::uint32_t n) {
    auto message = message_from('A');
    for (std::size_t i = 0; i < 4; ++i) message.instance.bytes[i] = static_cast<std::uint8_t>(n >> 8 * i);
    return message;
}
node_key key(char name, const ip_address& address) { return {instance(name), address}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(who_is_online)

BOOST_AUTO_TEST_CASE(a_node_is_forgotten_a_hundred_seconds_after_it_was_last_heard) {
    presence online;
    BOOST_TEST((online.next_expiry() == never));
    online.heard(start, message_from('A'), first, true);
    online.heard(start + 30s, message_from('A'), first, false);
    BOOST_TEST(online.expire(start + 129s).empty());
    BOOST_REQUIRE(online.find(key('A', first)));
    const auto gone = online.expire(start + 130s);
    BOOST_REQUIRE(gone.size() == 1u);
    BOOST_TEST((gone[0] == key('A', first)));
    BOOST_TEST(!online.find(key('A', first)));
    BOOST_TEST((online.next_expiry() == never));
}

BOOST_AUTO_TEST_CASE(the_next_expiry_is_never_late) {
    presence online;
    online.heard(start, message_from('A'), first, true);
    online.heard(start + 50s, message_from('B'), first, true);
    BOOST_TEST((online.next_expiry() == start + 100s));
    online.expire(start + 100s);
    BOOST_TEST(online.size() == 1u);
    BOOST_TEST((online.next_expiry() == start + 150s));
}

BOOST_AUTO_TEST_CASE(one_process_at_several_addresses_is_an_entry_for_each_and_counts_once) {
    presence online;
    for (const auto& address : {first, second, ip("fe80::1%2")})
        BOOST_TEST(online.heard(start, message_from('A'), address, true).news);
    BOOST_TEST(online.nodes().size() == 3u);
    BOOST_TEST(online.processes() == 1u);
}

BOOST_AUTO_TEST_CASE(an_address_that_fell_silent_is_dropped_and_the_others_stay) {
    presence online;
    online.heard(start, message_from('A'), first, true);
    online.heard(start, message_from('A'), second, true);
    online.heard(start + 60s, message_from('A'), second, false);
    BOOST_TEST((online.expire(start + 100s) == std::vector{key('A', first)}));
    BOOST_TEST(online.find(key('A', second)));
}

BOOST_AUTO_TEST_CASE(what_is_new_about_a_node_is_told_from_what_is_not) {
    using standing = presence::standing;
    presence online;
    auto message = message_from('A');
    BOOST_TEST((online.compare(message, first) == standing::unknown));
    online.heard(start, message, first, true);
    BOOST_TEST((online.compare(message, first) == standing::known));
    BOOST_TEST((online.compare(message, second) == standing::unknown));
    message.kind = hello_kind::who;
    message.nonce = id_of<hello_nonce>('n');
    BOOST_TEST((online.compare(message, first) == standing::known));
    message.shares = 5;
    BOOST_TEST((online.compare(message, first) == standing::changed));
    message = message_from('A');
    message.http_tracker_port = 80;
    BOOST_TEST((online.compare(message, first) == standing::changed));
}

BOOST_AUTO_TEST_CASE(a_node_that_confirms_nothing_is_no_node) {
    presence online;
    const auto outcome = online.heard(start, message_from('A'), first, false);
    BOOST_TEST((outcome.stored && !outcome.news));
    BOOST_TEST(!online.find(key('A', first)));
    BOOST_TEST(online.nodes().empty());
    BOOST_TEST(online.processes() == 0u);
    BOOST_TEST(!online.is_confirmed(message_from('A'), first));
    BOOST_TEST(online.heard(start, message_from('A'), first, true).news);
    BOOST_TEST(online.is_confirmed(message_from('A'), first));
    BOOST_TEST(!online.is_confirmed(message_from('A'), second));
}

BOOST_AUTO_TEST_CASE(what_was_confirmed_is_not_changed_by_what_was_not) {
    presence online;
    online.heard(start, message_from('A'), first, true);
    auto forged = message_from('A');
    forged.peer_port = 22;
    BOOST_TEST(!online.heard(start, forged, first, false).news);
    BOOST_TEST(online.find(key('A', first))->peer_port == message_from('A').peer_port);
    BOOST_TEST((online.at({first, 22}) == nullptr));
    BOOST_TEST((online.at({first, message_from('A').peer_port}) != nullptr));
    BOOST_TEST(online.heard(start, forged, first, true).news);
    BOOST_TEST(online.find(key('A', first))->peer_port == 22);
    auto more = forged;
    more.shares = 9;  // leads nowhere
    BOOST_TEST(online.heard(start, more, first, false).news);
}

BOOST_AUTO_TEST_CASE(texts_of_strangers_are_stored_fit_to_be_shown) {
    presence online;
    auto message = message_from('A');
    message.host_name = "a\x1b[2Jb\n\xff";
    online.heard(start, message, first, true);
    BOOST_TEST(online.find(key('A', first))->host_name == "a?[2Jb??");
    BOOST_TEST((online.compare(message, first) == presence::standing::known));
}

BOOST_AUTO_TEST_CASE(only_its_own_address_can_end_a_node) {
    presence online;
    online.heard(start, message_from('A'), first, true);
    online.heard(start, message_from('A'), second, true);
    BOOST_TEST(!online.forget(key('B', first)));
    BOOST_TEST(!online.forget(key('A', ip("10.0.0.3"))));
    BOOST_TEST(online.forget(key('A', second)));
    BOOST_TEST(online.find(key('A', first)));
}

BOOST_AUTO_TEST_CASE(as_many_nodes_as_addresses_fit_and_one_more_does_not) {
    presence online;
    const auto address = [](std::uint32_t n) {
        return ip_address::v4(10, 0, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n));
    };
    for (std::uint32_t n = 0; n < limits::lan_nodes; ++n)
        BOOST_REQUIRE(online.heard(start, numbered(n), address(n), true).stored);
    BOOST_TEST(!online.heard(start, numbered(5000), address(5000), true).stored);
    BOOST_TEST(online.size() == limits::lan_nodes);
    BOOST_TEST(online.heard(start, numbered(7), address(7), true).stored);  // who is in stays in
}

BOOST_AUTO_TEST_CASE(a_host_that_fills_the_table_gives_way_to_others_and_displaces_only_its_own) {
    presence online(10);
    online.heard(start, numbered(100), first, true);
    for (std::uint32_t n = 0; n < 50; ++n) {
        const auto outcome = online.heard(start + (n + 1) * 1ms, numbered(n), second, true);
        BOOST_TEST(outcome.stored);
        if (outcome.evicted) BOOST_TEST((outcome.evicted->instance == numbered(n - 9).instance));
    }
    BOOST_TEST(online.find({numbered(100).instance, first}));
    BOOST_TEST(online.size() == 10u);
    const auto newcomer = online.heard(start + 1s, numbered(101), ip("10.0.0.3"), true);
    BOOST_TEST(newcomer.stored);
    BOOST_TEST((newcomer.evicted && newcomer.evicted->instance == numbered(41).instance));
    BOOST_TEST(online.find({numbered(100).instance, first}));
}

BOOST_AUTO_TEST_CASE(nodes_are_listed_in_the_order_they_came) {
    presence online;
    for (const char name : {'C', 'A', 'B'})
        online.heard(start + (name == 'A' ? 1s : 0s), message_from(name), first, true);
    std::string names;
    for (const auto& node : online.nodes()) names += node.host_name.back();
    BOOST_TEST(names == "BCA");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
