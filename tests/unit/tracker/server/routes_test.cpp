// Pages, numbers and the catalogue: who may see and change what.
#include "base/client_id.hpp"
#include "base/json.hpp"
#include "desk.hpp"
#include "torrent/metainfo.hpp"
#include "tracker/catalogue.hpp"
#include "tracker/page/pages.hpp"

using namespace bt;
using namespace bt::test;

namespace {

constexpr auto torrent_type = "application/x-bittorrent", json_type = "application/json";

bytes torrent_file(const std::string& name, bool is_private = false) {
    return to_bytes("d4:infod6:lengthi1000e4:name" + std::to_string(name.size()) + ":" + name +
                    "12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaa" +
                    (is_private ? "7:privatei1e" : "") + "ee");
}
info_hash hash_in(const bytes& file) { return torrent::parse_torrent(file).value().info.hash; }
std::string hex(const info_hash& hash) { return to_hex(hash.span()); }

http_answer post(tracker_desk& d, const std::string& from, const std::string& type, const bytes& body,
                 const std::string& origin = "", const std::string& host = "192.168.1.5:6969") {
    return d.ask(from, "/api/v1/torrents", "POST", host, "*/*", type, body, origin);
}
bytes registration_of(const info_hash& hash, const std::string& name) {
    catalogue_entry entry;
    entry.hash = hash;
    entry.name = name;
    entry.total_size = 77;
    return to_bytes(registration_json(entry));
}
void share(tracker_desk& d, const info_hash& hash, const std::string& from = "192.168.1.11") {
    d.ask(from, "/announce?info_hash=" + percent_encode(hash.span()) +
                    "&peer_id=" + percent_encode(id_of("s").span()) + "&port=6881&left=0");
}
std::vector<std::string> names(tracker_desk& d, const std::string& from = "192.168.1.7") {
    const auto entries = parse_catalogue(d.ask(from, "/api/v1/torrents").body);
    BOOST_REQUIRE(entries.has_value());
    std::vector<std::string> list;
    for (const auto& one : *entries) list.push_back(one.name);
    return list;
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_server_routes)

BOOST_AUTO_TEST_CASE(each_path_has_its_kind_of_answer) {
    tracker_desk d;
    const auto file = torrent_file("film");
    BOOST_TEST(post(d, "192.168.1.11", torrent_type, file).status == 201);
    share(d, hash_in(file));
    const auto hash = hex(hash_in(file));
    struct row {
        std::string path, accept, type;
        int status;
    };
    const row rows[] = {
        {"/", "*/*", "text/html", 200},
        {"/?x=1", "*/*", "text/html", 200},
        {"/peers", "*/*", "text/html", 200},
        {"/t/" + hash, "*/*", "text/html", 200},
        {"/t/" + hash + ".torrent", "*/*", torrent_type, 200},
        {"/stats", "text/html,*/*", "text/html", 200},
        {"/stats", json_type, json_type, 200},
        {"/stats", "*/*", "text/plain", 200},
        {"/stats.json", "*/*", json_type, 200},
        {"/metrics", "*/*", "text/plain; version=0.0.4", 200},
        {"/api/v1/torrents", "*/*", json_type, 200},
        {"/api/v1/torrents/" + hash, "*/*", json_type, 200},
        {"/api/v1/peers", "*/*", json_type, 200},
        {"/page.js", "*/*", "text/javascript", 200},
        {"/page.css", "*/*", "text/css", 200},
        {"/healthz", "*/*", "text/plain", 200},
        {"/nothing", "*/*", "text/html", 404},
        {"/announce/x", "*/*", "text/html", 404},
        {"/t/" + hash.substr(1), "*/*", "text/html", 404},
        {"/t/" + std::string(40, '0'), "*/*", "text/html", 404},
        {"/t/" + std::string(40, '0') + ".torrent", "*/*", "text/html", 404},
        {"/api/v1/torrents/" + std::string(40, '0'), "*/*", json_type, 404},
    };
    for (const auto& row : rows)
        for (const auto* method : {"GET", "HEAD"}) {
            const auto answer = d.ask("127.0.0.1", row.path, method, "localhost:6969", row.accept);
            BOOST_TEST(answer.status == row.status, row.path);
            BOOST_TEST(answer.content_type.starts_with(row.type), row.path << ' ' << answer.content_type);
            BOOST_TEST(has(std::string(answer.headers), "nosniff"), row.path);
        }
    for (const auto* method : {"PUT", "DELETE", "OPTIONS", "POST", "get"}) {
        const auto answer = d.ask("127.0.0.1", "/stats", method, "localhost");
        BOOST_TEST(answer.status == 405, method);
        BOOST_TEST(has(std::string(answer.headers), "Allow: GET, HEAD\r\n"));
    }
    BOOST_TEST(has(std::string(d.ask("127.0.0.1", "/api/v1/torrents", "PUT").headers),
                   "Allow: GET, HEAD, POST\r\n"));
    BOOST_TEST(d.ask("127.0.0.1", "/t/" + hash + ".torrent").body == as_text(file));
    BOOST_TEST(has(std::string(d.ask("127.0.0.1", "/t/" + hash + ".torrent").headers), "attachment"));
}

BOOST_AUTO_TEST_CASE(who_may_see_the_pages) {
    server_config lan, everybody, nobody;
    everybody.stats = stats_access::everybody;
    nobody.stats = stats_access::nobody;
    struct row {
        const char* from;
        int lan, everybody, nobody;
    };
    tracker_desk at_lan(lan), at_everybody(everybody), at_nobody(nobody);
    for (const auto& row : {row{"127.0.0.1", 200, 200, 404}, row{"192.168.1.7", 200, 200, 404},
                            row{"172.17.0.2", 200, 200, 404}, row{"fd00::1", 200, 200, 404},
                            row{"8.8.8.8", 403, 200, 404}, row{"2001:db8:9::1", 403, 200, 404}}) {
        BOOST_TEST(at_lan.ask(row.from, "/").status == row.lan, row.from);
        BOOST_TEST(at_everybody.ask(row.from, "/").status == row.everybody, row.from);
        BOOST_TEST(at_nobody.ask(row.from, "/").status == row.nobody, row.from);
        for (auto* d : {&at_lan, &at_everybody, &at_nobody})
            BOOST_TEST(d->ask(row.from, tracker_desk::target_of({})).status == 200);
    }
    // strangers see numbers, never addresses or names of hosts
    at_everybody.it.set_host_name(ip("192.168.1.11"), "kitchen");
    const auto file = torrent_file("film");
    post(at_everybody, "192.168.1.11", torrent_type, file);
    share(at_everybody, hash_in(file));
    for (const auto* path : {"/", "/peers", "/api/v1/torrents", "/api/v1/peers"}) {
        const auto near = at_everybody.ask("192.168.1.7", path).body,
                   far = at_everybody.ask("8.8.8.8", path).body;
        BOOST_TEST(!has(far, "192.168.1.11"), path);
        BOOST_TEST(!has(far, "kitchen"), path);
        if (path != "/"s) BOOST_TEST(has(near, "kitchen"), path);
    }
    const auto far = at_everybody.ask("8.8.8.8", "/t/" + hex(hash_in(file))).body;
    BOOST_TEST((!has(far, "192.168.1.11") && !has(far, "kitchen")));
    BOOST_TEST(has(at_everybody.ask("192.168.1.7", "/t/" + hex(hash_in(file))).body, "192.168.1.11"));
}

BOOST_AUTO_TEST_CASE(a_name_from_the_internet_is_not_answered) {
    server_config everybody;
    everybody.stats = stats_access::everybody;
    tracker_desk d, open(everybody);
    for (const auto* host : {"192.168.1.5", "192.168.1.5:6969", "[fe80::1]:6969", "localhost", "nas",
                             "nas.local:80", "a.lan", "x.home.arpa", "y.internal"})
        BOOST_TEST(d.ask("192.168.1.7", "/", "GET", host).status == 200, host);
    for (const auto* host :
         {"evil.example", "evil.example:6969", "192.168.1.5.evil.example", "local.evil.example"}) {
        BOOST_TEST(d.ask("192.168.1.7", "/", "GET", host).status == 421, host);
        BOOST_TEST(open.ask("192.168.1.7", "/", "GET", host).status == 200, host);
        BOOST_TEST(
            post(open, "192.168.1.7", torrent_type, torrent_file("a"), "http://"s + host, host).status ==
            421);
        BOOST_TEST(d.ask("192.168.1.7", tracker_desk::target_of({}), "GET", host).status == 200);
    }
}

BOOST_AUTO_TEST_CASE(the_local_network_registers_torrents) {
    tracker_desk d;
    const auto file = torrent_file("film");
    BOOST_TEST(post(d, "8.8.8.8", torrent_type, file).status == 403);
    BOOST_TEST(post(d, "192.168.1.7", torrent_type, file, "http://evil.example").status == 403);
    BOOST_TEST(post(d, "192.168.1.7", torrent_type, file, "null").status == 403);
    BOOST_TEST(post(d, "192.168.1.7", "text/plain", file).status == 415);
    BOOST_TEST(post(d, "192.168.1.7", torrent_type, to_bytes("d4:infodee")).status == 400);
    BOOST_TEST(post(d, "192.168.1.7", json_type, to_bytes("{}")).status == 400);
    BOOST_TEST(post(d, "192.168.1.7", torrent_type, bytes(limits::lan_body_bytes + 1, 'x')).status == 413);
    BOOST_TEST(names(d).empty());
    BOOST_TEST(post(d, "192.168.1.7", torrent_type, file, "http://192.168.1.5:6969").status == 201);
    BOOST_TEST(names(d).empty());  // nobody has it
    share(d, hash_in(file));
    BOOST_TEST(names(d) == std::vector<std::string>{"film"}, boost::test_tools::per_element());
    for (std::size_t length = 0; length < file.size(); ++length)
        BOOST_TEST(post(d, "127.0.0.1", torrent_type,
                        bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length)))
                       .status == 400);
}

BOOST_AUTO_TEST_CASE(what_is_proved_is_not_replaced_by_what_is_said) {
    tracker_desk d;
    const auto file = torrent_file("film");
    share(d, hash_in(file));
    BOOST_TEST(
        post(d, "192.168.1.7", "application/json; charset=utf-8", registration_of(hash_in(file), "said"))
            .status == 201);
    BOOST_TEST(names(d).at(0) == "said");
    BOOST_TEST(post(d, "192.168.1.7", torrent_type, file).status == 201);
    BOOST_TEST(names(d).at(0) == "film");
    BOOST_TEST(post(d, "192.168.1.7", json_type, registration_of(hash_in(file), "lie")).status == 200);
    BOOST_TEST(names(d).at(0) == "film");
}

BOOST_AUTO_TEST_CASE(get_opens_the_page_of_a_sharer_that_has_one_for_whoever_may_see_it) {
    tracker_desk d;
    const auto file = torrent_file("film");
    const auto hash = hash_in(file);
    share(d, hash);
    const auto say = [&](const std::string& from, const std::string& query) {
        return d
            .ask(from, "/api/v1/torrents" + query, "POST", "192.168.1.5:6969", "*/*", torrent_type, file, "")
            .status;
    };
    const auto link = [&](const std::string& node) {
        return "href=\"http://" + node + "/s/" + hex(hash) + "/\"";
    };
    BOOST_TEST(say("192.168.1.11", "") == 201);
    BOOST_TEST(!has(d.ask("192.168.1.7", "/").body, "/s/"));
    for (const auto* query : {"?page=22", "?page=99999", "?page=x", "?page=", "?other=6980"}) {
        say("192.168.1.11", query);
        BOOST_TEST(!has(d.ask("192.168.1.7", "/").body, "/s/"), query);
    }
    BOOST_TEST(say("192.168.1.11", "?page=6980") == 201);
    for (const auto& path : {std::string("/"), "/t/" + hex(hash)})
        BOOST_TEST(has(d.ask("192.168.1.7", path).body, link("192.168.1.11:6980")), path);
    BOOST_TEST(say("192.168.1.12", "?page=6981") == 201);  // who said so last
    BOOST_TEST(has(d.ask("192.168.1.7", "/").body, link("192.168.1.12:6981")));
    // one that is silent has none any more
    d.pass(16min);
    share(d, hash);
    BOOST_TEST(!has(d.ask("192.168.1.7", "/").body, "/s/"));
}

BOOST_AUTO_TEST_CASE(what_one_host_said_is_not_replaced_by_what_another_says) {
    tracker_desk d;
    const auto hash = hash_of('H');
    share(d, hash);
    const auto named = [&] { return parse_catalogue(d.ask("192.168.1.7", "/api/v1/torrents").body)->at(0); };
    BOOST_TEST(post(d, "192.168.1.11", json_type, registration_of(hash, "honest.iso")).status == 201);
    BOOST_TEST(named().names.empty());
    BOOST_TEST(post(d, "192.168.1.66", json_type, registration_of(hash, "evil.exe")).status == 200);
    BOOST_TEST(named().name == "honest.iso");
    BOOST_REQUIRE(named().names.size() == 2u);
    BOOST_TEST(named().names[0].name == "honest.iso");
    BOOST_TEST(named().names[0].hosts == std::vector<std::string>{"192.168.1.11"},
               boost::test_tools::per_element());
    BOOST_TEST(named().names[1].name == "evil.exe");
    for (const auto& path : {std::string("/"), "/t/" + to_hex(hash.span())})
        BOOST_TEST(d.ask("192.168.1.9", path).body.find("also called evil.exe") != std::string::npos);
    BOOST_TEST(named().names[1].hosts == std::vector<std::string>{"192.168.1.66"},
               boost::test_tools::per_element());
    // it may change its own word, and many others can add only so much
    BOOST_TEST(post(d, "192.168.1.11", json_type, registration_of(hash, "better.iso")).status == 201);
    for (int i = 0; i < 100; ++i)
        post(d, "192.168.1." + std::to_string(100 + i), json_type,
             registration_of(hash, "lie" + std::to_string(i)));
    BOOST_TEST(named().name == "better.iso");
    BOOST_TEST(named().names.size() == limits::catalogue_names);
}

BOOST_AUTO_TEST_CASE(private_torrents_are_served_and_never_listed) {
    tracker_desk d;
    const auto file = torrent_file("secret", true);
    const auto hash = hash_in(file);
    share(d, hash);
    BOOST_TEST(post(d, "192.168.1.7", torrent_type, file).status == 403);
    BOOST_TEST(post(d, "192.168.1.7", json_type, registration_of(hash, "secret")).status == 403);
    BOOST_TEST(names(d).empty());
    for (const std::string path : {"/", "/peers", "/api/v1/peers", "/metrics", "/stats.json"}) {
        BOOST_TEST(!has(d.ask("192.168.1.7", path).body, hex(hash).substr(0, 8)), path);
        BOOST_TEST(!has(d.ask("192.168.1.7", path).body, "secret"), path);
    }
    BOOST_TEST(d.ask("192.168.1.7", "/t/" + hex(hash)).status == 404);
    BOOST_TEST(d.ask("192.168.1.7", "/t/" + hex(hash) + ".torrent").status == 404);
    BOOST_TEST(d.ask("192.168.1.7", "/api/v1/torrents/" + hex(hash)).status == 404);
    BOOST_TEST(d.it.torrents(d.now, 10).empty());
    share(d, hash, "192.168.1.12");
    BOOST_TEST(d.it.totals(d.now).peers >= 1u);
}

BOOST_AUTO_TEST_CASE(torrents_nobody_registered_are_counted_and_not_shown) {
    tracker_desk d;
    d.announce({.hash = 'Z'});
    const auto whole = hex(hash_of('Z'));
    for (const std::string path : {"/", "/peers", "/api/v1/peers", "/stats.json", "/metrics"})
        BOOST_TEST(!has(d.ask("192.168.1.7", path).body, whole.substr(0, 8)), path);
    BOOST_TEST(has(d.ask("192.168.1.7", "/").body, "1 torrent without a name"));
    BOOST_TEST(d.ask("192.168.1.7", "/t/" + whole).status == 200);  // who knows it already may ask
    BOOST_TEST(names(d).empty());
}

BOOST_AUTO_TEST_CASE(names_are_forgotten_after_their_last_peer) {
    tracker_desk d;
    const auto file = torrent_file("film");
    post(d, "192.168.1.7", torrent_type, file);
    for (int i = 0; i < 10; ++i) {
        share(d, hash_in(file));
        d.pass(1min);
    }
    BOOST_TEST(d.ask("192.168.1.7", "/t/" + hex(hash_in(file)) + ".torrent").status == 200);
    d.pass(5min);
    BOOST_TEST(d.ask("192.168.1.7", "/t/" + hex(hash_in(file)) + ".torrent").status == 404);
}

BOOST_AUTO_TEST_CASE(the_list_of_names_is_bounded) {
    server_config config;
    config.limits.catalogue_entries = 8;
    tracker_desk d(config);
    int taken = 0;
    for (int i = 0; i < 20; ++i)
        taken += post(d, "192.168.1.7", torrent_type, torrent_file(std::to_string(i))).status == 201;
    BOOST_TEST(taken == 2);  // a quarter is the most one host gets
    for (int i = 0; i < 20; ++i)
        taken += post(d, "127.0.0.1", torrent_type, torrent_file("x" + std::to_string(i))).status == 201;
    BOOST_TEST(taken == 8);
    BOOST_TEST(post(d, "192.168.1.8", torrent_type, torrent_file("y")).status == 503);
}

BOOST_AUTO_TEST_CASE(the_numbers_add_up) {
    tracker_desk d;
    for (int i = 1; i <= 20; ++i)
        d.announce({.from = "192.168.1." + std::to_string(i + 100),
                    .id = std::to_string(i),
                    .left = i <= 5 ? "0" : "9",
                    .hash = i % 4 == 0 ? 'B' : 'A'});
    d.announce({.from = "2001:db8:1::101", .id = "1", .left = "0"});
    d.announce({.from = "192.168.1.120", .id = "20", .left = "0", .event = "completed", .hash = 'B'});
    d.body({.more = "&port=x"});
    d.pass(10s);
    const auto t = d.it.totals(d.now);
    BOOST_TEST(t.torrents == 3u);
    BOOST_TEST(t.peers == 21u);  // "1" is in A by v4 and in H by v6
    BOOST_TEST(t.seeders == 7u);
    BOOST_TEST(t.leechers == 14u);
    BOOST_TEST((t.peers_v4 == 20u && t.peers_v6 == 1u && t.seeders_v6 == 1u));
    BOOST_TEST(t.hosts == 21u);
    BOOST_TEST((t.completed == 1u && t.completed_today == 1u));
    BOOST_TEST(t.answered[0][0] == 22u);
    BOOST_TEST(t.refused[0][0] == 1u);
    BOOST_TEST(t.reasons[0] == 1u);
    BOOST_TEST((t.uptime == duration(10s)));
    BOOST_TEST(t.announces_per_minute == 22.0 * 6);
    BOOST_TEST((t.peers_max == 15u && t.peers_p50 == 5u));
    BOOST_REQUIRE(!t.clients.empty());
    BOOST_TEST(client_of(id_of("1")).starts_with(t.clients[0].first));
    BOOST_TEST(t.clients[0].second == 21u);
    d.it.note_duration(5us);
    d.it.note_duration(2s);
    BOOST_TEST(d.it.totals(d.now).durations.front() == 1u);
    BOOST_TEST(d.it.totals(d.now).durations.back() == 1u);
}

BOOST_AUTO_TEST_CASE(an_overview_of_very_much_stays_bounded) {
    tracker_desk d;
    for (int torrent = 0; torrent < 300; ++torrent)
        for (int i = 0; i < 30; ++i) {
            auto target = tracker_desk::target_of({.id = std::to_string(i), .port = 1000 + i});
            const auto hash =
                hex(hash_of('x')).substr(0, 34) +
                to_hex(bytes{1, static_cast<std::uint8_t>(torrent >> 8), static_cast<std::uint8_t>(torrent)});
            target.replace(target.find("info_hash=") + 10,
                           target.find("&peer_id") - target.find("info_hash=") - 10,
                           percent_encode(*from_hex(hash)));
            d.ask("10.1." + std::to_string(torrent % 250) + "." + std::to_string(i + 1), target);
        }
    BOOST_TEST(d.it.totals(d.now).peers == 9'000u);
    BOOST_TEST(d.it.torrents(d.now, 10).size() == 10u);
    BOOST_TEST(d.ask("127.0.0.1", "/").body.size() < 2'000'000u);
    BOOST_TEST(d.ask("127.0.0.1", "/peers").body.size() < 2'000'000u);
}

BOOST_AUTO_TEST_SUITE_END()
