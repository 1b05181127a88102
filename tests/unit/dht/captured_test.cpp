// Datagrams as other clients send them: each is understood, and answered where it is a question.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "answering.hpp"
#include "base/text.hpp"

namespace bt::dht::test {
namespace {

using krpc::method;

const std::map<std::string, method> methods{{"ping", method::ping},
                                            {"find_node", method::find_node},
                                            {"get_peers", method::get_peers},
                                            {"announce_peer", method::announce_peer}};

struct captured {
    std::string client, kind;
    std::size_t nodes = 0, peers = 0, token = 0;
    std::string external;
    bytes datagram;
};

const std::vector<captured>& all() {
    static const auto read = [] {
        std::ifstream file(CAPTURED_DATAGRAMS);
        std::vector<captured> out;
        for (std::string line; std::getline(file, line);) {
            if (line.starts_with('#')) continue;
            captured one;
            std::string hex;
            std::istringstream(line) >> one.client >> one.kind >> one.nodes >> one.peers >> one.token >>
                one.external >> hex;
            const auto raw = from_hex(hex);
            BOOST_REQUIRE_MESSAGE(raw, line);
            one.datagram = *raw;
            out.push_back(std::move(one));
        }
        return out;
    }();
    return read;
}

/// What their `v` begins with; Transmission 3.00 sends none.
bool fits(std::string_view version, const std::string& client) {
    return client == "libtorrent" ? version.starts_with("LT")
           : client == "aria2"    ? version.starts_with("A2")
                                  : version.empty();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(captured_datagrams)

BOOST_AUTO_TEST_CASE(they_are_of_every_client_and_of_every_kind) {
    std::set<std::pair<std::string, std::string>> kinds;
    for (const auto& one : all()) kinds.insert({one.client, one.kind});
    for (const auto* client : {"libtorrent", "transmission", "aria2"})
        for (const auto* kind : {"get_peers", "announce_peer", "answer"})
            BOOST_TEST(kinds.contains({client, kind}), client << ' ' << kind);
    BOOST_TEST(all().size() >= 50u);
}

BOOST_AUTO_TEST_CASE(each_is_read_as_what_it_is) {
    for (const auto& one : all()) {
        BOOST_TEST_CONTEXT(one.client << ' ' << one.kind << ' ' << to_hex(one.datagram)) {
            const auto message = krpc::parse(one.datagram);
            BOOST_TEST_REQUIRE(message.has_value());
            if (one.kind == "answer") {
                const auto* answer = std::get_if<krpc::answer>(&*message);
                BOOST_TEST_REQUIRE(answer != nullptr);
                BOOST_TEST(answer->nodes.size() == one.nodes);
                BOOST_TEST(answer->peers.size() == one.peers);
                BOOST_TEST(answer->token.size() == one.token);
                BOOST_TEST((answer->external ? answer->external->to_string() : "-") == one.external);
                BOOST_TEST((answer->tid.size() == 4 || answer->tid.size() == 2));
                BOOST_TEST(fits(answer->version, one.client));
                const auto named = at("20.0.0.7:6881").address;
                for (const auto& node : answer->nodes) BOOST_TEST(same_prefix(node.at.address, named, 16));
                for (const auto& peer : answer->peers) BOOST_TEST(same_prefix(peer.address, named, 16));
            } else {
                const auto* query = std::get_if<krpc::query>(&*message);
                BOOST_TEST_REQUIRE(query != nullptr);
                BOOST_TEST((query->what == methods.at(one.kind)));
                BOOST_TEST(query->token.size() == one.token);
                BOOST_TEST(query->port == (query->what == method::announce_peer ? 6881 : 0));
                BOOST_TEST((query->id != node_id{}));
                BOOST_TEST((query->target != node_id{}) == (query->what != method::ping));
                BOOST_TEST(!query->read_only);
                BOOST_TEST(fits(query->version, one.client));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(each_question_is_answered) {
    for (const auto& one : all()) {
        if (one.kind == "answer") continue;
        BOOST_TEST_CONTEXT(one.client << ' ' << one.kind << ' ' << to_hex(one.datagram)) {
            desk us;
            const auto asked = std::get<krpc::query>(*krpc::parse(one.datagram));
            const auto made = us.hear(start, stranger, one.datagram);
            BOOST_TEST_REQUIRE(made.has_value());
            const auto message = krpc::parse(*made);
            BOOST_TEST_REQUIRE(message.has_value());
            if (asked.what == method::announce_peer) {  // its token was another node's
                const auto* refused = std::get_if<krpc::failure>(&*message);
                BOOST_TEST_REQUIRE(refused != nullptr);
                BOOST_TEST(refused->code == static_cast<int>(krpc::error_code::protocol));
                BOOST_TEST(refused->tid == asked.tid);
                continue;
            }
            const auto* answer = std::get_if<krpc::answer>(&*message);
            BOOST_TEST_REQUIRE(answer != nullptr);
            BOOST_TEST(answer->tid == asked.tid);
            BOOST_TEST((answer->external == stranger));
            BOOST_TEST(answer->nodes.size() == (asked.what == method::ping ? 0u : 8u));
            BOOST_TEST(answer->token.empty() == (asked.what != method::get_peers));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_token_of_ours_comes_back_as_it_went_out) {
    for (const auto& one : all()) {
        if (one.kind != "announce_peer" || one.token != 8) continue;
        BOOST_TEST_CONTEXT(one.client) {
            desk us;
            const auto theirs = std::get<krpc::query>(*krpc::parse(one.datagram));
            auto ask = us.form(method::get_peers);
            ask.target = theirs.target;
            const auto token = std::string(us.answer(stranger, ask).token);
            BOOST_TEST_REQUIRE(token.size() == theirs.token.size());
            auto announce = one.datagram;
            const auto place = static_cast<std::size_t>(theirs.token.data() -
                                                        reinterpret_cast<const char*>(one.datagram.data()));
            std::copy(token.begin(), token.end(), announce.begin() + static_cast<std::ptrdiff_t>(place));
            const auto made = us.hear(start, stranger, announce);
            BOOST_TEST_REQUIRE(made.has_value());
            BOOST_TEST(std::holds_alternative<krpc::answer>(*krpc::parse(*made)));
            const auto told = us.it.last_announced();
            BOOST_TEST_REQUIRE(told.has_value());
            BOOST_TEST((told->peer == endpoint{stranger.address, 6881}));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::dht::test
