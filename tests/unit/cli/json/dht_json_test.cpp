#include "cli/json/dht_json.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::cli;

BOOST_AUTO_TEST_CASE(a_client_is_named_by_what_it_sends) {
    const auto text = [](std::string_view version) { return dht_client_text(version); };
    BOOST_TEST(text({"LT\x02\x00", 4}) == "libtorrent 2.0");
    BOOST_TEST(text({"nb\x00\x01", 4}) == "btnode 0.1");
    BOOST_TEST(text({"ZZ\x01\xff", 4}) == "ZZ 1.255");
    BOOST_TEST(text("UT") == "uTorrent");
    for (const auto* nothing : {"", "x", "\x1b[2J", "12ab"}) BOOST_TEST(text(nothing) == "");
}

BOOST_AUTO_TEST_CASE(a_search_is_one_document) {
    info_hash hash;
    hash.bytes.fill(0xab);
    BOOST_TEST(dht_peers_json(hash, {*endpoint::parse("192.0.2.1:1")},
                              {8, 0, 3, std::chrono::milliseconds(1500), 0}) ==
               R"({"schema":1,"action":"peers","hash_string":"abababababababababababababababababababab",)"
               R"("peers":[{"address":"192.0.2.1","port":1}],"nodes_answered":8,"seconds":1.5})");
}
