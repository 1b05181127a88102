#include "swarm/vicinity.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::swarm;

namespace {

ip_address at(const char* text) { return *ip_address::parse(text); }

}  // namespace

BOOST_AUTO_TEST_SUITE(vicinity_test)

BOOST_AUTO_TEST_CASE(near_is_what_a_link_of_ours_reaches) {
    vicinity around;
    around.set_networks({{at("192.168.7.5"), 24},
                         {at("10.1.2.3"), 30},
                         {at("203.0.113.9"), 25},
                         {at("2001:db8:1:2::5"), 64},
                         {at("172.16.0.1"), 32}});
    struct {
        const char *address, *why;
        bool near;
    } const table[] = {
        {"192.168.7.200", "in our network", true},
        {"192.168.8.1", "private, but behind a router", false},
        {"10.1.2.1", "in a small network", true},
        {"10.1.2.4", "just outside of it", false},
        {"203.0.113.100", "public addresses on our link", true},
        {"203.0.113.129", "the provider's other half", false},
        {"2001:db8:1:2:ffff::1", "in our IPv6 network", true},
        {"2001:db8:1:3::1", "in the next one", false},
        {"172.16.0.1", "ourselves, on a link to one other", true},
        {"172.16.0.2", "that other is not in the network", false},
        {"127.0.0.1", "this machine", true},
        {"127.9.9.9", "this machine, too", true},
        {"::1", "the same", true},
        {"fe80::1%2", "on a link by its nature", true},
        {"169.254.3.3", "the same of old", true},
        {"198.51.100.1", "the world", false},
        {"::", "nothing", false},
    };
    for (const auto& row : table)
        BOOST_TEST(around.is_near(at(row.address)) == row.near, row.address << ": " << row.why);
}

BOOST_AUTO_TEST_CASE(with_no_network_known_only_link_and_machine_are_near) {
    vicinity around;
    BOOST_TEST(!around.is_near(at("192.168.7.5")));
    BOOST_TEST(around.is_near(at("127.0.0.1")));
    around.set_networks({{at("192.168.7.5"), 24}});
    BOOST_TEST(around.is_near(at("192.168.7.6")));
    around.set_networks({});  // the cable was pulled
    BOOST_TEST(!around.is_near(at("192.168.7.6")));
}

BOOST_AUTO_TEST_CASE(families_do_not_mix) {
    vicinity around;
    around.set_networks({{at("8.0.0.1"), 1}});
    BOOST_TEST(around.is_near(at("9.8.8.8")));
    BOOST_TEST(!around.is_near(at("2001:db8::1")));
}

BOOST_AUTO_TEST_CASE(a_network_of_unknown_size_makes_the_world_no_neighbour) {
    vicinity around;
    around.set_networks({{at("192.0.2.7"), 0}});
    BOOST_TEST(!around.is_near(at("8.8.8.8")));
}

BOOST_AUTO_TEST_SUITE_END()
