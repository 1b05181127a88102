// What clients read of torrents, and what they do with them.
#include <algorithm>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "rpc/torrent_fields.hpp"
#include "torrent/renamed.hpp"
#include "unit/rpc/a_host.hpp"

using namespace bt;
using namespace bt::rpc;
using namespace bt::rpc::test;
using session::piece_state;
using session::torrent_state;

namespace {

std::string get(bench& b, const std::string& fields, const std::string& more = "") {
    return b.old("torrent-get", R"({"fields":)" + fields + more + "}");
}
/// What one field of the only torrent says.
std::string field(bench& b, const std::string& name) {
    const auto text = get(b, "[\"" + name + "\"]");
    const auto read = *json::parse(text, 32);
    const auto& one = read.find("torrents")->elements()->front();
    return one.find(name) == nullptr ? "missing" : one.find(name)->dump();
}
std::string all_fields(dialect how) {
    json::array names;
    for (const auto& each : torrent_fields()) names.emplace_back(name_in(how, each.name));
    return json(std::move(names)).dump();
}

}  // namespace

BOOST_AUTO_TEST_CASE(objects_and_a_table) {
    bench b;
    b.node.put(album());
    BOOST_TEST(get(b, R"(["id","name","nonsense"])") == R"({"torrents":[{"id":1,"name":"album"}]})");
    BOOST_TEST(get(b, R"(["id","nonsense","name"])", R"(,"format":"table")") ==
               R"({"torrents":[["id","nonsense","name"],[1,0,"album"]]})");
    BOOST_TEST(b.answer(R"({"method":"torrent-get"})").body ==
               R"({"arguments":{"torrents":[]},"result":"no fields specified"})");
}

BOOST_AUTO_TEST_CASE(whom_ids_mean) {
    bench b;
    const auto hash = to_hex(b.node.put(album()).view.status.hash.span());
    b.node.put(album("other"));
    auto upper = hash;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' ? char(c - 32) : c; });
    const auto one = std::string(R"({"torrents":[{"id":1}]})");
    for (const auto& ids : {std::string("1"), std::string("[1]"), std::string("[1,1,99]"), '"' + hash + '"',
                            '"' + upper + '"', "[\"" + hash + "\",1,-5,\"x\"]"})
        BOOST_TEST(get(b, R"(["id"])", R"(,"ids":)" + ids) == one);
    BOOST_TEST(get(b, R"(["id"])", R"(,"ids":[])") == R"({"torrents":[]})");
    BOOST_TEST(get(b, R"(["id"])") == R"({"torrents":[{"id":1},{"id":2}]})");
}

BOOST_AUTO_TEST_CASE(both_dialects_have_every_field) {
    bench b;
    b.node.put(album());
    for (const auto how : {dialect::old, dialect::json_rpc}) {
        const auto body = how == dialect::old
                              ? R"({"method":"torrent-get","arguments":{"fields":)" + all_fields(how) + "}}"
                              : R"({"jsonrpc":"2.0","id":1,"method":"torrent_get","params":{"fields":)" +
                                    all_fields(how) + "}}";
        const auto answer = b.ask(body);
        const auto* value = answer.find(how == dialect::old ? "arguments" : "result");
        BOOST_REQUIRE(value != nullptr);
        BOOST_TEST(value->find("torrents")->elements()->front().members()->size() == torrent_fields().size());
    }
}

BOOST_AUTO_TEST_CASE(lists_are_lists_even_of_a_link_without_metadata) {
    bench b;
    b.old("torrent-add", R"({"filename":"magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567"})");
    for (const auto* name : {"files", "fileStats", "peers", "wanted", "priorities", "trackerStats",
                             "trackers", "labels", "webseeds", "availability", "bytesCompleted"})
        BOOST_TEST(field(b, name) == "[]", name);
    BOOST_TEST(field(b, "totalSize") == "0");
    BOOST_TEST(field(b, "pieces") == "\"\"");
    BOOST_TEST(std::stod(field(b, "metadataPercentComplete")) < 1);
    BOOST_TEST(field(b, "status") == "4");
    BOOST_TEST(field(b, "percentDone").front() == '0');
}

BOOST_AUTO_TEST_CASE(numbers_that_are_whole_have_no_point) {
    bench b;
    b.node.put(album()).view.status.rate_down = 12;
    const auto answer =
        b.ask(R"({"method":"torrent-get","arguments":{"fields":)" + all_fields(dialect::old) + "}}");
    const std::vector<std::string> real = {"percentDone",     "percentComplete", "metadataPercentComplete",
                                           "recheckProgress", "uploadRatio",     "seedRatioLimit"};
    for (const auto& [name, value] :
         *answer.find("arguments")->find("torrents")->elements()->front().members())
        if (std::find(real.begin(), real.end(), name) == real.end() && value.number())
            BOOST_TEST(value.integer().has_value(), name);
}

BOOST_AUTO_TEST_CASE(files) {
    bench b;
    auto& one = b.node.put(album());
    one.view.status.pieces[0] = piece_state::have;  // 32 KiB of album/one, which has 40,000 bytes
    one.view.status.pieces[2] = piece_state::have;
    one.view.status.files = {"1-2", "1", ""};
    BOOST_TEST(
        field(b, "files") ==
        R"([{"bytesCompleted":32768,"length":40000,"name":"album/one","begin_piece":0,"end_piece":2},)"
        R"({"bytesCompleted":4464,"length":30000,"name":"album/two","begin_piece":1,"end_piece":3},)"
        R"({"bytesCompleted":20000,"length":20000,"name":"album/three","begin_piece":2,"end_piece":3}])");
    BOOST_TEST(field(b, "wanted") == "[1,1,0]");
    BOOST_TEST(field(b, "priorities") == "[1,0,0]");
    BOOST_TEST(field(b, "pieces") == "\"oA==\"");
}

BOOST_AUTO_TEST_CASE(trackers) {
    bench b;
    b.node.put(album());
    const auto stats = *json::parse(field(b, "trackerStats"));
    BOOST_REQUIRE_EQUAL(stats.elements()->size(), 2u);
    const auto& first = stats.elements()->front();
    for (const auto* key : {"announceState",
                            "downloadCount",
                            "hasAnnounced",
                            "hasScraped",
                            "host",
                            "id",
                            "isBackup",
                            "lastAnnouncePeerCount",
                            "lastAnnounceResult",
                            "lastAnnounceStartTime",
                            "lastAnnounceSucceeded",
                            "lastAnnounceTime",
                            "lastAnnounceTimedOut",
                            "lastScrapeResult",
                            "lastScrapeStartTime",
                            "lastScrapeSucceeded",
                            "lastScrapeTime",
                            "lastScrapeTimedOut",
                            "leecherCount",
                            "nextAnnounceTime",
                            "nextScrapeTime",
                            "scrapeState",
                            "seederCount",
                            "tier"})
        BOOST_TEST(first.find(key) != nullptr, key);
    BOOST_TEST(first.find_text("host").value() == "www.a.example");
    BOOST_TEST(first.find_text("sitename").value() == "a");
    BOOST_TEST(
        field(b, "trackers") ==
        R"([{"announce":"http://www.a.example:80/announce","id":0,"scrape":"http://www.a.example:80/scrape",)"
        R"("sitename":"a","tier":0},{"announce":"udp://b.example:1","id":1,"scrape":"udp://b.example:1",)"
        R"("sitename":"b","tier":1}])");
    BOOST_TEST(field(b, "trackerList") == R"("http://www.a.example:80/announce\n\nudp://b.example:1\n")");
}

BOOST_AUTO_TEST_CASE(how_it_stands_in_numbers) {
    bench b;
    auto& s = b.node.put(album()).view.status;
    const std::vector<std::pair<torrent_state, std::string>> table = {
        {torrent_state::paused, "0"},      {torrent_state::checking, "2"}, {torrent_state::queued, "3"},
        {torrent_state::downloading, "4"}, {torrent_state::stalled, "4"},  {torrent_state::sharing, "6"}};
    for (const auto& [state, number] : table) {
        s.state = state;
        BOOST_TEST(field(b, "status") == number);
    }
    s.have = s.size;
    s.state = torrent_state::queued;
    BOOST_TEST(field(b, "status") == "5");
    BOOST_TEST(field(b, "eta") == "-1");
    BOOST_TEST(field(b, "leftUntilDone") == "0");
    s.have = 0;
    s.state = torrent_state::downloading;
    BOOST_TEST(field(b, "eta") == "-2");
    s.rate_down = s.size;
    BOOST_TEST(field(b, "eta") == "1");
    b.node.all.at(1).view.trouble = "the disk broke";
    BOOST_TEST(field(b, "error") == "3");
    BOOST_TEST(field(b, "errorString") == "\"the disk broke\"");
}

BOOST_AUTO_TEST_CASE(what_changed_lately) {
    bench b;
    const auto recent = [&] { return get(b, R"(["id"])", R"(,"ids":"recently-active")"); };
    b.node.put(album());
    b.node.put(album("other"));
    BOOST_TEST(recent() == R"({"removed":[],"torrents":[{"id":1},{"id":2}]})");
    b.node.time += 61;
    BOOST_TEST(recent() == R"({"removed":[],"torrents":[]})");
    b.node.all.at(2).view.status.downloaded_ever = 9;
    BOOST_TEST(recent() == R"({"removed":[],"torrents":[{"id":2}]})");
    b.old("torrent-remove", R"({"ids":[1]})");
    BOOST_TEST(recent() == R"({"removed":[1],"torrents":[{"id":2}]})");
    b.node.time += 61;
    BOOST_TEST(recent() == R"({"removed":[],"torrents":[]})");
    auto& info = b.node.all.at(2).torrent->info;
    info = *torrent::with_renamed(info, info.files[0].path, "first");
    BOOST_TEST(recent() == R"({"removed":[],"torrents":[{"id":2}]})");
    b.node.time += 61;
    BOOST_TEST(recent() == R"({"removed":[],"torrents":[]})");
}

BOOST_AUTO_TEST_CASE(removed_before_anybody_asked_for_changes) {
    bench b;
    b.node.put(album());
    get(b, R"(["id"])");  // a client that begins with all
    b.old("torrent-remove", R"({"ids":[1]})");
    BOOST_TEST(get(b, R"(["id"])", R"(,"ids":"recently-active")") == R"({"removed":[1],"torrents":[]})");
}

BOOST_AUTO_TEST_CASE(what_ends_and_comes_again_was_not_removed) {
    bench b;
    const auto recent = [&] { return get(b, R"(["id"])", R"(,"ids":"recently-active")"); };
    b.node.put(album());
    recent();
    b.node.time += 61;
    b.node.all.at(1).away = true;
    BOOST_TEST(recent() == R"({"removed":[],"torrents":[]})");
    b.node.all.at(1).away = false;
    b.node.all.at(1).view.trouble = "the disk broke";
    BOOST_TEST(recent() == R"({"removed":[],"torrents":[{"id":1}]})");
}

BOOST_AUTO_TEST_CASE(a_table_of_many_ids_costs_no_more_than_they_are) {
    bench b;
    b.node.put(album());
    std::string ids = "1";
    for (int i = 2; i <= 10'000; ++i) ids += ',' + std::to_string(i);
    BOOST_TEST(get(b, R"(["id"])", R"(,"format":"table","ids":[)" + ids + "]") ==
               R"({"torrents":[["id"],[1]]})");
}

BOOST_AUTO_TEST_CASE(adding) {
    bench b;
    const auto content = to_base64(album_file());
    const auto hash = to_hex(album().info.hash.span());
    const auto id = R"({"hashString":")" + hash + R"(","id":1,"name":"album"})";
    BOOST_TEST(b.old("torrent-add", R"({"metainfo":")" + content +
                                        R"(","paused":true,"labels":["tv"],"files-unwanted":[1],)"
                                        R"("priority-high":[0],"download-dir":"/d"})") ==
               R"({"torrent-added":)" + id + "}");
    BOOST_TEST(b.old("torrent-add", R"({"metainfo":")" + content + "\"}") ==
               R"({"torrent-duplicate":)" + id + "}");
    const auto& saved = b.node.all.at(1).saved;
    BOOST_TEST(saved.paused);
    BOOST_TEST(saved.labels == std::vector<std::string>{"tv"}, boost::test_tools::per_element());
    const auto& get = std::get<session::get_request>(saved.request);
    BOOST_TEST(get.folder == "/d");
    BOOST_TEST(get.files.select == "1,3");
    BOOST_TEST(get.files.first == "1");
}

BOOST_AUTO_TEST_CASE(adding_by_url) {
    bench b;
    std::string body;
    const auto ask = [&](const std::string& url) {
        body.clear();
        b.to.answer(R"({"method":"torrent-add","arguments":{"filename":")" + url + R"("}})",
                    [&](server::reply reply) { body = reply.body; });
        BOOST_TEST(body == "");  // it waits, and others are answered meanwhile
        BOOST_TEST(b.old("session-stats").starts_with("{\"activeTorrentCount\":"));
        b.node.fetches();
        return body;
    };
    b.node.web["http://x.example/a.torrent"] = {album_file(), ""};
    b.node.web["https://x.example/to-link"] = {{}, "magnet:?xt=urn:btih:" + std::string(40, '1')};
    b.node.web["http://x.example/page"] = {bytes(30), ""};
    BOOST_TEST(ask("http://x.example/a.torrent").find(R"("torrent-added":{)") != std::string::npos);
    BOOST_TEST(ask("http://x.example/a.torrent").find(R"("torrent-duplicate":{)") != std::string::npos);
    BOOST_TEST(ask("https://x.example/to-link").find(R"("torrent-added":{)") != std::string::npos);
    BOOST_TEST(ask("http://x.example/page").find("invalid or corrupt torrent file") != std::string::npos);
    BOOST_TEST(ask("http://x.example/none").find("http error 404") != std::string::npos);
    BOOST_TEST(
        b.trouble("torrent-add", R"({"filename":"file:///etc/passwd"})").starts_with("unrecognized info"));
    BOOST_TEST(
        b.trouble("torrent-add", R"({"filename":"ftp://x.example/a"})").starts_with("unrecognized info"));
}

BOOST_AUTO_TEST_CASE(a_batch_waits_for_its_slowest_and_keeps_its_order) {
    bench b;
    std::string body;
    b.to.answer(
        R"([{"jsonrpc":"2.0","id":1,"method":"torrent_add","params":{"filename":"http://x.example/none"}},)"
        R"({"jsonrpc":"2.0","id":2,"method":"group_get"}])",
        [&](server::reply reply) { body = reply.body; });
    BOOST_TEST(body == "");
    b.node.fetches();
    BOOST_TEST(
        body ==
        R"([{"jsonrpc":"2.0","error":{"code":8,"message":"HTTP error","data":{"error_string":"http error 404"}},"id":1},)"
        R"({"jsonrpc":"2.0","result":{"group":[]},"id":2}])");
}

BOOST_AUTO_TEST_CASE(what_is_wished_of_what_is_added) {
    bench b;
    const auto content = to_base64(album_file());
    b.old("torrent-add",
          R"({"metainfo":")" + content +
              R"(","labels":["tv","hd"],"bandwidthPriority":1,"peer-limit":17,"paused":true})");
    BOOST_TEST(get(b, R"(["labels","bandwidthPriority","peer-limit","status"])") ==
               R"({"torrents":[{"labels":["tv","hd"],"bandwidthPriority":1,"peer-limit":17,"status":0}]})");
    BOOST_TEST(b.trouble("torrent-add", R"({"metainfo":")" + content + R"(","cookies":"a=b"})") ==
               "cookies: this node sends none; give the content as metainfo");
    BOOST_TEST(b.trouble("torrent-add", R"({"metainfo":")" + content + R"(","bandwidthPriority":9})") ==
               "bandwidthPriority: a number from -1 to 1 was expected");
    BOOST_TEST(b.trouble("torrent-add", R"({"metainfo":")" + content + R"(","labels":["a,b"]})") ==
               "labels cannot contain comma (,) character");
    std::string many;
    for (int i = 0; i <= 100; ++i) many += (i ? ",\"" : "\"") + std::to_string(i) + "\"";
    BOOST_TEST(b.trouble("torrent-set", R"({"ids":1,"labels":[)" + many + "]}") ==
               "labels are too many or too long");
    BOOST_TEST(b.trouble("torrent-set", R"({"ids":1,"labels":[")" + std::string(256, 'x') + R"("]})") ==
               "labels are too many or too long");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_added) {
    bench b;
    BOOST_TEST(b.trouble("torrent-add") == "no filename or metainfo specified");
    BOOST_TEST(b.trouble("torrent-add", R"({"metainfo":"AAAA"})") == "invalid or corrupt torrent file");
    BOOST_TEST(b.trouble("torrent-add", R"({"metainfo":"!"})") == "invalid or corrupt torrent file");
    BOOST_TEST(b.trouble("torrent-add", R"({"filename":"/etc/passwd"})") == "not from there");
    BOOST_TEST(b.trouble("torrent-add", R"({"filename":"x","download-dir":"y"})") ==
               "download directory path is not absolute");
    BOOST_TEST(b.trouble("torrent-add", R"({"filename":"x","download-dir":"/downloads/.ssh"})") ==
               "only below /downloads");
    b.node.refuses = "no room";
    BOOST_TEST(b.trouble("torrent-add",
                         R"({"filename":"magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567"})") ==
               "no room");
    BOOST_TEST(b.node.all.empty());
}

BOOST_AUTO_TEST_CASE(settings_of_the_session_hold_for_what_is_added) {
    bench b;
    b.node.torrent_file = "/downloads/x.torrent";
    b.old("session-set", R"({"download-dir":"/elsewhere","start-added-torrents":false})");
    b.old("torrent-add", R"({"filename":"/downloads/x.torrent"})");
    BOOST_TEST(field(b, "status") == "0");
    BOOST_TEST(field(b, "downloadDir") == "\"/elsewhere\"");
}

BOOST_AUTO_TEST_CASE(commands) {
    bench b;
    b.node.put(album());
    for (const auto* method :
         {"torrent-stop", "torrent-start", "torrent-start-now", "torrent-verify", "torrent-reannounce"})
        b.old(method, R"({"ids":1})");
    b.old("torrent-stop", R"({"ids":[7]})");
    BOOST_TEST(
        b.node.done == (std::vector<std::string>{"1 pause", "1 resume", "1 now", "1 verify", "1 reannounce"}),
        boost::test_tools::per_element());
    b.node.refuses = "it is yours";
    BOOST_TEST(b.trouble("torrent-remove", R"({"ids":[1],"delete-local-data":true})") == "it is yours");
    BOOST_TEST(b.node.all.size() == 1u);
}

BOOST_AUTO_TEST_CASE(limits_of_one) {
    bench b;
    b.node.put(album());
    b.old("torrent-set", R"({"ids":1,"downloadLimit":250})");  // it is off
    BOOST_TEST(b.node.done.empty());
    BOOST_TEST(field(b, "downloadLimit") == "250");
    BOOST_TEST(field(b, "downloadLimited") == "false");
    b.old("torrent-set", R"({"ids":1,"downloadLimited":true})");
    b.old("torrent-set", R"({"ids":1,"uploadLimited":true,"uploadLimit":0})");
    b.old("torrent-set", R"({"ids":1,"downloadLimited":false})");
    BOOST_TEST(field(b, "downloadLimit") == "250");
    BOOST_TEST(b.node.done ==
                   (std::vector<std::string>{"1 limits 250000 0", "1 limits 250000 1000", "1 limits 0 1000"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_of_one) {
    bench b;
    b.node.put(album());
    b.old("torrent-set", R"({"ids":1,"files-unwanted":[1,2]})");
    b.old("torrent-set", R"({"ids":1,"files-wanted":[2],"priority-low":[0,2]})");
    b.old("torrent-set", R"({"ids":1,"files-wanted":[],"priority-normal":[]})");
    BOOST_TEST(b.node.done == (std::vector<std::string>{"1 choose 1//", "1 choose 1,3//1,3", "1 choose //"}),
               boost::test_tools::per_element());
    BOOST_TEST(b.trouble("torrent-set", R"({"ids":1,"files-unwanted":[3]})") ==
               "files-unwanted: the torrent has no such file");
    BOOST_TEST(b.trouble("torrent-set", R"({"ids":1,"files-unwanted":[]})") ==
               "one file at least is to be wanted");
}

BOOST_AUTO_TEST_CASE(labels_and_what_is_only_kept) {
    bench b;
    b.node.put(album());
    b.old("torrent-set", R"({"ids":1,"labels":["a","b","a"],"seedRatioLimit":1.5,"seedRatioMode":1})");
    BOOST_TEST(field(b, "labels") == R"(["a","b"])");
    BOOST_TEST(field(b, "seedRatioMode") == "1");
    BOOST_TEST(field(b, "seedRatioLimit") == "1.5");
    BOOST_TEST(b.trouble("torrent-set", R"({"ids":1,"labels":["a,b"]})") ==
               "labels cannot contain comma (,) character");
    BOOST_TEST(b.trouble("torrent-set", R"({"ids":1,"group":"x"})") == "group: this node cannot change it");
    BOOST_TEST(b.trouble("torrent-set", R"({"ids":1,"seedRatioMode":3})") != "success");
}

BOOST_AUTO_TEST_CASE(what_a_page_needs_of_pieces_and_machines) {
    bench b;
    auto& s = b.node.put(album()).view.status;
    s.pieces = {piece_state::have, piece_state::active, piece_state::missing};
    s.copies = {9, 2, 0};
    BOOST_TEST(field(b, "availability") == "[-1,2,0]");
    BOOST_TEST(field(b, "active_pieces") == "[1]");
    BOOST_TEST(field(b, "state") == R"("downloading")");
    BOOST_TEST(field(b, "command") == R"("btnode get album")");
    const auto peer = [&](const char* at, const char* machine, bool near) {
        session::peer_status one;
        one.address = *endpoint::parse(at);
        one.machine = *ip_address::parse(machine);
        one.near = near;
        one.source = near ? "lan" : "dht";
        s.peers.push_back(one);
    };
    peer("10.0.0.1:1", "10.0.0.1", true);
    peer("[fe80::1]:1", "10.0.0.1", true);
    peer("192.0.2.1:1", "192.0.2.1", false);
    BOOST_TEST(field(b, "machines_connected") == "2");
    BOOST_TEST(field(b, "lan_machines_connected") == "1");
    BOOST_TEST(field(b, "peers").find(R"("is_lan":true)") != std::string::npos);
    b.node.all.at(1).view.status.is_private = true;
    BOOST_TEST(field(b, "command") == "\"btnode get " + to_hex(s.hash.span()) + "\"");
}

BOOST_AUTO_TEST_CASE(files_are_moved_or_found_in_another_folder) {
    bench b;
    b.node.put(album());
    b.old("torrent-set-location", R"({"ids":1,"location":"/new","move":true})");
    b.old("torrent-set-location", R"({"ids":[1],"location":"/there"})");
    BOOST_TEST(b.node.done == (std::vector<std::string>{"1 moves to /new", "1 finds in /there"}),
               boost::test_tools::per_element());
    BOOST_TEST(field(b, "downloadDir") == R"("/there")");
    BOOST_TEST(b.trouble("torrent-set-location", R"({"ids":1})") == "no location");
    BOOST_TEST(b.trouble("torrent-set-location", R"({"ids":1,"location":"x"})") ==
               "new location path is not absolute");
    for (const auto* how : {"true", "false"})
        BOOST_TEST(b.trouble("torrent-set-location",
                             std::string(R"({"ids":1,"location":"/downloads/.ssh","move":)") + how + "}") ==
                   "only below /downloads");
    BOOST_TEST(b.node.done.size() == 2u);
    BOOST_TEST(b.trouble("torrent-set-location", R"({"ids":[],"location":"/x","move":true})") == "success");
    b.node.refuses = "a file stands in the way";
    BOOST_TEST(b.trouble("torrent-set-location", R"({"ids":1,"location":"/x","move":true})") ==
               "a file stands in the way");
}

BOOST_AUTO_TEST_CASE(a_path_is_renamed_and_what_is_none_is_refused_in_the_words_of_transmission) {
    bench b;
    b.node.put(album());
    b.old("torrent-add", R"({"filename":"magnet:?xt=urn:btih:1111111111111111111111111111111111111111"})");
    BOOST_TEST(b.old("torrent-rename-path", R"({"ids":[1],"path":"album","name":"disc"})") ==
               R"({"id":1,"name":"disc","path":"album"})");
    BOOST_TEST(b.node.done == std::vector<std::string>{"1 rename album to disc"},
               boost::test_tools::per_element());
    const auto said = [&](const std::string& arguments) {
        return b.ask(R"({"method":"torrent-rename-path","arguments":)" + arguments + "}").dump();
    };
    BOOST_TEST(said(R"({"ids":[1],"path":"nothing","name":"x"})") ==
               R"({"arguments":{"id":1,"name":"x","path":"nothing"},"result":"Invalid argument"})");
    BOOST_TEST(said(R"({"ids":[1]})") ==
               R"({"arguments":{"id":1,"name":"","path":""},"result":"Invalid argument"})");
    for (const auto* ids : {R"({"ids":[]})", R"({"ids":[99]})", R"({"ids":[1,2]})", "{}"})
        BOOST_TEST(b.trouble("torrent-rename-path", ids) == "torrent-rename-path requires 1 torrent");
    b.node.refuses = "something stands in the way";
    BOOST_TEST(b.trouble("torrent-rename-path", R"({"ids":1,"path":"album","name":"x"})") ==
               "something stands in the way");
    const auto answer =
        b.ask(R"({"jsonrpc":"2.0","id":1,"method":"torrent_rename_path","params":{"ids":1,"path":"x"}})");
    BOOST_TEST(answer.find("error")->dump() ==
               R"({"code":-32602,"message":"Invalid params","data":{"error_string":"Invalid argument"}})");
}

BOOST_AUTO_TEST_CASE(empty_lists_of_files_choose_none_when_a_torrent_is_added) {
    bench b;
    b.node.torrent_file = "/downloads/x.torrent";
    // as tremotesf adds: every list, also those that are empty
    b.old("torrent-add",
          R"({"filename":"/downloads/x.torrent","download-dir":"/downloads","files-unwanted":[],)"
          R"("priority-high":[],"priority-low":[],"bandwidthPriority":0,"paused":false})");
    BOOST_TEST(field(b, "wanted") == "[1,1,1]");
    BOOST_TEST(field(b, "priorities") == "[0,0,0]");
    b.old("torrent-add", R"({"filename":"magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567",)"
                         R"("files-unwanted":[],"priority-high":[],"priority-low":[]})");
    BOOST_TEST(b.node.all.size() == 2u);
}
