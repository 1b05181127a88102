#include "app/dht/dht_control.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "app/dht/dht_json.hpp"
#include "base/limits.hpp"

using namespace bt;
using namespace bt::app;

namespace {

constexpr const char* hash = "9f3c0d5a71e84b22c6a0f1d43b7798e0aa5d10e1";

/// The methods without a socket around them.
struct fixture {
    time_point now{1h};
    std::vector<dht::search_wish> wishes;
    std::set<dht::search_id> forgotten;
    std::vector<endpoint> pinged;
    net::loop loop;
    control_server methods{loop};
    dht_control tasks{ways()};

    fixture() { tasks.add_methods(methods); }
    dht_ways ways() {
        dht_ways all;
        all.search = [this](const dht::search_wish& wish) {
            wishes.push_back(wish);
            return wishes.size();
        };
        all.forget = [this](dht::search_id search) { forgotten.insert(search); };
        all.ping = [this](const endpoint& at) {
            pinged.push_back(at);
            return pinged.size();
        };
        all.stats = [] { return dht::stats{}; };
        all.now = [this] { return now; };
        all.port = 4711;
        return all;
    }
    json call(std::string_view method, json params) {
        json answer;
        methods.call({{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}},
                     [&](json given) { answer = std::move(given); });
        return answer;
    }
    std::string refusal(std::string_view method, json params) {
        const auto answer = call(method, std::move(params));
        const auto* why = answer.find("error");
        return why == nullptr ? "accepted" : std::string(*why->find_text("message"));
    }
    std::uint64_t begin(std::string_view method, json params) {
        const auto answer = call(method, std::move(params));
        BOOST_REQUIRE(answer.find("result") != nullptr);
        return answer.find("result")->find_natural("task").value();
    }
    std::string look(std::uint64_t task, std::uint64_t from = 0) {
        const auto answer = call("dht_task", {{"task", task}, {"from", from}});
        const auto* outcome = answer.find("result");
        return outcome == nullptr ? std::string(*answer.find("error")->find_text("message"))
                                  : outcome->dump();
    }
};

endpoint at(const char* text) { return *endpoint::parse(text); }

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_search_tells_its_peers_as_they_come_and_its_end_once, fixture) {
    const auto task = begin("dht_search", {{"hash", hash}});
    BOOST_TEST(wishes.at(0).port == 0);
    BOOST_TEST(look(task) == R"({"over":false,"peers":[]})");
    tasks.happened(dht::out::peers_found{1, wishes[0].hash, {at("192.0.2.1:1"), at("[2001:db8::1]:2")}});
    tasks.happened(dht::out::peers_found{2, wishes[0].hash, {at("192.0.2.9:9")}});  // a torrent's own search
    BOOST_TEST(look(task) == R"({"over":false,"peers":["192.0.2.1:1","[2001:db8::1]:2"]})");
    BOOST_TEST(look(task, 1) == R"({"over":false,"peers":["[2001:db8::1]:2"]})");
    BOOST_TEST(look(task, 99) == R"({"over":false,"peers":[]})");
    tasks.happened(dht::out::search_over{1, wishes[0].hash, 8, 0, 2, 3, 1500ms});
    BOOST_TEST(
        look(task, 2) ==
        R"({"over":true,"peers":[],"nodes_answered":8,"announced":0,"hops":3,"seconds":1.5,"port":0})");
    BOOST_TEST(look(task) == "no such task");
}

BOOST_FIXTURE_TEST_CASE(an_announce_tells_the_port_of_the_node_or_the_one_given, fixture) {
    begin("dht_announce", {{"hash", hash}});
    begin("dht_announce", {{"hash", hash}, {"port", 0}});
    begin("dht_announce", {{"hash", hash}, {"port", 99}});
    BOOST_TEST(wishes.at(0).port == 4711);
    BOOST_TEST(wishes.at(1).port == 4711);
    BOOST_TEST(wishes.at(2).port == 99);
    BOOST_TEST(!wishes[0].repeat);
}

BOOST_FIXTURE_TEST_CASE(a_ping_has_an_answer_or_none, fixture) {
    const auto first = begin("dht_ping", {{"address", "192.0.2.1:6881"}});
    const auto second = begin("dht_ping", {{"address", "[2001:db8::1]:6881"}});
    BOOST_TEST((pinged == std::vector<endpoint>{at("192.0.2.1:6881"), at("[2001:db8::1]:6881")}));
    tasks.happened(dht::out::pinged{2, pinged[1], std::nullopt, {}, ""});
    tasks.happened(dht::out::pinged{1, pinged[0], node_id{}, 84ms, std::string("LT\x02\0", 4)});
    BOOST_TEST(look(second) == R"({"over":true,"peers":[],"answered":false,"seconds":0.0,"version":""})");
    BOOST_TEST(look(first) == R"({"over":true,"peers":[],"answered":true,"seconds":0.084,"id":")" +
                                  std::string(40, '0') + R"(","version":"4c540200"})");
}

BOOST_FIXTURE_TEST_CASE(what_makes_no_sense_is_refused, fixture) {
    BOOST_TEST(refusal("dht_search", json::object{}) == "hash: 40 hex digits");
    BOOST_TEST(refusal("dht_search", {{"hash", "9f3c"}}) == "hash: 40 hex digits");
    BOOST_TEST(refusal("dht_search", {{"hash", 7}}) == "hash: 40 hex digits");
    BOOST_TEST(refusal("dht_announce", {{"hash", hash}, {"port", 65536}}) == "port: a number up to 65535");
    for (const char* address : {"", "host:1", "192.0.2.1", "192.0.2.1:0", "239.0.0.1:1"})
        BOOST_TEST(refusal("dht_ping", {{"address", address}}) == "address: such as 192.0.2.1:6881");
    BOOST_TEST(refusal("dht_task", json::object{}) == "no such task");
    BOOST_TEST(wishes.empty());
    BOOST_TEST(pinged.empty());
}

BOOST_FIXTURE_TEST_CASE(tasks_nobody_asks_for_make_room_for_others, fixture) {
    for (std::size_t i = 0; i < limits::control_tasks; ++i) begin("dht_search", {{"hash", hash}});
    BOOST_TEST(refusal("dht_search", {{"hash", hash}}) == "this node is busy with 16 questions already");
    now += 20s;
    BOOST_TEST(look(1) == R"({"over":false,"peers":[]})");
    now += 20s;
    begin("dht_search", {{"hash", hash}});
    BOOST_TEST(forgotten.size() == limits::control_tasks - 1);
    BOOST_TEST(!forgotten.contains(1));
    BOOST_TEST(look(1) == R"({"over":false,"peers":[]})");
    BOOST_TEST(look(2) == "no such task");
}

BOOST_FIXTURE_TEST_CASE(a_task_keeps_a_bounded_number_of_peers_and_gives_them_in_parts, fixture) {
    const auto task = begin("dht_search", {{"hash", hash}});
    std::vector<endpoint> many(1'500, at("192.0.2.1:1"));
    tasks.happened(dht::out::peers_found{1, {}, many});
    tasks.happened(dht::out::peers_found{1, {}, many});
    tasks.happened(dht::out::search_over{1, {}, 8, 0, 3'000, 3, 1s});
    std::size_t heard = 0;
    for (int i = 0; i < 10; ++i) {
        const auto answer = call("dht_task", {{"task", task}, {"from", heard}});
        const auto* state = answer.find("result");
        BOOST_REQUIRE(state != nullptr);
        heard += state->find("peers")->elements()->size();
        if (state->find("over")->boolean() == true) break;
    }
    BOOST_TEST(heard == limits::dht_search_peers);
    BOOST_TEST(look(task) == "no such task");
}

BOOST_AUTO_TEST_CASE(numbers_arrive_as_they_were_sent) {
    dht::stats all;
    all.v4.emplace();
    all.v4->id.bytes.fill(0xab);
    all.v4->external = ip_address::v4(203, 0, 113, 7);
    all.v4->votes = 4;
    all.v4->world = {143, 12, 3, 5, 18};
    all.v4->local = {1, 2, 3, 4, 5};
    all.sent = 1'204;
    all.answered = 1'150;
    all.round_trip = 84ms;
    all.served = 7;
    all.ignored = 8;
    all.stored_peers = 9;
    all.stored_torrents = 10;
    all.searches = 11;
    const auto sent = to_json(all);
    const auto arrived = read_dht_stats(*json::parse(sent.dump()));
    BOOST_REQUIRE(arrived);
    BOOST_TEST(to_json(*arrived).dump() == sent.dump());
    BOOST_TEST((arrived->v4->id == all.v4->id));
    BOOST_TEST(!arrived->v6);
    BOOST_TEST((arrived->round_trip == 84ms));
    BOOST_TEST(!read_dht_stats(json::object{}));
}
