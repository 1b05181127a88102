#include "tracker/url.hpp"

#include <boost/test/unit_test.hpp>
#include <iterator>
#include <string>

#include "base/limits.hpp"
#include "base/rng.hpp"

using namespace bt;
using tracker::scheme;
using tracker::url;

namespace {

std::string why_not(const std::string& text) {
    const auto parsed = url::parse(text);
    return parsed ? "accepted" : parsed.error().message;
}
bool accepts(const std::string& text) { return url::parse(text).has_value(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(tracker_urls)

BOOST_AUTO_TEST_CASE(a_url_comes_apart_and_together_again) {
    struct row {
        const char *text, *host;
        int port;
        scheme how;
        const char *target, *again;
    };
    const row rows[] = {
        {"http://tracker.example/announce", "tracker.example", 80, scheme::http, "/announce",
         "http://tracker.example:80/announce"},
        {"HTTPS://Tracker.Example/a?b=c", "tracker.example", 443, scheme::https, "/a?b=c",
         "https://tracker.example:443/a?b=c"},
        {"http://192.0.2.1:6969", "192.0.2.1", 6969, scheme::http, "/", "http://192.0.2.1:6969/"},
        {"http://192.0.2.1:6969?x", "192.0.2.1", 6969, scheme::http, "/?x", "http://192.0.2.1:6969/?x"},
        {"udp://tracker.example:1337", "tracker.example", 1337, scheme::udp, "/",
         "udp://tracker.example:1337/"},
        {"http://[2001:db8::1]:80/announce#part", "2001:db8::1", 80, scheme::http, "/announce",
         "http://[2001:db8::1]:80/announce"},
        {"http://[fe80::1%252]:80/announce", "fe80::1%2", 80, scheme::http, "/announce",
         "http://[fe80::1%252]:80/announce"},
        {"http://a.example:/announce", "a.example", 80, scheme::http, "/announce",
         "http://a.example:80/announce"},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.text) {
            const auto parsed = url::parse(row.text);
            BOOST_REQUIRE(parsed.has_value());
            BOOST_TEST(parsed->host == row.host);
            BOOST_TEST(parsed->port == row.port);
            BOOST_TEST((parsed->how == row.how));
            BOOST_TEST(parsed->target == row.target);
            BOOST_TEST(parsed->to_string() == row.again);
            BOOST_TEST(accepts(parsed->to_string()));
        }
    }
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
    for (const char* text : {"",
                             "http",
                             "http:",
                             "http://",
                             "http:///announce",
                             "http://:80/announce",
                             "tracker.example/announce",
                             "http://a.example:0/announce",
                             "http://a.example:65536/announce",
                             "http://a.example:x/announce",
                             "http://a.example:80:80/announce",
                             "http://[::1/announce",
                             "http://[1.2.3.4]/announce",
                             "http://[2001:db8::1]x/announce",
                             "http://a b/announce",
                             "http://a\n/announce",
                             "http://a.example/\x80",
                             "http://a.example/ann ounce",
                             "http://a*b/announce",
                             "udp://tracker.example/announce",
                             "http://a.example\\@b.example/announce"})
        BOOST_TEST(!accepts(text), text);
}

BOOST_AUTO_TEST_CASE(only_http_https_and_udp_are_spoken) {
    for (const char* text : {"ftp://a.example/announce", "file:///announce", "wss://a.example/announce",
                             "gopher://a.example/announce", "magnet:?xt=1", "httpabc://a.example/"})
        BOOST_TEST(why_not(text) == "unusable tracker URL: only http, https and udp are spoken");
}

BOOST_AUTO_TEST_CASE(this_machine_is_asked_for_announce_paths_alone) {
    for (const std::string host : {"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST", "127.9.8.7",
                                   "tracker.localhost", "localhost.", "[::ffff:127.0.0.1]"}) {
        BOOST_TEST_CONTEXT(host) {
            BOOST_TEST(accepts("http://" + host + "/announce"));
            BOOST_TEST(accepts("http://" + host + "/announce.php?x=1"));
            for (const char* path : {"", "/", "/unusual-announce-path", "/short", "/Announce", "?/announce",
                                     "/announce/../admin", "/announce/%2e%2e/admin"})
                BOOST_TEST(!accepts("http://" + host + path), path);
        }
    }
    BOOST_TEST(accepts("http://192.168.1.5:6969/short"));  // the LAN is not this machine
}

BOOST_AUTO_TEST_CASE(a_name_that_turns_out_to_be_this_machine_follows_the_same_rule) {
    const auto plain = url::parse("http://evil.example/admin").value();
    const auto announce = url::parse("http://mine.example/announce").value();
    const auto local = ip_address::v4(127, 0, 0, 1), far = ip_address::v4(8, 8, 8, 8);
    BOOST_TEST(!plain.allowed_at(local));
    BOOST_TEST(!plain.allowed_at(ip_address::v4(0, 0, 0, 0)));
    BOOST_TEST(!plain.allowed_at(*ip_address::parse("::1")));
    BOOST_TEST(plain.allowed_at(far));
    BOOST_TEST(announce.allowed_at(local));
}

BOOST_AUTO_TEST_CASE(a_udp_tracker_on_this_machine_needs_an_announce_path_or_none) {
    // nothing a stranger chose reaches it before it has answered as a tracker does
    for (const char* text : {"udp://localhost:6969", "udp://127.0.0.1:6969/", "udp://[::1]:6969/announce",
                             "udp://127.0.0.1:6969/announce?k=1"})
        BOOST_TEST(accepts(text), text);
    for (const char* text : {"udp://localhost:6969/admin", "udp://127.0.0.1:6969/?x", "udp://[::1]:53/short"})
        BOOST_TEST(!accepts(text), text);
    BOOST_TEST(!url::parse("udp://evil.example:53/admin")->allowed_at(ip_address::v4(127, 0, 0, 1)));
    BOOST_TEST(url::parse("udp://mine.example:6969")->allowed_at(ip_address::v4(127, 0, 0, 1)));
}

BOOST_AUTO_TEST_CASE(addresses_that_are_nobodys_are_never_asked) {
    for (const char* host : {"0.0.0.0", "[::]", "224.0.0.1", "239.192.152.143", "255.255.255.255",
                             "240.0.0.1", "[ff02::1]", "169.254.169.254", "[::ffff:169.254.169.254]"}) {
        for (const char* how : {"http", "https", "udp"})
            BOOST_TEST(!accepts(std::string(how) + "://" + host + ":80/announce"), host);
        const auto literal = std::string(host).starts_with('[')
                                 ? std::string(host).substr(1, std::string(host).size() - 2)
                                 : std::string(host);
        const auto address = ip_address::parse(literal).value();
        for (const char* text : {"http://named.example/announce", "udp://named.example:80"}) {
            BOOST_TEST(!url::parse(text)->allowed_at(address), host);
            BOOST_TEST(!url::parse(text)->allowed_at(address, true), host);
        }
    }
}

BOOST_AUTO_TEST_CASE(link_local_addresses_of_version_4_are_asked_on_our_own_link_alone) {
    const auto parsed = url::parse("http://169.254.7.7/announce").value();
    BOOST_TEST(!parsed.allowed_at(ip_address::v4(169, 254, 7, 7)));
    BOOST_TEST(parsed.allowed_at(ip_address::v4(169, 254, 7, 7), true));
    BOOST_TEST(parsed.allowed_at(*ip_address::parse("fe80::1%2")));  // leaves by a link or not at all
    BOOST_TEST(parsed.allowed_at(ip_address::v4(192, 168, 1, 5)));
}

/// Reliability plan A6: what strangers put into torrents.
BOOST_AUTO_TEST_CASE(the_table_of_hostile_urls) {
    const std::pair<const char*, bool> rows[] = {
        {"http://localhost:8080/announce", true},
        {"http://127.0.0.1:8080/announce", true},
        {"http://[::1]:8080/announce", true},
        {"http://localhost:8080/unusual-announce-path", false},
        {"http://127.0.0.1:8080/unusual-announce-path", false},
        {"http://[::1]:8080/unusual-announce-path", false},
        {"http://localhost:8080/short", false},
        {"http://127.0.0.1:8080/short", false},
        {"http://[::1]:8080/short", false},
        {"http://tracker.com:8080/announce?info_hash=abababababababababab", false},
        {"http://tracker.com:8080/announce?iNfo_HaSh=abababababababababab", false},
        {"http://tracker.com:8080/announce?INFO_HASH=x", false},
        {"http://tracker.com:8080/announce?event=stopped", false},
        {"http://tracker.com:8080/announce?EVENT=stopped", false},
        {"http://tracker.com:8080/announce?a=b&Event=", false},
        {"http://tracker.com:8080/announce?%69%6e%66%6f_hash=x", false},
        {"udp://tracker.com:8080/announce?info_hash=x", false},
        {"http://xn--j28h.com/announce", false},
        {"http://a.XN--J28H.com/announce", false},
        {"udp://xn--j28h.com:80/announce", false},
        {"http://\xf0\x9f\x98\x80.com/announce", false},
        {"ftp://tracker.com/announce", false},
        {"file:///etc/passwd", false},
        {"gopher://127.0.0.1:6379/_FLUSHALL", false},
        {"dict://127.0.0.1:11211/stat", false},
        {"javascript:alert(1)", false},
        {"wss://tracker.com/announce", false},
        {"http:/tracker.com/announce", false},
        {"http://169.254.169.254/announce", false},
        {"http://169.254.169.254/latest/meta-data/iam", false},
        {"http://user@tracker.com/announce", true},
        {"http://user:pw@tracker.com/announce", true},
        {"udp://user:pw@tracker.com:1/announce", false},
        {"http://a@b@tracker.com/announce", false},
        {"http://127.0.0.1\\@tracker.com/announce", false},
        {"http://tracker.com@127.0.0.1/admin", false},
        {"http://tracker.com:0/announce", false},
        {"http://tracker.com:65536/announce", false},
        {"http://tracker.com:65535/announce", true},
        {"http://tracker.com:-1/announce", false},
        {"http://tracker.com:80a/announce", false},
        {"udp://tracker.com/announce", false},
        {"udp://tracker.com:1/announce", true},
        {"http://0.0.0.0/announce", false},
        {"http://[::]/announce", false},
        {"http://[::ffff:127.0.0.1]/admin", false},
        {"http://224.0.0.251/announce", false},
        {"http://255.255.255.255/announce", false},
        {"http://tracker.com/announce\r\nHost: x", false},
        {"http://tracker.com/announce x", false},
        {"http://192.168.0.1/announce", true},
        {"http://[fd00::1]:6969/announce", true},
    };
    static_assert(std::size(rows) >= 30);
    for (const auto& [text, allowed] : rows) BOOST_TEST(accepts(text) == allowed, text);
}

BOOST_AUTO_TEST_CASE(odd_ways_to_write_this_machine_are_caught_by_the_address_they_lead_to) {
    for (const char* host : {"2130706433", "0x7f.1", "127.1", "017700000001"}) {
        const auto parsed = url::parse(std::string("http://") + host + "/admin");
        BOOST_TEST((!parsed || !parsed->allowed_at(ip_address::v4(127, 0, 0, 1))), host);
    }
}

BOOST_AUTO_TEST_CASE(bent_urls_come_apart_and_together_again_or_are_refused) {
    rng random(6);
    const std::string seed = "http://[2001:db8::1%252]:8080/announce?k=1&event_=x#y";
    for (int i = 0; i < 100'000; ++i) {
        auto text = seed;
        for (auto changes = 1 + random.below(5); changes > 0; --changes)
            text[random.below(text.size())] = "/:@[]?&%#0.ax-\\"[random.below(15)];
        if (random.chance(0.3)) text.resize(random.below(text.size()));
        const auto parsed = url::parse(text);
        if (!parsed) continue;
        const auto again = url::parse(parsed->to_string());
        BOOST_REQUIRE_MESSAGE(again.has_value(), text);
        BOOST_REQUIRE_MESSAGE(
            (again->host == parsed->host && again->port == parsed->port && again->target == parsed->target),
            text);
    }
}

BOOST_AUTO_TEST_CASE(a_query_with_our_own_arguments_is_refused) {
    for (const char* query : {"info_hash=x", "iNfo_HaSh=x", "a=b&info_hash=x", "event=stopped", "EVENT=x",
                              "event", "a;event=x", "%69nfo_hash=x", "a=b&%65vent=x", "a=b&%zz=1"})
        BOOST_TEST(why_not(std::string("http://a.example/announce?") + query) ==
                   "unusable tracker URL: its query carries announce arguments already");
    for (const char* query : {"passkey=info_hash", "x=event=", "my_event=1", "", "&&", "a"})
        BOOST_TEST(accepts(std::string("http://a.example/announce?") + query), query);
}

BOOST_AUTO_TEST_CASE(names_that_can_be_mistaken_are_refused) {
    BOOST_TEST(!accepts("http://xn--exmple-cua.com/announce"));
    BOOST_TEST(!accepts("http://tracker.XN--exmple-cua.com/announce"));
    BOOST_TEST(!accepts("http://ex\xc3\xa4mple.com/announce"));
}

BOOST_AUTO_TEST_CASE(a_user_name_and_password_go_into_the_request_and_nowhere_else) {
    const auto where = tracker::url::parse("http://me:s%40cret@A.example:81/announce?x=a@b");
    BOOST_REQUIRE(where);
    BOOST_TEST(where->user_info == "me:s%40cret");
    BOOST_TEST(where->host == "a.example");
    BOOST_TEST(where->authority() == "a.example:81");
    BOOST_TEST(where->to_string() == "http://me:s%40cret@a.example:81/announce?x=a@b");
}

BOOST_AUTO_TEST_CASE(a_url_at_the_limit_passes_and_one_past_it_does_not) {
    std::string text = "http://a.example/announce?";
    text += std::string(limits::url_bytes - text.size(), 'x');
    BOOST_TEST(accepts(text));
    BOOST_TEST(why_not(text + "x").find(std::to_string(limits::url_bytes)) != std::string::npos);
    BOOST_TEST(accepts("http://" + std::string(253, 'a') + "/"));
    BOOST_TEST(!accepts("http://" + std::string(254, 'a') + "/"));
}

BOOST_AUTO_TEST_CASE(messages_do_not_repeat_the_path) {
    BOOST_TEST(why_not("http://a.example/secret-passkey/announce?event=1").find("secret") ==
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
