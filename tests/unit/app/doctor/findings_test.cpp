#include "app/doctor/findings.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

using namespace bt;
using namespace bt::app;

namespace {

const auto lab = ip_address::v4(10, 0, 0, 2), desk = ip_address::v4(10, 0, 0, 3);

seen_machine machine(const ip_address& at, const std::string& host) {
    seen_machine one;
    one.address = at;
    one.addresses = {at};
    one.host = host;
    one.answered = one.answered_own_port = one.heard = one.dht = true;
    one.multicast_asked = one.multicast_heard = true;
    one.page = seen_machine::page_state::answered;
    one.page_port = 40'000;
    one.called = call_back::came;
    one.clock_ahead = 0;
    return one;
}

/// Nothing is wrong: eth0, and one machine that does all that is asked.
observations fine() {
    observations seen;
    seen.interfaces = {{"eth0", interface_kind::network, {"10.0.0.1/24", "fe80::1/64"}, true}};
    seen.local_network = "10.0.0.0/24";
    seen.ways = {{"eth0", question_way::broadcast, "", true, 1},
                 {"eth0", question_way::multicast, "", true, 1}};
    seen.shared_port_heard = true;
    seen.machines = {machine(lab, "lab")};
    seen.tcp_port = 41'000;
    seen.listened = 4s;
    seen.dht = {true, true, 100, 1};
    seen.clock = 1'800'000'000;
    seen.disks = {{"downloads", "/home", std::uint64_t(1) << 40}};
    seen.descriptors = 4'096;
    return seen;
}

observations alone() {
    auto seen = fine();
    seen.machines.clear();
    seen.ways[0].answers = seen.ways[1].answers = 0;
    seen.shared_port_heard = false;
    seen.listened = 37s;
    return seen;
}

named_machine named(const ip_address& at) {
    named_machine one;
    one.asked = "lab";
    one.addresses = {at};
    one.on_link = true;
    return one;
}

/// "warn clock, fail tcp-in": what is not ok, in order.
std::string troubles(const observations& seen) {
    std::string all;
    for (const auto& each : judge(seen)) {
        BOOST_TEST(!each.what.empty());
        if (each.how == grade::ok) {
            BOOST_TEST(each.advice.empty());
            continue;
        }
        BOOST_TEST(!each.advice.empty(), each.what);
        all += (all.empty() ? "" : ", ") + std::string(to_string(each.how)) + " " + std::string(each.check);
    }
    return all;
}

std::string said(const observations& seen, std::string_view check) {
    for (const auto& each : judge(seen))
        if (each.check == check) return each.what + " | " + each.advice + " | " + each.command;
    return "";
}

struct cause {
    const char* name;
    std::function<void(observations&)> seen;
    const char* found;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(doctor_findings)

BOOST_AUTO_TEST_CASE(where_nothing_is_wrong_all_is_ok) {
    BOOST_TEST(troubles(fine()) == "");
    for (const auto* check : {"interface", "hello-port", "broadcast", "multicast", "multicast-ipv4", "others",
                              "udp-in", "tcp-in", "tcp-out", "dht", "clock", "disk", "descriptors"})
        BOOST_TEST(!said(fine(), check).empty(), check);
}

BOOST_AUTO_TEST_CASE(each_cause_is_told_apart_beside_a_machine_that_answers) {
    const cause all[] = {
        {"broadcast is dropped on the way", [](auto& o) { o.ways[0].answers = 0; }, "warn broadcast"},
        {"IPv6 multicast is dropped on the way", [](auto& o) { o.ways[1].answers = 0; }, "warn multicast"},
        {"IPv4 multicast is dropped", [](auto& o) { o.machines[0].multicast_heard = false; },
         "warn multicast-ipv4"},
        {"both are, and it answers when it is asked itself",
         [](auto& o) {
             o.ways[0].answers = o.ways[1].answers = 0;
             o.ways.push_back({"eth0", question_way::unicast, "", false, 1});
         },
         "fail broadcast, fail multicast"},
        {"an interface with nobody behind is no trouble",
         [](auto& o) {
             o.ways.push_back({"wlan0", question_way::broadcast, "", true, 0});
         },
         ""},
        {"sending is barred here, in one way",
         [](auto& o) {
             o.ways[0] = {"eth0", question_way::broadcast, "not permitted", false, 0};
         },
         "warn broadcast"},
        {"TCP is barred here", [](auto& o) { o.machines[0].called = call_back::did_not; }, "fail tcp-in"},
        {"TCP is barred here, and it still waits",
         [](auto& o) { o.machines[0].called = call_back::waited_for; }, "fail tcp-in"},
        {"one could not connect, another could",
         [](auto& o) {
             o.machines.push_back(machine(desk, "desk"));
             o.machines[0].called = call_back::did_not;
         },
         ""},
        {"nobody can be asked to connect", [](auto& o) { o.machines[0].called = call_back::not_asked; },
         "warn tcp-in"},
        {"the port is taken", [](auto& o) { o.tcp_trouble = "in use"; }, "warn tcp-in"},
        {"TCP is barred there", [](auto& o) { o.machines[0].page = seen_machine::page_state::silent; },
         "fail tcp-out"},
        {"UDP is open at the port of all nodes alone",
         [](auto& o) { o.machines[0].answered_own_port = false; }, "fail udp-in"},
        {"it is heard and does not answer",
         [](auto& o) {
             o.machines[0].answered = o.machines[0].answered_own_port = false;
             o.ways[0].answers = o.ways[1].answers = 0;
         },
         "fail others"},
        {"another network is beside",
         [](auto& o) {
             o.other_networks = {{"lab", desk, "desk"}};
         },
         "warn network"},
        {"its clock is wrong", [](auto& o) { o.machines[0].clock_ahead = -7'200; }, "warn clock"},
        {"a few minutes are no matter", [](auto& o) { o.machines[0].clock_ahead = 299; }, ""},
        {"our clock was never set", [](auto& o) { o.clock = 3'600; }, "fail clock"},
        {"the disk is nearly full", [](auto& o) { o.disks[0].free = 100 << 20; }, "warn disk"},
        {"the disk is full", [](auto& o) { o.disks[0].free = 1 << 20; }, "fail disk"},
        {"few descriptors", [](auto& o) { o.descriptors = 64; }, "warn descriptors"},
        {"no DHT",
         [](auto& o) {
             o.dht = {true, true, 0, 0};
         },
         "warn dht"},
        {"no DHT is wanted of the internet",
         [](auto& o) {
             o.dht = {true, true, 0, 0};
             o.internet = false;
         },
         ""},
        {"the DHT was not looked at", [](auto& o) { o.dht = {}; }, ""},
        {"a VPN is beside",
         [](auto& o) {
             o.interfaces.push_back({"wg0", interface_kind::vpn, {"10.9.0.2/32"}, false});
         },
         ""},
        {"a VPN takes everything",
         [](auto& o) {
             o.interfaces.push_back({"wg0", interface_kind::vpn, {"10.9.0.2/32"}, true});
         },
         "warn vpn"},
        {"in a container, which does not matter", [](auto& o) { o.in_container = true; }, ""},
    };
    for (const auto& each : all) {
        auto seen = fine();
        each.seen(seen);
        BOOST_TEST(troubles(seen) == each.found, each.name);
    }
}

BOOST_AUTO_TEST_CASE(each_cause_is_told_apart_where_nobody_answers) {
    const cause all[] = {
        {"nobody is there", [](auto&) {}, "warn others"},
        {"in a container", [](auto& o) { o.in_container = true; }, "warn container, warn others"},
        {"the firewall of this machine", [](auto& o) { o.ways[0].heard_back = o.ways[1].heard_back = false; },
         "fail hello-port"},
        {"the port is held by another program", [](auto& o) { o.port_trouble = "in use"; },
         "fail hello-port, warn others"},
        {"no interface",
         [](auto& o) {
             o.interfaces.clear();
             o.ways.clear();
         },
         "fail interface"},
        {"containers alone",
         [](auto& o) {
             o.interfaces[0].kind = interface_kind::container;
             o.ways.clear();
         },
         "fail interface"},
        {"nothing may be sent", [](auto& o) { o.ways[0].trouble = o.ways[1].trouble = "not permitted"; },
         "fail broadcast, fail multicast, warn others"},
        {"all are of another network",
         [](auto& o) {
             o.other_networks = {{"lab", lab, "lab"}};
         },
         "fail network"},
        {"the one named is of another network",
         [](auto& o) {
             o.named = named(lab);
             o.other_networks = {{"lab", lab, "lab"}};
         },
         "fail network"},
    };
    for (const auto& each : all) {
        auto seen = alone();
        each.seen(seen);
        BOOST_TEST(troubles(seen) == each.found, each.name);
    }
}

BOOST_AUTO_TEST_CASE(of_the_machine_that_was_named_it_is_said_how_far_the_way_leads) {
    const auto text = [](const std::function<void(named_machine&)>& change) {
        auto seen = alone();
        seen.named = named(lab);
        change(*seen.named);
        const auto found = said(seen, "host");
        BOOST_TEST(troubles(seen) == "fail host", found);
        return found.substr(0, found.find(" | "));
    };
    BOOST_TEST(text([](auto& n) { n.answers_link = false; }) ==
               "lab does not answer at all, though it is in the network of this machine");
    BOOST_TEST(text([](auto&) {}) ==
               "lab does not answer at all, though it is in the network of this machine");
    BOOST_TEST(text([](auto& n) { n.answers_link = true; }) ==
               "lab is there, but its firewall drops everything");
    BOOST_TEST(text([](auto& n) { n.answers_link = n.connected = true; }) ==
               "lab is there, but UDP port 8001 there is silent");
    BOOST_TEST(text([](auto& n) { n.connected = true; }) ==
               "lab is there, but UDP port 8001 there is silent");
    BOOST_TEST(text([](auto& n) { n.answers_link = n.connected = n.refused = true; }) ==
               "lab is there, but no node runs there");
    BOOST_TEST(text([](auto& n) { n.on_link = false; }) == "lab is in another network than this machine");
    BOOST_TEST(text([](auto& n) { n.is_this = true; }) == "lab is this machine");
    BOOST_TEST(text([](auto& n) { n.trouble = "nothing is known of the name 'lab'"; }) ==
               "nothing is known of the name 'lab'");

    auto there = fine();
    there.named = named(lab);
    BOOST_TEST(troubles(there) == "");
    there.named = named(desk);
    there.named->answers_link = false;
    BOOST_TEST(troubles(there) == "fail host");
}

BOOST_AUTO_TEST_CASE(the_line_for_the_firewall_lets_neighbours_in_at_the_ports_of_nodes) {
    auto seen = alone();
    seen.ways[0].heard_back = seen.ways[1].heard_back = false;
    const auto line = [&](firewall_tool tool) {
        seen.firewall = tool;
        const auto all = said(seen, "hello-port");
        return all.substr(all.rfind(" | ") + 3);
    };
    BOOST_TEST(
        line(firewall_tool::nft) ==
        "sudo nft 'insert rule inet filter input ip saddr 10.0.0.0/24 meta l4proto { tcp, udp } th dport "
        "{ 6771,8001,32768-60999 } accept'");
    BOOST_TEST(
        line(firewall_tool::iptables) ==
        "sudo iptables -I INPUT -s 10.0.0.0/24 -p udp -m multiport --dports 6771,8001,32768:60999 -j ACCEPT "
        "&& sudo iptables -I INPUT -s 10.0.0.0/24 -p tcp -m multiport --dports 32768:60999 -j ACCEPT");
    BOOST_TEST(line(firewall_tool::ufw) ==
               "sudo ufw allow proto udp from 10.0.0.0/24 to any port 6771,8001,32768:60999 && "
               "sudo ufw allow proto tcp from 10.0.0.0/24 to any port 32768:60999");
    BOOST_TEST(
        line(firewall_tool::firewalld) ==
        "sudo firewall-cmd --permanent --add-port=6771/udp --add-port=8001/udp --add-port=32768-60999/udp "
        "--add-port=32768-60999/tcp && sudo firewall-cmd --reload");
    BOOST_TEST(line(firewall_tool::none) == "");
    seen.tcp_port_given = true;
    seen.tcp_port = 7'000;
    BOOST_TEST(line(firewall_tool::nft).find("{ 6771,8001,7000,32768-60999 }") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(interfaces_of_containers_and_tunnels_are_known_by_name) {
    for (const auto* name : {"docker0", "br-1f2e3d4c5b6a", "virbr0", "veth12ab"})
        BOOST_CHECK_MESSAGE(kind_of_interface(name, false) == interface_kind::container, name);
    for (const auto* name : {"tun0", "wg0", "tailscale0", "ppp0"})
        BOOST_CHECK_MESSAGE(kind_of_interface(name, false) == interface_kind::vpn, name);
    for (const auto* name : {"eth0", "enp3s0", "wlan0", "br0"})
        BOOST_CHECK_MESSAGE(kind_of_interface(name, false) == interface_kind::network, name);
    BOOST_CHECK(kind_of_interface("gre7", true) == interface_kind::vpn);
}

BOOST_AUTO_TEST_SUITE_END()
