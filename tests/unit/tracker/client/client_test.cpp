#include "tracker/client/client.hpp"

#include <set>

#include "client_desk.hpp"

namespace {

const client_config both_families{{}, {}, 0, {ip_family::v4, ip_family::v6}};
/// 10.1.1.1:6881
const auto one_peer = "d8:intervali60e5:peers6:\x0a\x01\x01\x01\x1a\xe1" + "e"s;

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_client)

BOOST_AUTO_TEST_CASE(the_first_announce_says_started_and_the_totals) {
    desk d({{at("a")}});
    BOOST_TEST(d.asked.empty());
    BOOST_TEST((d.it.next_deadline() == never));
    d.start();
    BOOST_TEST(d.news() == names{"a started"}, per_element);
    const auto url = d.asked[0].url;
    for (const char* part : {"uploaded=10", "downloaded=20", "left=30", "&key="})
        BOOST_TEST(url.find(part) != std::string::npos, part);
}

BOOST_AUTO_TEST_CASE(later_announces_come_at_the_trackers_interval_without_event) {
    desk d({{at("a")}});
    d.start();
    d.good("a");
    d.news();
    const auto waited = d.wait();
    BOOST_TEST((waited >= 1800s && waited <= 1981s));
    BOOST_TEST(d.news() == names{"a"}, per_element);
}

BOOST_AUTO_TEST_CASE(hostile_intervals_neither_hurry_nor_silence_us) {
    for (const auto& [fields, least, most] :
         {std::tuple{"8:intervali0e", 10s, 12s}, std::tuple{"8:intervali10e", 10s, 12s},
          std::tuple{"8:intervali-5e", 1800s, 1981s},
          std::tuple{"8:intervali9223372036854775807e", 86400s, 95041s}, std::tuple{"", 1800s, 1981s},
          std::tuple{"8:intervali60e12:min intervali99999e", 60s, 67s}}) {
        BOOST_TEST_CONTEXT(fields) {
            desk d({{at("a")}});
            d.start();
            d.good("a", fields);
            const auto waited = d.wait();
            BOOST_TEST((waited >= least && waited <= most));
        }
    }
}

BOOST_AUTO_TEST_CASE(thousands_that_start_together_do_not_come_back_together) {
    std::set<duration> waits;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        desk d({{at("a")}}, {}, seed);
        d.start();
        d.good("a");
        waits.insert(d.wait());
    }
    BOOST_TEST(waits.size() > 15u);
}

BOOST_AUTO_TEST_CASE(peers_are_asked_for_as_early_as_the_tracker_allows) {
    desk d({{at("a")}});
    d.start();
    d.good("a", "8:intervali1800e12:min intervali120e");
    d.pass(50s);
    d.it.need_peers(d.now);
    d.drain();
    BOOST_TEST(d.asked.empty());
    BOOST_TEST((d.wait() == 70s));
    BOOST_TEST(d.asked[0].url.find("numwant=100") != std::string::npos);
    d.good("a");  // no min interval: five minutes
    d.it.need_peers(d.now);
    d.it.need_peers(d.now);
    BOOST_TEST((d.wait() == 300s));
    d.good("a");
    BOOST_TEST((d.wait() >= 1800s));  // the need was met
}

BOOST_AUTO_TEST_CASE(within_a_tier_the_next_is_asked_after_a_failure_and_what_works_moves_to_the_front) {
    desk d({{at("a"), at("b"), at("c")}});
    d.start();
    const auto first = d.host(d.asked[0].url);
    d.bad(first);
    const auto second = d.host(d.asked[0].url);
    BOOST_TEST(first != second);
    d.good(second);
    BOOST_TEST(d.asked.empty());
    d.news();
    d.wait();
    BOOST_TEST(d.news() == names{second}, per_element);
}

BOOST_AUTO_TEST_CASE(trackers_of_a_tier_are_shuffled_and_tiers_are_not) {
    std::set<std::string> firsts;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        desk d({{at("a"), at("b"), at("c")}, {at("z")}}, {}, seed);
        d.start();
        firsts.insert(d.host(d.asked.at(0).url));
    }
    BOOST_TEST(firsts == (std::set<std::string>{"a", "b", "c"}), per_element);
}

BOOST_AUTO_TEST_CASE(the_next_tier_is_asked_when_all_of_one_failed) {
    desk d({{at("a")}, {at("b")}, {at("c")}});
    d.start();
    d.bad("a");
    BOOST_TEST(d.news() == (names{"a started", "b started"}), per_element);
    d.good("b");
    BOOST_TEST(d.asked.empty());
    d.wait();
    BOOST_TEST(d.news() == names{"a started"}, per_element);  // the first tier has its chance again
}

BOOST_AUTO_TEST_CASE(a_tier_without_answer_holds_the_next_up_for_five_seconds) {
    desk d({{at("a")}, {at("b")}, {at("c")}});
    d.start();
    d.pass(4999ms);
    BOOST_TEST(d.news() == names{"a started"}, per_element);
    d.pass(1ms);
    BOOST_TEST(d.news() == names{"b started"}, per_element);
    d.pass(5s);
    BOOST_TEST(d.news() == names{"c started"}, per_element);
    d.good("b");
    d.bad("a");  // too late to matter
    BOOST_TEST(d.asked.size() == 1u);
    d.body("c", one_peer);
    BOOST_TEST(d.peers == names{"10.1.1.1:6881"}, per_element);  // late peers are welcome
    BOOST_TEST((d.wait() >= 1800s));
}

BOOST_AUTO_TEST_CASE(a_round_is_not_over_while_a_slow_tier_may_still_answer) {
    desk d({{at("a")}, {at("b")}, {at("c")}});
    d.start();
    d.pass(5s);
    d.bad("b");
    BOOST_TEST(d.news() == (names{"a started", "b started"}), per_element);  // c waits its five seconds
    d.pass(5s);
    d.bad("c");
    d.good("a");
    BOOST_TEST((d.wait() >= 1800s));
}

BOOST_AUTO_TEST_CASE(a_request_nobody_answers_is_given_up) {
    desk d({{at("a")}});
    d.start();
    const auto request = d.take("a").request;
    d.pass(61s);
    BOOST_TEST(d.troubles == names{"a:80: no answer"}, per_element);
    const auto before = d.it.next_deadline();
    d.it.answer(d.now, request, http_reply{200, as_bytes(one_peer)});
    d.it.answer(d.now, 4711, http_reply{200, as_bytes(one_peer)});
    d.drain();
    BOOST_TEST(d.peers.empty());
    BOOST_TEST((d.it.next_deadline() == before));
}

BOOST_AUTO_TEST_CASE(completion_is_told_once_to_those_who_knew_us_as_incomplete) {
    desk d({{at("a")}});
    d.start();
    d.good("a");
    d.news();
    d.it.set_totals(0, 50, 0);
    d.it.completed(d.now);
    d.drain();
    BOOST_TEST(d.news() == names{"a completed"}, per_element);
    BOOST_TEST(d.asked[0].url.find("&left=0&") != std::string::npos);
    d.good("a");
    d.it.completed(d.now);
    d.drain();
    BOOST_TEST(d.news().empty());
    d.wait();
    BOOST_TEST(d.news() == names{"a"}, per_element);
}

BOOST_AUTO_TEST_CASE(a_lost_completed_is_said_again_at_the_next_announce) {
    desk d({{at("a")}});
    d.start();
    d.good("a");
    d.it.set_totals(0, 50, 0);
    d.it.completed(d.now);
    d.drain();
    d.bad("a");
    d.news();
    d.wait();
    BOOST_TEST(d.news() == names{"a completed"}, per_element);
}

BOOST_AUTO_TEST_CASE(completion_during_the_first_announce_is_told_after_it) {
    desk d({{at("a")}});
    d.start();
    d.it.set_totals(0, 50, 0);
    d.it.completed(d.now);
    d.drain();
    BOOST_TEST(d.news() == names{"a started"}, per_element);
    d.good("a");
    BOOST_TEST(d.news() == names{"a completed"}, per_element);
}

BOOST_AUTO_TEST_CASE(a_seed_from_the_start_never_says_completed) {
    desk d({{at("a")}});
    d.it.set_totals(0, 0, 0);
    d.start();
    d.good("a");
    d.it.completed(d.now);
    d.drain();
    BOOST_TEST(d.news() == names{"a started"}, per_element);
}

BOOST_AUTO_TEST_CASE(completed_arrives_before_stopped_leaves) {
    {  // on its way
        desk d({{at("a")}});
        d.start();
        d.good("a");
        d.it.completed(d.now);
        d.drain();
        d.it.stop(d.now);
        d.drain();
        BOOST_TEST(d.news() == (names{"a started", "a completed"}), per_element);
        BOOST_TEST(!d.it.is_idle());
        d.good("a");
        BOOST_TEST(d.news() == names{"a stopped"}, per_element);
        d.good("a");
        BOOST_TEST(d.it.is_idle());
        BOOST_TEST((d.it.next_deadline() == never));
    }
    {  // the tracker has not even answered `started`
        desk d({{at("a")}});
        d.start();
        d.it.completed(d.now);
        d.it.stop(d.now);
        d.drain();
        BOOST_TEST(d.news() == names{"a started"}, per_element);
        d.good("a");
        BOOST_TEST(d.news() == names{"a completed"}, per_element);
        d.good("a");
        BOOST_TEST(d.news() == names{"a stopped"}, per_element);
    }
    {  // it failed, and was not told since
        desk d({{at("a")}});
        d.start();
        d.good("a");
        d.it.completed(d.now);
        d.drain();
        d.bad("a");
        d.it.stop(d.now);
        d.drain();
        d.bad("a");
        BOOST_TEST(d.news() == (names{"a started", "a completed", "a completed", "a stopped"}), per_element);
    }
    {  // no answer: nobody waits for long
        desk d({{at("a")}});
        d.start();
        d.good("a");
        d.it.completed(d.now);
        d.it.stop(d.now);
        d.pass(1s);
        BOOST_TEST(d.news() == (names{"a started", "a completed", "a stopped"}), per_element);
    }
    {  // and it begins anew in between
        desk d({{at("a")}});
        d.start();
        d.good("a");
        d.it.completed(d.now);
        d.it.stop(d.now);
        d.start();
        d.pass(5s);
        BOOST_TEST(d.news() == (names{"a started", "a completed", "a started"}), per_element);
    }
}

BOOST_AUTO_TEST_CASE(stopping_is_told_to_every_tracker_that_may_know_us_and_then_there_is_silence) {
    desk d({{at("a")}, {at("b")}, {at("c")}, {at("d")}});
    d.start();
    d.bad("a");
    d.pass(5s);  // b does not answer, so c is asked
    d.good("c");
    d.news();
    d.it.stop(d.now);
    d.drain();
    BOOST_TEST(d.news() == (names{"b stopped", "c stopped"}), per_element);
    BOOST_TEST(d.asked.back().url.find("numwant=0") != std::string::npos);
    BOOST_TEST(!d.it.is_idle());
    d.asked.erase(d.asked.begin(), d.asked.end() - 2);
    d.good("b");
    d.bad("c");
    BOOST_TEST(d.it.is_idle());
    BOOST_TEST((d.it.next_deadline() == never));
    d.it.need_peers(d.now);
    d.it.stop(d.now);
    d.it.tick(d.now + 24h);
    d.drain();
    BOOST_TEST(d.news().empty());
    d.start();
    BOOST_TEST(d.news() == names{"a started"}, per_element);
}

BOOST_AUTO_TEST_CASE(a_tracker_that_says_retry_later_is_left_alone_until_then) {
    desk d({{at("a")}});
    d.start();
    d.body("a", "d14:failure reason4:busy8:retry ini20ee");
    BOOST_TEST(d.troubles == names{"a:80: busy"}, per_element);
    BOOST_TEST((d.wait() == 20min));
    d.body("a", "d14:failure reason4:gone8:retry in5:nevere");
    BOOST_TEST((d.it.next_deadline() == never));
    d.it.need_peers(d.now);
    d.drain();
    BOOST_TEST(d.asked.empty());
}

BOOST_AUTO_TEST_CASE(the_others_go_on_while_one_is_to_be_left_alone) {
    desk d({{at("a")}, {at("b")}});
    d.start();
    d.body("a", "d14:failure reason4:gone8:retry in5:nevere");
    d.bad("b");
    d.news();
    d.wait();
    BOOST_TEST(d.news() == names{"b started"}, per_element);
}

BOOST_AUTO_TEST_CASE(troubles_are_said_once_and_again_only_after_a_change) {
    desk d({{at("a")}});
    d.start();
    for (int i = 0; i < 3; ++i) {
        d.bad("a");
        d.wait();
    }
    BOOST_TEST(d.troubles == names{"a:80: connection refused"}, per_element);
    d.body("a", "<html>", 502);
    d.wait();
    d.good("a", "8:intervali1800e");
    d.wait();
    d.bad("a");
    BOOST_TEST(d.troubles ==
                   (names{"a:80: connection refused", "a:80: HTTP status 502", "a:80: connection refused"}),
               per_element);
    d.wait();
    d.body("a", "d14:failure reason3:bade", 400);
    BOOST_TEST(d.troubles.back() == "a:80: bad");
    BOOST_TEST(d.it.status()[0].message == "a:80: bad");
    BOOST_TEST(!d.it.status()[0].working);
}

BOOST_AUTO_TEST_CASE(unusable_trackers_are_passed_over_with_a_notice) {
    desk d({{"http://127.0.0.1/admin", at("a")}, {"ftp://x/"}});
    BOOST_TEST(d.troubles.size() == 2u);
    d.start();
    BOOST_TEST(d.news() == names{"a started"}, per_element);
    d.bad("a");
    d.wait();
    BOOST_TEST(d.troubles.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_udp_tracker_is_asked_by_the_same_rules) {
    desk d({{"udp://u.example:1337/announce?k=1"}, {at("a")}});
    BOOST_TEST(d.troubles.empty());
    d.start();
    BOOST_REQUIRE(d.asked_udp.size() == 1u);
    const auto first = d.asked_udp[0];
    BOOST_TEST((first.where.host == "u.example" && first.where.port == 1337 && !first.family));
    BOOST_TEST(first.url_data == "/announce?k=1");
    BOOST_TEST((first.what.event == announce_event::started && first.what.uploaded == 10 &&
                first.what.downloaded == 20 && first.what.left == 30));
    d.it.answer(d.now, first.request, fail(errc::network, "no answer"));
    d.drain();
    BOOST_TEST(d.troubles == names{"u.example:1337: no answer"}, per_element);
    BOOST_TEST(d.news() == names{"a started"}, per_element);  // the next tier's turn
    d.bad("a");
    d.asked_udp.clear();
    while (d.asked_udp.empty()) d.pass(1s);
    announce_answer answer;
    answer.interval = 600s;
    answer.seeders = 3;
    answer.peers.push_back({ip_address::v4(127, 0, 0, 1), 6881});
    answer.peers.push_back({ip_address::v4(10, 1, 1, 1), 6881});
    d.it.answer(d.now, d.asked_udp[0].request, answer, ip_address::v4(10, 0, 0, 1));
    d.drain();
    BOOST_TEST(d.peers == names{"10.1.1.1:6881"}, per_element);
    BOOST_TEST((d.it.status()[0].working && d.it.status()[0].seeders == 3u));
    d.asked_udp.clear();
    d.it.completed(d.now);
    d.it.set_totals(10, 50, 0);
    d.drain();
    BOOST_REQUIRE(d.asked_udp.size() == 1u);
    BOOST_TEST((d.asked_udp[0].what.event == announce_event::completed));
    d.it.stop(d.now);
    d.it.answer(d.now, d.asked_udp[0].request, answer, ip_address::v4(10, 0, 0, 1));
    d.drain();
    BOOST_REQUIRE(d.asked_udp.size() == 2u);
    BOOST_TEST((d.asked_udp[1].what.event == announce_event::stopped && d.asked_udp[1].what.numwant == 0));
}

BOOST_AUTO_TEST_CASE(a_udp_tracker_is_asked_once_for_each_family_and_without_a_path_if_it_has_none) {
    desk d({{"udp://u.example:80"}}, both_families);
    d.start();
    BOOST_REQUIRE(d.asked_udp.size() == 2u);
    BOOST_TEST((d.asked_udp[0].family == ip_family::v4 && d.asked_udp[1].family == ip_family::v6));
    BOOST_TEST(d.asked_udp[0].what.key == d.asked_udp[1].what.key);
    BOOST_TEST(d.asked_udp[0].url_data.empty());
}

BOOST_AUTO_TEST_CASE(bent_answers_never_make_us_hurry_or_forget_a_tracker) {
    rng random(77);
    const std::string good =
        "d8:completei2e10:incompletei1e8:intervali1742e12:min intervali871e5:peers12:\x7f\x01\x01\x01\x1a\xe1"
        "\xc0\x00\x02\x07\x00\x50"s +
        "15:warning message5:hello10:tracker id3:abce";
    desk d({{at("a")}});
    d.start();
    for (int i = 0; i < 20'000; ++i) {
        auto body = good;
        for (auto changes = random.below(5); changes > 0; --changes)
            body[random.below(body.size())] = static_cast<char>(random.next());
        if (random.chance(0.2)) body.resize(random.below(body.size()));
        d.body("a", body, random.chance(0.9) ? 200 : 500);
        if (d.it.next_deadline() == never) break;  // "retry in never" is the one way to be left alone
        BOOST_REQUIRE((d.wait() >= 12s));
        BOOST_REQUIRE(d.asked.size() == 1u);
        BOOST_REQUIRE(d.it.status().size() == 1u);
        d.peers.clear();
        d.troubles.clear();
    }
}

BOOST_AUTO_TEST_CASE(with_no_usable_tracker_nothing_ever_happens) {
    for (const auto& all : {tiers{}, tiers{{}}, tiers{{"ftp://u.example:80"}}}) {
        desk d(all);
        d.start();
        d.it.need_peers(d.now);
        BOOST_TEST((d.it.next_deadline() == never));
        d.it.stop(d.now);
        d.drain();
        BOOST_TEST(d.asked.empty());
    }
}

BOOST_AUTO_TEST_CASE(one_announce_goes_out_for_each_address_family) {
    desk d({{at("a")}}, both_families);
    d.start();
    BOOST_REQUIRE(d.asked.size() == 2u);
    BOOST_TEST((d.asked[0].family == ip_family::v4 && d.asked[1].family == ip_family::v6));
    BOOST_TEST(d.asked[0].url == d.asked[1].url);
    d.body("a", one_peer);
    d.body("a",
           "d8:intervali1800e5:peers6:\x0a\x01\x01\x02\x1a\xe1"
           "e");
    BOOST_TEST(d.peers == (names{"10.1.1.1:6881", "10.1.1.2:6881"}), per_element);
    BOOST_TEST((d.wait() <= 67s));
}

BOOST_AUTO_TEST_CASE(a_family_that_never_works_rests_and_is_no_failure_of_the_tracker) {
    desk d({{at("a")}}, {{}, {}, 0, {ip_family::v6, ip_family::v4}});
    d.start();
    for (int i = 0; i < 2; ++i) {
        BOOST_REQUIRE(d.asked.size() == 2u);
        d.bad("a");
        d.good("a", "8:intervali600e");
        d.wait();
    }
    BOOST_REQUIRE(d.asked.size() == 1u);
    BOOST_TEST((d.asked[0].family == ip_family::v4));
    BOOST_TEST(d.troubles.empty());
    for (int i = 0; i < 8 && d.asked.size() == 1; ++i) {
        d.good("a", "8:intervali600e");
        d.wait();
    }
    BOOST_TEST(d.asked.size() == 2u);  // tried again after an hour
}

BOOST_AUTO_TEST_CASE(a_literal_address_is_asked_in_its_own_family) {
    desk d({{"http://192.0.2.1/announce"}}, both_families);
    d.start();
    BOOST_REQUIRE(d.asked.size() == 1u);
    BOOST_TEST((d.asked[0].family == ip_family::v4));
}

BOOST_AUTO_TEST_CASE(peers_on_this_machine_come_only_from_a_tracker_on_this_machine) {
    const std::string body =
        "d8:intervali60e5:peers12:\x7f\x01\x01\x01\x1a\xe1\x0a\x01\x01\x02\x1a\xe1"
        "e";
    desk far({{at("a")}});
    far.start();
    far.body("a", body);
    BOOST_TEST(far.peers == names{"10.1.1.2:6881"}, per_element);
    desk near({{at("127.0.0.1")}});
    near.start();
    near.body("127.0.0.1", body);
    BOOST_TEST(near.peers == (names{"127.1.1.1:6881", "10.1.1.2:6881"}), per_element);
    desk named({{at("me.example")}});
    named.start();
    named.it.answer(named.now, named.take("me.example").request,
                    http_reply{200, as_bytes(body), ip_address::v4(127, 0, 0, 1)});
    named.drain();
    BOOST_TEST(named.peers.size() == 2u);
}

BOOST_AUTO_TEST_CASE(tracker_id_external_address_and_counts_are_kept) {
    desk d({{at("a")}});
    d.start();
    const auto text =
        "d8:completei4e11:external ip4:\xc0\x00\x02\x09"
        "10:incompletei5e8:intervali60e5:peers0:10:tracker id2:xye"s;
    // whose word it is counts for the vote on our address
    d.it.answer(d.now, d.take("a").request, http_reply{200, as_bytes(text), ip_address::v4(198, 51, 100, 1)});
    d.drain();
    BOOST_TEST(d.externals == names{"192.0.2.9"}, per_element);
    const auto status = d.it.status().at(0);
    BOOST_TEST((status.working && status.seeders == 4u && status.leechers == 5u));
    d.wait();
    BOOST_TEST(d.asked[0].url.find("trackerid=xy") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_owned_body_is_taken_as_well) {
    desk d({{at("a")}});
    d.start();
    d.it.answer(d.now, d.take("a").request, result<bytes>(to_bytes(one_peer)));
    d.drain();
    BOOST_TEST(d.peers == names{"10.1.1.1:6881"}, per_element);
}

BOOST_AUTO_TEST_CASE(other_trackers_take_the_place_of_those_it_has) {
    desk d({{at("a"), at("b")}, {at("c")}});
    d.start();
    const auto first = d.host(d.asked.front().url);
    d.good(first);
    d.news();
    // one stays, one goes, one is new
    d.it.set_tiers(d.now, {{at(first)}, {at("new")}});
    d.drain();
    BOOST_TEST(d.news() == names{"new started"}, per_element);
    d.good("new");
    d.it.set_tiers(d.now, {{at("new")}});
    d.drain();
    BOOST_TEST(d.news() == names{first + " stopped"}, per_element);
    d.good(first);
    // and back again: it does not know us any more
    d.it.set_tiers(d.now, {{at("new")}, {at(first)}});
    d.drain();
    const auto numbers = d.it.status();
    BOOST_REQUIRE_EQUAL(numbers.size(), 2u);
    BOOST_TEST(numbers[0].number != numbers[1].number);
    d.it.stop(d.now);
    d.drain();
    for (const auto& one : d.news())
        BOOST_TEST((one == "new stopped" || one == first + " stopped" || one == first + " started"), one);
}

BOOST_AUTO_TEST_CASE(other_trackers_in_the_middle_of_a_round_begin_another) {
    desk d({{at("a")}, {at("b")}});
    d.start();
    d.it.set_tiers(d.now, {{at("c")}, {at("d")}});
    d.drain();
    BOOST_TEST(d.news() == (names{"a started", "a stopped", "c started"}), per_element);
    d.bad("c");
    BOOST_TEST(d.news() == names{"d started"}, per_element);
    d.good("d");
    d.it.set_tiers(d.now, {});
    d.drain();
    BOOST_TEST(d.news() == names{"d stopped"}, per_element);
    d.pass(7200s);
    d.it.set_tiers(d.now, {{at("e")}});
    d.drain();
    BOOST_TEST(d.news() == names{"e started"}, per_element);
}

BOOST_AUTO_TEST_SUITE_END()
