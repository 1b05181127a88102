// The DHT among liars: sybils and eclipses (D4), poisoned answers (D5), spoofed ones (D6), garbage (F5). The
// honest are the node that ships; the others are functions.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "base/limits.hpp"
#include "dht/distance.hpp"
#include "fuzz/mutation.hpp"
#include "sim/dht/dht_world.hpp"
#include "unit/base/tier.hpp"

namespace {

using namespace bt;
using namespace bt::sim;
namespace krpc = dht::krpc;

node_id id_of(const info_hash& hash) {
    node_id id;
    id.bytes = hash.bytes;
    return id;
}

/// Nodes that lie together: each has an id as it wishes, names others of them to every question, and takes
/// announces to forget them.
class conspiracy {
  public:
    conspiracy(dht_world& w) : world_(w) {
        w.elsewhere = [this](const endpoint& from, const endpoint& to, byte_view datagram) {
            const auto member = members_.find(to);
            const auto message = krpc::parse(datagram);
            const auto* query = message ? std::get_if<krpc::query>(&*message) : nullptr;
            if (member == members_.end() || query == nullptr) return;
            krpc::answer_form form;
            form.tid = query->tid;
            form.id = member->second;
            form.asker = from;
            form.token = "sure";
            bytes named;
            for (int i = 0; i < 8; ++i) {
                const auto& [at, id] = list_[world_.random().below(list_.size())];
                krpc::append_compact(named, {id, at});
            }
            form.nodes = named;
            world_.inject(to, from, krpc::write_answer(form));
        };
    }
    void add(const endpoint& at, const node_id& id) {
        members_[at] = id;
        list_.emplace_back(at, id);
    }
    /// Asks everybody something, so as to be heard of.
    void introduce(const std::vector<dht_host*>& victims) {
        for (const auto& [at, id] : list_)
            for (auto* victim : victims) {
                krpc::query_form ping;
                ping.tid = "aa";
                ping.id = id;
                world_.inject(at, victim->at, krpc::write_query(ping));
            }
    }
    bool has(const endpoint& at) const { return members_.contains(at); }

  private:
    dht_world& world_;
    std::unordered_map<endpoint, node_id> members_;
    std::vector<std::pair<endpoint, node_id>> list_;
};

/// Whole networks cost the sanitizers half a minute each: every run has smaller ones, of the same mixture.
std::uint32_t population() { return test::long_tier() ? 300 : 100; }

/// As many liars as there are honest nodes, in so many networks; half of them stand around the torrent, half
/// anywhere.
struct attack {
    std::size_t found = 0, tried = 0, worst_bucket = 0, honest_announced = 0, honest_near = 0;
    double worst_share = 0;
};
attack attacked(std::uint64_t seed, std::uint32_t subnets, std::size_t searches) {
    dht_world w(seed);
    const auto honest = grown_network(w, population(), public_address);
    const auto hash = made_up_hash(w.random());
    conspiracy sybils(w);
    for (std::uint32_t i = 0; i < population(); ++i) {
        const auto net = static_cast<std::uint8_t>(i % subnets);
        const endpoint at{ip_address::v4(130, 1, net, static_cast<std::uint8_t>(1 + i / subnets % 250)),
                          static_cast<std::uint16_t>(2000 + i)};
        const auto bits = i % 2 == 0 ? 20 + static_cast<unsigned>(w.random().below(20)) : 0u;
        sybils.add(at, dht::random_at(id_of(hash), bits, w.random()));
    }
    for (int round = 0; round < 3; ++round) {
        sybils.introduce(honest);
        w.run_for(2min);
    }
    attack sum;
    for (auto* h : honest) {
        const auto& table = *h->node->table(ip_family::v4, dht::realm::world);
        std::vector<std::size_t> per_bucket(dht::id_bits + 1);
        std::size_t liars = 0;
        for (const auto& one : table.freshest(1'000))
            if (sybils.has(one.at)) {
                ++liars;
                sum.worst_bucket =
                    std::max(sum.worst_bucket, ++per_bucket[dht::shared_bits(table.own(), one.id)]);
            }
        sum.worst_share =
            std::max(sum.worst_share, static_cast<double>(liars) / static_cast<double>(table.size()));
    }
    // where announces for the torrent under attack go
    std::set<endpoint> took;
    w.wire = [&](const endpoint&, const endpoint& to, byte_view datagram) {
        const auto message = krpc::parse(datagram);
        const auto* query = message ? std::get_if<krpc::query>(&*message) : nullptr;
        if (query != nullptr && query->what == krpc::method::announce_peer) took.insert(to);
        return true;
    };
    auto& sharer = *honest[7];
    w.search(sharer, {hash, sharer.at.port, true});
    w.run_for(30s);
    w.wire = nullptr;
    std::vector<dht_host*> near(honest);
    std::erase(near, &sharer);
    std::sort(near.begin(), near.end(), [&](dht_host* a, dht_host* b) {
        return dht::closer(id_of(hash), a->node->stats(w.now()).v4->id, b->node->stats(w.now()).v4->id);
    });
    for (std::size_t i = 0; i < 8; ++i) sum.honest_announced += took.contains(near[i]->at) ? 1u : 0u;
    for (std::size_t i = 0; i < searches; ++i) {
        auto* getter = honest[10 + w.random().below(honest.size() - 10)];
        const auto search = w.search(*getter, {hash});
        w.run_for(25s);
        const auto& peers = getter->searches[search].peers;
        sum.found += std::find(peers.begin(), peers.end(), sharer.at) != peers.end() ? 1u : 0u;
        ++sum.tried;
    }
    return sum;
}

BOOST_AUTO_TEST_SUITE(dht_D4)

BOOST_AUTO_TEST_CASE(as_many_sybils_of_one_network_change_little) {
    std::size_t found = 0, tried = 0;
    test::for_each_seed(1, 200, [&](std::uint64_t seed) {
        const auto one = attacked(seed, 1, 20);
        BOOST_TEST(one.worst_bucket <= 1u);
        BOOST_TEST(one.worst_share <= 0.1);
        BOOST_TEST(one.honest_announced >= 6u);
        found += one.found, tried += one.tried;
    });
    BOOST_TEST_MESSAGE("found " << found << " of " << tried);
    BOOST_TEST(found * 100 >= tried * 95);
}

BOOST_AUTO_TEST_CASE(as_many_sybils_of_fifty_networks_leave_four_of_five_searches) {
    std::size_t found = 0, tried = 0;
    test::for_each_seed(1, 200, [&](std::uint64_t seed) {
        const auto one = attacked(1'000 + seed, 50, 20);
        found += one.found, tried += one.tried;
    });
    BOOST_TEST_MESSAGE("found " << found << " of " << tried);
    BOOST_TEST(found * 100 >= tried * 80);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_D5)

struct poisoned {
    explicit poisoned(std::uint64_t seed) : w(seed) {
        victim = &w.add(public_address(1));
        w.elsewhere = [this](const endpoint& from, const endpoint& to, byte_view datagram) {
            if (to != evil) {
                sent_to.push_back(to);
                return;
            }
            const auto message = krpc::parse(datagram);
            const auto* query = message ? std::get_if<krpc::query>(&*message) : nullptr;
            if (query == nullptr) return;
            krpc::answer_form form;
            form.tid = query->tid;
            form.id.bytes.fill(0x55);
            form.asker = from;
            form.nodes = nodes;
            form.has_nodes = true;
            form.peers = peers;
            w.inject(to, from, krpc::write_answer(form));
        };
    }
    void name(const endpoint& at) {
        node_id id;
        w.random().fill(id.bytes);
        krpc::append_compact(nodes, {id, at});
    }
    dht_world w;
    dht_host* victim;
    endpoint evil{ip_address::v4(140, 1, 2, 3), 6881};
    bytes nodes;
    std::vector<endpoint> peers, sent_to;
};

BOOST_AUTO_TEST_CASE(nothing_is_sent_to_addresses_that_can_be_no_node) {
    for (const auto* text : {"0.1.2.3:6881", "127.0.0.1:6881", "224.0.0.1:6881", "255.255.255.255:6881",
                             "250.1.1.1:6881", "150.1.1.1:0", "150.1.1.1:53", "20.0.1.0:6881",
                             "10.0.0.1:6881", "192.168.1.1:80", "169.254.1.1:6881", "20.0.1.7:6881"}) {
        BOOST_TEST_CONTEXT(text) {
            poisoned p(1);
            p.name(*endpoint::parse(text));
            p.w.contact(*p.victim, p.evil);
            const auto search = p.w.search(*p.victim, {made_up_hash(p.w.random()), 6881, true});
            p.w.run_for(20min);
            BOOST_TEST(p.sent_to.empty());
            BOOST_TEST(p.victim->node->nodes(p.w.now()) == 1u);
            BOOST_TEST(p.victim->searches[search].peers.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(peers_at_addresses_that_can_be_none_are_not_told_of) {
    poisoned p(2);
    for (const auto* text :
         {"0.1.2.3:6881", "127.0.0.1:6881", "224.0.0.1:6881", "150.1.1.1:0", "10.0.0.1:6881"})
        p.peers.push_back(*endpoint::parse(text));
    p.peers.push_back(*endpoint::parse("150.1.1.1:6881"));
    p.w.contact(*p.victim, p.evil);
    const auto search = p.w.search(*p.victim, {made_up_hash(p.w.random())});
    p.w.run_for(1min);
    BOOST_TEST(p.victim->searches[search].peers.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_host_is_not_told_of_as_a_list_of_ports) {
    poisoned p(6);
    for (std::uint16_t port = 2'000; port < 2'030; ++port)
        p.peers.push_back({ip_address::v4(150, 1, 1, 1), port});
    p.w.contact(*p.victim, p.evil);
    const auto search = p.w.search(*p.victim, {made_up_hash(p.w.random())});
    p.w.run_for(1min);
    BOOST_TEST(p.victim->searches[search].peers.size() == limits::dht_peers_per_address);
}

BOOST_AUTO_TEST_CASE(lists_of_a_wrong_length_are_not_used) {
    for (const int change : {-1, 1}) {
        poisoned p(3);
        for (std::uint32_t i = 0; i < 8; ++i) p.name(public_address(500 + i));
        p.nodes.resize(p.nodes.size() + static_cast<std::size_t>(change));
        p.w.contact(*p.victim, p.evil);
        p.w.run_for(1min);
        BOOST_TEST(p.sent_to.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_list_of_ten_thousand_makes_few_questions_and_no_entries) {
    poisoned p(4);
    for (std::uint32_t i = 0; i < 10'000; ++i) p.name(public_address(500 + i));
    p.w.contact(*p.victim, p.evil);
    p.w.run_for(1h);
    BOOST_TEST(p.sent_to.empty());  // no datagram of ours is so long
    poisoned q(5);
    for (std::uint32_t i = 0; i < 60; ++i) q.name(public_address(500 + i));
    q.w.contact(*q.victim, q.evil);
    q.w.search(*q.victim, {made_up_hash(q.w.random())});
    q.w.run_for(1min);
    const std::set<endpoint> asked(q.sent_to.begin(), q.sent_to.end());
    BOOST_TEST(asked.size() <= limits::dht_named_nodes);
    BOOST_TEST(q.victim->node->nodes(q.w.now()) == 1u);  // the silent are no entries
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_D6)

BOOST_AUTO_TEST_CASE(no_spoofed_answer_is_taken) {
    dht_world w(1);
    auto& victim = w.add(public_address(1));
    const auto honest = public_address(2);
    std::vector<std::string> tids;
    w.elsewhere = [&](const endpoint&, const endpoint& to, byte_view datagram) {
        const auto message = krpc::parse(datagram);
        const auto* query = message ? std::get_if<krpc::query>(&*message) : nullptr;
        if (query != nullptr && to == honest) tids.emplace_back(query->tid);
    };
    w.contact(victim, honest);
    const auto search = w.search(victim, {made_up_hash(w.random())});
    w.run_for(50ms);
    BOOST_TEST_REQUIRE(!tids.empty());
    const auto forge = [&](const endpoint& from, std::string_view tid) {
        krpc::answer_form form;
        form.tid = tid;
        form.id.bytes.fill(7);
        form.asker = victim.at;
        form.peers = {public_address(99)};
        w.inject(from, victim.at, krpc::write_answer(form));
    };
    const int guesses = test::long_tier() ? 100'000 : 5'000;
    test::progress far(static_cast<std::uint64_t>(guesses));
    for (int i = 0; i < guesses; ++i) {
        far.at(static_cast<std::uint64_t>(i));
        std::string guess(tids[0].size(), 0);
        for (auto& byte : guess) byte = static_cast<char>(w.random().below(256));
        forge(honest, guess);
        forge({honest.address, static_cast<std::uint16_t>(honest.port + 1)}, tids[0]);
        forge(public_address(3), tids[0]);
        if (i % 100 == 0) w.run_for(1ms);
    }
    w.run_for(1s);
    BOOST_TEST(victim.node->nodes(w.now()) == 0u);
    BOOST_TEST(victim.searches[search].peers.empty());
    const auto answered_before = victim.node->stats(w.now()).answered;
    w.run_for(10s);  // too late
    forge(honest, tids[0]);
    w.run_for(1s);
    BOOST_TEST(victim.node->stats(w.now()).answered == answered_before);
    BOOST_TEST(victim.searches[search].peers.empty());
}

BOOST_AUTO_TEST_CASE(with_thirty_percent_liars_a_search_ends_and_finds) {
    std::size_t found = 0, tried = 0;
    duration longest{};
    test::for_each_seed(1, 20, [&](std::uint64_t seed) {
        dht_world w(seed);
        const auto all = grown_network(w, population(), public_address);
        const std::size_t lying = all.size() * 3 / 10;
        // from now on 30 % of them answer every question with nodes that are near the torrent and not there
        std::set<endpoint> liars;
        for (std::size_t i = 0; i < lying; ++i) liars.insert(all[i]->at);
        w.wire = [&](const endpoint& from, const endpoint& to, byte_view datagram) {
            if (!liars.contains(to)) return true;
            const auto message = krpc::parse(datagram);
            const auto* query = message ? std::get_if<krpc::query>(&*message) : nullptr;
            if (query == nullptr || query->what == krpc::method::ping) return true;
            krpc::answer_form form;
            form.tid = query->tid;
            form.id = w.find(to)->node->stats(w.now()).v4->id;
            form.asker = from;
            bytes named;
            for (int i = 0; i < 8; ++i)
                krpc::append_compact(
                    named,
                    {dht::random_at(query->target, 40, w.random()),
                     public_address(static_cast<std::uint32_t>(10'000 + w.random().below(1'000'000)))});
            form.nodes = named;
            w.inject(to, from, krpc::write_answer(form));
            return false;
        };
        for (int i = 0; i < 15; ++i) {
            const auto hash = made_up_hash(w.random());
            auto& sharer = *all[lying + w.random().below(all.size() - lying)];
            auto& getter = *all[lying + w.random().below(all.size() - lying)];
            if (&sharer == &getter) continue;
            w.search(sharer, {hash, sharer.at.port, true});
            w.run_for(20s);
            const auto search = w.search(getter, {hash});
            w.run_for(30s);
            const auto& result = getter.searches[search];
            BOOST_TEST_REQUIRE(result.over.has_value());
            longest = std::max(longest, result.over->took);
            ++tried;
            found += std::find(result.peers.begin(), result.peers.end(), sharer.at) != result.peers.end()
                         ? 1u
                         : 0u;
        }
    });
    BOOST_TEST_MESSAGE("found " << found << " of " << tried << ", longest " << seconds(longest) << " s");
    BOOST_TEST(longest <= 20s);
    BOOST_TEST(found * 100 >= tried * 75);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(dht_F5)

BOOST_AUTO_TEST_CASE(a_node_under_mutated_datagrams_sends_no_more_than_it_gets) {
    dht_world w(1);
    const auto others = grown_network(w, 20, public_address);
    auto& victim = *others[10];
    std::vector<bytes> seeds;
    for (const auto what : {krpc::method::ping, krpc::method::find_node, krpc::method::get_peers,
                            krpc::method::announce_peer}) {
        krpc::query_form form;
        form.tid = "abcd";
        form.what = what;
        form.port = 6881;
        form.token = "12345678";
        seeds.push_back(krpc::write_query(form));
    }
    krpc::answer_form answer;
    answer.tid = "abcd";
    seeds.push_back(krpc::write_answer(answer));
    seeds.push_back(krpc::write_error("abcd", krpc::error_code::generic, "no"));
    std::uint64_t in = 0, longest = 0, out_before = victim.datagrams_out;
    w.elsewhere = [&](const endpoint&, const endpoint&, byte_view datagram) {
        longest = std::max<std::uint64_t>(longest, datagram.size());
    };
    const int count = test::long_tier() ? 200'000 : 20'000;
    test::progress far(static_cast<std::uint64_t>(count));
    for (int i = 0; i < count; ++i) {
        far.at(static_cast<std::uint64_t>(i));
        auto datagram = seeds[w.random().below(seeds.size())];
        if (datagram.size() > 40)
            w.random().fill(std::span(datagram).subspan(12, 20));  // about where the id is
        datagram = fuzz::mutated({&datagram, 1}, {}, w.random());
        w.inject(public_address(static_cast<std::uint32_t>(1'000 + i)), victim.at, std::move(datagram));
        ++in;
        if (i % 50 == 0) w.run_for(5ms);
    }
    w.run_for(2s);
    BOOST_TEST(victim.datagrams_out - out_before <= in);
    BOOST_TEST(longest <= limits::dht_answer_bytes);
    BOOST_TEST(victim.node->table(ip_family::v4, dht::realm::world)->is_sound());
    w.run_for(10min);
    BOOST_TEST(victim.node->nodes(w.now()) >= 8u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
