#include "tracker/url.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "base/limits.hpp"

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
    for (const std::string host :
         {"localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST", "127.9.8.7", "tracker.localhost",
          "localhost.", "0.0.0.0:80", "[::]:80", "[::ffff:127.0.0.1]"}) {
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
    BOOST_TEST(!accepts("http://good.example@evil.example/announce"));
    BOOST_TEST(!accepts("http://user:secret@a.example/announce"));
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
