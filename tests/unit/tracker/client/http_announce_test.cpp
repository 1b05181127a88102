#include "tracker/client/http_announce.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "base/rng.hpp"

using namespace bt;
using namespace bt::tracker;

namespace {

using namespace std::string_literals;

announce_request sample() {
    announce_request ask;
    for (std::size_t i = 0; i < 20; ++i) ask.hash.bytes[i] = static_cast<std::uint8_t>(i * 13);
    ask.id = *peer_id::from(as_bytes("-nb0100-abcdefghijkl"));
    ask.port = 6881;
    ask.uploaded = 1;
    ask.downloaded = 18446744073709551615u;
    ask.left = 3;
    ask.key = 0x00ab12cd;
    return ask;
}

std::string compact(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += "\x0a\x00"s + static_cast<char>(i / 256) + static_cast<char>(i % 256) + "\x1a\xe1";
    return text;
}
std::string text_of(const std::string& value) { return std::to_string(value.size()) + ':' + value; }

announce_answer good(const std::string& body) {
    auto answer = parse_announce(as_bytes(body));
    BOOST_REQUIRE_MESSAGE(answer.has_value(), body);
    return *answer;
}
std::vector<std::string> peers_of(const std::string& body) {
    std::vector<std::string> all;
    for (const auto& peer : good(body).peers) all.push_back(peer.to_string());
    return all;
}
bool refused(const std::string& body) { return !parse_announce(as_bytes(body)); }

/// What opentracker sends.
const std::string opentracker =
    "d8:completei2e10:downloadedi5e10:incompletei1e8:intervali1742e12:min intervali871e5:peers12:"s +
    "\x7f\x00\x00\x01\x1a\xe1\xc0\x00\x02\x07\x00\x50"s + "e";

}  // namespace

BOOST_AUTO_TEST_SUITE(announces)

BOOST_AUTO_TEST_CASE(the_question_carries_every_argument_escaped) {
    const auto at = url::parse("http://tracker.example:6969/announce").value();
    auto ask = sample();
    const auto text = announce_url(at, ask);
    for (const char* part :
         {"/announce?info_hash=%00%0D%1A%274AN%5Bhu%82%8F%9C%A9%B6%C3%D0%DD%EA%F7&",
          "&peer_id=-nb0100-abcdefghijkl&", "&port=6881&", "&uploaded=1&",
          "&downloaded=18446744073709551615&", "&left=3&", "&key=00ab12cd&", "&numwant=50&", "&compact=1"})
        BOOST_TEST(text.find(part) != std::string::npos, part << " in " << text);
    BOOST_TEST(text.find("event") == std::string::npos);
    BOOST_TEST(text.find("trackerid") == std::string::npos);
    ask.event = announce_event::started;
    ask.tracker_id = "a b\xff";
    BOOST_TEST(announce_url(at, ask).find("&event=started&") != std::string::npos);
    BOOST_TEST(announce_url(at, ask).find("&trackerid=a%20b%FF") != std::string::npos);
    ask.event = announce_event::completed;
    BOOST_TEST(announce_url(at, ask).find("&event=completed&") != std::string::npos);
    ask.event = announce_event::stopped;
    BOOST_TEST(announce_url(at, ask).find("&event=stopped&") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(arguments_join_a_query_that_is_there) {
    const auto joined = [](const char* text) {
        const auto full = announce_url(url::parse(text).value(), sample());
        const auto at = full.find("info_hash");
        return full.substr(at - 2, 2);
    };
    BOOST_TEST(joined("http://a.example/announce") == "e?");
    BOOST_TEST(joined("http://a.example/announce?k=1") == "1&");
    BOOST_TEST(joined("http://a.example/announce?k=1&") == "1&");
    BOOST_TEST(joined("http://a.example/announce?") == "e?");
}

BOOST_AUTO_TEST_CASE(an_answer_of_opentracker_is_understood) {
    const auto answer = good(opentracker);
    BOOST_TEST((answer.interval == 1742s));
    BOOST_TEST((answer.min_interval == 871s));
    BOOST_TEST((answer.seeders == 2u && answer.leechers == 1u));
    BOOST_TEST(peers_of(opentracker) == (std::vector<std::string>{"127.0.0.1:6881", "192.0.2.7:80"}),
               boost::test_tools::per_element());
    BOOST_TEST((!answer.failure && !answer.warning && !answer.retry && !answer.external));
}

BOOST_AUTO_TEST_CASE(no_truncation_of_an_answer_is_taken_for_one) {
    for (std::size_t length = 0; length < opentracker.size(); ++length)
        BOOST_TEST(refused(opentracker.substr(0, length)), length);
    BOOST_TEST(!refused(opentracker + "\r\n"));  // some add a line end
}

BOOST_AUTO_TEST_CASE(peers_of_version_6_and_dictionaries_are_read) {
    const std::string v6 = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01\x1a\xe1"s;
    BOOST_TEST(peers_of("d8:intervali60e5:peers0:6:peers6" + text_of(v6) + "e") ==
                   (std::vector<std::string>{"[2001:db8::1]:6881"}),
               boost::test_tools::per_element());
    const std::string list =
        "d8:intervali60e5:peersl"
        "d2:ip9:192.0.2.17:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti6881ee"
        "d2:ip11:2001:db8::24:porti1ee"
        "d2:ip12:evil.example4:porti80ee"  // names are not looked up
        "d2:ip9:192.0.2.24:porti0ee"
        "d2:ip9:192.0.2.24:porti-1ee"
        "d2:ip9:192.0.2.24:porti65536ee"
        "d2:ip9:192.0.2.24:port2:80e"
        "d2:ip9:192.0.2.2e"
        "d4:porti80ee"
        "i7e4:text"
        "d2:ip9:192.0.2.34:porti65535ee"
        "ee";
    BOOST_TEST(
        peers_of(list) == (std::vector<std::string>{"192.0.2.1:6881", "[2001:db8::2]:1", "192.0.2.3:65535"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(peers_nobody_can_be_reached_at_are_dropped) {
    const std::string bad =
        "\x0a\x00\x00\x01\x00\x00"s  // port 0
        "\x00\x00\x00\x00\x1a\xe1"s  // 0.0.0.0
        "\xe0\x00\x00\x01\x1a\xe1"s  // multicast
        "\xff\xff\xff\xff\x1a\xe1"s  // broadcast
        "\x0a\x00\x00\x02\x1a\xe1"s;
    BOOST_TEST(peers_of("d8:intervali60e5:peers" + text_of(bad) + "e") ==
                   (std::vector<std::string>{"10.0.0.2:6881"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(compact_peers_of_a_wrong_length_are_not_used_at_all) {
    for (const std::size_t length : {1u, 5u, 7u, 11u, 13u})
        BOOST_TEST(peers_of("d8:intervali60e5:peers" + text_of(std::string(length, 'a')) + "e").empty(),
                   length);
    for (const std::size_t length : {6u, 17u, 19u})
        BOOST_TEST(peers_of("d8:intervali60e6:peers6" + text_of(std::string(length, 'a')) + "e").empty(),
                   length);
    BOOST_TEST(peers_of("d8:intervali60e5:peers5:aaaaae").empty());
    BOOST_TEST(good("d8:intervali60e5:peers7:aaaaaaae").warning.value_or("") ==
               "its list of peers is of no use: 7 bytes, not a multiple of 6");
    BOOST_TEST(good("d8:intervali60e6:peers66:aaaaaae").warning.value_or("") ==
               "its list of peers is of no use: 6 bytes, not a multiple of 18");
    BOOST_TEST(good("d8:intervali60e5:peers7:aaaaaaa15:warning message4:lazye").warning.value_or("") ==
               "lazy");
}

BOOST_AUTO_TEST_CASE(peers_are_taken_up_to_the_limit) {
    BOOST_TEST(good("d8:intervali60e5:peers" + text_of(compact(limits::known_peers)) + "e").peers.size() ==
               limits::known_peers);
    BOOST_TEST(
        good("d8:intervali60e5:peers" + text_of(compact(limits::known_peers + 1)) + "e").peers.size() ==
        limits::known_peers);
}

BOOST_AUTO_TEST_CASE(impossible_numbers_count_as_absent) {
    for (const char* value : {"i-1e", "i-9223372036854775807e", "5:hello", "le", "de"}) {
        const auto answer =
            good("d8:completei-5e8:interval"s + value + "12:min interval" + value + "5:peers0:e");
        BOOST_TEST((!answer.interval && !answer.min_interval && !answer.seeders), value);
    }
    const auto large = good("d8:intervali9223372036854775807e5:peers0:e");
    BOOST_TEST((large.interval == 168h));
}

BOOST_AUTO_TEST_CASE(a_failure_is_read_with_its_advice_when_to_retry) {
    auto answer = good(
        "d14:failure reason9:not here\x1b"
        "8:retry ini5ee");
    BOOST_TEST((answer.failure == "not here?"));
    BOOST_TEST((answer.retry == 5min));
    BOOST_TEST(!answer.never_retry);
    answer = good("d14:failure reason2:no8:retry in5:nevere");
    BOOST_TEST((answer.never_retry && !answer.retry));
    answer = good("d14:failure reason2:no8:retry in2:10e");
    BOOST_TEST((answer.retry == 10min));
    answer = good("d14:failure reason2:no8:retry ini-3ee");
    BOOST_TEST((!answer.never_retry && !answer.retry));
    answer = good("d14:failure reason2:no8:retry ini9223372036854775807ee");
    BOOST_TEST((answer.retry == 168h));
    BOOST_TEST(good("d14:failure reason2:no5:peers6:aaaaaae").peers.empty());
}

BOOST_AUTO_TEST_CASE(warning_tracker_id_and_external_address_are_read) {
    const auto answer = good(
        "d11:external ip4:\xc0\x00\x02\x09"
        "8:intervali60e5:peers0:10:tracker id3:a\0b15:warning message5:hello"
        "e"s);
    BOOST_TEST((answer.external == ip_address::v4(192, 0, 2, 9)));
    BOOST_TEST((answer.tracker_id == "a\0b"s));
    BOOST_TEST((answer.warning == "hello"));
    BOOST_TEST((!good("d11:external ip3:abc5:peers0:e").external));
    BOOST_TEST((!good("d11:external ip4:\0\0\0\0"
                      "5:peers0:e"s)
                     .external));
    BOOST_TEST((!good("d5:peers0:10:tracker id" + text_of(std::string(513, 'x')) + "e").tracker_id));
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_refused) {
    for (const char* body : {"", "<html>404</html>", "i5e", "le", "de", "d5:filesdee", "4:text"})
        BOOST_TEST(refused(body), body);
    BOOST_TEST(refused(std::string(limits::tracker_reply_bytes + 1, ' ')));
    std::string large = "d5:peers0:1:x";
    const auto filler = limits::tracker_reply_bytes - large.size() - 1 - 8;
    large += std::to_string(filler) + ":" + std::string(filler, 'x') + "e";
    BOOST_TEST(large.size() <= limits::tracker_reply_bytes);
    BOOST_TEST(!refused(large));
}

BOOST_AUTO_TEST_CASE(random_bytes_and_flipped_bits_never_do_harm) {
    rng random(20);
    for (int i = 0; i < 20'000; ++i) {
        std::string body = opentracker;
        for (int flips = 0; flips < 3; ++flips) {
            const auto at = random.below(body.size());
            body[at] = static_cast<char>(body[at] ^ (1 << random.below(8)));
        }
        if (const auto answer = parse_announce(as_bytes(body)))
            for (const auto& peer : answer->peers) BOOST_REQUIRE(peer.is_usable());
        bytes noise(random.below(64));
        random.fill(noise);
        (void)parse_announce(noise);
    }
}

BOOST_AUTO_TEST_SUITE_END()
