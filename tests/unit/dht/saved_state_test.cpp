#include "dht/saved_state.hpp"

#include <boost/test/unit_test.hpp>

#include "base/limits.hpp"

using namespace bt;
using namespace bt::dht;

namespace {

ip_address ip(std::string_view text) { return ip_address::parse(text).value(); }
endpoint at(std::string_view text) { return endpoint::parse(text).value(); }
node_id id(std::uint8_t fill) {
    node_id made;
    made.bytes.fill(fill);
    return made;
}
contact node(unsigned n) {
    return {id(static_cast<std::uint8_t>(n)),
            {ip_address::v4(20, static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n), 1), 6881}};
}
saved_state whole() {
    return {id(4),
            id(6),
            ip("124.31.75.21"),
            ip("2a01:db8::1"),
            {{id(1), at("20.0.0.1:1")},
             {id(2), at("192.168.1.7:6881")},
             {id(3), at("[2a01::1]:65535")},
             {id(5), at("[fd00::1]:6881")}}};
}
std::string why_not(std::string_view content) {
    const auto read = read_state(as_bytes(content));
    if (read) return "";
    BOOST_TEST((read.error().code == errc::bad_data));
    return read.error().message;
}
bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(dht_saved_state)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
    BOOST_TEST((read_state(write_state(whole())).value() == whole()));
    BOOST_TEST((read_state(write_state({})).value() == saved_state{}));
    saved_state some;
    some.id_v6 = id(9);
    some.nodes = {node(1)};
    BOOST_TEST((read_state(write_state(some)).value() == some));
}

BOOST_AUTO_TEST_CASE(it_is_one_bencoded_dictionary) {
    saved_state one;
    one.id_v4 = id('i');
    one.external_v4 = ip("124.31.75.21");
    one.nodes = {{id('n'), at("97.98.99.100:25958")}};
    BOOST_TEST(as_text(write_state(one)) ==
               "d3:id420:iiiiiiiiiiiiiiiiiiii3:ip44:\x7c\x1f\x4b\x15"
               "5:nodes26:nnnnnnnnnnnnnnnnnnnnabcdef6:nodes60:e");
}

BOOST_AUTO_TEST_CASE(of_each_family_the_first_200_are_kept) {
    saved_state many;
    for (unsigned n = 0; n < 300; ++n) many.nodes.push_back(node(n));
    many.nodes.push_back({id(7), at("[2a01::1]:1")});
    const auto read = read_state(write_state(many)).value();
    BOOST_REQUIRE(read.nodes.size() == limits::dht_saved_nodes + 1);
    BOOST_TEST((read.nodes[0] == node(0)));
    BOOST_TEST((read.nodes[199] == node(199)));
    BOOST_TEST((read.nodes[200].at == at("[2a01::1]:1")));
}

BOOST_AUTO_TEST_CASE(nodes_that_cannot_be_there_are_left_out) {
    saved_state odd;
    odd.nodes = {{id(1), at("20.0.0.1:0")},     {id(2), at("224.0.0.1:1")}, {id(3), at("0.0.0.0:1")},
                 {id(4), {ip("fe80::1%2"), 1}}, {id(5), at("[::]:1")},      {id(6), at("20.0.0.1:1")}};
    BOOST_TEST(write_state(odd).size() == std::string("d5:nodes26:6:nodes60:e").size() + 26);

    // and by who did not know
    const std::string nodes = std::string(20, 'n') + std::string("\x14\0\0\1\0\0", 6) +  // port 0
                              std::string(20, 'n') + std::string("\xe0\0\0\1\0\1", 6) +  // multicast
                              std::string(20, 'n') + std::string("\x14\0\0\1\0\1", 6);
    const std::string nodes6 =
        std::string(20, 'n') + std::string("\xfe\x80", 2) + std::string(14, '\0') + "ab" +  // link-local
        std::string(20, 'n') + std::string(10, '\0') + "\xff\xff" + "abcd" + "ab";          // v4-mapped
    const auto text =
        "d3:ip44:" + std::string("\x0a\0\0\1", 4) + "5:nodes78:" + nodes + "6:nodes676:" + nodes6 + "e";
    const auto read = read_state(as_bytes(text)).value();
    BOOST_REQUIRE(read.nodes.size() == 1u);
    BOOST_TEST((read.nodes[0].at == at("20.0.0.1:1")));
    BOOST_TEST(!read.external_v4.has_value());  // 10.0.0.1 is nobody's public address
}

BOOST_AUTO_TEST_CASE(a_refusal_says_what_is_wrong) {
    BOOST_TEST(contains(why_not(""), "no saved state"));
    BOOST_TEST(contains(why_not("le"), "no dictionary"));
    BOOST_TEST(contains(why_not("d3:id419:iiiiiiiiiiiiiiiiiiie"), "'id4' is not 20 bytes"));
    BOOST_TEST(contains(why_not("d3:id60:e"), "'id6' is not 20 bytes"));
    BOOST_TEST(contains(why_not("d3:id4i1ee"), "'id4' is no string"));
    BOOST_TEST(contains(why_not("d3:ip43:abce"), "'ip4' is not 4 bytes"));
    BOOST_TEST(contains(why_not("d3:ip64:abcde"), "'ip6' is not 16 bytes"));
    BOOST_TEST(contains(why_not("d5:nodes1:xe"), "'nodes' is no multiple of 26"));
    BOOST_TEST(contains(why_not("d6:nodes626:abcdefghijklmnopqrstuvwxyze"), "'nodes6' is no multiple of 38"));
    BOOST_TEST(contains(why_not("d5:nodeslee"), "'nodes' is no string"));
    BOOST_TEST(contains(why_not("d5:nodes5226:" + std::string(5226, 'n') + "e"), "more than 200 nodes"));
    BOOST_TEST(why_not("d5:nodes5200:" + std::string(5200, 'n') + "e") == "");
    BOOST_TEST(why_not("d6:futurei1ee") == "");  // of a later version
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
    const auto good = write_state(whole());
    for (std::size_t size = 0; size < good.size(); ++size)
        BOOST_TEST(!read_state(byte_view(good).first(size)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
