#include "app/sockets/udp_pair.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "../../net/run_until.hpp"

using namespace bt;
using namespace bt::app;

namespace {

constexpr auto ignore = [](const endpoint&, const ip_address&, byte_view) {};

/// A port some other program has in one family.
struct taken {
    explicit taken(net::loop& on, const char* address = "0.0.0.0") : socket(on) {
        port = socket.bind({*ip_address::parse(address), 0}, {}, [](const net::datagram&) {}).value();
    }
    net::udp_socket socket;
    std::uint16_t port = 0;
};

}  // namespace

BOOST_AUTO_TEST_CASE(both_families_have_the_wanted_port) {
    net::loop loop;
    std::uint16_t free = 0;
    { free = taken(loop).port; }
    udp_pair sockets(loop, true, true, std::nullopt, ignore);
    BOOST_TEST(sockets.open(free) == free);
    BOOST_TEST(sockets.uses(ip_family::v4));
    BOOST_TEST(sockets.uses(ip_family::v6));
}

BOOST_AUTO_TEST_CASE(a_port_taken_in_one_family_is_left_in_both) {
    net::loop loop;
    for (const char* address : {"0.0.0.0", "::"}) {
        const taken other(loop, address);
        udp_pair sockets(loop, true, true, std::nullopt, ignore);
        const auto port = sockets.open(other.port);
        BOOST_TEST(port != 0);
        BOOST_TEST(port != other.port);
        BOOST_TEST(sockets.uses(ip_family::v4));
        BOOST_TEST(sockets.uses(ip_family::v6));
    }
}

BOOST_AUTO_TEST_CASE(only_the_wished_families_are_used) {
    net::loop loop;
    udp_pair v4(loop, true, false, std::nullopt, ignore), v6(loop, false, true, std::nullopt, ignore),
        bound(loop, true, true, ip_address::v4(127, 0, 0, 1), ignore),
        none(loop, false, false, std::nullopt, ignore);
    BOOST_TEST(v4.open(0) != 0);
    BOOST_TEST(!v4.uses(ip_family::v6));
    BOOST_TEST(v6.open(0) != 0);
    BOOST_TEST(!v6.uses(ip_family::v4));
    BOOST_TEST(bound.open(0) != 0);
    BOOST_TEST(!bound.uses(ip_family::v6));
    BOOST_TEST(none.open(0) == 0);
    BOOST_TEST(!v4.send(net::loopback_v6(1), as_bytes("x")));
}

BOOST_AUTO_TEST_CASE(a_socket_that_was_not_opened_opens_when_it_is_used) {
    net::loop loop;
    udp_pair lazy(loop, true, false, std::nullopt, ignore);
    BOOST_TEST(!lazy.uses(ip_family::v4));
    BOOST_TEST(lazy.send(net::loopback_v4(1), as_bytes("x")).has_value());
    BOOST_TEST(lazy.uses(ip_family::v4));
    BOOST_TEST(!lazy.send(net::loopback_v6(1), as_bytes("x")));
}

BOOST_AUTO_TEST_CASE(an_answer_goes_back_and_another_datagram_where_it_should) {
    net::loop loop;
    std::vector<std::string> heard;
    endpoint third;
    const auto ear = [&](std::string name) {
        return [&heard, &loop, name](const endpoint&, const ip_address&, byte_view what) {
            heard.push_back(name + " " + std::string(as_text(what)));
            loop.stop();
        };
    };
    udp_pair asker(loop, true, true, std::nullopt, ear("asker")),
        other(loop, true, true, std::nullopt, ear("other"));
    udp_pair* self = nullptr;
    udp_pair answering(loop, true, true, std::nullopt,
                       [&](const endpoint& from, const ip_address& to, byte_view what) {
                           BOOST_TEST((to.scope() == address_scope::loopback));
                           (void)self->send(third, what);
                           (void)self->send(from, as_bytes("answer"));
                       });
    self = &answering;
    BOOST_REQUIRE(asker.open(0) != 0);
    const auto other_port = other.open(0), port = answering.open(0);
    for (const auto& at : {net::loopback_v4(), net::loopback_v6()}) {
        heard.clear();
        third = {at.address, other_port};
        BOOST_TEST(asker.send({at.address, port}, as_bytes("question")).has_value());
        BOOST_TEST(net::run_until(loop, [&] { return heard.size() == 2; }));
        std::sort(heard.begin(), heard.end());
        BOOST_TEST(heard == (std::vector<std::string>{"asker answer", "other question"}),
                   boost::test_tools::per_element());
    }
}
