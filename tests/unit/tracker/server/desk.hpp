// A tracker on a table: questions as a client would put them, answers as values. The machine has
// 192.168.1.5/24, 2001:db8:1::5/64 and a bridge to containers 172.17.0.1/16.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "base/bencode.hpp"
#include "base/text.hpp"
#include "tracker/client/http_announce.hpp"
#include "tracker/server/server.hpp"
#include "unit/base/letter_ids.hpp"
#include "unit/base/passing_time.hpp"

namespace bt::test {

using namespace bt::tracker;
using namespace std::string_literals;

inline ip_address ip(const std::string& text) { return ip_address::parse(text).value(); }

inline info_hash hash_of(char letter) { return id_of<info_hash>(letter); }
inline peer_id id_of(const std::string& name) {
    peer_id id;
    const auto text = "-BN0100-" + name + std::string(12, '.');
    std::copy(text.begin(), text.begin() + 20, id.bytes.begin());
    return id;
}

struct announcer {
    std::string from = "192.168.1.7";
    std::string id = "a";
    int port = 6881;
    std::string left = "100";
    std::string event = {}, key = {}, more = {};
    char hash = 'H';
};

struct tracker_desk {
    time_point now{1h};
    tracker::server it;
    std::size_t inputs = 0;

    explicit tracker_desk(server_config config = {}) : it(with_defaults(std::move(config)), rng(7)) {
        it.set_networks({{{ip("192.168.1.5"), 24}, false},
                         {{ip("2001:db8:1::5"), 64}, false},
                         {{ip("172.17.0.1"), 16}, true}});
        it.set_wall_clock(now, 1'700'000'000);
    }
    static server_config with_defaults(server_config config) {
        config.http_port = config.udp_port = 6969;
        config.host_name = "desk";
        return config;
    }

    /// It takes time for each peer.
    void look() {
        if (inputs < 64 || inputs % 64 == 0) BOOST_TEST(it.is_sound());
        ++inputs;
    }
    static ip_address reached_at(const ip_address& from) {
        if (from.scope() == address_scope::loopback) return from;
        if (from.is_v6()) return ip("2001:db8:1::5");
        return same_prefix(from, ip("172.17.0.1"), 16) ? ip("172.17.0.1") : ip("192.168.1.5");
    }
    http_answer ask(const std::string& from, const std::string& target, const std::string& method = "GET",
                    const std::string& host = "192.168.1.5:6969", const std::string& accept = "*/*",
                    const std::string& type = "", byte_view body = {}, const std::string& origin = "") {
        http_question question;
        question.method = method;
        question.target = target;
        question.host = host;
        question.accept = accept;
        question.content_type = type;
        question.origin = origin;
        question.body = body;
        question.from = {ip(from), 50'000};
        question.to = reached_at(question.from.address);
        auto answer = it.http(now, question);
        look();
        return answer;
    }
    static std::string target_of(const announcer& who) {
        auto target = "/announce?info_hash=" + percent_encode(hash_of(who.hash).span()) +
                      "&peer_id=" + percent_encode(id_of(who.id).span()) +
                      "&port=" + std::to_string(who.port) + "&uploaded=0&downloaded=0&left=" + who.left;
        if (!who.event.empty()) target += "&event=" + who.event;
        if (!who.key.empty()) target += "&key=" + who.key;
        return target + who.more;
    }
    std::string body(const announcer& who) { return ask(who.from, target_of(who)).body; }
    announce_answer announce(const announcer& who) {
        const auto text = body(who);
        const auto parsed = parse_announce(as_bytes(text));
        BOOST_REQUIRE_MESSAGE(parsed.has_value(), text);
        return *parsed;
    }
    /// "192.168.1.7:6881 192.168.1.9:6881", in order.
    std::string peers(const announcer& who) {
        auto all = announce(who).peers;
        std::sort(all.begin(), all.end());
        std::string text;
        for (const auto& one : all) text += (text.empty() ? "" : " ") + one.to_string();
        return text;
    }
    std::string counts(char hash = 'H') {
        const auto scraped =
            ask("127.0.0.1", "/scrape?info_hash=" + percent_encode(hash_of(hash).span())).body;
        const auto document = bencode_document::parse(as_bytes(scraped), bencode_packet);
        BOOST_REQUIRE(document.has_value());
        const auto files = document->root().find_dict("files");
        if (!files || files->entries().empty()) return "none";
        const auto one = files->entries()[0].value;
        if (*one.find_integer("complete") + *one.find_integer("incomplete") +
                *one.find_integer("downloaded") ==
            0)
            return "none";
        return std::to_string(*one.find_integer("complete")) + " complete " +
               std::to_string(*one.find_integer("incomplete")) + " incomplete " +
               std::to_string(*one.find_integer("downloaded")) + " downloaded";
    }
    void pass(duration span) { test::pass(it, *this, span); }

    bytes datagram(const std::string& from, const bytes& question, std::uint16_t port = 50'000) {
        bytes answer(limits::tracker_datagram_bytes);
        const auto address = ip(from);
        answer.resize(it.udp(now, {address, port}, reached_at(address), question, answer));
        look();
        return answer;
    }
    std::uint64_t connection(const std::string& from) {
        bytes question;
        byte_writer(question)
            .number<std::uint64_t>(0x41727101980)
            .number<std::uint32_t>(0)
            .number<std::uint32_t>(7);
        const auto answer = datagram(from, question);
        BOOST_REQUIRE(answer.size() == 16u);
        byte_reader in(answer);
        BOOST_TEST(in.number<std::uint32_t>().value() == 0u);
        BOOST_TEST(in.number<std::uint32_t>().value() == 7u);
        return in.number<std::uint64_t>().value();
    }
    static bytes udp_announce(std::uint64_t connection, const announcer& who, std::uint32_t event = 0,
                              std::uint32_t key = 0, std::uint32_t numwant = 0xffffffff) {
        bytes out;
        byte_writer(out)
            .number(connection)
            .number<std::uint32_t>(1)
            .number<std::uint32_t>(9)
            .raw(hash_of(who.hash).span())
            .raw(id_of(who.id).span())
            .number<std::uint64_t>(0)
            .number<std::uint64_t>(std::stoull(who.left))
            .number<std::uint64_t>(0)
            .number(event)
            .number<std::uint32_t>(0)
            .number(key)
            .number(numwant)
            .number(static_cast<std::uint16_t>(who.port));
        return out;
    }
};

}  // namespace bt::test
