#include "net/http_parser.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

#include "http_told.hpp"

using namespace bt;
using namespace bt::net;
using namespace bt::net::test;

namespace {

std::string whole(std::string_view stream) {
    return told(stream, [] { return std::size_t{1} << 30; });
}
std::string by_byte(std::string_view stream) {
    return told(stream, [] { return std::size_t{1}; });
}

/// The status of the refusal; 0: there is none.
int refusal(std::string_view stream) {
    const auto lines = whole(stream);
    BOOST_TEST(by_byte(stream) == lines);
    const auto at = lines.find("! ");
    return at == std::string::npos ? 0 : std::stoi(lines.substr(at + 2));
}

std::string get(const std::string& headers) { return "GET / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(http_parsing)

BOOST_AUTO_TEST_CASE(requests_are_read_with_the_headers_that_matter) {
    BOOST_TEST(whole(examples[0]) == "GET|/announce?info_hash=%00%ff|t:6969|a/b||||keep\n");
    BOOST_TEST(whole(examples[1]) == "GET|/||||||close\n");
    BOOST_TEST(whole(examples[2]) == "HEAD|/x|a|||||close\n");
    BOOST_TEST(whole(examples[3]) ==
               "POST|/p|x||application/json|http://a|{\"a\":1}|keep\nGET|/q|x|||||keep\n");
    BOOST_TEST(whole(examples[4]) == "POST|/c|x||||hello!|keep\nGET|/d|x|||||keep\n");
    BOOST_TEST(whole(examples[5]) == "GET|/path?x|host:80|||||keep\n");
    BOOST_TEST(whole(examples[6]) == "BREW|/pot|x|||||keep\n");
    BOOST_TEST(whole("GET HTTP://host HTTP/1.1\r\nHost: y\r\n\r\n") == "GET|/|host|||||keep\n");
    BOOST_TEST(whole("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == "GET|/||||||keep\n");
}

BOOST_AUTO_TEST_CASE(every_truncation_asks_for_more_and_every_split_tells_the_same) {
    for (const auto& text : examples) {
        const auto all = whole(text);
        BOOST_TEST(by_byte(text) == all);
        for (std::size_t cut = 0; cut < text.size(); ++cut) {
            const auto part = whole(std::string_view(text).substr(0, cut));
            BOOST_TEST(all.starts_with(part));
            BOOST_TEST(part.find("! ") == std::string::npos);
            bool first = true;
            BOOST_TEST(told(text, [&] {
                           return std::exchange(first, false) ? std::max<std::size_t>(cut, 1) : text.size();
                       }) == all);
        }
    }
}

BOOST_AUTO_TEST_CASE(two_ways_to_tell_the_length_are_refused) {
    const std::string length = "Content-Length: 5\r\n", chunked = "Transfer-Encoding: chunked\r\n";
    BOOST_TEST(refusal(get(length + chunked) + "0\r\n\r\n") == 400);
    BOOST_TEST(refusal(get(chunked + length) + "0\r\n\r\n") == 400);
    BOOST_TEST(refusal(get(length + "Content-Length: 6\r\n") + "hello!") == 400);
    BOOST_TEST(refusal(get("Content-Length: 5, 6\r\n") + "hello!") == 400);
    BOOST_TEST(refusal(get("Content-Length: +5\r\n") + "hello") == 400);
    BOOST_TEST(refusal(get("Content-Length: -1\r\n")) == 400);
    BOOST_TEST(refusal(get("Content-Length: 18446744073709551616\r\n")) == 400);
    BOOST_TEST(refusal(get("Content-Length:\r\n")) == 400);
    BOOST_TEST(refusal(get(chunked + chunked)) == 400);
    BOOST_TEST(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
    for (const std::string other :
         {"gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked", "\"chunked\""})
        BOOST_TEST(refusal(get("Transfer-Encoding: " + other + "\r\n")) == 501, other);
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_refused) {
    BOOST_TEST(refusal("\x16\x03\x01") == 400);  // TLS: at its first byte
    BOOST_TEST(refusal(" GET / HTTP/1.1\r\n\r\n") == 400);
    BOOST_TEST(refusal("GET\r\n\r\n") == 400);
    BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost : x\r\n\r\n") == 400);
    BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n") == 400);
    BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n") == 400);
    BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost: x\r\nA: b\x01\r\n\r\n") == 400);
    BOOST_TEST(refusal("GET / HTTP/1.1\r\n\r\n") == 400);  // no Host
    BOOST_TEST(refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n") == 400);
    BOOST_TEST(refusal(get("Origin:\r\nOrigin: a\r\n")) == 400);
    BOOST_TEST(refusal(get("Content-Type: a\r\nContent-Type: b\r\n")) == 400);
    for (const std::string target :
         {"*", "host:80", "https://x/", "http:///x", "http://u@x/", "http://x?y", "x"})
        BOOST_TEST(refusal("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n") == 400, target);
    BOOST_TEST(refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
    BOOST_TEST(refusal("GET / HTTP/1.2\r\nHost: x\r\n\r\n") == 505);
}

BOOST_AUTO_TEST_CASE(a_header_and_a_body_at_their_limit_pass_and_one_past_it_is_refused) {
    const auto header = [](std::size_t size) {
        const std::string frame = get("A: \r\n");
        return get("A: " + std::string(size - frame.size(), 'a') + "\r\n");
    };
    BOOST_TEST(header(16'384).size() == 16'384u);
    BOOST_TEST(refusal(header(16'384)) == 0);
    BOOST_TEST(refusal(header(16'385)) == 431);
    BOOST_TEST(refusal(std::string(16'384, 'a')) == 431);  // does not end
    BOOST_TEST(refusal(std::string(16'383, 'a')) == 0);
    const auto body = [](std::size_t size) {
        return get("Content-Length: " + std::to_string(size) + "\r\n") + std::string(size, 'b');
    };
    BOOST_TEST(refusal(body(1'000)) == 0);
    BOOST_TEST(refusal(body(1'001)) == 413);
    BOOST_TEST(refusal(get("Content-Length: 18446744073709551615\r\n")) == 413);
    const auto chunk = [](const std::string& size, std::size_t count) {
        return size + "\r\n" + std::string(count, 'c') + "\r\n";
    };
    const auto chunked = get("Transfer-Encoding: chunked\r\n");
    BOOST_TEST(refusal(chunked + chunk("3e7", 999) + chunk("1", 1) + "0\r\n\r\n") == 0);
    BOOST_TEST(refusal(chunked + chunk("3e7", 999) + chunk("2", 2) + "0\r\n\r\n") == 413);
    BOOST_TEST(refusal(chunked + "ffffffffffffffff\r\n") == 413);
    BOOST_TEST(refusal(chunked + "1" + std::string(1'000, '0')) == 413);
}

BOOST_AUTO_TEST_CASE(malformed_chunks_are_refused) {
    const auto chunked = get("Transfer-Encoding: chunked\r\n");
    for (const std::string bad :
         {"\r\n", "g\r\n", "-1\r\n", "0x1\r\nx\r\n", "1\nx\r\n", "1\r\nxy\r\n", "1\r\nx\n", "1\r\nx\rz",
          "1 \nx", "1;\n", "0\r\nA: b\n\r\n", "0\r\n\rx", "+1\r\n"})
        BOOST_TEST(refusal(chunked + bad) == 400, bad);
    BOOST_TEST(refusal(chunked + "1;" + std::string(300, 'e')) == 400);
    BOOST_TEST(refusal(chunked + "0\r\nA: " + std::string(17'000, 't')) == 431);
    BOOST_TEST(whole(chunked + "0\r\n\r\n") == "GET|/|x|||||keep\n");
    BOOST_TEST(whole(chunked + "00A ; x\r\n0123456789\r\n000\r\nA: b\r\nC: d\r\n\r\n") ==
               "GET|/|x||||0123456789|keep\n");
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_is_told_to_continue_once) {
    http_progress progress;
    const auto header = get("Content-Length: 2\r\nExpect: 100-Continue\r\n");
    BOOST_TEST(!next_request(as_bytes(std::string_view(header).substr(0, 20)), progress, 10).say_continue);
    BOOST_TEST(next_request(as_bytes(header), progress, 10).say_continue);
    BOOST_TEST(progress.in_body());
    BOOST_TEST(!next_request(as_bytes(header + "a"), progress, 10).say_continue);
    BOOST_TEST((next_request(as_bytes(header + "ab"), progress, 10).what == http_step::kind::request));
    BOOST_TEST(!progress.in_body());
    http_progress other;  // one whose body is on its way does not wait, and a body too large is not asked for
    BOOST_TEST(!next_request(as_bytes(header + "a"), other, 10).say_continue);
    http_progress third;
    const auto step = next_request(as_bytes(header), third, 1);
    BOOST_TEST(!step.say_continue);
    BOOST_TEST(step.refusal.status == 413);
    http_progress fourth;
    const auto chunked = get("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n");
    // how long it will be is not known: its header is given first, once
    BOOST_TEST((next_request(as_bytes(chunked), fourth, 10).what == http_step::kind::header));
    const auto asked = next_request(as_bytes(chunked), fourth, 10);
    BOOST_TEST(asked.say_continue);
    BOOST_TEST(asked.used == chunked.size());
    BOOST_TEST(!next_request(as_bytes("1\r\n"), fourth, 10).say_continue);
}

BOOST_AUTO_TEST_SUITE_END()
