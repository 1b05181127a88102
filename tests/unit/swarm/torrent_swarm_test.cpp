// One torrent's swarm against peers that do not behave.
#include "swarm/torrent_swarm.hpp"

#include <boost/test/unit_test.hpp>

#include "unit/wire/conversation.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::wire::test;

namespace {

const time_point start{1s};
const connection_id their_connection{1};

/// A seed of one hundred 16 KiB pieces with one connection, whose other end is written by hand.
struct seed {
    vicinity around;
    shared_limit down, up;
    torrent_swarm swarm{some_torrent(), node('a'), {}, around, down, up, rng(1)};
    std::size_t sent = 0;
    bool closed = false;

    seed() {
        const auto shape = *torrent::geometry::make(100 * 16384, 16384);
        swarm.set_metadata(start, shape, shared_bytes(bytes(1000)), false);
        const torrent::piece_set all(100, true);
        swarm.begin(start, all, std::vector<priority>(100, priority::normal), false);
        connects(their_connection, 4000);
    }
    void connects(connection_id id, std::uint16_t from_port, const peer_id& who = id_of('b')) {
        auto peer = wire::peer::incoming(start, node('a'));
        peer.receive(start, wire::encode(wire::handshake{{true, true, false}, some_torrent(), who}));
        while (auto event = peer.poll()) continue;
        swarm.adopt(start, id, {ip_address::v4(10, 0, 0, 9), from_port}, std::move(peer));
        drain();
    }
    std::string client(connection_id id) {
        for (const auto& peer : swarm.peers(start))
            if (peer.id == id) return peer.client;
        return "none";
    }
    void drain() {
        while (auto what = swarm.poll()) {
            if (const auto* data = std::get_if<out::send>(&*what)) sent += data->data.size();
            closed = closed || std::holds_alternative<out::close>(*what);
        }
    }
    void hears(const wire::message& m, int times = 1) {
        bytes stream;
        for (int i = 0; i < times; ++i) wire::encode(m, stream);
        swarm.received(start, their_connection, stream);
        drain();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(one_torrent_among_its_peers)

BOOST_AUTO_TEST_CASE(a_peer_that_asks_without_end_and_never_reads_is_closed) {
    seed s;
    s.hears(wire::interested{});
    for (int i = 0; i < 1000 && !s.closed; ++i) s.hears(wire::request{1, 0, 16384}, 1000);
    BOOST_TEST(s.closed);
    BOOST_TEST(s.sent < 9u * limits::MiB);
}

BOOST_AUTO_TEST_CASE(a_peer_that_asks_for_metadata_without_end_and_never_reads_is_closed) {
    seed s;
    wire::extension_handshake hello;
    hello.metadata_id = 3;
    const auto payload = wire::encode(hello);
    s.hears(wire::extended{0, payload});
    const auto ask = wire::encode(wire::metadata_message{wire::metadata_request{0}});
    for (int i = 0; i < 1000 && !s.closed; ++i) s.hears(wire::extended{wire::our_metadata_id, ask}, 1000);
    BOOST_TEST(s.closed);
    BOOST_TEST(s.sent < 9u * limits::MiB);
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_name_its_client_is_named_from_its_id) {
    seed s;
    auto who = id_of('c');
    const std::string_view prefix = "-WW0110-";
    std::copy(prefix.begin(), prefix.end(), who.bytes.begin());
    s.connects(connection_id(2), 4001, who);
    BOOST_TEST(s.client(connection_id(2)) == "WebTorrent 1.10");
    BOOST_TEST(s.client(their_connection) == "");
    wire::extension_handshake hello;
    hello.client = "me 1";
    const auto payload = wire::encode(hello);
    s.hears(wire::extended{0, payload});
    BOOST_TEST(s.client(their_connection) == "me 1");
}

BOOST_AUTO_TEST_CASE(two_connections_of_one_peer_become_one) {
    seed s;
    s.connects(connection_id(2), 4001);
    BOOST_TEST(s.swarm.connection_count() == 1u);
    BOOST_TEST(s.swarm.has_connection(their_connection));
}

BOOST_AUTO_TEST_SUITE_END()
