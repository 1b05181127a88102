#include "discovery/lan_trackers.hpp"

#include "lan.hpp"

namespace bt::discovery::test {
namespace {

struct lan {
    presence online;
    lan_trackers trackers;

    std::string update() {
        std::string text;
        for (const auto& change : trackers.update(online)) {
            text += text.empty() ? "" : " ";
            std::visit([&](const auto& c) { text += shown(c); }, change);
        }
        return text;
    }
    static std::string shown(const tracker_found& t) { return "+" + shown(t.protocol, t.tracker); }
    static std::string shown(const tracker_gone& t) { return "-" + shown(t.protocol, t.tracker); }
    static std::string shown(tracker_protocol protocol, const endpoint& where) {
        return (protocol == tracker_protocol::http ? "http/" : "udp/") + where.to_string();
    }
    void hear(char name, std::optional<std::uint16_t> http, std::optional<std::uint16_t> udp,
              time_point now = start, std::string_view address = "") {
        auto message = message_from(name);
        message.http_tracker_port = http;
        message.udp_tracker_port = udp;
        online.heard(now, message, address.empty() ? host(name) : ip(address), true);
    }
    static ip_address host(char name) {
        return ip_address::v4(10, 0, 0, static_cast<std::uint8_t>(name - 'A' + 1));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(trackers_of_the_lan)

BOOST_AUTO_TEST_CASE(a_node_with_a_tracker_is_used_and_one_without_is_not) {
    lan l;
    l.hear('A', 80, 81);
    l.hear('B', std::nullopt, std::nullopt);
    BOOST_TEST(l.update() == "+http/10.0.0.1:80 +udp/10.0.0.1:81");
    BOOST_TEST(l.update() == "");
}

BOOST_AUTO_TEST_CASE(four_nodes_are_used_and_the_fifth_steps_in_when_one_goes) {
    lan l;
    for (const char name : {'A', 'B', 'C', 'D', 'E'})
        l.hear(name, 80, std::nullopt, start + (name - 'A') * 1s);
    BOOST_TEST(l.update() == "+http/10.0.0.1:80 +http/10.0.0.2:80 +http/10.0.0.3:80 +http/10.0.0.4:80");
    l.online.forget({instance('B'), lan::host('B')});
    BOOST_TEST(l.update() == "-http/10.0.0.2:80 +http/10.0.0.5:80");
}

BOOST_AUTO_TEST_CASE(a_changed_port_and_a_stopped_tracker_are_followed) {
    lan l;
    l.hear('A', 80, std::nullopt);
    l.update();
    l.hear('A', 8080, std::nullopt);
    BOOST_TEST(l.update() == "-http/10.0.0.1:80 +http/10.0.0.1:8080");
    l.hear('A', 8080, 6969);
    BOOST_TEST(l.update() == "+udp/10.0.0.1:6969");
    l.hear('A', std::nullopt, std::nullopt);
    BOOST_TEST(l.update() == "-http/10.0.0.1:8080 -udp/10.0.0.1:6969");
}

BOOST_AUTO_TEST_CASE(a_second_address_is_used_only_when_the_first_is_gone) {
    lan l;
    l.hear('A', 80, std::nullopt);
    l.update();
    l.hear('A', 80, std::nullopt, start + 60s, "10.0.0.77");
    BOOST_TEST(l.update() == "");
    l.online.expire(start + 100s);
    BOOST_TEST(l.update() == "-http/10.0.0.1:80 +http/10.0.0.77:80");
}

BOOST_AUTO_TEST_CASE(who_speaks_under_the_id_of_another_moves_no_tracker) {
    lan l;
    l.hear('A', 80, std::nullopt);
    BOOST_TEST(l.update() == "+http/10.0.0.1:80");
    l.hear('A', 22, std::nullopt, start, "10.0.0.66");
    BOOST_TEST(l.update() == "+http/10.0.0.66:22");
    l.online.forget({instance('A'), ip("10.0.0.66")});
    BOOST_TEST(l.update() == "-http/10.0.0.66:22");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
