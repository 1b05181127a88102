#include "discovery/lsd_codec.hpp"

#include <clocale>

#include "base/limits.hpp"
#include "lan.hpp"

namespace bt::discovery::test {
namespace {

const std::string hex_hash = "0123456789abcdef0123456789abcdef01234567";
const info_hash hash = *info_hash::from(*from_hex(hex_hash));

const std::string specimen =
    "BT-SEARCH * HTTP/1.1\r\n"
    "Host: 239.192.152.143:6771\r\n"
    "Port: 51413\r\n"
    "Infohash: 0123456789abcdef0123456789abcdef01234567\r\n"
    "cookie: 8a1f00c4\r\n"
    "\r\n"
    "\r\n";

lsd_error error_of(const std::string& text) {
    const auto parsed = parse_lsd(as_bytes(text));
    BOOST_REQUIRE_MESSAGE(!parsed, "parsed although it should not: " << text);
    return parsed.error();
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lsd_codec)

BOOST_AUTO_TEST_CASE(a_packet_is_written_as_bep_14_says) {
    BOOST_TEST(as_text(encode_lsd(ip_family::v4, 51413, hash, "8a1f00c4")) == specimen);
    BOOST_TEST(as_text(encode_lsd(ip_family::v6, 51413, hash, "8a1f00c4")) ==
               replaced(specimen, "239.192.152.143", "[ff15::efc0:988f]"));
    BOOST_TEST(specimen.size() == 137u);
}

BOOST_AUTO_TEST_CASE(numbers_are_not_written_as_a_locale_writes_them) {
    // a locale that groups digits, where the system has one
    for (const auto* name : {"en_US.UTF-8", "de_DE.UTF-8", "en_GB.UTF-8"})
        if (std::setlocale(LC_ALL, name)) break;
    BOOST_TEST(as_text(encode_lsd(ip_family::v4, 51413, hash, "8a1f00c4")) == specimen);
    std::setlocale(LC_ALL, "C");
}

BOOST_AUTO_TEST_CASE(no_packet_is_longer_than_aria2_reads) {
    for (const auto family : {ip_family::v4, ip_family::v6})
        BOOST_TEST(encode_lsd(family, 65535, hash, std::string(500, 'c')).size() <= limits::lsd_sent_bytes);
}

BOOST_AUTO_TEST_CASE(a_cookie_cannot_break_out_of_its_line) {
    BOOST_TEST(lsd_cookie("a\r\nPort: 1") == "a__Port:_1");
    BOOST_TEST(lsd_cookie(std::string(50, 'x')).size() == lsd_cookie_bytes);
    const auto read = parse_lsd(encode_lsd(ip_family::v4, 7, hash, "x\r\nPort: 1\r\n")).value();
    BOOST_TEST(read.port == 7);
    BOOST_TEST(read.cookie == "x__Port:_1__");
}

BOOST_AUTO_TEST_CASE(packets_captured_from_other_clients_are_read) {
    struct captured {
        const char* client;
        const char* text;
        std::uint16_t port;
        const char* cookie;
    };
    const captured all[] = {
        {"libtorrent 2.0",
         "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6889\r\n"
         "Infohash: 0123456789abcdef0123456789abcdef01234567\r\ncookie: 1f5cd09b\r\n\r\n\r\n",
         6889, "1f5cd09b"},
        {"aria2 1.36",
         "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6972\r\n"
         "Infohash: 0123456789abcdef0123456789abcdef01234567\r\n\r\n\r\n",
         6972, ""},
        {"Transmission 3.00",
         "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 51413\r\n"
         "Infohash: 0123456789ABCDEF0123456789ABCDEF01234567\r\n\r\n\r\n",
         51413, ""},
    };
    for (const auto& c : all) {
        const auto parsed = parse_lsd(as_bytes(c.text));
        BOOST_REQUIRE_MESSAGE(parsed, c.client);
        BOOST_TEST((*parsed == lsd_message{c.port, {hash}, c.cookie}), c.client);
    }
}

BOOST_AUTO_TEST_CASE(packets_in_the_forms_of_other_clients_are_read) {
    const auto v6_line = replaced(specimen, "239.192.152.143", "[ff15::efc0:988f]");
    const std::vector<std::pair<const char*, std::string>> forms = {
        {"as BEP 14 says", specimen},
        {"IPv6 group", v6_line},
        {"no cookie (aria2)", replaced(specimen, "cookie: 8a1f00c4\r\n", "")},
        {"one empty line", specimen.substr(0, specimen.size() - 2)},
        {"upper-case hash", replaced(specimen, hex_hash, "0123456789ABCDEF0123456789ABCDEF01234567")},
        {"lower-case headers", to_lower(specimen.substr(22)).insert(0, "BT-SEARCH * HTTP/1.1\r\n")},
        {"line feeds only", replaced(specimen, "\r\n", "\n")},
        {"no space after the colon", replaced(specimen, ": ", ":")},
        {"more space", replaced(specimen, ": ", " :\t ")},
        {"another order", "BT-SEARCH * HTTP/1.1\r\nInfohash: " + hex_hash +
                              "\r\nPort: 51413\r\nHost: 239.192.152.143:6771\r\n\r\n"},
        {"another header", replaced(specimen, "Port:", "X-Client: some/1\r\nPort:")},
        {"a line without colon", replaced(specimen, "Port:", "what\r\nPort:")},
        {"a host in a locale's digits", replaced(specimen, "6771", "6,771")},
    };
    for (const auto& [name, text] : forms) {
        const auto parsed = parse_lsd(as_bytes(text));
        BOOST_REQUIRE_MESSAGE(parsed, name);
        BOOST_TEST(parsed->port == 51413, name);
        BOOST_TEST((parsed->torrents == std::vector{hash}), name);
        if (text.find("ookie") != std::string::npos) BOOST_TEST(parsed->cookie == "8a1f00c4", name);
    }
}

BOOST_AUTO_TEST_CASE(several_torrents_in_one_packet_are_all_read_and_each_once) {
    const auto other = "Infohash: " + std::string(40, 'a') + "\r\n";
    const auto two = replaced(specimen, "cookie", other + "Infohash: " + hex_hash + "\r\ncookie");
    const auto parsed = parse_lsd(as_bytes(two)).value();
    BOOST_REQUIRE(parsed.torrents.size() == 2u);
    BOOST_TEST((parsed.torrents[0] == hash));
    BOOST_TEST(to_hex(parsed.torrents[1].span()) == std::string(40, 'a'));
}

BOOST_AUTO_TEST_CASE(a_malformed_info_hash_does_not_spoil_the_others) {
    for (const auto* bad :
         {"", "12", "0123456789abcdef0123456789abcdef0123456", "zz23456789abcdef0123456789abcdef01234567",
          "0123456789abcdef0123456789abcdef012345670000"}) {
        const auto line = "Infohash: " + std::string(bad) + "\r\n";
        BOOST_TEST((parse_lsd(as_bytes(replaced(specimen, "cookie", line + "cookie"))).value().torrents ==
                    std::vector{hash}));
        const auto alone = replaced(specimen, "Infohash: " + hex_hash + "\r\n", line);
        BOOST_TEST((error_of(alone) == lsd_error::no_torrent), bad);
    }
}

BOOST_AUTO_TEST_CASE(a_port_that_is_none_is_refused) {
    for (const auto* port : {"", "0", "65536", "-1", "51,413", "0x50", "5 1", "99999999999999999999"})
        BOOST_TEST((error_of(replaced(specimen, "51413", port)) == lsd_error::bad_port), port);
    BOOST_TEST((error_of(replaced(specimen, "Port: 51413\r\n", "")) == lsd_error::bad_port));
    BOOST_TEST((error_of(replaced(specimen, "cookie", "Port: 2\r\ncookie")) == lsd_error::bad_port));
}

BOOST_AUTO_TEST_CASE(another_first_line_is_refused) {
    for (const auto* line : {"", "BT-SEARCH", "M-SEARCH * HTTP/1.1", "BT-SEARCH * HTTP/2", "GET / HTTP/1.1"})
        BOOST_TEST((error_of(replaced(specimen, "BT-SEARCH * HTTP/1.1", line)) == lsd_error::not_search),
                   line);
}

BOOST_AUTO_TEST_CASE(every_truncation_but_the_last_empty_line_is_refused) {
    // the header is complete with its first empty line; what follows is for show
    for (std::size_t length = 0; length < specimen.size(); ++length)
        BOOST_TEST(
            parse_lsd(as_bytes(specimen.substr(0, length))).has_value() == (length >= specimen.size() - 2),
            "at " << length);
}

BOOST_AUTO_TEST_CASE(fourteen_hundred_bytes_are_read_and_one_more_is_not) {
    const auto filler = [](std::size_t total) {
        const auto line = "X: " + std::string(total - specimen.size() - 5, 'x') + "\r\n";
        return replaced(specimen, "Port", line + "Port");
    };
    BOOST_REQUIRE(filler(1400).size() == limits::lsd_bytes);
    BOOST_TEST(parse_lsd(as_bytes(filler(1400))).has_value());
    BOOST_TEST((error_of(filler(1401)) == lsd_error::too_long));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bt::discovery::test
