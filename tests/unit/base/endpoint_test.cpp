#include "base/endpoint.hpp"

#include <boost/test/unit_test.hpp>
#include <unordered_set>

#include "base/text.hpp"

using namespace bt;

namespace {

ip_address ip(std::string_view text) {
    const auto address = ip_address::parse(text);
    BOOST_REQUIRE_MESSAGE(address, text);
    return *address;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(endpoints)

BOOST_AUTO_TEST_CASE(addresses_are_printed_in_the_form_of_rfc_5952) {
    const std::pair<std::string_view, std::string_view> forms[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"2001:db8::1", "2001:db8::1"},
        {"2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one zero group is not shortened
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run is
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first on a tie
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6::", "1:2:3:4:5:6::"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"::ffff:192.0.2.1", "192.0.2.1"},  // v4-mapped: one host, one value
        {"fe80::1%2", "fe80::1%2"},
        {"fe80::1", "fe80::1"},
        {"2001:db8::1%2", "2001:db8::1"},  // a zone means something on a link only
    };
    for (const auto& [text, printed] : forms) {
        BOOST_TEST(ip(text).to_string() == printed);
        BOOST_TEST((ip(ip(text).to_string()) == ip(text)), text);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_numeric_address_is_refused) {
    for (auto text : {"",
                      ".",
                      "1",
                      "1.2.3",
                      "1.2.3.4.5",
                      "1.2.3.256",
                      "1.2.3.",
                      ".1.2.3",
                      "1..2.3",
                      "01.2.3.4",
                      "1.2.3.-4",
                      "1.2.3.4 ",
                      " 1.2.3.4",
                      "1.2.3.4%1",
                      "0x7f.0.0.1",
                      "localhost",
                      ":",
                      ":::",
                      "1:2",
                      "1::2::3",
                      "1:::2",
                      "12345::",
                      "g::",
                      "::1:",
                      ":1::",
                      "1:2:3:4:5:6:7:8:9",
                      "1:2:3:4::5:6:7:8",
                      "1.2.3.4::",
                      "::1.2.3",
                      "::1.2.3.4:1",
                      "[::1]",
                      "fe80::1%",
                      "fe80::1%eth0",
                      "fe80::1%4294967296",
                      "fe80::1%-1"})
        BOOST_TEST(!ip_address::parse(text), text);
}

BOOST_AUTO_TEST_CASE(the_scope_of_an_address) {
    const std::pair<std::string_view, address_scope> scopes[] = {
        {"0.0.0.0", address_scope::unusable},
        {"0.1.2.3", address_scope::unusable},
        {"224.0.0.1", address_scope::unusable},
        {"239.192.152.143", address_scope::unusable},
        {"255.255.255.255", address_scope::unusable},
        {"240.0.0.1", address_scope::unusable},
        {"::", address_scope::unusable},
        {"ff02::1", address_scope::unusable},
        {"127.0.0.1", address_scope::loopback},
        {"127.255.0.1", address_scope::loopback},
        {"::1", address_scope::loopback},
        {"::ffff:127.0.0.1", address_scope::loopback},
        {"169.254.1.1", address_scope::link_local},
        {"fe80::1", address_scope::link_local},
        {"febf::1", address_scope::link_local},
        {"10.0.0.1", address_scope::private_net},
        {"172.16.0.1", address_scope::private_net},
        {"172.31.255.255", address_scope::private_net},
        {"192.168.0.1", address_scope::private_net},
        {"100.64.0.1", address_scope::private_net},
        {"100.127.0.1", address_scope::private_net},
        {"fc00::1", address_scope::private_net},
        {"fdff::1", address_scope::private_net},
        {"172.15.0.1", address_scope::global},
        {"172.32.0.1", address_scope::global},
        {"100.63.0.1", address_scope::global},
        {"100.128.0.1", address_scope::global},
        {"192.169.0.1", address_scope::global},
        {"169.253.0.1", address_scope::global},
        {"11.0.0.1", address_scope::global},
        {"223.255.255.255", address_scope::global},
        {"2001:470::1", address_scope::global},
        {"fe00::1", address_scope::global},
    };
    for (const auto& [text, scope] : scopes) BOOST_TEST((ip(text).scope() == scope), text);
    BOOST_TEST(ip("192.168.0.1").is_local());
    BOOST_TEST(ip("127.0.0.1").is_local());
    BOOST_TEST(ip("fe80::1").is_local());
    BOOST_TEST(!ip("11.0.0.1").is_local());
    BOOST_TEST(!ip("224.0.0.1").is_local());
    BOOST_TEST(ip("0.0.0.0").is_unspecified());
    BOOST_TEST(ip("::").is_unspecified());
    BOOST_TEST(!ip("::1").is_unspecified());
}

BOOST_AUTO_TEST_CASE(endpoints_are_read_and_printed) {
    for (auto text : {"192.0.2.1:6881", "[2001:db8::1]:6881", "[fe80::1%3]:1", "127.0.0.1:43", "[::1]:45",
                      "1.2.3.4:0", "1.2.3.4:65535"}) {
        const auto parsed = endpoint::parse(text);
        BOOST_REQUIRE_MESSAGE(parsed, text);
        BOOST_TEST(parsed->to_string() == text);
    }
    for (auto text : {"", ":", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:80x", "::1:45",
                      "[::1]", "[::1]45", "[::1]:", "[1.2.3.4]:5", "[]:5", "[::1:45", "host:80",
                      "1.2.3.4:18446744073709551617", "<invalid1>"})
        BOOST_TEST(!endpoint::parse(text), text);
}

BOOST_AUTO_TEST_CASE(an_endpoint_is_usable_if_somebody_can_be_reached_there) {
    BOOST_TEST(endpoint::parse("192.168.0.1:1")->is_usable());
    BOOST_TEST(endpoint::parse("127.0.0.1:1")->is_usable());
    BOOST_TEST(!endpoint::parse("192.168.0.1:0")->is_usable());
    BOOST_TEST(!endpoint::parse("0.0.0.0:1")->is_usable());
    BOOST_TEST(!endpoint::parse("[ff02::1]:1")->is_usable());
}

BOOST_AUTO_TEST_CASE(the_compact_form_is_address_and_port) {
    bytes out;
    endpoint::parse("192.0.2.1:6881")->append_compact(out);
    BOOST_TEST(to_hex(out) == "c00002011ae1");
    endpoint::parse("[2001:db8::1]:6881")->append_compact(out);
    BOOST_TEST(to_hex(out) == "c00002011ae120010db80000000000000000000000011ae1");
    BOOST_TEST(endpoint::from_compact(byte_view(out).first(6))->to_string() == "192.0.2.1:6881");
    BOOST_TEST(endpoint::from_compact(byte_view(out).last(18))->to_string() == "[2001:db8::1]:6881");
    for (std::size_t size = 0; size <= out.size(); ++size)
        BOOST_TEST(endpoint::from_compact(byte_view(out).first(size)).has_value() ==
                   (size == 6 || size == 18));
}

BOOST_AUTO_TEST_CASE(raw_bytes_are_an_address_if_they_are_4_or_16) {
    const bytes raw(20, 1);
    for (std::size_t size = 0; size <= raw.size(); ++size)
        BOOST_TEST(ip_address::from_bytes(byte_view(raw).first(size)).has_value() ==
                   (size == 4 || size == 16));
    BOOST_TEST((ip_address::v4(192, 0, 2, 1) == ip("192.0.2.1")));
    BOOST_TEST((ip_address() == ip("0.0.0.0")));
    BOOST_TEST((ip("fe80::1").with_zone(4) == ip("fe80::1%4")));
    BOOST_TEST((ip("10.0.0.1").with_zone(4) == ip("10.0.0.1")));
}

BOOST_AUTO_TEST_CASE(prefixes_are_compared_bit_by_bit) {
    BOOST_TEST(same_prefix(ip("192.0.2.1"), ip("192.0.2.254"), 24));
    BOOST_TEST(!same_prefix(ip("192.0.2.1"), ip("192.0.3.1"), 24));
    BOOST_TEST(same_prefix(ip("192.0.2.1"), ip("192.0.3.1"), 23));
    BOOST_TEST(same_prefix(ip("192.0.2.1"), ip("10.0.0.1"), 0));
    BOOST_TEST(same_prefix(ip("192.0.2.1"), ip("192.0.2.1"), 32));
    BOOST_TEST(!same_prefix(ip("192.0.2.1"), ip("192.0.2.0"), 32));
    BOOST_TEST(!same_prefix(ip("192.0.2.1"), ip("192.0.2.1"), 33));
    BOOST_TEST(same_prefix(ip("2001:db8::1"), ip("2001:db8::2"), 64));
    BOOST_TEST(same_prefix(ip("2001:db8::1"), ip("2001:db8::1"), 128));
    BOOST_TEST(!same_prefix(ip("::"), ip("0.0.0.0"), 0));  // never across families
}

BOOST_AUTO_TEST_CASE(endpoints_are_different_keys_by_family_zone_and_port) {
    const std::unordered_set<endpoint> set{{ip("10.0.0.1"), 1},  {ip("10.0.0.1"), 2},
                                           {ip("10.0.0.1"), 1},  {ip("fe80::1%1"), 1},
                                           {ip("fe80::1%2"), 1}, {ip("::ffff:10.0.0.1"), 1}};
    BOOST_TEST(set.size() == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
