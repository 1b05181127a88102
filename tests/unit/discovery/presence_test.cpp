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

}  // namespace

BOOST_AUTO_TEST_SUITE(who_is_online)

BOOST_AUTO_TEST_CASE(a_node_is_forgotten_a_hundred_seconds_after_it_was_last_heard) {
    presence online;
    BOOST_TEST((online.next_expiry() == never));
    online.heard(start, message_from('A'), first);
    online.heard(start + 30s, message_from('A'), first);
    BOOST_TEST(online.expire(start + 129s).gone.empty());
    BOOST_REQUIRE(online.find(instance('A')));
    const auto expiry = online.expire(start + 130s);
    BOOST_REQUIRE(expiry.gone.size() == 1u);
    BOOST_TEST((expiry.gone[0] == instance('A')));
    BOOST_TEST(!online.find(instance('A')));
    BOOST_TEST((online.next_expiry() == never));
}

BOOST_AUTO_TEST_CASE(the_next_expiry_is_never_late) {
    presence online;
    online.heard(start, message_from('A'), first);
    online.heard(start + 50s, message_from('B'), first);
    BOOST_TEST((online.next_expiry() == start + 100s));
    online.expire(start + 100s);
    BOOST_TEST(online.size() == 1u);
    BOOST_TEST((online.next_expiry() == start + 150s));
}

BOOST_AUTO_TEST_CASE(one_process_at_several_addresses_is_one_entry) {
    presence online;
    online.heard(start, message_from('A'), first);
    online.heard(start + 1s, message_from('A'), second);
    online.heard(start + 2s, message_from('A'), ip("fe80::1%2"));
    BOOST_TEST(online.size() == 1u);
    BOOST_TEST((online.find(instance('A'))->addresses == std::vector{first, second, ip("fe80::1%2")}));
}

BOOST_AUTO_TEST_CASE(an_address_that_fell_silent_is_dropped_and_the_node_stays) {
    presence online;
    online.heard(start, message_from('A'), first);
    online.heard(start, message_from('A'), second);
    online.heard(start + 60s, message_from('A'), second);
    const auto expiry = online.expire(start + 100s);
    BOOST_TEST(expiry.gone.empty());
    BOOST_REQUIRE(expiry.moved.size() == 1u);
    BOOST_TEST((online.find(instance('A'))->addresses == std::vector{second}));
}

BOOST_AUTO_TEST_CASE(eight_addresses_are_kept_and_the_ninth_replaces_the_most_silent) {
    presence online;
    for (std::uint8_t i = 0; i < 9; ++i)
        online.heard(start + i * 1s, message_from('A'), ip_address::v4(10, 0, 0, i));
    const auto& addresses = online.find(instance('A'))->addresses;
    BOOST_TEST(addresses.size() == limits::lan_node_addresses);
    BOOST_TEST((addresses[0] == ip("10.0.0.8")));
    BOOST_TEST((addresses[1] == ip("10.0.0.1")));
}

BOOST_AUTO_TEST_CASE(what_is_new_about_a_node_is_told_from_what_is_not) {
    using standing = presence::standing;
    presence online;
    auto message = message_from('A');
    BOOST_TEST((online.compare(message, first) == standing::unknown));
    online.heard(start, message, first);
    BOOST_TEST((online.compare(message, first) == standing::known));
    BOOST_TEST((online.compare(message, second) == standing::changed));
    message.kind = hello_kind::who;
    message.nonce = id_of<hello_nonce>('n');
    BOOST_TEST((online.compare(message, first) == standing::known));
    message.shares = 5;
    BOOST_TEST((online.compare(message, first) == standing::changed));
    message = message_from('A');
    message.http_tracker_port = 80;
    BOOST_TEST((online.compare(message, first) == standing::changed));
}

BOOST_AUTO_TEST_CASE(texts_of_strangers_are_stored_fit_to_be_shown) {
    presence online;
    auto message = message_from('A');
    message.host_name = "a\x1b[2Jb\n\xff";
    online.heard(start, message, first);
    BOOST_TEST(online.find(instance('A'))->host_name == "a?[2Jb??");
    BOOST_TEST((online.compare(message, first) == presence::standing::known));
}

BOOST_AUTO_TEST_CASE(only_an_address_of_the_node_can_end_it) {
    presence online;
    online.heard(start, message_from('A'), first);
    BOOST_TEST(!online.forget(instance('A'), second));
    BOOST_TEST(!online.forget(instance('B'), first));
    BOOST_TEST(online.forget(instance('A'), first));
    BOOST_TEST(online.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_thousand_nodes_at_a_thousand_addresses_fit_and_one_more_does_not) {
    presence online;
    const auto address = [](std::uint32_t n) {
        return ip_address::v4(10, 0, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n));
    };
    for (std::uint32_t n = 0; n < limits::lan_nodes; ++n)
        BOOST_REQUIRE(online.heard(start, numbered(n), address(n)).stored);
    BOOST_TEST(!online.heard(start, numbered(5000), address(5000)).stored);
    BOOST_TEST(online.size() == limits::lan_nodes);
    BOOST_TEST(online.heard(start, numbered(7), address(7)).stored);  // who is in stays in
}

BOOST_AUTO_TEST_CASE(a_host_that_fills_the_table_gives_way_to_others_and_displaces_only_its_own) {
    presence online(10);
    online.heard(start, numbered(100), first);
    for (std::uint32_t n = 0; n < 50; ++n) {
        const auto outcome = online.heard(start + (n + 1) * 1ms, numbered(n), second);
        BOOST_TEST(outcome.stored);
        if (outcome.evicted) BOOST_TEST((*outcome.evicted == numbered(n - 9).instance));
    }
    BOOST_TEST(online.find(numbered(100).instance));
    BOOST_TEST(online.size() == 10u);
    const auto newcomer = online.heard(start + 1s, numbered(101), ip("10.0.0.3"));
    BOOST_TEST(newcomer.stored);
    BOOST_TEST((newcomer.evicted == std::optional(numbered(41).instance)));
    BOOST_TEST(online.find(numbered(100).instance));
}

BOOST_AUTO_TEST_CASE(nodes_are_listed_in_the_order_they_came) {
    presence online;
    for (const char name : {'C', 'A', 'B'})
        online.heard(start + (name == 'A' ? 1s : 0s), message_from(name), first);
    std::string names;
    for (const auto& node : online.nodes()) names += node.host_name.back();
    BOOST_TEST(names == "BCA");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
