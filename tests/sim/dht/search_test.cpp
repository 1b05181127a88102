// Searches of a node: many at once, again and again, by both families, and what they cost others.
#include <boost/test/unit_test.hpp>
#include <set>

#include "dht/secure_id.hpp"
#include "sim/dht/dht_world.hpp"

namespace {

using namespace bt;
using namespace bt::sim;
namespace krpc = dht::krpc;

endpoint public_v6_address(std::uint32_t i) {
    // a /64 for each
    return *endpoint::parse("[2001:db9:" + std::to_string(i % 9'000) + "::7]:6881");
}

/// What the datagrams of one kind of query are, as they leave.
struct watch {
    explicit watch(dht_world& w, krpc::method what) {
        w.wire = [this, &w, what](const endpoint& from, const endpoint& to, byte_view datagram) {
            const auto message = krpc::parse(datagram);
            const auto* query = message ? std::get_if<krpc::query>(&*message) : nullptr;
            if (query != nullptr && query->what == what)
                seen.push_back({w.now(), from, to, query->target, query->read_only});
            return true;
        };
    }
    struct one {
        time_point when;
        endpoint from, to;
        node_id target;
        bool read_only;
    };
    std::vector<one> seen;
};

node_id id_of(const info_hash& hash) {
    node_id id;
    id.bytes = hash.bytes;
    return id;
}

BOOST_AUTO_TEST_SUITE(dht_search)

BOOST_AUTO_TEST_CASE(an_announce_goes_to_the_eight_nearest_and_again_after_about_fifteen_minutes) {
    dht_world w(1);
    const auto all = grown_network(w, 60, public_address);
    watch announces(w, krpc::method::announce_peer);
    const auto hash = made_up_hash(w.random());
    w.search(*all[5], {hash, 6881, true});
    w.run_for(1min);
    BOOST_TEST(announces.seen.size() == 8u);
    w.run_for(12min);
    BOOST_TEST(announces.seen.size() == 8u);
    w.run_for(5min);
    BOOST_TEST(announces.seen.size() == 16u);
    // who looks for it a while later finds it, and who looks half an hour after it has left does not
    const auto found = w.search(*all[40], {hash});
    w.run_for(30s);
    BOOST_TEST(all[40]->searches[found].peers.size() == 1u);
    w.remove(*all[5]);
    w.run_for(33min);
    const auto late = w.search(*all[41], {hash});
    w.run_for(30s);
    BOOST_TEST(all[41]->searches[late].peers.empty());
}

BOOST_AUTO_TEST_CASE(with_few_nodes_all_of_them_take_the_announce) {
    dht_world w(2);
    const auto all = grown_network(w, 4, lan_address);
    watch announces(w, krpc::method::announce_peer);
    const auto search = w.search(*all[0], {made_up_hash(w.random()), 6881});
    w.run_for(10s);
    std::set<endpoint> took;
    for (const auto& one : announces.seen) took.insert(one.to);
    BOOST_TEST(took.size() == 3u);
    BOOST_TEST(all[0]->searches[search].over.value().announced == 3u);
}

BOOST_AUTO_TEST_CASE(peers_come_before_the_search_is_over) {
    dht_world w(3);
    const auto all = grown_network(w, 100, public_address);
    const auto hash = made_up_hash(w.random());
    w.search(*all[5], {hash, 6881, true});
    w.run_for(30s);
    w.link.loss = 0.3;
    auto& getter = *all[60];
    const auto search = w.search(getter, {hash});
    BOOST_TEST(w.run_until([&] { return !getter.searches[search].peers.empty(); }, 20s));
    BOOST_TEST(!getter.searches[search].over.has_value());
}

BOOST_AUTO_TEST_CASE(a_thousand_torrents_are_announced_to_a_neighbour_within_a_minute) {
    dht_world w(4);
    const auto all = grown_network(w, 3, lan_address);
    std::vector<info_hash> hashes;
    for (int i = 0; i < 1'000; ++i) {
        hashes.push_back(made_up_hash(w.random()));
        w.search(*all[0], {hashes.back(), 6881, true});
    }
    w.run_for(1min);
    BOOST_TEST(all[1]->node->stats(w.now()).stored_torrents == 1'000u);
    // somebody who asks now does not wait behind them
    const auto search = w.search(*all[2], {hashes[500]});
    BOOST_TEST(w.run_until([&] { return !all[2]->searches[search].peers.empty(); }, 1s));
}

BOOST_AUTO_TEST_CASE(a_stranger_is_never_asked_so_often_that_he_takes_it_for_a_flood) {
    dht_world w(5);
    auto& ours = w.add(lan_address(1));
    const auto other = lan_address(2);  // a client that is none of ours
    std::vector<time_point> asked;
    w.elsewhere = [&](const endpoint& from, const endpoint& to, byte_view datagram) {
        const auto message = krpc::parse(datagram);
        const auto* query = message ? std::get_if<krpc::query>(&*message) : nullptr;
        if (to != other || query == nullptr) return;
        asked.push_back(w.now());
        krpc::answer_form form;
        form.tid = query->tid;
        form.id.bytes.fill(9);
        form.asker = from;
        form.token = "t";
        form.has_nodes = true;
        auto answer = krpc::write_answer(form);
        const auto version = std::string_view("1:v4:").size();
        auto text = as_text(answer);
        const auto at = text.find("1:v4:");
        BOOST_REQUIRE(at != std::string_view::npos);
        answer[at + version] = 'L', answer[at + version + 1] = 'T';
        w.inject(to, from, std::move(answer));
    };
    w.contact(ours, other);
    for (int i = 0; i < 200; ++i) w.search(ours, {made_up_hash(w.random()), 6881, true});
    w.run_for(5min);
    BOOST_TEST(asked.size() > 400u);  // all in the end
    std::size_t worst = 0;
    for (std::size_t i = 0, first = 0; i < asked.size(); ++i) {
        while (asked[i] - asked[first] > 10s) ++first;
        worst = std::max(worst, i - first + 1);
    }
    BOOST_TEST(worst <= 50u);
}

BOOST_AUTO_TEST_CASE(the_world_is_asked_two_hundred_times_a_second_at_most) {
    dht_world w(6);
    const auto all = grown_network(w, 200, public_address);
    const auto before = all[3]->node->stats(w.now()).sent;
    for (int i = 0; i < 2'000; ++i) w.search(*all[3], {made_up_hash(w.random()), 0, true});
    w.run_for(20s);
    const auto sent = all[3]->node->stats(w.now()).sent - before;
    BOOST_TEST(sent <= 200u * 20 + 400 + 40 * 20);
    BOOST_TEST(sent >= 1'000u);
}

BOOST_AUTO_TEST_CASE(a_forgotten_search_asks_nothing_more) {
    dht_world w(7);
    const auto all = grown_network(w, 60, public_address);
    const auto hash = made_up_hash(w.random());
    watch asks(w, krpc::method::get_peers);
    const auto search = w.search(*all[5], {hash, 6881, true});
    w.run_for(100ms);
    const auto so_far = asks.seen.size();
    BOOST_TEST(so_far > 0u);
    all[5]->node->forget(search);
    w.run_for(1h);
    BOOST_TEST(std::count_if(asks.seen.begin(), asks.seen.end(), [&](const watch::one& one) {
                   return one.target == id_of(hash);
               }) == static_cast<std::ptrdiff_t>(so_far));
}

BOOST_AUTO_TEST_CASE(who_is_read_only_says_so_and_is_in_nobodys_table) {
    dht_world w(8);
    const auto all = grown_network(w, 10, lan_address);
    dht::config settings;
    settings.read_only = true;
    auto& guest = w.add(lan_address(50), settings);
    watch asks(w, krpc::method::get_peers);
    w.contact(guest, all[0]->at);
    w.search(guest, {made_up_hash(w.random())});
    w.run_for(20min);
    BOOST_TEST(guest.node->nodes(w.now()) >= 8u);
    for (const auto& one : asks.seen)
        if (one.from == guest.at) BOOST_TEST(one.read_only);
    for (auto* h : all)
        for (const auto& known : h->node->table(ip_family::v4, dht::realm::local)->freshest(100))
            BOOST_TEST((known.at != guest.at));
}

BOOST_AUTO_TEST_CASE(ids_come_to_fit_the_address_others_see) {
    dht_world w(9);
    const auto all = grown_network(w, 60, public_address);
    w.run_for(10min);
    std::size_t fitting = 0;
    for (auto* h : all) {
        const auto ours = *h->node->stats(w.now()).v4;
        if (ours.external == h->at.address && dht::is_secure(ours.id, h->at.address)) ++fitting;
    }
    BOOST_TEST(fitting == 60u);
    // and stay over a restart
    const auto saved = all[7]->node->state();
    const auto id = all[7]->node->stats(w.now()).v4->id;
    w.remove(*all[7]);
    auto& again = w.add(public_address(7), {}, saved);
    w.run_for(1min);
    BOOST_TEST((again.node->stats(w.now()).v4->id == id));
    BOOST_TEST(again.node->nodes(w.now()) >= 8u);
}

BOOST_AUTO_TEST_CASE(ipv6_is_a_dht_of_its_own) {
    dht_world w(10);
    const auto all = grown_network(w, 60, public_v6_address);
    const auto hash = made_up_hash(w.random());
    w.search(*all[5], {hash, 6881, true});
    w.run_for(30s);
    const auto search = w.search(*all[50], {hash});
    w.run_for(30s);
    BOOST_TEST_REQUIRE(all[50]->searches[search].peers.size() == 1u);
    BOOST_TEST((all[50]->searches[search].peers[0] == all[5]->at));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
