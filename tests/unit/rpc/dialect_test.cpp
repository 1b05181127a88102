// The two forms of a request and of its answer.
#include "rpc/dialect.hpp"

#include <set>

#include "unit/rpc/a_host.hpp"

using namespace bt;
using namespace bt::rpc;
using namespace bt::rpc::test;

BOOST_AUTO_TEST_CASE(names_of_the_new_dialect) {
    BOOST_TEST(snake_case("peer-limit") == "peer_limit");
    BOOST_TEST(snake_case("hashString") == "hash_string");
    BOOST_TEST(snake_case("isUTP") == "is_utp");
    BOOST_TEST(snake_case("downloadDir") == "download_dir");
    BOOST_TEST(snake_case("download-dir") == "download_dir");
    BOOST_TEST(snake_case("cache-size-mb") == "cache_size_mib");
    BOOST_TEST(snake_case("sequential_download") == "sequential_download");
}

BOOST_AUTO_TEST_CASE(the_old_frame) {
    bench b;
    BOOST_TEST(b.answer(R"({"method":"torrent-stop","tag":5})").body ==
               R"({"arguments":{},"result":"success","tag":5})");
    BOOST_TEST(b.answer(R"({"method":"nonsense","tag":"x"})").body ==
               R"({"arguments":{},"result":"method name not recognized"})");
    for (const auto* body : {"{}", "1", R"({"method":7})"})
        BOOST_TEST(b.answer(body).body == R"({"arguments":{},"result":"no method name"})");
    for (const auto* body : {"", "[", "{]", R"({"method":"torrent-get")"})
        BOOST_TEST(b.answer(body).body.starts_with(R"({"arguments":{},"result":"not JSON)"), body);
}

BOOST_AUTO_TEST_CASE(the_new_frame) {
    bench b;
    BOOST_TEST(b.answer(R"({"jsonrpc":"2.0","method":"torrent_stop","id":"a"})").body ==
               R"({"jsonrpc":"2.0","result":{},"id":"a"})");
    const auto unknown = b.ask(R"({"jsonrpc":"2.0","method":"torrent-stop","id":5})");
    BOOST_TEST(unknown.find("error")->find("code")->integer().value() == -32601);
    BOOST_TEST(unknown.find("error")->find("data")->find_text("error_string").value() ==
               "method name not recognized");
    BOOST_TEST(unknown.find("id")->integer().value() == 5);
    BOOST_TEST(b.ask(R"({"jsonrpc":"2.0","method":)").find("error")->find("code")->integer().value() ==
               -32700);
    BOOST_TEST(b.ask(R"({"jsonrpc":"1.0","method":"torrent_stop","id":1})")
                   .find("error")
                   ->find("code")
                   ->integer()
                   .value() == -32600);
}

BOOST_AUTO_TEST_CASE(a_notification_is_done_and_not_answered) {
    bench b;
    const auto reply = b.answer(R"({"jsonrpc":"2.0","method":"session_close"})");
    BOOST_TEST(reply.status == 204);
    BOOST_TEST(reply.body.empty());
    BOOST_TEST(b.node.done == std::vector<std::string>{"close"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch) {
    bench b;
    const auto both = b.ask(
        R"([{"jsonrpc":"2.0","method":"torrent_stop","id":1},{"jsonrpc":"2.0","method":"torrent_stop"},7])");
    BOOST_REQUIRE(both.elements() != nullptr);
    BOOST_REQUIRE_EQUAL(both.elements()->size(), 2u);
    BOOST_TEST(both.elements()->at(0).find("id")->integer().value() == 1);
    BOOST_TEST(both.elements()->at(1).find("error")->find("code")->integer().value() == -32600);
    BOOST_TEST(b.answer(R"([{"jsonrpc":"2.0","method":"torrent_stop"}])").status == 204);
    BOOST_TEST(b.ask("[]").find("error")->find("code")->integer().value() == -32600);
}

BOOST_AUTO_TEST_CASE(a_batch_of_too_long_replies_is_cut) {
    bench b;
    const std::string one =
        R"({"jsonrpc":"2.0","method":"torrent_stop","id":")" + std::string(1 << 20, 'x') + R"("},)";
    std::string all = "[";
    for (int i = 0; i < 20; ++i) all += one;
    all.back() = ']';
    const auto replies = b.ask(all);
    BOOST_REQUIRE(replies.elements() != nullptr);
    BOOST_REQUIRE_EQUAL(replies.elements()->size(), 20u);
    BOOST_TEST(replies.elements()->front().find("error") == nullptr);
    BOOST_TEST(replies.elements()->back().find("error")->find("code")->integer().value() == -32603);
}

BOOST_AUTO_TEST_CASE(hostile_bodies_end_in_an_error) {
    bench b;
    std::string many = R"([{"jsonrpc":"2.0","id":1,"method":"torrent_get","params":{"ids":[1)";
    for (int i = 0; i < 1'000'000; ++i) many += ",1";
    BOOST_TEST(b.answer(many + "]}}]").body.find("too many values") != std::string::npos);
    BOOST_TEST(b.answer(std::string(100'000, '[')).status == 200);
    BOOST_TEST(
        b.answer(R"({"method":"torrent-get","method":"torrent-remove"})").body.find("no method name") ==
        std::string::npos);
    const std::string whole =
        R"({"method":"torrent-get","arguments":{"ids":[1,"x",{}],"fields":["id"]},"tag":1})";
    for (std::size_t length = 0; length < whole.size(); ++length)
        BOOST_TEST(b.answer(whole.substr(0, length)).status == 200);
    for (const auto* arguments :
         {"7", "[]", "null", R"("x")", R"({"ids":{},"fields":{}})", R"({"fields":[1,null]})"})
        BOOST_TEST(b.trouble("torrent-get", arguments) == "no fields specified");
}
