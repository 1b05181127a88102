// The methods that Transmission does not have.
#include "unit/rpc/a_host.hpp"

using namespace bt;
using namespace bt::rpc;
using namespace bt::rpc::test;

BOOST_AUTO_TEST_CASE(own_methods_have_a_name_in_each_dialect_and_the_same_names_within) {
    bench b;
    BOOST_TEST(b.old("lan-get") == R"({"change":7,"machines":[]})");
    BOOST_TEST(b.answer(R"({"jsonrpc":"2.0","id":1,"method":"lan_get","params":{"since":7}})").body ==
               R"({"jsonrpc":"2.0","result":{"change":7},"id":1})");
    BOOST_TEST(b.old("dht-stats") == R"({"state":"off"})");
    BOOST_TEST(b.old("history-get", R"({"since":5})") == R"({"last":5})");
    BOOST_TEST(b.old("log-get", R"({"since":-1})") == R"({"last":0})");
}

BOOST_AUTO_TEST_CASE(what_doctor_finds_is_answered_when_it_has_looked) {
    bench b;
    std::string text;
    b.to.answer(R"({"jsonrpc":"2.0","id":1,"method":"doctor_run"})",
                [&](server::reply reply) { text = reply.body; });
    BOOST_TEST(text == "");
    b.node.examined.at(0)({{"findings", json::array{}}});
    BOOST_TEST(text == R"({"jsonrpc":"2.0","result":{"findings":[]},"id":1})");
}

BOOST_AUTO_TEST_CASE(a_share_is_begun_followed_and_stopped) {
    bench b;
    BOOST_TEST(b.old("share",
                     R"({"path":"/data/a","trackers":["http://t.example/announce"],"private":true,)"
                     R"("piece_size":65536,"labels":["x"],"paused":1,"comment":"c"})") == R"({"hashing":1})");
    const auto& wish = b.node.to_hash.front();
    BOOST_TEST(wish.path == "/data/a");
    BOOST_TEST((wish.shares && wish.is_private && wish.paused && !wish.unlisted));
    BOOST_TEST(wish.trackers == torrent::tracker_tiers{{"http://t.example/announce"}});
    BOOST_TEST(wish.piece_bytes == 65'536u);
    BOOST_TEST(wish.labels == std::vector<std::string>{"x"}, boost::test_tools::per_element());
    auto& one = b.node.hashed.front();
    one.how = hashing::state::hashing;
    one.bytes_done = 3;
    one.bytes_total = 10;
    BOOST_TEST(b.old("hashing-get", R"({"ids":[1,9]})") ==
               R"({"hashings":[{"id":1,"path":"/data/a","name":"","state":"hashing","bytes_done":3,)"
               R"("bytes_total":10,"error":"","skipped":[]}]})");
    b.old("hashing-stop", R"({"ids":1})");
    BOOST_TEST((one.how == hashing::state::stopped));
    one.how = hashing::state::done;
    one.hash = album().info.hash;
    one.torrent = 4;
    BOOST_TEST(b.old("hashing-get").find(R"("duplicate":false)") != std::string::npos);
    BOOST_TEST(b.old("hashing-get").find(R"("torrent_id":4)") != std::string::npos);
    BOOST_TEST(b.old("hashing-get", R"({"ids":2})") == R"({"hashings":[]})");
}

BOOST_AUTO_TEST_CASE(a_torrent_is_made_and_its_file_is_given_where_it_is_asked_for) {
    bench b;
    b.old("torrent-create", R"({"path":"/data/a"})");
    BOOST_TEST(!b.node.to_hash.front().shares);
    b.node.hashed.front().file = {'a', 'b', 'c'};
    BOOST_TEST(b.old("hashing-get").find("metainfo") == std::string::npos);
    BOOST_TEST(b.old("hashing-get", R"({"metainfo":true})").find(R"("metainfo":"YWJj")") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_share_is_said) {
    bench b;
    BOOST_TEST(b.trouble("share") == "path: which file or folder");
    BOOST_TEST(b.trouble("share", R"({"path":"a"})") == "path is not absolute");
    BOOST_TEST(b.trouble("share", R"({"path":"/a","trackers":["ftp://x"]})") ==
               "trackers: a URL with http, https or udp was expected");
    BOOST_TEST(b.trouble("share", R"({"path":"/a","trackers":"x"})") ==
               "trackers: a list of URLs was expected");
    BOOST_TEST(b.trouble("share", R"({"path":"/a","piece_size":-1})") ==
               "piece_size: a number of bytes was expected");
    b.node.refuses = "in no folder that may be shared from";
    BOOST_TEST(b.trouble("share", R"({"path":"/etc"})") == "in no folder that may be shared from");
    BOOST_TEST(b.node.to_hash.empty());
}

BOOST_AUTO_TEST_CASE(files_come_part_by_part_and_are_shared_when_they_are_whole) {
    bench b;
    BOOST_TEST(
        b.old("upload-begin",
              R"({"name":"Fotos","files":[{"path":"Fotos/a","length":5},{"path":"Fotos/b","length":0}]})") ==
        R"({"upload":7})");
    b.old("upload-part", R"({"upload":7,"path":"Fotos/a","offset":0,"data":"aGFsbG8="})");
    BOOST_TEST(b.old("upload-end", R"({"upload":7})") == R"({"hashing":9})");
    b.old("upload-cancel", R"({"upload":8})");
    BOOST_TEST(b.node.told == "upload Fotos of 2; part 7 Fotos/a 0 hallo; end 7; cancel 8; ");
}

BOOST_AUTO_TEST_CASE(what_is_no_upload_is_said) {
    bench b;
    BOOST_TEST(b.trouble("upload-begin") == "files: a list of path and length");
    BOOST_TEST(b.trouble("upload-begin", R"({"name":"x","files":[{"path":"x"}]})") ==
               "files: each has a path and a length");
    BOOST_TEST(b.trouble("upload-begin", R"({"name":"bad","files":[{"path":"bad","length":1}]})") ==
               "a bad name");
    BOOST_TEST(b.trouble("upload-part", R"({"upload":7,"path":"x","offset":-1,"data":""})") ==
               "upload, path, offset and data (base64) are needed");
    BOOST_TEST(b.trouble("upload-part", R"({"upload":7,"path":"x","offset":0,"data":"%%"})") ==
               "upload, path, offset and data (base64) are needed");
    for (const auto* method : {"upload-end", "upload-cancel"})
        BOOST_TEST(b.trouble(method) == "upload: which", method);
    BOOST_TEST(b.trouble("upload-cancel", R"({"upload":9})") == "there is no such upload");
}
