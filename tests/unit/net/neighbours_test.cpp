#include "net/neighbours.hpp"

#include <boost/test/unit_test.hpp>

#include "net/udp.hpp"
#include "net/udp_knock.hpp"

using namespace bt;
using namespace bt::net;

BOOST_AUTO_TEST_CASE(neighbours_are_those_of_the_kernels_table_and_answer_when_their_hardware_is_known) {
    const auto all = parse_arp(
        "IP address       HW type     Flags       HW address            Mask     Device\n"
        "10.0.0.2         0x1         0x2         00:16:3e:00:00:02     *        eth0\n"
        "10.0.0.3         0x1         0x0         00:00:00:00:00:00     *        eth0\n"
        "nonsense\n");
    const std::vector<neighbour_entry> wanted = {{ip_address::v4(10, 0, 0, 2), true, "eth0"},
                                                 {ip_address::v4(10, 0, 0, 3), false, "eth0"}};
    BOOST_CHECK(all == wanted);
    BOOST_CHECK(parse_arp("").empty());
}

BOOST_AUTO_TEST_CASE(a_default_route_is_the_whole_address_space_or_a_half_of_it) {
    const std::string head =
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
    const auto whole = head + "eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n" +
                       "eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";
    BOOST_CHECK(parse_default_routes(whole) == std::vector<std::string>{"eth0"});
    const auto halves = head + "tun0\t00000000\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n" +
                        "tun0\t00000080\t0100000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n";
    BOOST_CHECK(parse_default_routes(halves) == std::vector<std::string>{"tun0"});
    BOOST_CHECK(parse_default_routes(head).empty());
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_listens_refuses_what_is_sent_to_it) {
    loop on;
    udp_socket open(on), closed(on);
    const auto loopback = ip_address::v4(127, 0, 0, 1);
    const auto there = open.bind({loopback, 0}, {}, [](const datagram&) {});
    const auto gone = closed.bind({loopback, 0}, {}, [](const datagram&) {});
    BOOST_REQUIRE((there && gone));
    closed.close();
    const bytes content = {1};
    udp_knock at_open({loopback, *there}), at_closed({loopback, *gone});
    for (auto* each : {&at_open, &at_closed}) each->send(content), each->send(content);
    BOOST_TEST(!at_open.refused());
    BOOST_TEST(at_closed.refused());
    BOOST_TEST(at_closed.refused());
}
