#include "guest/file_headers.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt::guest;

BOOST_AUTO_TEST_SUITE(guest_file_headers)

BOOST_AUTO_TEST_CASE(the_type_follows_from_the_ending_in_any_case) {
    BOOST_TEST(content_type("a/b.JPG") == "image/jpeg");
    BOOST_TEST(content_type("film.mp4") == "video/mp4");
    BOOST_TEST(content_type("page.html") == "text/html; charset=utf-8");
    for (const auto* name : {"", "Makefile", "x.", ".jpgx", "a.b.unknown"})
        BOOST_TEST(content_type(name) == "application/octet-stream", name);
}

BOOST_AUTO_TEST_CASE(a_name_can_end_neither_its_quotes_nor_its_header) {
    BOOST_TEST(content_disposition("a.iso") ==
               "Content-Disposition: attachment; filename=\"a.iso\"; filename*=UTF-8''a.iso\r\n");
    BOOST_TEST(
        content_disposition("a\"b\\c%d.iso") ==
        "Content-Disposition: attachment; filename=\"a_b_c_d.iso\"; filename*=UTF-8''a%22b%5Cc%25d.iso\r\n");
    BOOST_TEST(content_disposition("a\r\nSet-Cookie: x") ==
               "Content-Disposition: attachment; filename=\"a__Set-Cookie: x\"; "
               "filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x\r\n");
    BOOST_TEST(content_disposition("Grüße") ==
               "Content-Disposition: attachment; filename=\"Gr____e\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe\r\n");
}

BOOST_AUTO_TEST_CASE(a_tag_is_found_in_a_list) {
    BOOST_TEST(names_tag("\"a\"", "\"a\""));
    BOOST_TEST(names_tag("\"x\" ,\t\"a\"", "\"a\""));
    BOOST_TEST(names_tag("*", "\"a\""));
    for (const auto* header : {"", ",", "\"b\"", "W/\"a\"", "\"a", "a"})
        BOOST_TEST(!names_tag(header, "\"a\""), header);
    BOOST_TEST(is_same_by(" \"a\" ", "\"a\""));
    for (const auto* header : {"*", "", "\"a\", \"b\"", "W/\"a\"", "Wed, 21 Oct 2015 07:28:00 GMT"})
        BOOST_TEST(!is_same_by(header, "\"a\""), header);
}

BOOST_AUTO_TEST_SUITE_END()
