// Many torrents in one node: which run, what those cost that do not, and how they go.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "desk.hpp"

namespace {

using node::run_state;
constexpr auto per_element = boost::test_tools::per_element();
const torrent::tracker_tiers one_tracker{{"http://192.0.2.1:80/announce"}};
const char* nobody = "d8:intervali1800e12:min intervali120e5:peers0:e";

node::config with_dht() {
    auto config = settings();
    config.dht.emplace();
    config.dht_port = 6881;
    return config;
}

/// Nothing but its torrents can want a moment.
node::config alone(node::queue_bounds bounds = {}) {
    auto config = settings();
    config.lan = false;
    config.queue = bounds;
    return config;
}

void answer_all(desk& d) {
    while (!d.http.empty())
        for (const auto& get : std::exchange(d.http, {})) d.reply(get, nobody);
}

torrent_id download(desk& d, const std::string& name, torrent::tracker_tiers tiers = {}) {
    const auto info = make_info(false, name);
    const auto id = *d.core.add(d.now, {info.hash, info, std::move(tiers), {}, false});
    d.begin(id, false);
    return id;
}

info_hash hash_of(const std::string& name) { return make_info(false, name).hash; }

/// R runs, q waits, - is paused, c is checked; in the order of the queue.
std::string fates(const desk& d) {
    std::string signs;
    for (const auto id : d.core.queue()) signs += "-qcR"[static_cast<int>(d.core.state(id))];
    return signs;
}

std::string figure(const std::string& url, const std::string& name) {
    const auto at = url.find("&" + name + "=") + name.size() + 2;
    return url.substr(at, url.find('&', at) - at);
}

/// "started 10 0": event, downloaded, left.
std::string told(const out::http_get& get) {
    const bool event = get.url.find("&event=") != std::string::npos;
    return (event ? figure(get.url, "event") : "-") + " " + figure(get.url, "downloaded") + " " +
           figure(get.url, "left");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(many_torrents)

// --- pause

BOOST_AUTO_TEST_CASE(a_paused_torrent_costs_nothing) {
    for (const bool complete : {false, true}) {
        desk d(alone());
        const auto info = make_info(false);
        const auto id = complete ? d.share(info, one_tracker) : download(d, "x", one_tracker);
        d.meet(info.hash, {wire::have_none{}});
        answer_all(d);
        BOOST_TEST(d.core.swarm(id).connection_count() == 1u);
        d.news();
        d.core.set_paused(d.now, id, true);
        d.drain();
        BOOST_TEST(d.news() == names{"192.0.2.1:80 stopped"}, per_element);
        BOOST_TEST(d.core.swarm(id).connection_count() == 0u);
        BOOST_TEST(d.closed.size() == 1u);
        answer_all(d);
        BOOST_TEST((d.core.next_deadline() == never));
        BOOST_TEST((d.core.state(id) == run_state::paused));
        d.meet(info.hash, {});
        BOOST_TEST(d.closed.size() == 2u);  // who knocks is not let in
        d.core.tick(d.now + 1h);
        d.drain();
        BOOST_TEST(d.news().empty());
        BOOST_TEST((d.core.next_deadline() == never));
    }
}

BOOST_AUTO_TEST_CASE(
    nobody_on_the_lan_and_in_the_dht_hears_of_a_paused_torrent_and_all_hear_at_once_when_it_goes_on) {
    for (const bool from_the_start : {false, true}) {
        desk d(with_dht());
        d.core.dht_contact(d.now, "10.0.0.8:7000");
        const auto info = make_info(false);
        node::torrent_request wish{info.hash, {}, {}, {}, true};
        wish.paused = from_the_start;
        const auto id = *d.core.add(d.now, std::move(wish));
        d.drain();
        if (!from_the_start) {
            d.pass(10s);
            BOOST_TEST(d.was_said(info.hash));
            d.core.set_paused(d.now, id, true);
            d.drain();
        }
        BOOST_TEST(d.core.dht()->stats(d.now).searches == 0u);
        d.said.clear();
        d.hello('t', ip_address::v4(10, 0, 0, 5), 8080);
        d.pass(10min);
        BOOST_TEST(!d.was_said(info.hash));
        d.news();

        d.hello('t', ip_address::v4(10, 0, 0, 5), 8080);
        d.core.set_paused(d.now, id, false);
        d.drain();
        BOOST_TEST(d.news() == names{"10.0.0.5:8080 started"}, per_element);
        BOOST_TEST(d.core.dht()->stats(d.now).searches == 1u);
        d.pass(1s);
        BOOST_TEST(d.was_said(info.hash));
        BOOST_TEST((d.core.state(id) == run_state::running));
    }
}

BOOST_AUTO_TEST_CASE(a_torrent_that_comes_paused_calls_nobody_before_it_goes_on) {
    desk d(alone());
    const auto info = make_info(false);
    node::torrent_request wish{info.hash, {}, one_tracker, {{ip_address::v4(10, 0, 0, 7), 6881}}, false};
    wish.saved_peers = {{ip_address::v4(10, 0, 0, 8), 6881}};
    wish.paused = true;
    const auto id = *d.core.add(d.now, std::move(wish));
    d.drain();
    d.pass(1h);
    BOOST_TEST((d.core.next_deadline() == never));
    BOOST_TEST((d.connects.empty() && d.asked.empty()));
    d.core.set_paused(d.now, id, false);
    d.drain();
    d.pass(2s);
    BOOST_TEST(d.news() == names{"192.0.2.1:80 started"}, per_element);
    std::sort(d.connects.begin(), d.connects.end());
    BOOST_TEST(d.connects == (names{"10.0.0.7:6881", "10.0.0.8:6881"}), per_element);
}

BOOST_AUTO_TEST_CASE(what_trackers_are_told_is_counted_from_started_and_a_pause_counts_nothing_twice) {
    desk d(alone());
    const auto id = download(d, "x", one_tracker);
    answer_all(d);
    d.download(hash_of("x"));
    BOOST_REQUIRE(d.core.swarm(id).is_complete());
    BOOST_REQUIRE(!d.http.empty());
    BOOST_TEST(told(d.http.back()) == "completed 10 0");
    answer_all(d);
    d.core.set_paused(d.now, id, true);
    d.drain();
    BOOST_TEST(told(d.http.back()) == "stopped 10 0");
    answer_all(d);
    d.core.set_paused(d.now, id, false);
    d.drain();
    BOOST_TEST(told(d.http.back()) == "started 0 0");
    BOOST_TEST(d.core.swarm(id).down().total() == 10u);
}

BOOST_AUTO_TEST_CASE(two_thousand_that_rest_or_have_nothing_to_do_cost_no_moment) {
    desk d(alone());
    for (int i = 0; i < 2'000; ++i) {
        auto info = make_info(false, std::to_string(i));
        const bool idle = i % 2 != 0;
        node::torrent_request wish{info.hash, info, {}, {}, false};
        wish.paused = !idle;
        d.begin(*d.core.add(d.now, std::move(wish)), true);
    }
    BOOST_TEST((d.core.next_deadline() == never));
    const auto one = d.get(make_info(false, "busy"));
    BOOST_TEST((d.core.next_deadline() != never));
    d.core.set_paused(d.now, one, true);
    d.drain();
    BOOST_TEST((d.core.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(a_node_whose_torrents_are_all_paused_rests_but_for_what_lan_and_dht_need_themselves) {
    auto lan = settings();
    for (const auto& [config, most] :
         {std::pair{alone(), 0}, std::pair{lan, 60}, std::pair{with_dht(), 500}}) {
        desk d(config);
        if (config.dht) d.core.dht_contact(d.now, "10.0.0.8:7000");
        std::vector<torrent_id> all;
        for (int i = 0; i < 20; ++i) all.push_back(download(d, std::to_string(i), one_tracker));
        answer_all(d);
        d.pass(1min);
        answer_all(d);
        for (const auto id : all) d.core.set_paused(d.now, id, true);
        d.drain();
        answer_all(d);
        d.pass(1min);  // what was asked before is answered by nobody
        int moments = 0;
        for (const auto end = d.now + 10min; d.core.next_deadline() <= end; ++moments) {
            d.now = std::max(d.now, d.core.next_deadline());
            d.core.tick(d.now);
            d.drain();
        }
        BOOST_TEST(moments <= most);
    }
}

// --- remove

BOOST_AUTO_TEST_CASE(a_removed_torrent_is_gone_when_its_trackers_know_and_late_results_are_ignored) {
    desk d(alone());
    const auto info = make_info(false);
    const auto id = d.share(info, one_tracker);
    answer_all(d);
    d.core.remove(d.now, id);
    d.drain();
    BOOST_REQUIRE(d.http.size() == 1u);
    BOOST_TEST(told(d.http[0]) == "stopped 0 0");
    BOOST_TEST(d.core.has(id));
    const auto last = d.http[0];
    answer_all(d);
    BOOST_TEST(!d.core.has(id));
    d.reply(last, nobody);
    d.core.written(d.now, id, *info.shape.piece(0), swarm::write_result::ok, {});
    d.core.blocks_read(d.now, id, connection_id(1), {}, {});
    d.core.disconnected(d.now, connection_id(1));
    d.drain();
    BOOST_TEST((d.core.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(a_removed_torrent_is_gone_though_its_tracker_never_answers) {
    desk d(alone());
    const auto id = d.share(make_info(false), one_tracker);
    d.core.remove(d.now, id);
    d.drain();
    BOOST_TEST(d.core.has(id));
    d.pass(2min);
    BOOST_TEST(!d.core.has(id));
    BOOST_TEST((d.core.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(what_was_removed_may_come_again_at_once) {
    desk d;
    const auto info = make_info(false);
    const auto first = d.share(info, one_tracker);
    answer_all(d);
    d.core.remove(d.now, first);
    d.drain();
    const auto second = d.share(info, one_tracker);
    BOOST_TEST((first != second));
    answer_all(d);
    BOOST_TEST(!d.core.has(first));
    BOOST_TEST((d.core.state(second) == run_state::running));
    d.meet(info.hash, {wire::have_none{}});
    BOOST_TEST(d.core.swarm(second).connection_count() == 1u);
    d.said.clear();
    d.pass(10s);
    BOOST_TEST(d.was_said(info.hash));
}

// --- ask again, check again

BOOST_AUTO_TEST_CASE(who_asks_again_reaches_everybody_at_once_but_not_all_the_time) {
    desk d(with_dht());
    d.core.dht_contact(d.now, "10.0.0.8:7000");
    const auto id = d.get(make_info(false), one_tracker);
    const auto hash = hash_of("x");
    answer_all(d);
    d.pass(30s);
    const auto again = [&] {
        d.said.clear();
        d.core.reannounce(d.now, id);
        d.drain();
        d.pass(1s);
        return d.was_said(hash);
    };
    BOOST_TEST(again());
    d.pass(7s);  // BEP 14's announce leaves three times
    BOOST_TEST(!again());
    d.pass(1s);
    BOOST_TEST(again());
    d.news();
    d.pass(10s);
    BOOST_TEST(d.news().empty());  // the tracker wants a pause of two minutes
}

BOOST_AUTO_TEST_CASE(a_seed_that_is_told_to_asks_its_tracker_as_soon_as_that_allows) {
    desk d(alone());
    const auto id = d.share(make_info(false), one_tracker);
    answer_all(d);
    d.news();
    d.pass(10min);
    BOOST_TEST(d.news().empty());
    d.core.reannounce(d.now, id);
    d.drain();
    BOOST_TEST(d.news() == names{"192.0.2.1:80"}, per_element);
}

BOOST_AUTO_TEST_CASE(who_asks_again_after_failures_of_a_tracker_need_not_wait_out_its_pause) {
    desk d(alone());
    const auto id = d.share(make_info(false), one_tracker);
    const auto refuse_all = [&] {
        for (const auto& get : std::exchange(d.http, {}))
            d.core.http_answered(d.now, get.request, fail(errc::network, "connection refused"));
        d.drain();
    };
    for (int i = 0; i < 6; ++i) {
        refuse_all();
        d.pass(d.core.next_deadline() - d.now);
    }
    refuse_all();
    d.news();
    d.pass(15s);
    BOOST_TEST(d.news().empty());
    d.core.reannounce(d.now, id);
    d.drain();
    BOOST_TEST(d.news() == names{"192.0.2.1:80 started"}, per_element);
    refuse_all();
    d.pass(2s);
    d.core.reannounce(d.now, id);
    d.pass(30s);
    BOOST_TEST(d.news().empty());
    d.core.reannounce(d.now, id);
    d.drain();
    BOOST_TEST(d.news().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_check_of_the_files_is_nothing_trackers_hear_of) {
    for (const bool complete : {false, true}) {
        desk d(alone({1, 1}));
        const auto info = make_info(false);
        const auto id = complete ? d.share(info, one_tracker) : download(d, "x", one_tracker);
        answer_all(d);
        d.meet(info.hash, {wire::have_none{}});
        d.news();
        d.core.recheck(d.now, id);
        d.drain();
        BOOST_TEST((d.core.state(id) == run_state::checking));
        BOOST_TEST(d.core.swarm(id).connection_count() == 0u);
        download(d, "y");
        d.share(make_info(false, "z"));
        BOOST_TEST(fates(d) == (complete ? "cRq" : "cqR"));  // its place is kept
        d.pass(30s);
        for (const auto& each : d.http) BOOST_TEST(told(each) == (complete ? "- 0 0" : "- 0 10"));
        BOOST_TEST(d.news().empty());
        d.begin(id, complete);
        BOOST_TEST(d.news().empty());
        BOOST_TEST((d.core.state(id) == run_state::running));
    }
}

BOOST_AUTO_TEST_CASE(a_seed_whose_files_are_spoiled_is_a_download_again) {
    desk d;
    const auto id = d.share(make_info(false), one_tracker);
    answer_all(d);
    d.core.recheck(d.now, id);
    d.drain();
    d.said.clear();
    d.begin(id, false);
    BOOST_TEST(!d.core.swarm(id).is_complete());
    d.pass(10min);
    BOOST_REQUIRE(!d.http.empty());
    BOOST_TEST(told(d.http.back()) == "- 0 10");
    d.download(hash_of("x"));
    BOOST_TEST(d.core.swarm(id).is_complete());
}

// --- the queue

BOOST_AUTO_TEST_CASE(when_one_is_complete_or_leaves_or_is_paused_the_next_starts_at_once) {
    desk d(alone({2, 1}));
    const auto a = download(d, "a", one_tracker);
    const auto b = download(d, "b", one_tracker);
    const auto c = download(d, "c", one_tracker);
    const auto e = download(d, "e", one_tracker);
    BOOST_TEST(fates(d) == "RRqq");
    BOOST_TEST(d.news().size() == 2u);
    d.download(hash_of("a"));
    BOOST_TEST(fates(d) == "RRRq");
    BOOST_TEST(d.news().size() == 1u);
    d.core.remove(d.now, b);
    d.drain();
    BOOST_TEST(fates(d) == "RRR");
    download(d, "f");
    BOOST_TEST(fates(d) == "RRRq");
    d.core.set_paused(d.now, c, true);
    d.drain();
    BOOST_TEST(fates(d) == "R-RR");
    d.core.set_paused(d.now, c, false);
    d.drain();
    BOOST_TEST(fates(d) == "RRRq");
    d.download(hash_of("c"));  // the second seed: one too many
    BOOST_TEST(fates(d) == "RqRR");
    d.core.remove(d.now, a);
    d.drain();
    BOOST_TEST(fates(d) == "RRR");
    BOOST_TEST((d.core.state(e) == run_state::running));
}

BOOST_AUTO_TEST_CASE(a_queued_torrent_is_left_alone_as_a_paused_one) {
    desk d(alone({1, 0}));
    const auto first = download(d, "a", one_tracker);
    download(d, "b", one_tracker);
    d.news();
    d.core.set_order(d.now, first, 1);
    d.drain();
    BOOST_TEST(fates(d) == "Rq");
    BOOST_TEST((d.core.state(first) == run_state::queued));
    BOOST_TEST(d.news() == (names{"192.0.2.1:80 stopped", "192.0.2.1:80 started"}), per_element);
    d.meet(hash_of("a"), {});
    BOOST_TEST(d.closed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_order_may_be_changed_and_one_may_be_forced) {
    desk d(alone({1, 0}));
    download(d, "a");
    download(d, "b");
    const auto c = download(d, "c");
    BOOST_TEST(fates(d) == "Rqq");
    d.core.set_order(d.now, c, 0);
    BOOST_TEST((d.core.queue().front() == c));
    BOOST_TEST((d.core.state(c) == run_state::running));
    BOOST_TEST(fates(d) == "Rqq");
    d.core.set_order(d.now, c, 99);
    BOOST_TEST((d.core.queue().back() == c));
    BOOST_TEST(fates(d) == "Rqq");
    d.core.set_forced(d.now, c, true);
    BOOST_TEST(fates(d) == "RqR");
    d.core.set_forced(d.now, c, false);
    BOOST_TEST(fates(d) == "Rqq");
    d.core.set_queue_bounds(d.now, {2, 0});
    BOOST_TEST(fates(d) == "RRq");
    d.core.set_queue_bounds(d.now, {});
    BOOST_TEST(fates(d) == "RRR");
}

BOOST_AUTO_TEST_CASE(a_download_that_gets_nothing_for_a_minute_holds_no_place) {
    desk d(alone({1, 0}));
    download(d, "a");
    d.get(make_info(false, "b"));
    download(d, "c");
    d.pass(59s);
    BOOST_TEST(fates(d) == "Rqq");
    d.pass(2s);
    BOOST_TEST(fates(d) == "RRq");
}

BOOST_AUTO_TEST_CASE(of_many_that_get_nothing_two_run_for_each_place_and_all_have_their_turn) {
    for (const std::size_t bound : {1u, 3u}) {
        desk d(alone({bound, 0}));
        std::map<torrent_id, int> turns;
        for (int i = 0; i < 20; ++i) turns[download(d, "dead " + std::to_string(i))] = 0;
        const auto alive = download(d, "alive");
        std::size_t most = 0;
        bool ran = false;
        for (int second = 0; second < 30 * 60; ++second) {
            d.pass(1s);
            std::size_t running = 0;
            for (auto& [id, count] : turns)
                if (d.core.state(id) == run_state::running) ++running, ++count;
            most = std::max(most, running + (d.core.state(alive) == run_state::running ? 1u : 0u));
            ran = ran || d.core.state(alive) == run_state::running;
        }
        BOOST_TEST(most == 2 * bound);
        BOOST_TEST(ran);
        for (const auto& [id, count] : turns) BOOST_TEST(count >= 55);
    }
}

BOOST_AUTO_TEST_CASE(when_nobody_waits_those_that_get_nothing_all_run) {
    desk d(alone({2, 0}));
    for (int i = 0; i < 4; ++i) download(d, std::to_string(i));
    d.pass(10min);
    BOOST_TEST(fates(d) == "RRRR");
}

BOOST_AUTO_TEST_CASE(a_stalled_one_that_gets_bytes_again_takes_its_place_back) {
    desk d(alone({1, 0}));
    torrent::info_plan plan;
    plan.name = "two pieces";
    plan.files.push_back({{}, 2 * 16384, false});
    plan.piece_bytes = 16384;
    const auto info = *torrent::parse_info(torrent::encode_info(plan, bytes(40)));
    const auto id = *d.core.add(d.now, {info.hash, info, {}, {}, false});
    d.core.begin(d.now, id, torrent::piece_set(2), std::vector(2, swarm::priority::normal), false);
    download(d, "b");
    BOOST_TEST(fates(d) == "Rq");
    d.pass(61s);
    BOOST_TEST(fates(d) == "RR");
    const auto peer = d.meet(info.hash, {wire::have_all{}, wire::unchoke{}});
    d.pass(1s);
    bytes block;
    wire::encode(wire::piece{0, 0, bytes(16384)}, block);
    d.core.received(d.now, peer, block);
    d.drain();
    BOOST_TEST(fates(d) == "Rq");
}

BOOST_AUTO_TEST_CASE(what_is_checked_first_holds_no_place_and_is_not_heard_of) {
    desk d(alone({1, 0}));
    const auto info = make_info(false, "a");
    const auto id = *d.core.add(d.now, {info.hash, info, one_tracker, {}, false});
    download(d, "b");
    BOOST_TEST(fates(d) == "cR");
    BOOST_TEST(d.news().empty());
    d.begin(id, false);
    BOOST_TEST(fates(d) == "Rq");
    BOOST_TEST(d.news() == names{"192.0.2.1:80 started"}, per_element);
}

// --- what is near, and where we are

BOOST_AUTO_TEST_CASE(near_is_who_is_on_a_link_of_ours_and_not_who_has_such_an_address) {
    const auto is_near = [](discovery::interface_address way) {
        desk d;
        const auto id = d.share(make_info(false));
        d.core.set_interfaces(d.now, {way});
        d.drain();
        d.meet(hash_of("x"), {wire::have_none{}});
        const auto peers = d.core.swarm(id).peers(d.now);
        BOOST_REQUIRE(peers.size() == 1u);
        return peers[0].near;
    };
    auto tunnel = card(), unknown = card(), loopback = card();
    tunnel.broadcast_capable = false;
    unknown.prefix_bits = 0;
    loopback.loopback = true;
    BOOST_TEST(is_near(card()));
    BOOST_TEST(!is_near(card(ip_address::v4(10, 0, 1, 1))));
    BOOST_TEST(!is_near(tunnel));
    BOOST_TEST(!is_near(unknown));
    BOOST_TEST(!is_near(loopback));
}

BOOST_AUTO_TEST_CASE(where_peers_see_us_is_a_vote_in_the_dht) {
    desk d(with_dht());
    d.share(make_info(false));
    wire::extension_handshake can;
    can.your_address = ip_address::v4(198, 51, 100, 7);
    const auto said = wire::encode(can);
    BOOST_TEST(d.core.dht()->stats(d.now).v4->votes == 0u);
    d.meet(hash_of("x"), {wire::extended{0, said}}, ip_address::v4(203, 0, 113, 5));
    BOOST_TEST(d.core.dht()->stats(d.now).v4->votes == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
