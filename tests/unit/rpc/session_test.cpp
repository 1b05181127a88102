// The settings of the session, and what else is asked of the node as a whole.
#include "rpc/session_settings.hpp"

#include <set>

#include "rpc/kept.hpp"
#include "unit/rpc/a_host.hpp"

using namespace bt;
using namespace bt::rpc;
using namespace bt::rpc::test;

BOOST_AUTO_TEST_CASE(each_client_finds_the_keys_it_reads) {
    bench b;
    const auto all = *b.ask(R"({"method":"session-get"})").find("arguments");
    // transmission-remote 3.00, Flood, Sonarr, tremotesf
    for (const auto* key : {"alt-speed-down",
                            "cache-size-mb",
                            "config-dir",
                            "dht-enabled",
                            "download-dir",
                            "encryption",
                            "lpd-enabled",
                            "peer-limit-global",
                            "peer-port",
                            "pex-enabled",
                            "port-forwarding-enabled",
                            "rpc-version",
                            "rpc-version-minimum",
                            "seedRatioLimit",
                            "seedRatioLimited",
                            "speed-limit-down",
                            "start-added-torrents",
                            "trash-original-torrent-files",
                            "units",
                            "utp-enabled",
                            "version",
                            "queue-stalled-minutes",
                            "download-dir-free-space",
                            "idle-seeding-limit",
                            "blocklist-size"})
        BOOST_TEST(all.find(key) != nullptr, key);
    BOOST_TEST(all.find("rpc-version")->dump() == "19");
    BOOST_TEST(all.find_text("version").value().starts_with("4.0.6 ("));
    BOOST_TEST(all.find("download-dir-free-space")->dump() == "1000");
    BOOST_TEST(b.old("session-get", R"({"fields":["peer-port","nonsense"]})") == R"({"peer-port":51413})");
}

BOOST_AUTO_TEST_CASE(the_new_dialect_has_names_of_its_own) {
    bench b;
    const auto all = *b.ask(R"({"jsonrpc":"2.0","method":"session_get","id":1})").find("result");
    std::set<std::string> names;
    for (const auto& [name, value] : *all.members()) {
        BOOST_TEST(snake_case(name) == name);
        BOOST_TEST(names.insert(name).second, name);
    }
    BOOST_TEST(all.find_text("encryption").value() == "allowed");
    BOOST_TEST(all.find("units")->find("size_bytes") != nullptr);
}

BOOST_AUTO_TEST_CASE(limits_of_the_node) {
    bench b;
    b.old("session-set", R"({"speed-limit-down":200,"speed-limit-down-enabled":true})");
    b.old("session-set", R"({"speed-limit-up":30})");  // it is off
    b.old("session-set", R"({"alt-speed-enabled":1,"alt-speed-down":5,"alt-speed-up":6})");
    b.old("session-set", R"({"alt-speed-enabled":false})");
    BOOST_TEST(
        b.node.done == (std::vector<std::string>{"limits 200000 0", "limits 5000 6000", "limits 200000 0"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_bound_of_all_connections_is_the_nodes) {
    bench b;
    BOOST_TEST(b.old("session-get", R"({"fields":["peer-limit-global","peer-limit-per-torrent"]})") ==
               R"({"peer-limit-global":1000,"peer-limit-per-torrent":200})");
    b.old("session-set", R"({"peer-limit-global":60})");
    b.old("session-set", R"({"peer-limit-global":60})");
    BOOST_TEST(b.node.done == std::vector<std::string>{"connections 60"}, boost::test_tools::per_element());
    server again(b.node);  // and in the next run
    BOOST_TEST(b.node.done.back() == "connections 60");
    BOOST_TEST(b.node.done.size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_lan_and_the_dht_are_switched_where_the_node_was_started_with_them) {
    bench b;
    b.old("session-set", R"({"dht-enabled":false,"lpd-enabled":false})");
    b.old("session-set", R"({"lpd-enabled":true})");
    BOOST_TEST(b.node.done == (std::vector<std::string>{"lan 0 dht 0", "lan 1 dht 0"}),
               boost::test_tools::per_element());
    server again(b.node);  // and in the next run
    BOOST_TEST(b.node.done.back() == "lan 1 dht 0");
    b.node.has_dht = false;
    server without(b.node);
    std::string text;
    without.answer(R"({"method":"session-set","arguments":{"dht-enabled":true}})",
                   [&](server::reply reply) { text = reply.body; });
    BOOST_TEST(text.find("dht-enabled: the node was started without it") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_the_node_cannot_do_is_kept_or_refused) {
    bench b;
    b.old("session-set", R"({"cache-size-mb":9,"unknown":1,"rpc-version":3})");
    BOOST_TEST(b.old("session-get", R"({"fields":["cache-size-mb","rpc-version"]})") ==
               R"({"cache-size-mb":9,"rpc-version":19})");
    // all or nothing
    BOOST_TEST(b.trouble("session-set", R"({"cache-size-mb":1,"pex-enabled":false})") ==
               "pex-enabled: is fixed while the node runs");
    BOOST_TEST(b.old("session-get", R"({"fields":["cache-size-mb"]})") == R"({"cache-size-mb":9})");
    b.old("session-set", R"({"pex-enabled":true,"encryption":"tolerated"})");
    BOOST_TEST(b.trouble("session-set", R"({"speed-limit-up":"fast"})") ==
               "speed-limit-up: a value of another type was expected");
    BOOST_TEST(b.trouble("session-set", R"({"download-dir":"x"})") ==
               "download directory path is not absolute");
    BOOST_TEST(b.trouble("session-set", R"({"download-dir":"/downloads/.ssh","cache-size-mb":5})") ==
               "only below /downloads");
    BOOST_TEST(b.old("session-get", R"({"fields":["cache-size-mb","download-dir"]})") ==
               R"({"cache-size-mb":9,"download-dir":"/downloads"})");
    BOOST_TEST(b.node.done.empty());
}

BOOST_AUTO_TEST_CASE(the_other_speed_comes_and_goes_by_the_clock) {
    bench b;
    constexpr std::int64_t day = 24 * 60;
    using words = std::vector<std::string>;
    const auto at = [&](std::int64_t minute) {
        b.node.done.clear();
        b.node.minute = minute;
        b.to.tick();
        return b.node.done;
    };
    BOOST_TEST(at(day + 600).empty());
    // 22:00 to 6:30 of Monday and Saturday
    b.old("session-set",
          R"({"alt-speed-down":20,"alt-speed-up":10,"alt-speed-time-begin":1320,)"
          R"("alt-speed-time-end":390,"alt-speed-time-day":66,"alt-speed-time-enabled":true})");
    BOOST_TEST(at(day + 1319).empty());
    BOOST_TEST(at(day + 1320) == words{"limits 20000 10000"}, boost::test_tools::per_element());
    BOOST_TEST(at(2 * day).empty());
    BOOST_TEST(b.old("session-get", R"({"fields":["alt-speed-enabled"]})") ==
               R"({"alt-speed-enabled":true})");
    b.old("session-set", R"({"alt-speed-enabled":false})");  // between the two a user decides
    BOOST_TEST(at(2 * day + 1).empty());
    b.old("session-set", R"({"alt-speed-enabled":true})");
    BOOST_TEST(at(2 * day + 389).empty());
    BOOST_TEST(at(2 * day + 390) == words{"limits 0 0"}, boost::test_tools::per_element());
    BOOST_TEST(at(2 * day + 1400).empty());  // not on Tuesday
    BOOST_TEST(at(6 * day + 1439) == words{"limits 20000 10000"}, boost::test_tools::per_element());
    BOOST_TEST(at(0).empty());  // over the end of the week
    b.old("session-set", R"({"alt-speed-time-enabled":false})");
    BOOST_TEST(at(600).empty());  // it stays as it is
    b.old("session-set", R"({"alt-speed-time-begin":0,"alt-speed-time-end":0,"alt-speed-time-day":127,)"
                         R"("alt-speed-enabled":false,"alt-speed-time-enabled":true})");
    BOOST_TEST(at(3 * day) == words{"limits 20000 10000"}, boost::test_tools::per_element());  // always
}

BOOST_AUTO_TEST_CASE(what_was_set_is_there_in_the_next_run) {
    bench first;
    first.node.put(album());
    first.old("session-set",
              R"({"speed-limit-down":300,"speed-limit-down-enabled":true,"cache-size-mb":9,)"
              R"("start-added-torrents":false,"seedRatioLimit":1.5,"download-dir":"/elsewhere"})");
    first.old("torrent-set",
              R"({"ids":1,"bandwidthPriority":-1,"seedRatioLimit":3.5,"honorsSessionLimits":false})");
    bench next;
    next.node.put(album());
    next.node.kept_text = first.node.kept_text;
    server again(next.node);
    BOOST_TEST(next.node.done == (std::vector<std::string>{"limits 300000 0", "adds to /elsewhere"}),
               boost::test_tools::per_element());
    const auto ask = [&](const std::string& body) {
        std::string text;
        again.answer(body, [&](server::reply reply) { text = reply.body; });
        return text;
    };
    BOOST_TEST(
        ask(R"({"method":"session-get","arguments":{"fields":["cache-size-mb","download-dir",)"
            R"("seedRatioLimit","speed-limit-down","speed-limit-down-enabled","start-added-torrents"]}})") ==
        R"({"arguments":{"cache-size-mb":9,"download-dir":"/elsewhere","seedRatioLimit":1.5,)"
        R"("speed-limit-down":300,"speed-limit-down-enabled":true,"start-added-torrents":false},)"
        R"("result":"success"})");
    BOOST_TEST(ask(R"({"method":"torrent-get","arguments":{"fields":["bandwidthPriority","seedRatioLimit",)"
                   R"("honorsSessionLimits"]}})") ==
               R"({"arguments":{"torrents":[{"bandwidthPriority":-1,"seedRatioLimit":3.5,)"
               R"("honorsSessionLimits":false}]},"result":"success"})");
}

BOOST_AUTO_TEST_CASE(what_was_set_of_very_many_torrents_is_kept) {
    wishes_by_hash wishes;
    for (std::uint32_t i = 0; i < 5'000; ++i) {
        info_hash hash;
        hash.bytes[0] = static_cast<std::uint8_t>(i);
        hash.bytes[1] = static_cast<std::uint8_t>(i >> 8);
        wishes[hash].peer_limit = i + 1;
    }
    session_settings settings{node_facts{}};
    wishes_by_hash again;
    read_kept(write_kept(settings, wishes, {}), settings, again);
    BOOST_TEST(again.size() == wishes.size());
    BOOST_TEST(again.rbegin()->second.peer_limit == wishes.rbegin()->second.peer_limit);
    again.clear();
    read_kept(R"({"torrents":{"0101010101010101010101010101010101010101":{"peer_limit":7}}})", settings,
              again);  // of a version before
    BOOST_TEST(again.begin()->second.peer_limit == 7);
}

BOOST_AUTO_TEST_CASE(what_the_node_is_started_with_goes_before_what_was_set_under_another) {
    bench b;
    b.node.kept_text =
        R"({"session":{"download-dir":["/before","/set"],"cache-size-mb":[4,"x"],"pex-enabled":)"
        R"([true,false],"speed-limit-up":[100,7]},"torrents":{"zz":{}},"order":[1]})";
    server again(b.node);
    std::string text;
    again.answer(
        R"({"method":"session-get","arguments":{"fields":["cache-size-mb","download-dir","pex-enabled",)"
        R"("speed-limit-up"]}})",
        [&](server::reply reply) { text = reply.body; });
    BOOST_TEST(text == R"({"arguments":{"cache-size-mb":4,"download-dir":"/downloads","pex-enabled":true,)"
                       R"("speed-limit-up":7},"result":"success"})");
    for (const auto* broken : {"", "{", "[]", R"({"session":[],"torrents":1,"order":{}})"}) {
        b.node.kept_text = broken;
        server whole(b.node);
    }
}

BOOST_AUTO_TEST_CASE(a_kept_folder_that_nobody_may_name_any_more_is_not_added_to) {
    bench b;
    b.node.kept_text = R"({"session":{"download-dir":["/downloads","/downloads/.ssh/x"]}})";
    server again(b.node);
    BOOST_TEST(b.node.done.empty());
}

BOOST_AUTO_TEST_CASE(connections_are_bounded_and_one_may_stand_outside_the_limits) {
    bench b;
    using words = std::vector<std::string>;
    b.node.put(album());
    b.node.put(album("other"));
    b.to.begin();
    const auto told = [&] { return std::exchange(b.node.done, words{}); };
    BOOST_TEST(told().empty());  // as the node was started
    b.old("torrent-set", R"({"ids":1,"peer-limit":7,"honorsSessionLimits":false})");
    BOOST_TEST(told() == words{"1 bounds 7 alone"}, boost::test_tools::per_element());
    b.old("session-set", R"({"peer-limit-per-torrent":30})");
    BOOST_TEST(told() == words{"2 bounds 30"}, boost::test_tools::per_element());
    BOOST_TEST(b.old("torrent-get", R"({"fields":["peer-limit"]})") ==
               R"({"torrents":[{"peer-limit":7},{"peer-limit":30}]})");
    bench next;
    next.node.put(album());
    next.node.put(album("other"));
    next.node.kept_text = b.node.kept_text;
    server again(next.node);
    again.begin();
    BOOST_TEST(next.node.done == (words{"1 bounds 7 alone", "2 bounds 30"}),
               boost::test_tools::per_element());
    b.old("torrent-set", R"({"ids":1,"peer-limit":0,"honorsSessionLimits":true})");
    b.old("session-set", R"({"peer-limit-per-torrent":200})");
    BOOST_TEST(told() == (words{"1 bounds 30", "1 bounds 0", "2 bounds 0"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_order_of_the_queue) {
    bench b;
    for (const auto* name : {"a", "b", "c", "d"}) b.node.put(album(name));
    const auto order = [&] {
        std::string text;
        for (const auto number : b.node.queue()) text += std::to_string(number);
        return text;
    };
    const std::pair<const char*, const char*> steps[] = {
        {"queue-move-top", "3412"},  {"queue-move-up", "3412"},     {"queue-move-down", "1342"},
        {"queue-move-down", "1234"}, {"queue-move-bottom", "1234"}, {"queue-move-up", "1342"}};
    for (const auto& [method, after] : steps) {
        b.old(method, R"({"ids":[4,3,99]})");
        BOOST_TEST(order() == after, method);
    }
    b.old("torrent-set", R"({"ids":1,"queuePosition":2})");
    BOOST_TEST(order() == "3412");
    BOOST_TEST(b.old("torrent-get", R"({"fields":["id","queuePosition"],"ids":[1,3]})") ==
               R"({"torrents":[{"id":1,"queuePosition":2},{"id":3,"queuePosition":0}]})");
    bench next;
    for (const auto* name : {"a", "b", "c", "d"}) next.node.put(album(name));
    next.node.kept_text = b.node.kept_text;
    server again(next.node);
    again.begin();
    BOOST_TEST(next.node.queue() == (std::vector<std::uint32_t>{3, 4, 1, 2}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_script_is_taken) {
    bench b;
    b.old("session-set", R"({"script-torrent-done-enabled":true,"script-torrent-done-filename":"/bin/sh"})");
    BOOST_TEST(b.old("session-get",
                     R"({"fields":["script-torrent-done-enabled","script-torrent-done-filename"]})") ==
               R"({"script-torrent-done-enabled":false,"script-torrent-done-filename":""})");
}

BOOST_AUTO_TEST_CASE(sums) {
    bench b;
    auto& one = b.node.put(album());
    one.view.status.rate_down = 7;
    one.view.status.uploaded = 3;
    one.view.status.uploaded_ever = 11;
    BOOST_TEST(
        b.old("session-stats") ==
        R"({"activeTorrentCount":1,"cumulative-stats":{"downloadedBytes":0,"filesAdded":1,)"
        R"("secondsActive":100000000,"sessionCount":1,"uploadedBytes":11},"current-stats":)"
        R"({"downloadedBytes":0,"filesAdded":1,"secondsActive":100000000,"sessionCount":1,)"
        R"("uploadedBytes":3},"downloadSpeed":7,"pausedTorrentCount":0,"torrentCount":1,"uploadSpeed":0})");
}

BOOST_AUTO_TEST_CASE(room_on_the_disk) {
    bench b;
    BOOST_TEST(b.old("free-space", R"({"path":"/downloads"})") ==
               R"({"path":"/downloads","size-bytes":1000,"total_size":5000})");
    const auto lost = b.ask(R"({"method":"free-space","arguments":{"path":"/nowhere"}})");
    BOOST_TEST(lost.find_text("result").value() == "No such file or directory");
    BOOST_TEST(lost.find("arguments")->find("size-bytes")->dump() == "-1");
    BOOST_TEST(b.trouble("free-space", R"({"path":"x"})") == "directory path is not absolute");
}

BOOST_AUTO_TEST_CASE(what_it_has_not_is_said) {
    bench b;
    for (const auto* method : {"port-test", "blocklist-update", "group-set"}) {
        const auto why = b.trouble(method);
        BOOST_TEST(why != "success");
        BOOST_TEST(why != "method name not recognized");
    }
    BOOST_TEST(b.old("group-get") == R"({"group":[]})");
}
