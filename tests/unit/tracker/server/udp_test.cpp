// The UDP protocol (BEP 15), byte by byte, and what comes back for rubbish.
#include "desk.hpp"

using namespace bt;
using namespace bt::test;

namespace {

std::string hex(const bytes& raw) { return to_hex(raw); }

std::string error_of(const bytes& answer) {
    if (answer.size() < 8 || answer[3] != 3) return "no error: " + to_hex(answer);
    return std::string(as_text(byte_view(answer).subspan(8)));
}

bytes scrape_of(std::uint64_t connection, const std::vector<char>& hashes) {
    bytes out;
    byte_writer(out).number(connection).number<std::uint32_t>(2).number<std::uint32_t>(5);
    for (const char hash : hashes) byte_writer(out).raw(hash_of(hash).span());
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_server_udp)

BOOST_AUTO_TEST_CASE(these_datagrams_get_exactly_these_answers) {
    tracker_desk d;
    const auto a = d.connection("192.168.1.7"), b = d.connection("192.168.1.9");
    BOOST_TEST(hex(d.datagram("192.168.1.7", d.udp_announce(a, {.id = "a"}, 2))) ==
               "00000001"
               "00000009"
               "0000003c"
               "00000001"
               "00000000");
    BOOST_TEST(hex(d.datagram("192.168.1.9", d.udp_announce(b, {.id = "b", .port = 6882, .left = "0"}))) ==
               "00000001"
               "00000009"
               "0000003c"
               "00000001"
               "00000001"
               "c0a801071ae1");
    BOOST_TEST(hex(d.datagram("192.168.1.7", d.udp_announce(a, {.id = "a", .left = "0"}, 1))) ==
               "00000001"
               "00000009"
               "0000003c"
               "00000000"
               "00000002"
               "c0a801091ae2");
    BOOST_TEST(hex(d.datagram("192.168.1.7", scrape_of(a, {'H', 'x', 'H'}))) ==
               "00000002"
               "00000005"
               "00000002"
               "00000001"
               "00000000"
               "00000000"
               "00000000"
               "00000000"
               "00000002"
               "00000001"
               "00000000");
    BOOST_TEST(hex(d.datagram("192.168.1.9", d.udp_announce(b, {.id = "b", .port = 6882, .left = "0"}, 3))) ==
               "00000001"
               "00000009"
               "0000003c"
               "00000000"
               "00000001");
    BOOST_TEST(d.counts() == "1 complete 0 incomplete 1 downloaded");
}

BOOST_AUTO_TEST_CASE(askers_by_v6_get_v6_peers_of_18_bytes) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "four"});
    d.announce({.from = "2001:db8:1::11", .id = "six"});
    const auto six = d.connection("2001:db8:1::7"), four = d.connection("192.168.1.7");
    const auto answer = d.datagram("2001:db8:1::7", d.udp_announce(six, {.id = "x"}));
    BOOST_TEST(hex(answer).substr(40) ==
               "20010db8000100000000000000000011"
               "1ae1");
    // the same peer by its other family: told of v4 alone, and not of itself
    BOOST_TEST(hex(d.datagram("192.168.1.7", d.udp_announce(four, {.id = "x"}))).substr(40) ==
               "c0a8010b1ae1");
    BOOST_TEST(d.counts() == "0 complete 3 incomplete 0 downloaded");
}

BOOST_AUTO_TEST_CASE(options_after_the_announce_are_tolerated) {
    tracker_desk d;
    auto question = d.udp_announce(d.connection("192.168.1.7"), {});
    byte_writer(question).raw(bytes{2, 9}).text("/announce").number<std::uint8_t>(0);
    BOOST_TEST(hex(d.datagram("192.168.1.7", question)).substr(0, 8) == "00000001");
}

BOOST_AUTO_TEST_CASE(a_connection_id_is_good_for_its_address_and_two_minutes) {
    tracker_desk d;
    const auto id = d.connection("192.168.1.7");
    const auto try_it = [&](const std::string& from, std::uint64_t with) {
        const auto answer = d.datagram(from, d.udp_announce(with, {.from = from, .id = from}));
        return answer.size() >= 20 && answer[3] == 1 ? "good"s : error_of(answer);
    };
    BOOST_TEST(try_it("192.168.1.7", id) == "good");
    BOOST_TEST(try_it("192.168.1.8", id) == "unknown connection id");
    BOOST_TEST(try_it("192.168.1.7", id ^ 1) == "unknown connection id");
    BOOST_TEST(try_it("192.168.1.7", id ^ std::uint64_t{1} << 63) == "unknown connection id");
    BOOST_TEST(try_it("192.168.1.7", 0x41727101980) == "unknown connection id");
    BOOST_TEST(error_of(d.datagram("192.168.1.7", scrape_of(id ^ 1, {'H'}))) == "unknown connection id");
    d.now += 2min;
    BOOST_TEST(try_it("192.168.1.7", id) == "good");
    d.now += 2min;
    BOOST_TEST(try_it("192.168.1.7", id) == "unknown connection id");
    server_config other;
    other.secret[3] = 1;
    tracker_desk elsewhere(other);
    BOOST_TEST(elsewhere.connection("192.168.1.7") != tracker_desk().connection("192.168.1.7"));
}

BOOST_AUTO_TEST_CASE(numwant_and_the_size_of_a_datagram_bound_the_answer) {
    tracker_desk d;
    for (int i = 0; i < 250; ++i)
        for (const auto* net : {"10.0.0.", "2001:db8:2::"})
            d.announce(
                {.from = net + std::to_string(i), .id = std::to_string(i) + net, .more = "&numwant=0"});
    const auto four = d.connection("10.1.1.1"), six = d.connection("2001:db8:2::7777");
    const auto size4 = [&](std::uint32_t want) {
        return (d.datagram("10.1.1.1", d.udp_announce(four, {.id = "x"}, 0, 0, want)).size() - 20) / 6;
    };
    BOOST_TEST(size4(0) == 0u);
    BOOST_TEST(size4(7) == 7u);
    BOOST_TEST(size4(0xffffffff) == 50u);
    BOOST_TEST(size4(100'000) == 200u);
    const auto answer = d.datagram("2001:db8:2::7777", d.udp_announce(six, {.id = "x"}, 0, 0, 1000));
    BOOST_TEST(answer.size() == 20u + 18 * 80);
    std::vector<char> many(100, 'H');
    BOOST_TEST(d.datagram("10.1.1.1", scrape_of(four, many)).size() == 8u + 12 * 74);
}

BOOST_AUTO_TEST_CASE(refusals_are_error_packets) {
    tracker_desk d;
    const auto id = d.connection("192.168.1.7");
    d.it.set_access(access_mode::allow_list, {});
    BOOST_TEST(error_of(d.datagram("192.168.1.7", d.udp_announce(id, {}))) ==
               "not on the list of this tracker");
    for (std::size_t i = 0; i <= limits::tracker_burst_per_source; ++i)
        d.datagram("192.168.1.7", d.udp_announce(id, {}));
    BOOST_TEST(d.datagram("192.168.1.7", d.udp_announce(id, {})).empty());  // too often: silence
    const auto totals = d.it.totals(d.now);
    BOOST_TEST(totals.reasons[static_cast<std::size_t>(reject_reason::too_many)] >= 1u);
    BOOST_TEST(totals.reasons[static_cast<std::size_t>(reject_reason::not_allowed)] >= 1'000u);
}

BOOST_AUTO_TEST_CASE(the_address_in_an_announce_is_believed_of_this_machine_alone) {
    tracker_desk d;
    for (const auto* from : {"192.168.1.66", "127.0.0.1"}) {
        auto question = d.udp_announce(d.connection(from), {.id = from});
        question[84] = 192, question[85] = 168, question[86] = 1, question[87] = 99;
        d.datagram(from, question);
    }
    BOOST_TEST(d.peers({}) == "192.168.1.66:6881 192.168.1.99:6881");
}

BOOST_AUTO_TEST_CASE(a_key_is_the_same_by_either_transport) {
    tracker_desk d;
    d.announce({.from = "192.168.1.11", .id = "m", .key = "0000ABCD"});
    d.datagram("192.168.1.12", d.udp_announce(d.connection("192.168.1.12"), {.id = "m"}, 0, 0xabcd));
    BOOST_TEST(d.peers({}) == "192.168.1.12:6881");
}

BOOST_AUTO_TEST_CASE(what_is_cut_short_or_unknown_gets_silence) {
    tracker_desk d;
    const auto id = d.connection("192.168.1.7");
    const auto announce = d.udp_announce(id, {});
    for (std::size_t length = 0; length < announce.size(); ++length)
        BOOST_TEST(d.datagram("192.168.1.7",
                              bytes(announce.begin(), announce.begin() + static_cast<std::ptrdiff_t>(length)))
                       .empty());
    const auto scrape = scrape_of(id, {'H'});
    for (std::size_t length = 0; length < scrape.size(); ++length)
        BOOST_TEST(d.datagram("192.168.1.7",
                              bytes(scrape.begin(), scrape.begin() + static_cast<std::ptrdiff_t>(length)))
                       .empty());
    for (std::uint32_t action : {3u, 4u, 255u, 0xffffffffu}) {
        bytes question;
        byte_writer(question).number(id).number(action).number<std::uint32_t>(1).raw(bytes(200));
        BOOST_TEST(d.datagram("192.168.1.7", question).empty());
    }
    bytes connect;
    byte_writer(connect).number<std::uint64_t>(0x41727101981).number<std::uint64_t>(1);
    BOOST_TEST(d.datagram("192.168.1.7", connect).empty());
    BOOST_TEST(d.datagram("192.168.1.7", announce, 0).empty());
    BOOST_TEST(d.counts() == "none");
}

BOOST_AUTO_TEST_CASE(no_datagram_makes_it_say_more_than_it_was_told) {
    tracker_desk d;
    for (int i = 0; i < 100; ++i)
        d.announce({.from = "10.0.0." + std::to_string(i), .id = std::to_string(i)});
    rng random(5);
    const auto id = d.connection("127.0.0.1");
    const std::vector<bytes> seeds = {d.udp_announce(id, {.from = "127.0.0.1"}), scrape_of(id, {'H', 'H'}),
                                      scrape_of(1, {'H'}), d.udp_announce(2, {})};
    std::size_t answered = 0;
    for (int i = 0; i < 100'000; ++i) {
        bytes question;
        if (random.chance(0.3)) {
            question.resize(random.below(200));
            random.fill(question);
        } else {
            question = seeds[random.below(seeds.size())];
            for (auto changes = random.below(4); changes-- > 0;)
                question[random.below(question.size())] = static_cast<std::uint8_t>(random.next());
            if (random.chance(0.3)) question.resize(random.below(question.size() + 20));
        }
        const bool connected = byte_reader(question).number<std::uint64_t>() == id;
        const auto answer = d.datagram("127.0.0.1", question);
        BOOST_REQUIRE(answer.size() <= limits::tracker_datagram_bytes);
        if (!connected) BOOST_REQUIRE(answer.size() <= question.size());
        answered += !answer.empty();
        if (random.chance(0.001)) d.pass(1s);
    }
    BOOST_TEST(answered > 1'000u);
}

BOOST_AUTO_TEST_CASE(no_target_is_too_strange_for_an_answer) {
    tracker_desk d;
    rng random(6);
    const std::vector<std::string> seeds = {tracker_desk::target_of({}),
                                            "/scrape?info_hash=" + percent_encode(hash_of('H').span()),
                                            "/",
                                            "/t/",
                                            "/api/v1/torrents/" + to_hex(hash_of('H').span()),
                                            "/t/" + to_hex(hash_of('H').span()) + ".torrent",
                                            "/stats",
                                            "/announce?" + std::string(300, '%')};
    const std::string alphabet = "%&=?/.;+0aAfFzZ \x01\xff";
    for (int i = 0; i < 100'000; ++i) {
        // pages cost a thousand times as much as announces
        auto target = seeds[random.below(random.chance(0.03) ? seeds.size() : 2)];
        for (auto changes = random.below(5); changes-- > 0 && !target.empty();) {
            const auto at = random.below(target.size());
            const char with = alphabet[random.below(alphabet.size())];
            if (random.chance(0.5))
                target[at] = with;
            else if (random.chance(0.5))
                target.insert(at, 1, with);
            else
                target.erase(at, random.below(4));
        }
        const auto answer = d.ask(random.chance(0.5) ? "127.0.0.1" : "::1", target);
        BOOST_REQUIRE(answer.status >= 200);
        BOOST_REQUIRE(answer.status < 500);
        if (target.starts_with("/announce?") || target.starts_with("/scrape?"))
            BOOST_REQUIRE(bencode_document::parse(as_bytes(answer.body), bencode_packet).has_value());
    }
}

BOOST_AUTO_TEST_SUITE_END()
