// What counts as an answer to a whole node, and what becomes of the rest of what a stranger may say (D5, D6).
#include <boost/test/unit_test.hpp>

#include "base/limits.hpp"
#include "dht/secure_id.hpp"
#include "sim/dht/dht_world.hpp"

namespace {

using namespace bt;
using namespace bt::sim;
namespace krpc = dht::krpc;

const auto hearing = 10ms;  // for a datagram that is injected to arrive

/// A node whose questions are kept and answered by the test.
struct questioned {
    explicit questioned(const endpoint& at, dht::config settings = {}) : w(1) {
        w.link.delay_min = w.link.delay_max = 5ms;
        victim = &w.add(at, std::move(settings));
        w.elsewhere = [this](const endpoint&, const endpoint& to, byte_view datagram) {
            sent_to.push_back(to);
            const auto message = krpc::parse(datagram);
            if (message && std::holds_alternative<krpc::query>(*message))
                asked.push_back({to, std::string(std::get<krpc::query>(*message).tid)});
        };
    }
    struct question {
        endpoint to;
        std::string tid;
    };
    krpc::answer_form answer(const std::string& tid, std::uint8_t id = 7) const {
        krpc::answer_form form;
        form.tid = tid;
        form.id.bytes.fill(id);
        form.asker = victim->at;
        return form;
    }
    void hear(const endpoint& from, bytes datagram) {
        w.inject(from, victim->at, std::move(datagram));
        w.run_for(hearing);
    }
    std::uint64_t answered() { return victim->node->stats(w.now()).answered; }
    std::size_t nodes() { return victim->node->nodes(w.now()); }

    dht_world w;
    dht_host* victim;
    std::vector<question> asked;
    std::vector<endpoint> sent_to;
};

const auto honest = public_address(2);

BOOST_AUTO_TEST_SUITE(dht_D6)

// A fresh libtorrent does so: our first answer tells it its address, and its next words come from another id.
BOOST_AUTO_TEST_CASE(who_takes_an_id_that_fits_while_it_is_asked_is_known_by_that_id) {
    node_id random_one, random_two;
    random_one.bytes.fill(3), random_two.bytes.fill(4);
    rng random(1);
    const auto fitting = dht::secure_id(honest.address, 1, random);
    const auto also_fitting = dht::secure_id(honest.address, 2, random);
    const std::tuple<node_id, node_id, std::size_t> changes[] = {{random_one, fitting, 1},
                                                                 {random_one, random_one, 1},
                                                                 {random_one, random_two, 0},
                                                                 {fitting, random_one, 0},
                                                                 {fitting, also_fitting, 0}};
    for (const auto& [first, then, known] : changes) {
        questioned one(public_address(1));
        krpc::query_form ping;
        ping.tid = "aa";
        ping.id = first;
        one.hear(honest, krpc::write_query(ping));
        one.w.run_for(100ms);
        BOOST_TEST_REQUIRE(!one.asked.empty());
        for (std::size_t i = 0; i < one.asked.size(); ++i) {
            auto form = one.answer(one.asked[i].tid);
            form.id = then;
            one.hear(honest, krpc::write_answer(form));
            one.w.run_for(100ms);
        }
        BOOST_TEST(one.nodes() == known);
    }
}

BOOST_AUTO_TEST_CASE(the_right_answer_counts_after_the_wrong_ones_and_only_once) {
    questioned one(public_address(1));
    one.w.contact(*one.victim, honest);
    const auto search = one.w.search(*one.victim, {made_up_hash(one.w.random())});
    one.w.run_for(200ms);
    BOOST_TEST_REQUIRE(!one.asked.empty());
    const auto before = one.answered();
    auto form = one.answer(one.asked[0].tid);
    form.peers = {public_address(99)};
    const auto right = krpc::write_answer(form);
    form.tid = "nope";
    one.hear({honest.address, static_cast<std::uint16_t>(honest.port + 1)}, right);
    one.hear(public_address(3), right);
    one.hear(honest, krpc::write_answer(form));
    BOOST_TEST(one.answered() == before);
    BOOST_TEST(one.nodes() == 0u);
    one.hear(honest, right);
    BOOST_TEST(one.answered() == before + 1);
    BOOST_TEST(one.nodes() == 1u);
    one.hear(honest, right);
    BOOST_TEST(one.answered() == before + 1);
    one.w.run_for(10s);
    const auto& peers = one.victim->searches[search].peers;
    BOOST_TEST(peers.size() <= 1u);
}

BOOST_AUTO_TEST_CASE(an_answer_after_four_seconds_is_none) {
    questioned one(public_address(1));
    one.w.contact(*one.victim, honest);
    one.w.run_for(200ms);
    BOOST_TEST_REQUIRE(!one.asked.empty());
    const auto tid = one.asked[0].tid;
    one.w.run_for(5s);
    one.hear(honest, krpc::write_answer(one.answer(tid)));
    BOOST_TEST(one.answered() == 0u);
    BOOST_TEST(one.nodes() == 0u);
}

BOOST_AUTO_TEST_CASE(an_error_of_any_form_ends_a_question_and_is_no_answer) {
    for (const std::string e : {"li203e9:bad tokene", "9:bad token", "le", "de", "i7e", "l1:xi201ee"}) {
        BOOST_TEST_CONTEXT(e) {
            questioned one(public_address(1));
            const auto ping = one.victim->node->ping(one.w.now(), honest);
            one.w.pump(*one.victim);
            one.w.run_for(200ms);
            BOOST_TEST_REQUIRE(one.asked.size() == 1u);
            const auto text = "d1:e" + e + "1:t" + std::to_string(one.asked[0].tid.size()) + ":" +
                              one.asked[0].tid + "1:y1:ee";
            one.hear(honest, bytes(text.begin(), text.end()));
            BOOST_TEST_REQUIRE(one.victim->pings.size() == 1u);  // at once, not after 4 s
            BOOST_TEST(one.victim->pings[0].ping == ping);
            BOOST_TEST(!one.victim->pings[0].id.has_value());
            BOOST_TEST(one.answered() == 0u);
            BOOST_TEST(one.nodes() == 0u);
        }
    }
}

BOOST_AUTO_TEST_CASE(only_a_query_with_an_id_has_an_answer) {
    questioned one(public_address(1));
    const std::string id = "2:id20:abcdefghij0123456789", target = "6:target20:mnopqrstuvwxyz123456";
    std::vector<std::string> silent = {
        "",
        std::string(20, 'd'),
        std::string(3'000, 'x'),
        "d1:q4:ping1:t2:aa1:y1:qe     ",
        "d1:ade1:q4:ping1:t2:aa1:y1:qe",
        "d1:ale1:q4:ping1:t2:aa1:y1:qe",
        "d1:ad2:id19:0123456789012345678e1:q4:ping1:t2:aa1:y1:qe",
        "d1:ad2:idi1ee1:q4:ping1:t2:aa1:y1:qe",
        "d1:ad" + id + "e1:q4:ping1:t2:aae",
        "d1:ad" + id + "e1:q4:ping1:t2:aa1:y1:ze",
        "d1:ad" + id + "e1:q4:ping1:t2:aa1:yi1ee",
        "d1:ad" + id + "e1:q4:ping1:t0:1:y1:qe",
        "d1:ad" + id + "e1:q4:ping1:y1:qe",
        "d1:rd" + id + "e1:t2:aa1:y1:re",
        "d1:rd" + id + "5:nodes25:1234567890123456789012345e1:t4:aaaa1:y1:re",
        "d1:eli201e1:xe1:t2:aa1:y1:ee",
        "d1:e1:x1:t4:aaaa1:y1:ee",
    };
    const auto whole = "d1:ad" + id + target + "e1:q9:find_node1:t2:aa1:y1:qe";
    for (std::size_t size = 0; size < whole.size(); ++size) silent.push_back(whole.substr(0, size));
    BOOST_TEST(silent.size() >= 60u);
    std::uint32_t from = 1'000;
    for (const auto& text : silent) {
        one.hear(public_address(++from), bytes(text.begin(), text.end()));
        if (!one.sent_to.empty()) BOOST_ERROR("answered: " << text);
        one.sent_to.clear();
    }
    one.w.run_for(1s);
    BOOST_TEST(one.sent_to.empty());
    one.hear(public_address(++from), bytes(whole.begin(), whole.end()));
    one.w.run_for(1s);
    BOOST_TEST(!one.sent_to.empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_D5)

BOOST_AUTO_TEST_CASE(nothing_is_sent_to_ipv6_addresses_that_can_be_no_node) {
    for (const auto* text :
         {"[::]:6881", "[::1]:6881", "[ff02::1]:6881", "[fe80::1]:6881", "[fd00::1]:6881", "[2a01::1]:0"}) {
        BOOST_TEST_CONTEXT(text) {
            questioned one(*endpoint::parse("[2a02:1::1]:6881"));
            const auto evil = *endpoint::parse("[2a03:1::1]:6881");
            const auto named = *endpoint::parse(text);
            bytes nodes;
            node_id id;
            id.bytes.fill(0x31);
            krpc::append_compact(nodes, {id, named});
            one.w.contact(*one.victim, evil);
            one.w.search(*one.victim, {made_up_hash(one.w.random()), 6881, true});
            for (int i = 0; i < 300; ++i) {
                for (const auto& question : std::exchange(one.asked, {}))
                    if (question.to == evil) {
                        auto form = one.answer(question.tid);
                        form.nodes6 = nodes;
                        one.w.inject(evil, one.victim->at, krpc::write_answer(form));
                    }
                one.w.run_for(1s);
            }
            BOOST_TEST(one.answered() > 0u);
            for (const auto& to : one.sent_to) BOOST_TEST((to == evil));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_short_list_of_ipv6_nodes_is_not_used) {
    for (const int change : {-1, 1}) {
        questioned one(*endpoint::parse("[2a02:1::1]:6881"));
        const auto evil = *endpoint::parse("[2a03:1::1]:6881");
        one.w.contact(*one.victim, evil);
        one.w.run_for(200ms);
        BOOST_TEST_REQUIRE(!one.asked.empty());
        bytes nodes;
        for (std::uint8_t i = 0; i < 8; ++i) {
            node_id id;
            id.bytes.fill(static_cast<std::uint8_t>(0x40 + i));
            bytes raw(16, i);
            raw[0] = 0x2a;
            krpc::append_compact(nodes, {id, {*ip_address::from_bytes(raw), 6881}});
        }
        nodes.resize(nodes.size() + static_cast<std::size_t>(change));
        auto form = one.answer(one.asked[0].tid);
        form.nodes6 = nodes;
        one.hear(evil, krpc::write_answer(form));
        one.w.run_for(10s);
        BOOST_TEST(one.answered() == 1u);
        for (const auto& to : one.sent_to) BOOST_TEST((to == evil));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_D4)

BOOST_AUTO_TEST_CASE(where_ids_must_fit_one_that_does_not_is_refused_and_nothing_comes_of_it) {
    for (const bool fits : {false, true}) {
        BOOST_TEST_CONTEXT((fits ? "fits" : "does not fit")) {
            dht::config strict;
            strict.enforce_secure_ids = true;
            questioned one(public_address(1), strict);
            const endpoint asker{*ip_address::parse("124.31.75.21"), 6881};
            krpc::query_form form;
            form.tid = "aa";
            form.id = dht::secure_id(asker.address, 1, one.w.random());
            if (!fits) form.id.bytes[0] = 0x18;
            one.hear(asker, krpc::write_query(form));
            one.w.run_for(1min);
            BOOST_TEST_REQUIRE(!one.sent_to.empty());  // an error is an answer, too
            // asked back, and let in when it answers
            BOOST_TEST((one.asked.size() > 0) == fits);
            const auto counts = one.victim->node->table(ip_family::v4, dht::realm::world)->count(one.w.now());
            BOOST_TEST(counts.good + counts.questionable + counts.bad == 0u);
            if (!fits) BOOST_TEST(counts.replacements == 0u);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
