#include "torrent/urls.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt::torrent;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(urls)

BOOST_AUTO_TEST_CASE(a_tracker_is_asked_by_http_https_or_udp) {
    for (auto url :
         {"http://a/announce", "https://a", "udp://a:80/announce", "HTTP://A", "http://", "udp://[::1]:80"})
        BOOST_TEST(tracker_url(url).value() == url);
    for (auto url :
         {"", "ftp://1", "magnet:?xt=1", "<!DOCTYPE html><html>", "httpabc", "udpabc", "garbage", "wss://a",
          "http:/a", "http", "file:///etc/passwd", "xhttp://a", "http://a\nb", "http://a\x7f"})
        BOOST_TEST(!tracker_url(url), url);
    BOOST_TEST(!tracker_url("http://a\0b"sv));
}

BOOST_AUTO_TEST_CASE(a_web_seed_is_read_by_http_or_https) {
    BOOST_TEST(web_seed_url("https://a/b/").value() == "https://a/b/");
    BOOST_TEST(!web_seed_url("udp://a"));
    BOOST_TEST(!web_seed_url("ftp://a"));
}

BOOST_AUTO_TEST_CASE(a_url_becomes_printable_ascii) {
    BOOST_TEST(tracker_url(" \t\r\nhttp://a/b \n").value() == "http://a/b");
    BOOST_TEST(web_seed_url("http://a/My File.iso").value() == "http://a/My%20File.iso");
    BOOST_TEST(web_seed_url("http://a/\xc3\xb6").value() == "http://a/%C3%B6");
    BOOST_TEST(web_seed_url("http://a/%20+").value() == "http://a/%20+");
}

BOOST_AUTO_TEST_CASE(a_url_has_a_length_limit) {
    const std::string start = "http://a/";
    BOOST_TEST(tracker_url(start + std::string(2048 - start.size(), 'x')).has_value());
    BOOST_TEST(!tracker_url(start + std::string(2049 - start.size(), 'x')));
    BOOST_TEST(!tracker_url(start + std::string(1000, ' ') + "x"));  // 3 bytes each when escaped
}

BOOST_AUTO_TEST_CASE(a_list_takes_each_url_once_up_to_its_limit) {
    std::vector<std::string> list;
    for (auto url : {"a", "b", "a", "c", "d"}) add_unique(list, url, 3);
    add_unique(list, std::nullopt, 10);
    BOOST_TEST(list == (std::vector<std::string>{"a", "b", "c"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
