// A seed whose places and slots others hold, on purpose: who comes once and means it is served all the same.
#include <boost/test/unit_test.hpp>

#include "unit/swarm/town.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::swarm::test;

namespace {

std::vector<block_range> every_block() {
    std::vector<block_range> all;
    for (std::uint32_t piece = 0; piece < 10; ++piece)
        for (std::uint32_t i = 0; i < ten_pieces().block_count(piece_index(piece)); ++i)
            all.push_back(wire::test::block(piece, i));
    return all;
}
constexpr std::uint64_t torrent_bytes = 9 * 32768 + 10'000;

/// Connections of hosts on the town's link that come again as soon as they are closed.
struct crowd {
    struct plan {
        unsigned hosts = 1, each = 1;
        bool interested = true;
        std::size_t reads = 0;  ///< bytes in a step of 50 ms, of what they ask for; 0: they ask for nothing
        duration comes_anew = never - time_point{};  ///< after so long they leave by themselves
        bool kernel_tells = false;
    };
    town& t;
    plan as;
    struct member {
        guest* it;
        unsigned host;
        time_point since;
        bool asked = false;
    };
    std::vector<member> members{};
    unsigned names = 0;

    crowd(town& where, const plan& how) : t(where), as(how) {
        for (unsigned i = 0; i < as.hosts * as.each; ++i) members.push_back(come(i % as.hosts));
    }
    member come(unsigned host) {
        auto& it = t.comes(static_cast<char>(1 + names++ % 250), neighbour(20 + host), no_pieces());
        if (it.left) return {&it, host, t.now};
        if (as.reads > 0) it.reads = as.reads;
        if (as.interested) it.peer.set_interested(t.now, true);
        t.settle();
        return {&it, host, t.now};
    }
    void step() {
        for (auto& each : members) {
            if (!each.it->left && t.now - each.since >= as.comes_anew) t.leaves(*each.it);
            if (each.it->left) each = come(each.host);
            if (as.reads == 0 || each.asked || each.it->left || each.it->peer.choking_us()) continue;
            each.asked = true;
            t.asks(*each.it, every_block());
        }
    }
};

/// How long one that means it waits for everything, where the crowd has been for a while before it.
duration wait_behind(std::size_t places, const crowd::plan& as, duration before) {
    town t(all_pieces(), {.settings = {.connections = places}});
    crowd others(t, as);
    t.kernel_tells = as.kernel_tells;
    t.every_step = [&] { others.step(); };
    t.run(before);
    const auto began = t.now;
    guest* honest = nullptr;
    bool asked = false;
    while (t.now - began < 2min && (honest == nullptr || honest->got < torrent_bytes)) {
        if (honest == nullptr || honest->left) {
            honest = &t.comes(static_cast<char>(255), neighbour(2), no_pieces());
            honest->peer.set_interested(t.now, true);
            asked = false;
            t.settle();
        }
        if (!asked && !honest->left && !honest->peer.choking_us()) {
            asked = true;
            t.asks(*honest, every_block());
        }
        t.run(50ms);
    }
    t.every_step = nullptr;
    return t.now - began;
}

void check_waits(std::size_t places, const crowd::plan& as, duration at_first = 2s) {
    for (const auto before : {500ms, 5000ms, 90'000ms}) {
        const auto took = wait_behind(places, as, before);
        BOOST_TEST((took <= (before < 1s ? at_first : 2s)),
                   as.reads << " bytes in a step, after " << seconds(before) << " s of it: " << seconds(took)
                            << " s");
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(places_and_slots_that_others_hold)

BOOST_AUTO_TEST_CASE(idle_hosts_of_one_connection_each_make_room_for_a_newcomer) {
    check_waits(40, {.hosts = 40, .interested = false});
}

BOOST_AUTO_TEST_CASE(hosts_of_a_few_connections_each_make_room_for_a_newcomer) {
    for (const bool interested : {false, true})
        check_waits(40, {.hosts = 8, .each = 5, .interested = interested});
}

BOOST_AUTO_TEST_CASE(hosts_that_come_and_go_make_room_for_a_newcomer) {
    for (const auto stays : {1000ms, 1900ms, 9000ms})
        check_waits(40, {.hosts = 40, .interested = false, .comes_anew = stays});
}

BOOST_AUTO_TEST_CASE(slow_readers_keep_no_slot_from_a_newcomer_where_the_kernel_tells_of_them) {
    for (const std::size_t in_a_step : {700u, 2'000u, 4'000u})
        check_waits(200, {.hosts = 120, .reads = in_a_step, .kernel_tells = true}, 6s);
}

BOOST_AUTO_TEST_CASE(addresses_of_one_far_network_are_one_host) {
    town t(all_pieces(), {.settings = {.connections = 8}});
    const auto from = [](unsigned network, unsigned host) {
        return at("[2001:db8:0:" + std::to_string(network) + "::" + std::to_string(host) + "]:4000");
    };
    std::vector<guest*> crowd;
    for (unsigned i = 0; i < 8; ++i)
        crowd.push_back(&t.comes(static_cast<char>('a' + i), from(1, i + 1), no_pieces()));
    t.run(5s);
    BOOST_TEST(!t.comes('z', from(2, 1), no_pieces()).left);
    BOOST_TEST(std::count_if(crowd.begin(), crowd.end(), [](auto* each) { return each->left; }) == 1);
    BOOST_TEST(t.comes('y', from(1, 99), no_pieces()).left);  // its network had to leave
}

BOOST_AUTO_TEST_CASE(a_host_that_takes_the_same_again_and_again_is_banned_whatever_its_connections) {
    town t(all_pieces());
    int connections = 0;
    while (!has_line(t.said, "banned 10.0.0.2") && connections < 20) {
        ++connections;
        auto& again = t.comes(static_cast<char>('a' + connections), neighbour(2), no_pieces());
        again.peer.set_interested(t.now, true);
        t.run(1s);
        while (!again.left && again.got < 20 * limits::MiB) t.asks(again, every_block());
        if (!again.left) t.leaves(again);
    }
    BOOST_TEST(connections == 4);
}

BOOST_AUTO_TEST_SUITE_END()
