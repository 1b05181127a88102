#include "dht/address_rules.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::dht;

namespace {

ip_address ip(std::string_view text) { return ip_address::parse(text).value(); }
endpoint at(std::string_view text) { return endpoint::parse(text).value(); }

/// A host at home that has public IPv6, as most: one private network, one public prefix, its own links.
address_rules home() {
    address_rules rules;
    rules.set_networks({{ip("127.0.0.1"), 8},
                        {ip("192.168.1.20"), 24},
                        {ip("2a01:db8:1:2::20"), 64},
                        {ip("fe80::20%2"), 64}});
    return rules;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dht_address_rules)

BOOST_AUTO_TEST_CASE(a_subnet_is_a_24_of_ipv4_and_a_64_of_ipv6) {
    BOOST_TEST((subnet_of(ip("203.0.113.77")) == ip("203.0.113.0")));
    BOOST_TEST((subnet_of(ip("2a01:db8:1:2:3:4:5:6")) == ip("2a01:db8:1:2::")));
    BOOST_TEST(same_subnet(ip("203.0.113.1"), ip("203.0.113.255")));
    BOOST_TEST(!same_subnet(ip("203.0.113.1"), ip("203.0.112.1")));
    BOOST_TEST(same_subnet(ip("2a01:db8:1:2::1"), ip("2a01:db8:1:2:ffff::")));
    BOOST_TEST(!same_subnet(ip("2a01:db8:1:2::1"), ip("2a01:db8:1:3::1")));
    BOOST_TEST(!same_subnet(ip("203.0.113.1"), ip("2a01:db8:1:2::1")));
}

BOOST_AUTO_TEST_CASE(public_addresses_are_the_world_but_for_those_of_our_own_networks) {
    struct {
        const char* address;
        realm expected;
    } const cases[] = {
        {"8.8.8.8", realm::world},          {"192.168.1.7", realm::local},
        {"192.168.77.7", realm::local},  // another private network behind a router
        {"10.1.2.3", realm::local},         {"100.64.1.1", realm::local},
        {"169.254.3.4", realm::local},      {"127.0.0.1", realm::local},
        {"2a01:db8:1:2::99", realm::local},  // public, but on our link
        {"2a01:db8:1:3::99", realm::world}, {"fd00::1", realm::local},
        {"fe80::1%2", realm::local},        {"::1", realm::local},
    };
    for (const auto& c : cases)
        BOOST_TEST((home().realm_of(ip(c.address)) == c.expected), c.address << " is of the other realm");
}

BOOST_AUTO_TEST_CASE(a_network_of_unknown_mask_does_not_make_the_world_a_neighbour) {
    address_rules rules;
    rules.set_networks({{ip("198.41.0.4"), 0}});
    BOOST_TEST((rules.realm_of(ip("8.8.8.8")) == realm::world));
    BOOST_TEST(!rules.is_plausible(at("255.255.255.254:1")));
    BOOST_TEST(rules.is_plausible(at("8.8.8.8:1")));
}

BOOST_AUTO_TEST_CASE(nobody_is_at_port_0_at_a_broadcast_address_or_on_mars) {
    const auto rules = home();
    for (const auto* bad :
         {"8.8.8.8:0", "0.0.0.0:6881", "0.1.2.3:6881", "224.0.0.1:6881", "239.192.152.143:6771",
          "240.0.0.1:6881", "255.255.255.255:6881", "192.168.1.255:6881", "[::]:6881", "[ff02::1]:6881"})
        BOOST_TEST(!rules.is_plausible(at(bad)), bad << " is taken for a node");
    for (const auto* good : {"8.8.8.8:1", "192.168.1.254:6881", "192.168.2.255:6881", "127.0.0.1:6881",
                             "10.0.0.255:65535", "[2a01:db8::1]:6881", "[::1]:6881"})
        BOOST_TEST(rules.is_plausible(at(good)), good << " is no node");
}

BOOST_AUTO_TEST_CASE(a_network_of_two_addresses_has_no_broadcast) {
    address_rules rules;
    rules.set_networks({{ip("10.0.0.0"), 31}, {ip("10.0.1.255"), 32}, {ip("10.0.2.1"), 30}});
    BOOST_TEST(rules.is_plausible(at("10.0.0.1:1")));
    BOOST_TEST(rules.is_plausible(at("10.0.1.255:1")));
    BOOST_TEST(!rules.is_plausible(at("10.0.2.3:1")));
    BOOST_TEST(rules.is_plausible(at("10.0.2.2:1")));
}

BOOST_AUTO_TEST_CASE(who_is_told_of_whom) {
    //                asker               about                told
    struct {
        const char *asker, *about;
        bool told;
    } const cases[] = {
        {"127.0.0.1", "127.0.0.1", true},      {"127.0.0.1", "192.168.1.7", true},
        {"127.0.0.1", "fe80::1%2", true},      {"192.168.1.7", "127.0.0.1", false},
        {"8.8.8.8", "127.0.0.1", false},       {"fe80::9%2", "fe80::1%2", true},
        {"fe80::9%3", "fe80::1%2", false},     {"169.254.1.1", "169.254.2.2", true},
        {"192.168.1.7", "169.254.2.2", false}, {"2a01:db8:1:2::9", "fe80::1%2", false},
        {"8.8.8.8", "192.168.1.7", false},     {"2a01::1", "fd00::1", false},
        {"192.168.1.7", "10.0.0.1", true},     {"2a01:db8:1:2::9", "fd00::1", true},
        {"8.8.8.8", "9.9.9.9", true},          {"192.168.1.7", "9.9.9.9", true},
        {"8.8.8.8", "2a01:db8:1:2::9", true},  {"8.8.8.8", "224.0.0.1", false},
        {"192.168.1.7", "0.0.0.0", false},
    };
    for (const auto& c : cases)
        BOOST_TEST(home().may_tell(ip(c.asker), ip(c.about)) == c.told, c.asker << " about " << c.about);
}

BOOST_AUTO_TEST_CASE(the_world_can_be_reached_from_any_address_a_router_may_stand_before) {
    const auto reaches = [](std::string_view own, unsigned bits, ip_family family) {
        address_rules rules;
        rules.set_networks({{ip(own), bits}});
        return rules.may_reach_world(family);
    };
    BOOST_TEST(!address_rules{}.may_reach_world(ip_family::v4));
    BOOST_TEST(reaches("192.168.1.20", 24, ip_family::v4));
    BOOST_TEST(reaches("8.8.4.4", 32, ip_family::v4));
    BOOST_TEST(!reaches("127.0.0.1", 8, ip_family::v4));
    BOOST_TEST(!reaches("169.254.1.1", 16, ip_family::v4));
    BOOST_TEST(!reaches("192.168.1.20", 24, ip_family::v6));
    BOOST_TEST(!reaches("fe80::1%2", 64, ip_family::v6));
    BOOST_TEST(!reaches("::1", 128, ip_family::v6));
    BOOST_TEST(reaches("2a01:db8::1", 64, ip_family::v6));
}

BOOST_AUTO_TEST_CASE(a_link_local_address_is_on_the_link_of_who_names_it) {
    const auto rules = home();
    BOOST_TEST((rules.as_told_by(ip("fe80::9%3"), at("[fe80::1]:6881")).address == ip("fe80::1%3")));
    BOOST_TEST((rules.as_told_by(ip("fe80::9%3"), at("[2a01::1]:6881")) == at("[2a01::1]:6881")));
    BOOST_TEST((rules.as_told_by(ip("192.168.1.7"), at("10.0.0.1:9")) == at("10.0.0.1:9")));
}

BOOST_AUTO_TEST_SUITE_END()
