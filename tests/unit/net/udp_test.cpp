#include "net/udp.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "net/interfaces.hpp"
#include "net/port_in_use.hpp"
#include "run_until.hpp"

using namespace bt;
using namespace bt::net;

namespace {

struct heard {
    endpoint source;
    ip_address destination;
    std::uint32_t interface;
    std::string text;
};

struct ear {
    explicit ear(loop& loop_of) : on(loop_of), socket(loop_of) {}
    std::uint16_t bind(const endpoint& at, const udp_options& options = {}) {
        const auto port = socket.bind(at, options, [this](const datagram& one) {
            all.push_back({one.source, one.destination, one.interface, std::string(as_text(one.content))});
            on.stop();
        });
        BOOST_REQUIRE_MESSAGE(port.has_value(), (port ? "" : port.error().message));
        return *port;
    }
    loop& on;
    udp_socket socket;
    std::vector<heard> all;
};

std::uint32_t loopback_index() {
    const auto all = running_interfaces();
    for (const auto& one : *all)
        if (one.loopback) return one.index;
    return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(udp)

BOOST_AUTO_TEST_CASE(a_datagram_tells_where_it_came_from_went_to_and_came_in) {
    loop on;
    ear a(on), b(on);
    const auto from = a.bind(loopback_v4()), to = b.bind(loopback_v4());
    BOOST_TEST(a.socket.send(loopback_v4(to), as_bytes("hello")).has_value());
    BOOST_TEST(a.socket.send(loopback_v4(to), {}).has_value());
    BOOST_REQUIRE(run_until(on, [&] { return b.all.size() == 2; }));
    BOOST_TEST(b.all[0].text == "hello");
    BOOST_TEST((b.all[0].source == loopback_v4(from)));
    BOOST_TEST((b.all[0].destination == loopback_v4().address));
    BOOST_TEST(b.all[0].interface == loopback_index());
    BOOST_TEST(b.all[1].text == "");
}

BOOST_AUTO_TEST_CASE(version_6_as_well) {
    loop on;
    ear a(on), b(on);
    const auto from = a.bind(loopback_v6()), to = b.bind(loopback_v6());
    BOOST_TEST(
        a.socket.send(loopback_v6(to), as_bytes("six"), loopback_index(), loopback_v6().address).has_value());
    BOOST_REQUIRE(run_until(on, [&] { return b.all.size() == 1; }));
    BOOST_TEST((b.all[0].source == loopback_v6(from)));
    BOOST_TEST((b.all[0].destination == loopback_v6().address));
    BOOST_TEST(b.all[0].interface == loopback_index());
}

BOOST_AUTO_TEST_CASE(the_sender_chooses_its_source_address) {
    loop on;
    ear a(on), b(on);
    a.bind({ip_address{}, 0});
    const auto to = b.bind({ip_address{}, 0});
    const auto other = ip_address::v4(127, 0, 0, 9);
    BOOST_TEST(a.socket.send(loopback_v4(to), as_bytes("x"), loopback_index(), other).has_value());
    BOOST_REQUIRE(run_until(on, [&] { return b.all.size() == 1; }));
    BOOST_TEST((b.all[0].source.address == other));
}

BOOST_AUTO_TEST_CASE(all_sockets_of_a_shared_port_hear_a_multicast) {
    loop on;
    ear first(on), second(on), sender(on);
    udp_options shared;
    shared.reuse_address = true;
    const auto port = first.bind({ip_address{}, 0}, shared);
    second.bind({ip_address{}, port}, shared);
    sender.bind({ip_address{}, 0});
    const auto group = ip_address::v4(239, 192, 7, 7);
    const auto lo = loopback_index();
    for (auto* one : {&first, &second}) {
        BOOST_TEST(one->socket.join(group, lo).has_value());
        BOOST_TEST(one->socket.join(group, lo).has_value());  // again is no error
    }
    const auto sent = sender.socket.send({group, port}, as_bytes("all"), lo, loopback_v4().address);
    BOOST_REQUIRE_MESSAGE(sent.has_value(), (sent ? "" : sent.error().message));
    BOOST_REQUIRE(run_until(on, [&] { return !first.all.empty() && !second.all.empty(); }));
    BOOST_TEST((first.all[0].destination == group));
    BOOST_TEST(first.socket.leave(group, lo).has_value());
    BOOST_TEST(!first.socket.leave(group, lo).has_value());
}

BOOST_AUTO_TEST_CASE(a_multicast_of_version_6_arrives_on_the_interface_it_left_by) {
    loop on;
    ear hearer(on), sender(on);
    udp_options shared;
    shared.reuse_address = true;
    const ip_address any = *ip_address::parse("::");
    const auto group = *ip_address::parse("ff12::8001");
    const auto port = hearer.bind({any, 0}, shared);
    sender.bind({any, 0});
    const auto lo = loopback_index();
    BOOST_TEST(hearer.socket.join(group, lo).has_value());
    const auto sent = sender.socket.send({group, port}, as_bytes("v6"), lo);
    if (!sent) {
        // most systems route no IPv6 multicast to loopback, and a unit test must not use a real link
        BOOST_TEST_MESSAGE("not tested: " << sent.error().message);
        return;
    }
    BOOST_REQUIRE(run_until(on, [&] { return hearer.all.size() == 1; }));
    BOOST_TEST((hearer.all[0].destination == group));
    BOOST_TEST(hearer.all[0].interface == lo);
}

BOOST_AUTO_TEST_CASE(a_failing_send_is_an_error_and_the_socket_lives_on) {
    loop on;
    ear a(on), b(on);
    a.bind(loopback_v4());
    const auto to = b.bind(loopback_v4());
    BOOST_TEST(!a.socket.send(loopback_v6(to), as_bytes("x")));        // other family
    BOOST_TEST(!a.socket.send(loopback_v4(to), as_bytes("x"), 9999));  // no such interface
    BOOST_TEST(!a.socket.send(loopback_v4(to), bytes(70'000)));        // too long
    BOOST_TEST(
        !a.socket.send({ip_address::v4(255, 255, 255, 255), to}, as_bytes("x")));  // broadcast not allowed
    BOOST_TEST(!a.socket.join(*ip_address::parse("ff12::1"), 1));
    BOOST_TEST(a.socket.send(loopback_v4(to), as_bytes("fine")).has_value());
    BOOST_REQUIRE(run_until(on, [&] { return b.all.size() == 1; }));
    BOOST_TEST(b.all[0].text == "fine");
    a.socket.close();
    BOOST_TEST(!a.socket.send(loopback_v4(to), as_bytes("x")));
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_named_unless_shared) {
    loop on;
    ear a(on), b(on);
    const auto port = a.bind(loopback_v4());
    const auto again = b.socket.bind(loopback_v4(port), {}, [](const datagram&) {});
    BOOST_REQUIRE(!again);
    BOOST_TEST(again.error().message ==
               "cannot bind 127.0.0.1:" + std::to_string(port) + " (UDP): the port is in use");
    BOOST_TEST(is_port_in_use(again.error()));
    BOOST_TEST(!b.socket.is_open());
    const auto elsewhere = b.socket.bind({ip_address::v4(192, 0, 2, 1), port}, {}, [](const datagram&) {});
    BOOST_REQUIRE(!elsewhere);
    BOOST_TEST(!is_port_in_use(elsewhere.error()));
}

BOOST_AUTO_TEST_CASE(a_socket_may_be_destroyed_or_closed_inside_its_callback) {
    loop on;
    ear sender(on);
    sender.bind(loopback_v4());
    int calls = 0;
    auto one = std::make_unique<udp_socket>(on);
    const auto port = one->bind(loopback_v4(), {}, [&](const datagram&) {
        ++calls;
        one.reset();
        on.stop();
    });
    for (int i = 0; i < 3; ++i) BOOST_TEST(sender.socket.send(loopback_v4(*port), as_bytes("x")).has_value());
    BOOST_REQUIRE(run_until(on, [&] { return calls > 0; }));
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(many_datagrams_are_answered_from_the_address_they_were_sent_to) {
    loop on;
    udp_socket server(on);
    std::vector<ip_address> arrived;
    std::size_t inside = 0, deepest = 0;
    const auto port = *server.bind({ip_address{}, 0}, {}, [&](const datagram& one) {
        deepest = std::max(deepest, ++inside);
        server.reply(one, one.content);
        server.reply(one, as_bytes("again"));
        --inside;
    });
    const auto other = ip_address::v4(127, 0, 0, 2);
    ear client(on);
    client.bind(loopback_v4());
    for (int i = 0; i < 100; ++i) {  // more than a batch, two answers to each
        const auto text = std::to_string(i);
        BOOST_TEST(client.socket.send({i % 2 == 0 ? loopback_v4().address : other, port}, as_bytes(text))
                       .has_value());
    }
    BOOST_REQUIRE(run_until(on, [&] { return client.all.size() == 200; }));
    for (std::size_t i = 0; i < 100; ++i) {
        const endpoint from{i % 2 == 0 ? loopback_v4().address : other, port};
        BOOST_TEST(client.all[2 * i].text == std::to_string(i));
        BOOST_TEST((client.all[2 * i].source == from));
        BOOST_TEST(client.all[2 * i + 1].text == "again");
        BOOST_TEST((client.all[2 * i + 1].source == from));
    }
    BOOST_TEST(deepest == 1u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_cannot_leave_does_not_hold_up_the_next) {
    loop on;
    ear client(on);
    client.bind(loopback_v4());
    udp_socket server(on);
    const auto port = *server.bind(loopback_v4(), {}, [&](const datagram& one) {
        auto nowhere = one;
        nowhere.source.port = 0;
        server.reply(nowhere, as_bytes("lost"));
        server.reply(one, bytes(70'000));  // too long
        server.reply(one, one.content);
    });
    for (int i = 0; i < 3; ++i) BOOST_TEST(client.socket.send(loopback_v4(port), as_bytes("x")).has_value());
    BOOST_REQUIRE(run_until(on, [&] { return client.all.size() == 3; }));
    for (const auto& one : client.all) BOOST_TEST(one.text == "x");
}

BOOST_AUTO_TEST_CASE(a_datagram_at_the_limit_arrives_whole_and_a_longer_one_not_at_all) {
    loop on;
    ear a(on), b(on);
    a.bind(loopback_v4());
    const auto to = b.bind(loopback_v4());
    const std::string longest(datagram_bytes_max, 'l');
    BOOST_TEST(a.socket.send(loopback_v4(to), as_bytes(longest + "x")).has_value());
    BOOST_TEST(a.socket.send(loopback_v4(to), as_bytes(longest)).has_value());
    BOOST_TEST(a.socket.send(loopback_v4(to), as_bytes("end")).has_value());
    BOOST_REQUIRE(run_until(on, [&] { return !b.all.empty() && b.all.back().text == "end"; }));
    BOOST_TEST(b.all.size() == 2u);
    BOOST_TEST((b.all[0].text == longest));
}

BOOST_AUTO_TEST_CASE(a_socket_closed_in_the_middle_of_a_batch_hears_no_more_and_answers_nothing) {
    loop on;
    ear client(on);
    client.bind(loopback_v4());
    int calls = 0;
    udp_socket server(on);
    const auto port = *server.bind(loopback_v4(), {}, [&](const datagram& one) {
        ++calls;
        server.reply(one, as_bytes("queued"));
        server.close();
        server.reply(one, as_bytes("closed"));
        on.stop();
    });
    for (int i = 0; i < 3; ++i) BOOST_TEST(client.socket.send(loopback_v4(port), as_bytes("x")).has_value());
    BOOST_REQUIRE(run_until(on, [&] { return calls > 0; }));
    BOOST_TEST(calls == 1);
    BOOST_TEST(client.all.empty());
}

BOOST_AUTO_TEST_SUITE_END()
