#include "discovery/link.hpp"

#include "lan.hpp"

namespace bt::discovery::test {
namespace {

std::string shown(const std::vector<link_target>& targets) {
    std::string text;
    for (const auto& t : targets) {
        text += text.empty() ? "" : ", ";
        text += t.source_address->to_string() + " -> " + t.destination.to_string();
        text += " by " + std::to_string(t.interface_index);
    }
    return text;
}

std::string hello_way(std::vector<interface_address> own) { return shown(hello_targets(own, 8001)); }
std::string lsd_way(std::vector<interface_address> own) { return shown(lsd_targets(own)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(links)

BOOST_AUTO_TEST_CASE(a_source_is_believed_only_from_our_own_networks) {
    const std::vector<interface_address> own = {loopback(),
                                                ethernet("192.168.1.5", 24),
                                                ethernet("10.1.0.1", 22, 3),
                                                ethernet("fd00:1::5", 64),
                                                ethernet("fe80::5", 64),
                                                ethernet("198.51.100.7", 32, 4)};
    const std::vector<std::pair<std::string, bool>> table = {
        {"192.168.1.1", true},    {"192.168.1.254", true},    {"192.168.2.1", false},
        {"10.1.3.254", true},     {"10.1.4.1", false},        {"8.8.8.8", false},
        {"127.0.0.1", true},      {"127.5.5.5", true},        {"127.255.255.255", false},
        {"192.168.1.255", false},  // an answer there would reach everybody
        {"192.168.1.0", false},   {"10.1.3.255", false},      {"10.1.0.255", true},
        {"0.0.0.0", false},       {"255.255.255.255", false}, {"239.192.152.143", false},
        {"169.254.1.1", false},   {"198.51.100.7", true},     {"198.51.100.8", false},
        {"fd00:1::9", true},      {"fd00:2::9", false},       {"fe80::9%2", true},
        {"fe80::9", true},        {"2001:db8::1", false},     {"::1", false},
        {"ff12::8001", false},
    };
    for (const auto& [source, believed] : table)
        BOOST_TEST(on_link(own, ip(source), 0) == believed,
                   source << " should " << (believed ? "" : "not ") << "be");
}

BOOST_AUTO_TEST_CASE(without_interfaces_nobody_is_believed) {
    for (const auto* source : {"192.168.1.1", "127.0.0.1", "fe80::1%2", "::1"})
        BOOST_TEST(!on_link({}, ip(source), 0), source);
}

BOOST_AUTO_TEST_CASE(loopback_is_believed_only_on_loopback) {
    const std::vector<interface_address> own = {loopback(), loopback("::1", 128),
                                                ethernet("192.168.1.5", 24)};
    BOOST_TEST(on_link(own, ip("127.0.0.1"), 1));
    BOOST_TEST(!on_link(own, ip("127.0.0.1"), 2));
    BOOST_TEST(on_link(own, ip("::1"), 1));
    BOOST_TEST(!on_link(std::vector{ethernet("192.168.1.5", 24)}, ip("127.0.0.1"), 0));
}

BOOST_AUTO_TEST_CASE(an_interface_we_leave_alone_is_not_heard) {
    const std::vector<interface_address> own = {ethernet("192.168.1.5", 24, 2), ethernet("fe80::5", 64, 2)};
    BOOST_TEST(on_link(own, ip("192.168.1.9"), 2));
    BOOST_TEST(!on_link(own, ip("192.168.1.9"), 3));
    BOOST_TEST(!on_link(own, ip("fe80::9%3"), 3));
    BOOST_TEST(on_link(own, ip("192.168.1.5"), 1));  // ourselves, by loopback
}

BOOST_AUTO_TEST_CASE(a_link_local_source_gets_the_interface_it_came_in_by) {
    BOOST_TEST(with_interface(at("[fe80::1]:5"), 3).to_string() == "[fe80::1%3]:5");
    BOOST_TEST(with_interface(at("[fe80::1%2]:5"), 3).to_string() == "[fe80::1%2]:5");
    BOOST_TEST(with_interface(at("[fd00::1]:5"), 3).to_string() == "[fd00::1]:5");
    BOOST_TEST(with_interface(at("10.0.0.1:5"), 3).to_string() == "10.0.0.1:5");
}

BOOST_AUTO_TEST_CASE(a_hello_goes_to_the_broadcast_address_of_every_network) {
    BOOST_TEST(hello_way({ethernet("192.168.1.5", 24), ethernet("10.1.0.1", 22, 3)}) ==
               "192.168.1.5 -> 192.168.1.255:8001 by 2, 10.1.0.1 -> 10.1.3.255:8001 by 3");
    auto named = ethernet("192.168.1.5", 24);
    named.broadcast = ip("192.168.1.127");
    BOOST_TEST(hello_way({named}) == "192.168.1.5 -> 192.168.1.127:8001 by 2");
}

BOOST_AUTO_TEST_CASE(the_limited_broadcast_is_used_only_where_a_network_has_none) {
    BOOST_TEST(hello_way({ethernet("203.0.113.9", 32)}) == "203.0.113.9 -> 255.255.255.255:8001 by 2");
    BOOST_TEST(hello_way({ethernet("203.0.113.8", 31)}) == "203.0.113.8 -> 255.255.255.255:8001 by 2");
    BOOST_TEST(hello_way({ethernet("203.0.113.9", 30)}) == "203.0.113.9 -> 203.0.113.11:8001 by 2");
    auto unspecified = ethernet("10.0.0.1", 8);
    unspecified.broadcast = ip("0.0.0.0");
    BOOST_TEST(hello_way({unspecified}) == "10.0.0.1 -> 10.255.255.255:8001 by 2");
}

BOOST_AUTO_TEST_CASE(a_tunnel_that_cannot_broadcast_gets_no_hello) {
    auto tunnel = ethernet("10.9.0.1", 24);
    tunnel.broadcast_capable = tunnel.multicast = false;
    BOOST_TEST(hello_way({tunnel}).empty());
    BOOST_TEST(lsd_way({tunnel}).empty());
}

BOOST_AUTO_TEST_CASE(two_nodes_of_one_machine_meet_on_loopback) {
    BOOST_TEST(hello_way({loopback(), loopback("::1", 128)}) == "127.0.0.1 -> 127.255.255.255:8001 by 1");
    BOOST_TEST(hello_way({loopback("10.0.0.7", 32)}).empty());  // an address a router keeps on lo
}

BOOST_AUTO_TEST_CASE(two_addresses_of_one_network_need_one_hello) {
    BOOST_TEST(hello_way({ethernet("192.168.1.5", 24), ethernet("192.168.1.6", 24)}) ==
               "192.168.1.5 -> 192.168.1.255:8001 by 2");
    BOOST_TEST(hello_way({ethernet("192.168.1.5", 24), ethernet("192.168.1.6", 24, 3)}) ==
               "192.168.1.5 -> 192.168.1.255:8001 by 2, 192.168.1.6 -> 192.168.1.255:8001 by 3");
}

BOOST_AUTO_TEST_CASE(ipv6_goes_once_per_interface_and_from_the_link_local_address) {
    BOOST_TEST(hello_way({ethernet("fd00::5", 64), ethernet("fe80::5", 64), ethernet("2001:db8::5", 64),
                          ethernet("fd00::6", 64, 3)}) ==
               "fe80::5 -> [ff12::8001]:8001 by 2, fd00::6 -> [ff12::8001]:8001 by 3");
}

BOOST_AUTO_TEST_CASE(bep_14_goes_to_its_groups_on_every_interface) {
    BOOST_TEST(lsd_way({loopback(), ethernet("192.168.1.5", 24), ethernet("192.168.1.6", 24),
                        ethernet("172.16.0.1", 16), ethernet("10.0.0.1", 8, 3)}) ==
               "192.168.1.5 -> 239.192.152.143:6771 by 2, 172.16.0.1 -> 239.192.152.143:6771 by 2, "
               "10.0.0.1 -> 239.192.152.143:6771 by 3");
    BOOST_TEST(lsd_way({ethernet("fe80::5", 64), ethernet("fd00::5", 64), ethernet("fe80::6", 64, 3)}) ==
               "fd00::5 -> [ff15::efc0:988f]:6771 by 2, fe80::6 -> [ff15::efc0:988f]:6771 by 3");
}

BOOST_AUTO_TEST_CASE(the_other_end_of_a_point_to_point_link_is_a_neighbour_and_told_by_its_address) {
    interface_address tunnel{ip("10.8.0.1"), 32,     5,     false,         false,
                             std::nullopt,   "tun0", false, ip("10.8.0.2")};
    const std::vector all{ethernet("192.168.1.5", 24), tunnel};
    BOOST_TEST(on_link(all, ip("10.8.0.2"), 5));
    BOOST_TEST(on_link(all, ip("10.8.0.2"), 0));
    BOOST_TEST(!on_link(all, ip("10.8.0.3"), 5));
    BOOST_TEST(hello_way({tunnel}) == "10.8.0.1 -> 10.8.0.2:8001 by 5");
    BOOST_TEST((source_towards(all, ip("10.8.0.2")) == std::optional(ip("10.8.0.1"))));
    tunnel.peer.reset();
    BOOST_TEST(!on_link(std::vector{tunnel}, ip("10.8.0.2"), 5));
}

BOOST_AUTO_TEST_CASE(a_neighbour_is_answered_from_the_address_that_its_network_knows) {
    const std::vector all{ethernet("192.168.1.5", 24, 2), ethernet("192.168.1.6", 24, 3),
                          ethernet("fe80::5", 64, 2), ethernet("2001:db8::5", 64, 2)};
    const auto from = [&](std::string_view to, unsigned index = 0) {
        const auto own = source_towards(all, ip(to), index);
        return own ? own->to_string() : "any";
    };
    BOOST_TEST(from("192.168.1.9") == "192.168.1.5");
    BOOST_TEST(from("192.168.1.9", 3) == "192.168.1.6");
    BOOST_TEST(from("fe80::9%2").starts_with("fe80::5"));
    BOOST_TEST(from("fe80::9%3") == "any");
    BOOST_TEST(from("2001:db8::9") == "2001:db8::5");
    BOOST_TEST(from("10.0.0.1") == "any");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
