// What peers are told of each other, and what is believed of it.
#include "swarm/peer_exchange.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "base/limits.hpp"
#include "swarm/vicinity.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

const time_point start = time_point{} + 1h;

endpoint at(const char* text) {
    const auto parsed = endpoint::parse(text);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), text);
    return *parsed;
}
endpoint link_local(std::uint16_t last, std::uint32_t zone) {
    const auto address = *ip_address::parse("fe80::" + std::to_string(last));
    return {address.with_zone(zone), 6881};
}

/// We are 192.168.1.1/24 and 2001:db8:1::1/64.
vicinity home() {
    vicinity around;
    around.set_networks({{*ip_address::parse("192.168.1.1"), 24}, {*ip_address::parse("2001:db8:1::1"), 64}});
    return around;
}
bool is_near(const ip_address& address) { return home().is_near(address); }
exchange_entry entry(const endpoint& address) { return {address, is_near(address.address), {}}; }

exchange_entry numbered(std::uint32_t i) {
    return entry(
        {ip_address::v4(8, 1, static_cast<std::uint8_t>(i / 250), static_cast<std::uint8_t>(i % 250 + 1)),
         6881});
}
std::vector<exchange_entry> many(std::uint32_t from, std::uint32_t to) {
    std::vector<exchange_entry> list;
    for (; from < to; ++from) list.push_back(numbered(from));
    return list;
}

std::string text(const std::optional<wire::exchange_message>& m) {
    if (!m) return "nothing";
    std::string line;
    for (const auto& each : m->added) line += " +" + each.address.to_string();
    for (const auto& each : m->dropped) line += " -" + each.to_string();
    return line;
}
std::string text(const std::vector<endpoint>& list) {
    std::string line;
    for (const auto& each : list) line += " " + each.to_string();
    return line;
}

const endpoint far_peer = at("9.9.9.9:1000"), near_peer = at("192.168.1.9:1000");

std::vector<endpoint> hears(exchange_listener& listener, time_point now, const endpoint& from,
                            const std::vector<endpoint>& named) {
    wire::exchange_message m;
    for (const auto& each : named) m.added.push_back({each, {}});
    return listener.heard(now, from, is_near(from.address), m, is_near);
}
std::string believed(const endpoint& from, const std::vector<endpoint>& named) {
    exchange_listener listener;
    return text(hears(listener, start, from, named));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exchange_rules)

BOOST_AUTO_TEST_CASE(who_may_be_named_to_whom) {
    struct row {
        const char *named, *to_far, *to_near, *to_this_machine;
    };
    for (const auto& [named, to_far, to_near, to_this_machine] : {
             row{"1.2.3.4:80", "yes", "yes", "yes"},
             row{"[2001:db9::1]:80", "yes", "yes", "yes"},
             row{"192.168.1.7:80", "no", "yes", "yes"},      // our network
             row{"[2001:db8:1::7]:80", "no", "yes", "yes"},  // ours, and global
             row{"10.0.0.1:80", "no", "yes", "yes"},         // private, behind some router
             row{"100.64.0.1:80", "no", "yes", "yes"},
             row{"[fd00::1]:80", "no", "yes", "yes"},
             row{"169.254.0.1:80", "no", "yes", "yes"},
             row{"127.0.0.1:80", "no", "no", "yes"},
             row{"[::1]:80", "no", "no", "yes"},
             row{"1.2.3.4:0", "no", "no", "no"},
             row{"0.0.0.0:80", "no", "no", "no"},
             row{"224.0.0.1:80", "no", "no", "no"},
             row{"255.255.255.255:80", "no", "no", "no"},
         }) {
        const auto address = at(named);
        const bool near = is_near(address.address);
        const auto told = [&](const endpoint& to) {
            return may_exchange(is_near(to.address), to, address, near) ? "yes" : "no";
        };
        BOOST_TEST(told(far_peer) == to_far, named);
        BOOST_TEST(told(at("[2001:db9::9]:1")) == to_far, named);
        BOOST_TEST(told(near_peer) == to_near, named);
        BOOST_TEST(told(at("[2001:db8:1::9]:1")) == to_near, named);
        BOOST_TEST(told(at("127.0.0.1:1000")) == to_this_machine, named);
    }
}

BOOST_AUTO_TEST_CASE(a_link_local_address_stays_on_its_link) {
    BOOST_TEST(may_exchange(true, link_local(1, 2), link_local(5, 2), true));
    BOOST_TEST(!may_exchange(true, link_local(1, 3), link_local(5, 2), true));
    BOOST_TEST(!may_exchange(true, near_peer, link_local(5, 2), true));  // on which link it is nobody knows
    BOOST_TEST(!may_exchange(false, far_peer, link_local(5, 2), true));
}

// --- telling

BOOST_AUTO_TEST_CASE(a_peer_is_told_once_a_minute_who_came_and_who_left) {
    exchange_teller teller;
    const auto told = [&](duration after, const std::vector<exchange_entry>& connected) {
        return text(teller.next(start + after, far_peer, false, connected));
    };
    const auto a = entry(at("1.1.1.1:1")), b = entry(at("2.2.2.2:2")), c = entry(at("3.3.3.3:3"));
    BOOST_TEST(told(0s, {a, b}) == " +1.1.1.1:1 +2.2.2.2:2");
    BOOST_TEST((teller.next_deadline() == start + 60s));
    BOOST_TEST(told(59s, {a, b, c}) == "nothing");
    BOOST_TEST(told(60s, {b, c}) == " +3.3.3.3:3 -1.1.1.1:1");
    BOOST_TEST(told(120s, {b, c}) == "nothing");
    BOOST_TEST((teller.next_deadline() > start + 120s));
    BOOST_TEST(told(150s, {c, b}) == "nothing");
    BOOST_TEST(told(180s, {a, b, c}) == " +1.1.1.1:1");  // it came back
    BOOST_TEST(told(240s, {}) == " -1.1.1.1:1 -2.2.2.2:2 -3.3.3.3:3");
    BOOST_TEST(told(300s, {}) == "nothing");
}

BOOST_AUTO_TEST_CASE(news_wait_only_for_the_minute_since_the_last_ones) {
    exchange_teller teller;
    for (duration after = 0s; after < 100s; after += 1s)
        BOOST_TEST(text(teller.next(start + after, far_peer, false, {})) == "nothing");
    const auto list = many(0, 1);
    const auto soon = std::max(teller.next_deadline(), start + 100s);
    BOOST_TEST((soon <= start + 105s));
    BOOST_TEST(text(teller.next(soon, far_peer, false, list)) == " +8.1.0.1:6881");
}

BOOST_AUTO_TEST_CASE(who_left_and_came_back_within_the_minute_is_no_news) {
    exchange_teller teller;
    const auto list = many(0, 3);
    teller.next(start, far_peer, false, list);
    BOOST_TEST(text(teller.next(start + 30s, far_peer, false, {})) == "nothing");
    BOOST_TEST(text(teller.next(start + 60s, far_peer, false, list)) == "nothing");
}

BOOST_AUTO_TEST_CASE(fifty_are_added_and_dropped_in_a_message_and_the_rest_follows) {
    exchange_teller teller;
    const auto list = many(0, 120);
    std::set<endpoint> known;
    for (int minute = 0; minute < 3; ++minute) {
        const auto m = teller.next(start + 1min * minute, far_peer, false, list);
        BOOST_REQUIRE(m.has_value());
        BOOST_TEST(m->added.size() == (minute < 2 ? 50u : 20u));
        for (const auto& each : m->added) BOOST_TEST(known.insert(each.address).second);
    }
    for (int minute = 3; minute < 6; ++minute) {
        const auto m = teller.next(start + 1min * minute, far_peer, false, {});
        BOOST_REQUIRE(m.has_value());
        BOOST_TEST(m->dropped.size() == (minute < 5 ? 50u : 20u));
        for (const auto& each : m->dropped) BOOST_TEST(known.erase(each) == 1u);
    }
    BOOST_TEST(known.empty());
}

BOOST_AUTO_TEST_CASE(a_peer_is_not_told_of_itself_nor_of_whom_it_may_not_know) {
    const std::vector list{entry(far_peer),           entry(near_peer),       entry(at("192.168.1.7:80")),
                           entry(at("127.0.0.1:80")), entry(at("1.1.1.1:1")), entry(at("1.1.1.1:1"))};
    exchange_teller to_far, to_near;
    BOOST_TEST(text(to_far.next(start, far_peer, false, list)) == " +1.1.1.1:1");
    BOOST_TEST(text(to_near.next(start, near_peer, true, list)) ==
               " +1.1.1.1:1 +9.9.9.9:1000 +192.168.1.7:80");
}

BOOST_AUTO_TEST_CASE(the_flags_go_with_the_address) {
    auto seed = entry(at("1.1.1.1:1"));
    seed.flags.seed = true;
    exchange_teller teller;
    const auto m = teller.next(start, far_peer, false, std::vector{seed});
    BOOST_REQUIRE(m.has_value());
    BOOST_TEST((m->added == std::vector{wire::exchange_peer{seed.address, seed.flags}}));
}

// --- hearing

BOOST_AUTO_TEST_CASE(what_is_believed_of_whom) {
    const auto named = std::vector{
        at("1.1.1.1:1"), at("192.168.1.7:80"),  at("10.0.0.1:80"), at("127.0.0.1:80"), at("224.0.0.1:80"),
        at("1.1.1.2:0"), at("[2001:db9::1]:2"), far_peer,          near_peer};
    BOOST_TEST(believed(far_peer, named) == " 1.1.1.1:1 [2001:db9::1]:2");
    BOOST_TEST(believed(near_peer, named) ==
               " 1.1.1.1:1 192.168.1.7:80 10.0.0.1:80 [2001:db9::1]:2 9.9.9.9:1000");
    BOOST_TEST(believed(at("127.0.0.1:9"), {at("127.0.0.1:80"), at("127.0.0.1:9")}) == " 127.0.0.1:80");
}

BOOST_AUTO_TEST_CASE(a_link_local_address_is_on_the_link_of_who_names_it) {
    const auto named = link_local(5, 0);  // as it came: without its link
    exchange_listener listener;
    const auto found = hears(listener, start, link_local(1, 3), {named});
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST((found.front() == link_local(5, 3)));
    BOOST_TEST(believed(near_peer, {named}).empty());
    BOOST_TEST(believed(far_peer, {named}).empty());
}

BOOST_AUTO_TEST_CASE(a_host_far_away_is_no_list_of_ports) {
    BOOST_TEST(believed(far_peer, {at("1.1.1.1:1"), at("1.1.1.1:2"), at("1.1.1.2:1")}) ==
               " 1.1.1.1:1 1.1.1.2:1");
    BOOST_TEST(believed(near_peer, {at("192.168.1.7:1"), at("192.168.1.7:2"), at("192.168.1.7:1")}) ==
               " 192.168.1.7:1 192.168.1.7:2");
}

BOOST_AUTO_TEST_CASE(fifty_of_a_message_are_taken) {
    std::vector<endpoint> named;
    for (const auto& each : many(0, 100)) named.push_back(each.address);
    exchange_listener listener;
    BOOST_TEST(hears(listener, start, far_peer, named).size() == limits::exchange_peers);
}

BOOST_AUTO_TEST_CASE(who_tells_too_often_is_not_heard) {
    exchange_listener listener;
    const std::vector named{at("1.1.1.1:1")};
    const auto heard = [&](duration after) {
        return !hears(listener, start + after, far_peer, named).empty();
    };
    for (int i = 0; i < 5; ++i) BOOST_TEST(heard(0s));  // one, and four ahead
    for (int i = 0; i < 100; ++i) BOOST_TEST(!heard(1s));
    BOOST_TEST(heard(30s));
    BOOST_TEST(!heard(31s));
    int count = 0;
    for (duration after = 40s; after < 640s; after += 1s) count += heard(after) ? 1 : 0;
    BOOST_TEST(count == 20);
    for (duration after = 700s; after < 1h; after += 60s) BOOST_TEST(heard(after));
}

BOOST_AUTO_TEST_SUITE_END()
