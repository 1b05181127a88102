// Datagrams of somebody who means no good, by the hundred thousand.
#include "base/limits.hpp"
#include "discovery/hello.hpp"
#include "discovery/lsd_codec.hpp"
#include "fuzz/mutation.hpp"
#include "lan.hpp"
#include "unit/base/tier.hpp"

namespace bt::discovery::test {
namespace {

const int rounds = bt::test::long_tier() ? 200'000 : 40'000;

bytes random_bytes(rng& random) {
    bytes noise(random.below(600));
    random.fill(noise);
    return noise;
}

bytes mutated(const bytes& datagram, rng& random) {
    static constexpr std::string_view letters[] = {"0", "1", "9", "d", "e", "i", "l", ":", "-"};
    return fuzz::mutated({&datagram, 1}, letters, random);
}

hello_message random_message(rng& random) {
    hello_message m;
    m.kind = static_cast<hello_kind>(random.below(5));
    for (auto& byte : m.instance.bytes) byte = static_cast<std::uint8_t>(random.below(4));
    m.host_name = std::string(random.below(80), static_cast<char>(random.below(256)));
    m.client = std::string(random.below(40), 'c');
    m.network = random.chance(0.9) ? "" : "elsewhere";
    m.peer_port = static_cast<std::uint16_t>(random.below(65536));
    if (random.chance(0.5)) m.dht_port = static_cast<std::uint16_t>(random.below(65536));
    if (random.chance(0.5)) m.http_tracker_port = static_cast<std::uint16_t>(random.below(65536));
    if (random.chance(0.5)) m.udp_tracker_port = static_cast<std::uint16_t>(random.below(65536));
    m.shares = static_cast<std::uint32_t>(random.next());
    if (random.chance(0.7)) {
        m.nonce.emplace();
        random.fill(m.nonce->bytes);
        for (auto n = random.below(limits::wanted_tokens + 1); n > 0; --n)
            m.tokens.push_back(
                token_of(*m.nonce, torrent_number(static_cast<std::uint32_t>(random.below(8)))));
    }
    return m;
}

/// Good ones to begin with; most are padded as a node would pad them.
std::vector<bytes> specimens(rng& random) {
    std::vector<bytes> all;
    for (int i = 0; i < 4000; ++i) {
        const auto message = random_message(random);
        all.push_back(random.chance(0.7) ? datagram_of(message) : encode_hello(message));
    }
    return all;
}

bytes random_datagram(const std::vector<bytes>& from, rng& random) {
    if (random.chance(0.1)) return random_bytes(random);
    const auto& specimen = from[random.below(from.size())];
    return random.chance(0.5) ? mutated(specimen, random) : specimen;
}

endpoint random_source(rng& random) {
    const auto port = static_cast<std::uint16_t>(random.below(65536));
    if (random.chance(0.8))
        return {ip_address::v4(192, 168, 1, static_cast<std::uint8_t>(random.below(256))), port};
    bytes raw(random.chance(0.5) ? 4 : 16);
    random.fill(raw);
    if (raw.size() == 16 && random.chance(0.5)) raw[0] = 0xfe, raw[1] = 0x80;
    return {*ip_address::from_bytes(raw), port};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_datagrams)

BOOST_AUTO_TEST_CASE(no_datagram_gets_more_than_one_out_or_one_longer_than_itself) {
    constexpr std::uint64_t seed = 2024;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng random(seed);
    hello node(node_config('A'), rng(seed));
    node.set_interfaces(start, {ethernet("192.168.1.5", 24), ethernet("fe80::5", 64)});
    for (std::uint32_t n = 0; n < 4; ++n) node.add_served(torrent_number(n));
    for (std::uint32_t n = 2; n < 6; ++n) node.want(start, torrent_number(n));
    auto now = start;
    const auto good = specimens(random);
    std::size_t answers = 0, peers = 0;
    for (int i = 0; i < rounds; ++i) {
        now += duration(random.below(50'000));
        const auto datagram = random_datagram(good, random);
        const auto from = random_source(random);
        const unsigned index = random.chance(0.5) ? 2 : 0;
        const bool own_socket = random.chance(0.3);
        const auto source = with_interface(from, index);
        node.receive(now, from, index, own_socket, datagram);
        const drained out(node);
        BOOST_REQUIRE(out.sends.size() <= 1u);
        if (!out.sends.empty()) {
            BOOST_REQUIRE(out.sends[0].datagram.size() <= datagram.size());
            BOOST_REQUIRE((out.sends[0].destination == source));
            BOOST_REQUIRE(!out.sends[0].multicast_or_broadcast);
        }
        BOOST_REQUIRE(out.peers.size() <= limits::wanted_tokens);
        for (const auto& p : out.peers) BOOST_REQUIRE((p.confirmed && p.peer.address == source.address));
        BOOST_REQUIRE(node.online().size() <= limits::lan_nodes);
        answers += out.sends.size();
        if (node.next_deadline() > now) continue;
        node.tick(now);
        const drained due(node);
        BOOST_REQUIRE((due.seen.empty() && due.trackers.empty() && due.contacts.empty()));
        for (const auto& p : due.peers)
            BOOST_REQUIRE((!p.confirmed && p.peer.is_usable() && p.peer.port >= limits::named_port_min));
        peers += due.peers.size();
    }
    BOOST_TEST(answers > 1000u);  // or nothing was tested
    BOOST_TEST(peers > 1000u);
    for (const auto& n : node.online().nodes())
        BOOST_TEST(n.host_name == printable(n.host_name, hello_host_bytes));
}

BOOST_AUTO_TEST_CASE(a_flood_from_one_host_hides_nobody_else) {
    rng random(5);
    hello node(node_config('A'), rng(5));
    node.set_interfaces(start, {ethernet("192.168.1.5", 24)});
    node.add_served(torrent('T'));
    auto now = start;
    const auto flood = [&](int datagrams) {
        for (int i = 0; i < datagrams; ++i) {
            now += 100us;
            auto message = message_from('X', random.chance(0.5) ? hello_kind::who : hello_kind::hello);
            random.fill(message.instance.bytes);
            node.receive(now, at("192.168.1.66:9"), 2, false, datagram_of(message));
            drained{node};
        }
    };
    flood(20'000);
    auto question = message_from('B', hello_kind::who);
    question.nonce = id_of<hello_nonce>('n');
    question.tokens = {token_of(*question.nonce, torrent('T'))};
    node.receive(now, at("192.168.1.9:40000"), 2, false, datagram_of(question));
    BOOST_TEST(drained(node).sends.size() == 1u);
    node.tick(now);
    const auto yes = confirmations(drained(node).sends, question);
    BOOST_REQUIRE(yes.size() == 1u);
    node.receive(now, at("192.168.1.9:40000"), 2, true, yes[0]);
    BOOST_TEST(drained(node).peers.size() == 1u);
    flood(20'000);
    BOOST_TEST(node.online().find({instance('B'), ip("192.168.1.9")}));
    BOOST_TEST(node.online().size() <= limits::lan_nodes);
}

BOOST_AUTO_TEST_CASE(questions_that_are_forged_of_many_addresses_leave_no_other_without_an_answer) {
    rng random(6);
    hello node(node_config('A'), rng(6));
    node.set_interfaces(start, {ethernet("192.168.1.5", 16)});
    node.add_served(torrent('T'));
    auto now = start;
    const auto asker = at("192.168.1.9:40000");
    auto question = message_from('B', hello_kind::who);
    question.nonce = id_of<hello_nonce>('n');
    std::vector<bytes> answers;
    const auto listen = [&](const std::vector<send>& sends) {
        for (const auto& yes : confirmations(sends, question)) {
            node.receive(now, asker, 2, true, yes);
            drained{node};
        }
        for (const auto& each : sends)
            if (each.destination == asker && parse_hello(each.datagram).value().kind == hello_kind::hello)
                answers.push_back(each.datagram);
    };
    const auto flood = [&](duration length) {
        for (const auto end = now + length; now < end; now += 5ms) {  // 200 a second
            auto message = message_from('X', hello_kind::who);
            random.fill(message.instance.bytes);
            message.nonce.emplace();
            random.fill(message.nonce->bytes);
            const ip_address forged = ip_address::v4(192, 168, static_cast<std::uint8_t>(random.below(200)),
                                                     static_cast<std::uint8_t>(10 + random.below(200)));
            node.receive(now, {forged, 4000}, 2, false, datagram_of(message));
            listen(drained(node).sends);
            if (node.next_deadline() > now) continue;
            node.tick(now);
            listen(drained(node).sends);
        }
    };
    flood(10s);
    for (int time = 0; time < 2; ++time) {  // as one that is not known yet, and as one that is
        question.nonce = id_of<hello_nonce>(static_cast<char>('n' + time));
        node.receive(now, asker, 2, false, datagram_of(question));
        listen(drained(node).sends);
        flood(1s);
        BOOST_REQUIRE(answers.size() == 1u);
        BOOST_TEST((parse_hello(answers[0]).value().nonce == question.nonce));
        BOOST_TEST(answers[0].size() <= datagram_of(question).size());
        answers.clear();
    }
}

BOOST_AUTO_TEST_CASE(bep_14_stays_at_one_datagram_for_one_as_well) {
    constexpr std::uint64_t seed = 14;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng random(seed);
    lsd node({"me", 6881}, rng(seed));
    node.set_interfaces(start,
                        {ethernet("192.168.1.5", 24), ethernet("10.0.0.5", 8, 3), ethernet("fe80::5", 64)});
    for (std::uint32_t n = 0; n < 4; ++n) node.announce(start, torrent_number(n));
    auto now = start;
    std::size_t answers = 0;
    for (int i = 0; i < rounds; ++i) {
        now += duration(random.below(200'000));
        auto datagram = random.chance(0.1)
                            ? random_bytes(random)
                            : encode_lsd(random.chance(0.5) ? ip_family::v4 : ip_family::v6,
                                         static_cast<std::uint16_t>(1 + random.below(65535)),
                                         torrent_number(static_cast<std::uint32_t>(random.below(8))),
                                         random.chance(0.9) ? "you" : "me");
        if (random.chance(0.5)) datagram = mutated(datagram, random);
        const auto from = random_source(random);
        const unsigned index = random.chance(0.5) ? 2 : 0;
        node.receive(now, from, index, datagram);
        const drained out(node);
        BOOST_REQUIRE(out.sends.size() <= 1u);
        BOOST_REQUIRE(out.peers.size() <= 40u);
        for (const auto& s : out.sends) BOOST_REQUIRE(s.destination.port == lsd_port);
        answers += out.sends.size();
        if (node.next_deadline() <= now) node.tick(now), drained{node};
    }
    BOOST_TEST(answers > 1000u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
