#include "dht/responder.hpp"

#include <algorithm>

#include "answering.hpp"
#include "base/limits.hpp"
#include "dht/secure_id.hpp"
#include "unit/base/tier.hpp"

namespace bt::dht::test {
namespace {

using krpc::method;

std::vector<contact> nearest(const routing_table& table, const node_id& target) {
    std::vector<contact> out;
    table.closest(target, 8, out);
    return out;
}
std::vector<contact> operator+(std::vector<contact> a, const std::vector<contact>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
info_hash hash_of(const node_id& target) { return info_hash{target.bytes}; }

void fill_torrent(desk& one, const node_id& target, std::uint32_t of_each = 125) {
    for (std::uint32_t i = 0; i < of_each; ++i)
        for (const auto& peer : {world_v4(i), local_v4(i), world_v6(i), local_v6(i)})
            one.it.store().add(start, hash_of(target), peer);
}
void fill_store(desk& one, std::uint32_t torrents = limits::dht_torrents) {
    for (std::uint32_t i = 0; i < torrents; ++i) one.it.store().add(start, hash_of(one.id()), world_v4(i));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(responder_answers)

BOOST_AUTO_TEST_CASE(a_ping_is_answered_with_the_id_of_its_family_and_where_it_came_from) {
    desk one;
    for (const auto& [from, id] : {std::pair(neighbour, one.world4.own()),
                                   {stranger, one.world4.own()},
                                   {neighbour6, one.world6.own()},
                                   {stranger6, one.world6.own()}}) {
        const auto got = one.answer(from, one.form(method::ping));
        BOOST_TEST((got.id == id), from.to_string());
        BOOST_TEST((got.external == from));
        BOOST_TEST(got.tid == "aa");
        BOOST_TEST(got.version == krpc::our_version);
        BOOST_TEST((got.nodes.empty() && got.peers.empty() && got.token.empty()));
    }
    BOOST_TEST(one.it.answered() == 4u);
}

BOOST_AUTO_TEST_CASE(the_world_is_told_of_the_8_nearest_of_the_world_and_a_neighbour_of_both_realms) {
    desk one;
    for (const auto what : {method::find_node, method::get_peers}) {
        const auto ask = one.form(what);
        const auto world = nearest(one.world4, ask.target), local = nearest(one.local4, ask.target);
        BOOST_TEST((one.answer(stranger, ask).nodes == world));
        BOOST_TEST((one.answer(neighbour, ask).nodes == local + world));
        const auto world6 = nearest(one.world6, ask.target);
        BOOST_TEST((one.answer(stranger6, ask).nodes == world6));
    }
}

BOOST_AUTO_TEST_CASE(wished_families_are_told_and_those_we_do_not_speak_are_not) {
    desk one;
    auto ask = one.form(method::find_node);
    ask.want_v6 = true;
    const auto world = nearest(one.world4, ask.target), world6 = nearest(one.world6, ask.target);
    BOOST_TEST((one.answer(stranger, ask).nodes == world6));
    ask.want_v4 = true;
    BOOST_TEST((one.answer(stranger, ask).nodes == world + world6));
    one.speaks_v6 = false;
    BOOST_TEST((one.answer(stranger, ask).nodes == world));
    ask.want_v4 = false;
    BOOST_TEST(one.answer(stranger, ask).nodes.empty());
    BOOST_TEST(!one.ask(stranger6, ask));
    one.speaks_v4 = false;
    BOOST_TEST(!one.ask(stranger, ask));
}

BOOST_AUTO_TEST_CASE(who_knows_nobody_says_so) {
    desk one({}, 0);
    const auto made = one.ask(stranger, one.form(method::find_node));
    BOOST_REQUIRE(made);
    BOOST_TEST(as_text(*made).find("5:nodes0:") != std::string_view::npos);
    BOOST_TEST(as_text(*made).find("6:nodes6") == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(nobody_is_told_of_himself_or_of_what_he_cannot_reach) {
    desk one({}, 0);
    one.local4.answered(start, {one.id(), at("127.0.0.1:1")}, 1ms);
    one.local4.answered(start, {one.id(), at("169.254.1.1:1")}, 1ms);
    const contact reachable{one.id(), at("192.168.1.7:1")}, himself{one.id(), neighbour};
    one.local4.answered(start, reachable, 1ms);
    one.local4.answered(start, himself, 1ms);
    BOOST_TEST((one.answer(neighbour, one.form(method::find_node)).nodes == std::vector{reachable}));
    BOOST_TEST(one.answer(at("127.0.0.1:5"), one.form(method::find_node)).nodes.size() == 4u);
}

BOOST_AUTO_TEST_CASE(an_unknown_method_is_answered_as_find_node) {
    desk one;
    auto ask = one.form(method::find_node);
    krpc::query query;
    query.tid = "aa", query.what = method::other, query.id = ask.id, query.target = ask.target;
    const auto other = one.it.answer(start, stranger, {}, 200, query, one.rules, one.v4(), one.v6());
    query.what = method::find_node;
    BOOST_TEST((other == one.it.answer(start, stranger, {}, 200, query, one.rules, one.v4(), one.v6())));
    BOOST_TEST(other.has_value());
}

BOOST_AUTO_TEST_CASE(peers_are_told_by_family_and_scope) {
    desk one;
    auto ask = one.form(method::get_peers);
    const auto hash = hash_of(ask.target);
    const std::vector all = {at("60.1.1.1:1"), at("192.168.1.9:2"), at("[2a00::1]:3"), at("[fd00::9]:4")};
    for (const auto& peer : all) one.it.store().add(start, hash, peer);
    const auto told = [&](const endpoint& from) {
        auto peers = one.answer(from, ask).peers;
        std::sort(peers.begin(), peers.end());
        return peers;
    };
    BOOST_TEST((told(stranger) == std::vector{all[0]}));
    BOOST_TEST((told(neighbour) == std::vector{all[0], all[1]}));
    BOOST_TEST((told(stranger6) == std::vector{all[2]}));
    BOOST_TEST((told(neighbour6) == std::vector{all[2], all[3]}));
    ask.want_v4 = ask.want_v6 = true;
    BOOST_TEST((told(stranger) == std::vector{all[0], all[2]}));
}

BOOST_AUTO_TEST_CASE(neighbours_who_ask_for_a_torrent_of_ours_are_told_of_us_first) {
    desk one;
    const auto ask = one.form(method::get_peers);
    one.it.serve(hash_of(ask.target), 51413);
    BOOST_TEST(one.answer(neighbour, ask).peers.empty());  // nobody knows at which address they asked
    one.to = address("192.168.1.5");
    BOOST_TEST((one.answer(neighbour, ask).peers == std::vector{at("192.168.1.5:51413")}));
    fill_torrent(one, ask.target);
    const auto peers = one.answer(neighbour, ask).peers;
    BOOST_TEST((peers.size() > 20u && peers.size() <= limits::dht_answer_peers));
    BOOST_TEST((peers.front() == at("192.168.1.5:51413")));
    one.to = address("198.51.100.7");
    for (const auto& peer : one.answer(stranger, ask).peers) BOOST_TEST((peer.address != one.to));
    one.to = address("127.0.0.1");
    for (const auto& peer : one.answer(neighbour, ask).peers) BOOST_TEST((peer.address != one.to));
    one.to = *ip_address::parse("fe80::5%2");
    BOOST_TEST(
        (one.answer(*endpoint::parse("[fd00::7]:6881"), ask).peers.front().address == one.to.with_zone(0)));
    one.to = address("192.168.1.5");
    one.it.unserve(hash_of(ask.target));
    for (const auto& peer : one.answer(neighbour, ask).peers) BOOST_TEST((peer.address != one.to));
}

BOOST_AUTO_TEST_CASE(an_announce_is_stored_and_told_of_once) {
    desk one;
    const auto target = one.id();
    BOOST_TEST(!one.it.last_announced());
    auto ask = one.announce(neighbour, target);
    BOOST_TEST(ask.token.size() == 8u);
    one.answer(neighbour, ask);
    const auto heard = one.it.last_announced();
    BOOST_REQUIRE(heard);
    BOOST_TEST((heard->hash == hash_of(target)));
    BOOST_TEST((heard->peer == endpoint{neighbour.address, 7000}));
    BOOST_TEST(!one.it.last_announced());
    ask = one.announce(stranger, target);
    ask.implied_port = true;
    one.answer(stranger, ask);
    BOOST_TEST((one.it.last_announced()->peer == stranger));
    ask.port = 0;
    one.answer(stranger, ask);
    BOOST_TEST(one.it.store().peers() == 2u);
    ask.implied_port = false;
    BOOST_TEST(one.refusal(stranger, ask).code == 203);
    auto find = one.form(method::get_peers);
    find.target = target;
    BOOST_TEST((one.answer(neighbour6, find).peers.empty()));
    BOOST_TEST(one.answer(neighbour, find).peers.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_store_without_room_gives_no_token_and_takes_no_announce) {
    desk one;
    auto ask = one.announce(stranger, one.id());
    fill_store(one);
    const auto refused = one.refusal(stranger, ask);
    BOOST_TEST(refused.code == 202);
    BOOST_TEST(!one.it.last_announced());
    ask.what = method::get_peers;
    BOOST_TEST(one.answer(stranger, ask).token.empty());
    BOOST_TEST(one.answer(stranger, ask).nodes.size() == 8u);
}

BOOST_AUTO_TEST_CASE(ids_that_do_not_fit_are_refused_where_that_is_wished) {
    const auto outsider = at("124.31.75.21:6881");
    for (const bool enforce : {true, false}) {
        desk one(responder_config{{}, enforce});
        auto ask = one.form(method::ping);
        ask.id = secure_id(outsider.address, 1, one.random);
        one.answer(outsider, ask);
        ask.id.bytes[0] = 0x18;
        if (!enforce) {
            one.answer(outsider, ask);
            continue;
        }
        const auto refused = one.refusal(outsider, ask);
        BOOST_TEST(refused.code == 203);
        BOOST_TEST(refused.text == "invalid node ID");
        one.answer(neighbour, ask);
    }
}

BOOST_AUTO_TEST_CASE(a_network_of_ours_with_public_addresses_is_local) {
    desk one(responder_config{{}, true}, 0);
    one.rules.set_networks({{address("124.31.75.5"), 24}});
    const contact neighbouring{one.id(), at("124.31.75.6:1")};
    one.local4.answered(start, neighbouring, 1ms);
    const auto inside = at("124.31.75.21:6881");
    BOOST_TEST((one.answer(inside, one.form(method::find_node)).nodes == std::vector{neighbouring}));
    auto ask = one.form(method::find_node);
    ask.id = secure_id(stranger.address, 1, one.random);
    BOOST_TEST(one.answer(stranger, ask).nodes.empty());
}

BOOST_AUTO_TEST_CASE(
    neighbours_that_answer_may_ask_as_often_as_they_like_and_all_others_50_times_in_10_seconds) {
    desk one;
    const auto forged = at("192.168.1.99:6881");
    int local = 0, unproven = 0, world = 0;
    for (int i = 0; i < 1'000; ++i) {
        local += one.it.admits(start, neighbour, one.rules);
        unproven += one.it.admits(start, forged, one.rules);
        world += one.it.admits(start, stranger, one.rules);
    }
    BOOST_TEST(local == 1'000);
    BOOST_TEST(unproven == 50);
    BOOST_TEST(world == 50);
    BOOST_TEST(one.it.ignored() == 1'900u);
    one.it.answered_us(start, forged.address);
    BOOST_TEST(one.it.admits(start, forged, one.rules));
}

BOOST_AUTO_TEST_CASE(a_token_that_comes_back_shows_that_a_neighbour_is_there) {
    desk one;
    const auto newcomer = at("192.168.1.99:6881");
    auto ask = one.form(method::get_peers);
    const auto given = one.answer(newcomer, ask);
    auto tell = one.form(method::announce_peer);
    tell.target = ask.target;
    tell.token = given.token;
    tell.port = 6881;
    one.answer(newcomer, tell);
    for (int i = 0; i < 1'000; ++i) BOOST_REQUIRE(one.it.admits(start, newcomer, one.rules));
}

BOOST_AUTO_TEST_CASE(a_query_that_lacks_something_is_refused_in_few_bytes) {
    desk one;
    const std::string datagram = "d1:ad2:id20:abcdefghij0123456789e1:q9:find_node1:t2:aa1:y1:qe";
    const auto made = one.hear(start, stranger, as_bytes(datagram));
    BOOST_REQUIRE(made);
    BOOST_TEST((*made == krpc::write_error("aa", krpc::error_code::protocol, "missing 'target' key")));
    BOOST_TEST(made->size() <= 6 * datagram.size());
    BOOST_TEST(!one.hear(start, at("224.0.0.1:5"), as_bytes(datagram)));
}

BOOST_AUTO_TEST_CASE(answers_to_the_world_stay_within_the_budget_and_neighbours_do_not_wait) {
    desk one;
    std::size_t out = 0, count = 0;
    for (std::uint32_t i = 0; i < 1'000; ++i)
        if (const auto made = one.ask(world_v4(i), one.form(method::find_node))) out += made->size(), ++count;
    BOOST_TEST(out <= 24'000u);
    BOOST_TEST(out > 23'500u);
    BOOST_TEST(one.it.ignored() == 1'000 - count);
    one.answer(neighbour, one.form(method::find_node));
    BOOST_TEST(!one.ask(stranger, one.form(method::find_node)));
    one.answer(stranger, one.form(method::find_node), start + 1s);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_D1)

BOOST_AUTO_TEST_CASE(
    no_answer_is_longer_than_6_times_its_query_or_1200_bytes_or_tells_of_more_than_33_peers) {
    desk one;
    one.to = address("192.168.1.5");
    const auto target = one.id();
    fill_torrent(one, target);
    one.it.serve(hash_of(target), 1);
    std::size_t most_peers = 0, answers = 0;
    double worst = 0;
    for (int round = 0; round < 100; ++round)
        for (const auto what : {method::ping, method::find_node, method::get_peers, method::announce_peer})
            for (int wish = 0; wish < 4; ++wish)
                for (const auto& from : {neighbour, stranger, neighbour6, stranger6}) {
                    auto ask = one.form(what);
                    if (round % 2) ask.target = target;
                    ask.tid = std::string_view("0123456789abcdef").substr(0, 1 + std::size_t(round) % 16);
                    ask.want_v4 = wish & 1, ask.want_v6 = wish & 2;
                    auto datagram = krpc::write_query(ask);
                    // without the 9 bytes of `v`: as short as it can be
                    const auto text = std::string(as_text(datagram));
                    const auto version = text.find("1:v4:nb");
                    datagram.erase(datagram.begin() + std::ptrdiff_t(version),
                                   datagram.begin() + std::ptrdiff_t(version) + 9);
                    const auto now = start + (round + 1) * 20s;
                    const auto made = one.hear(now, from, datagram);
                    if (!made) continue;
                    ++answers;
                    BOOST_TEST(made->size() <= limits::dht_answer_bytes);
                    worst = std::max(worst, double(made->size()) / double(datagram.size()));
                    const auto message = krpc::parse(*made);
                    BOOST_REQUIRE(message);
                    if (const auto* told = std::get_if<krpc::answer>(&*message))
                        most_peers = std::max(most_peers, told->peers.size());
                }
    BOOST_TEST(worst <= 6.0);
    BOOST_TEST(worst > 5.5);
    BOOST_TEST(most_peers <= limits::dht_answer_peers);
    BOOST_TEST(most_peers >= 25u);
    BOOST_TEST(answers > 5'000u);
}

BOOST_AUTO_TEST_CASE(a_longer_query_gets_33_peers_and_no_more) {
    desk one;
    auto ask = one.form(method::get_peers);
    fill_torrent(one, ask.target);
    ask.tid = "0123456789abcdef";
    auto datagram = krpc::write_query(ask);
    const std::string padding = "1:z500:" + std::string(500, 'z');
    datagram.insert(datagram.end() - 1, padding.begin(), padding.end());
    for (const auto& from : {neighbour, stranger, neighbour6, stranger6}) {
        const auto made = one.hear(start, from, datagram);
        BOOST_REQUIRE(made);
        BOOST_TEST(made->size() <= limits::dht_answer_bytes);
        const auto message = krpc::parse(*made);
        BOOST_TEST(std::get<krpc::answer>(*message).peers.size() == limits::dht_answer_peers);
    }
}

BOOST_AUTO_TEST_CASE(garbage_answers_and_errors_are_met_with_silence) {
    desk one;
    krpc::answer_form reply;
    reply.tid = "aa";
    const auto answer = krpc::write_answer(reply),
               error = krpc::write_error("aa", krpc::error_code::generic, "x");
    const std::string ping = "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe";
    std::vector<bytes> silent = {answer, error, {}, bytes(20, 'd'), bytes(1'472, 0), bytes(3'000, 'x')};
    for (const auto* text :
         {"d1:t2:aa1:y1:qe", "d1:q4:ping1:t2:aa1:y1:qe", "d1:ade1:q4:ping1:t2:aa1:y1:qe",
          "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aae", "BitTorrent protocol......"})
        silent.push_back(to_bytes(text));
    for (std::size_t size = 0; size < ping.size(); ++size) silent.push_back(to_bytes(ping.substr(0, size)));
    BOOST_TEST(one.hear(start, neighbour, as_bytes(ping)).has_value());
    BOOST_TEST(silent.size() >= 60u);
    for (int again = 0; again < 100; ++again)
        for (const auto& datagram : silent)
            for (const auto& from : {neighbour, world_v4(std::uint32_t(again))})
                if (one.hear(start + again * 20s, from, datagram))
                    BOOST_ERROR("answered: " << as_text(datagram));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_D2)

BOOST_AUTO_TEST_CASE(a_flood_from_one_address_is_cut_off_and_others_are_answered) {
    desk one;
    const auto target = one.id();
    fill_torrent(one, target);
    auto ask = one.form(method::get_peers);
    ask.target = target;
    const auto flood = krpc::write_query(ask), calm = krpc::write_query(one.form(method::find_node));
    const auto flooder = world_v4(1), other = world_v4(2);
    const auto length = bt::test::long_tier() ? 120s : 10s;
    std::size_t to_flooder = 0, asked = 0, answered = 0, out = 0;
    time_point last_answer = start;
    for (int i = 0; i < length.count() * 2'000; ++i) {
        const auto now = start + i * 500us;
        if (const auto made = one.hear(now, flooder, flood))
            ++to_flooder, out += made->size(), last_answer = now;
        if (i % 1'000 == 500) {  // twice a second
            ++asked;
            if (const auto made = one.hear(now, other, calm)) ++answered, out += made->size();
        }
    }
    BOOST_TEST(to_flooder <= 50u);
    BOOST_TEST((last_answer < start + 10s));
    BOOST_TEST(out <= 8'000 * 1.05 * double(length.count()));
    BOOST_TEST(double(answered) >= 0.95 * double(asked));
    // blocked for 5 minutes
    BOOST_TEST(!one.hear(start + 299s, flooder, flood));
    BOOST_TEST(one.hear(start + 302s + length, flooder, flood).has_value());
}

BOOST_AUTO_TEST_CASE(many_announces_are_stored_within_bounds) {
    desk one({}, 0);
    const auto announces = bt::test::long_tier() ? 1'000'000u : 9'000u;
    // more torrents than are kept, more peers than one keeps
    const std::uint32_t torrents = bt::test::long_tier() ? 2'500 : 2'100;
    std::vector<node_id> targets(torrents);
    for (auto& target : targets) target = one.id();
    std::size_t refused = 0;
    for (std::uint32_t i = 0; i < announces; ++i) {
        const auto n = i % 3 == 0 ? i / 3 % torrents : i % 5;  // a third over all, the rest in five
        const endpoint from{ip_address::v4(10, std::uint8_t(i >> 16), std::uint8_t(i >> 8), std::uint8_t(i)),
                            9};
        krpc::query query;
        query.tid = "aa", query.what = method::announce_peer, query.target = targets[n], query.port = 5;
        const auto size = std::size_t{150};
        krpc::query first = query;
        first.what = method::get_peers;
        const auto given = one.it.answer(start, from, {}, size, first, one.rules, one.v4(), one.v6());
        BOOST_REQUIRE(given);
        const auto message = krpc::parse(*given);
        query.token = std::get<krpc::answer>(*message).token;
        refused += query.token.empty();
        one.it.answer(start, from, {}, size, query, one.rules, one.v4(), one.v6());
    }
    const auto& store = one.it.store();
    BOOST_TEST(store.torrents() == limits::dht_torrents);
    BOOST_TEST(store.peers() <= limits::dht_torrents * limits::dht_peers_per_torrent);
    BOOST_TEST(store.peers() > 5 * limits::dht_peers_per_torrent);
    BOOST_TEST(refused > 0u);
    BOOST_TEST(store.memory() <= 20u << 20);
}

BOOST_AUTO_TEST_CASE(a_full_store_of_the_largest_entries_stays_below_20_MiB) {
    peer_store store(rng(1));
    const auto torrents = bt::test::long_tier() ? limits::dht_torrents : limits::dht_torrents / 20;
    rng random(2);
    for (std::size_t t = 0; t < torrents; ++t) {
        info_hash hash;
        random.fill(hash.bytes);
        for (std::uint32_t i = 0; i < limits::dht_peers_per_torrent; ++i)
            store.add(start, hash,
                      world_v6(static_cast<std::uint32_t>(t * limits::dht_peers_per_torrent) + i));
    }
    BOOST_TEST(store.peers() == torrents * limits::dht_peers_per_torrent);
    BOOST_TEST(store.memory() * limits::dht_torrents / torrents <= 20u << 20);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_D3)

BOOST_AUTO_TEST_CASE(every_wrong_token_is_error_203_and_nothing_is_stored) {
    desk one;
    const auto target = one.id();
    const auto right = one.announce(neighbour, target);
    const auto refused = [&](const endpoint& from, const krpc::query_form& ask, time_point now = start) {
        const auto failed = one.refusal(from, ask, now);
        BOOST_TEST(one.it.store().peers() == 0u);
        return failed.code;
    };
    BOOST_TEST(refused(local_v4(151), right) == 203);
    BOOST_TEST(refused({neighbour.address, 6882}, right) == 203);
    auto wrong = right;
    wrong.target = one.id();
    BOOST_TEST(refused(neighbour, wrong) == 203);
    for (const std::size_t length : {0u, 7u, 9u, 1000u}) {
        std::string text(right.token);
        text.resize(length, 'x');
        wrong = right;
        wrong.token = text;
        BOOST_TEST(refused(neighbour, wrong) == 203, length);
    }
    BOOST_TEST(refused(neighbour, right, start + 10min) == 203);
    one.answer(neighbour, right, start + 5min);
    BOOST_TEST(one.it.store().peers() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::dht::test
