#include "torrent/magnet.hpp"

#include <boost/test/unit_test.hpp>

#include "base/limits.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"

using namespace bt;
using namespace std::string_literals;
using torrent::looks_like_magnet;
using torrent::magnet;
using torrent::parse_magnet;

namespace {

const std::string H = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";
const std::string plain = "magnet:?xt=urn:btih:" + H;
const std::string v2 = "urn:btmh:1220" + std::string(64, 'a');

magnet parsed(std::string_view text) {
    auto result = parse_magnet(text);
    BOOST_REQUIRE_MESSAGE(result, text << ": " << (result ? "" : result.error().message));
    return std::move(*result);
}

std::string hash_of(std::string_view text) {
    const auto result = parse_magnet(text);
    return result ? to_hex(result->hash.span()) : "refused: " + result.error().message;
}

std::string joined(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& element : list) text += element + ' ';
    return text;
}

std::string selection(std::string_view so) {
    std::string text;
    for (const auto& [first, last] : parsed(plain + "&so=" + std::string(so)).select_only)
        text += std::to_string(first) + ".." + std::to_string(last) + ' ';
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(magnets)

BOOST_AUTO_TEST_CASE(the_links_of_the_vectors_are_accepted) {
    const std::string forms[] = {
        plain,
        "magnet:?xt=urn%3Abtih%3A" + H,
        "magnet:?xt=urn:btih:" + H.substr(0, 39) + "%64",
        "magnet:?XT=urn:btih:" + H,
        "MAGNET:?xt=URN:BTIH:" + H,
        "magnet:?xt=urn:btih:CDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCD",
        "magnet:?\"foo=bar&xt=urn:btih:" + H,
        plain + "&empty",
        plain + "&empty&empty_again",
        plain + "&=",
        plain + "&",
        "magnet:?&&xt=urn:btih:" + H,
        "magnet:?xt=urn:ed2k:0123456789abcdef0123456789abcdef&xt=urn:btih:" + H,
        "magnet:?xt.1=urn:ed2k:1&xt.2=urn:btih:" + H,
        "magnet:///?xt=urn:btih:" + H,
        "magnet://?xt=urn:btih:" + H,
        "magnet:?xt=" + v2 + "&xt=urn:btih:" + H,  // hybrid
        "magnet:?xt=urn:btih:" + H + "&xt=" + v2,
        plain + "&xt=urn:btih:" + std::string(40, '1'),  // the first counts
        H,
        "magnet:" + H,
    };
    for (const auto& form : forms) BOOST_TEST(hash_of(form) == H, form << " -> " << hash_of(form));
}

BOOST_AUTO_TEST_CASE(a_hash_may_be_base32) {
    const auto ab = to_hex(as_bytes("abababababababababab"));
    BOOST_TEST(hash_of("magnet:?xt=urn:btih:MFRGCYTBMJQWEYLCMFRGCYTBMJQWEYLC") == ab);
    BOOST_TEST(hash_of("magnet:?xt=urn:btih:mfrgcytbmjqweylcmfrgcytbmjqweylc") == ab);
    BOOST_TEST(hash_of("MFRGCYTBMJQWEYLCMFRGCYTBMJQWEYLC") == ab);
    BOOST_TEST(hash_of("magnet:2I2UAEFDZJFN4W3UE65QSOTCUOEZ744B") ==
               "d2354010a3ca4ade5b7427bb093a62a3899ff381");
}

BOOST_AUTO_TEST_CASE(the_malformed_links_of_the_vectors_are_refused) {
    const std::string forms[] = {
        "",
        "magnet:",
        "magnet:?",
        "magnet:?dn=foo&ws=http://foo.com",
        "magnet:?xt",
        "magnet:?xt=",
        "magnet:?xt=blah",
        "magnet:?xt=urn%%3Abtih%%3A" + H,
        "magnet:?xt=urn:btih:",
        "magnet:?xt=urn:btih:cdcdcdcd",
        "magnet:?xt=urn:btih:cdcdcdcdcdcdcdcdcdcdcd",
        "magnet:?xt=urn:btih: cdcdcdcdcdcdcdcdcdcd",
        "magnet:?xt=urn:btih:" + std::string(40, 'z'),
        "magnet:?xt=urn:btih:" + H + "c",
        plain + "&xt=urn:btih:short",
        "magnet:?xt=" + v2.substr(0, v2.size() - 2),
        "magnet:?xt=urn:btmh:1221" + std::string(64, 'a'),
        "magnet:?xt=urn:btmh:1220" + std::string(64, 'z'),
        "magnet:foo?xt=urn:btih:" + H,
        "http://example.org/?xt=urn:btih:" + H,
        "magnet:?xt=urn:btih:" + std::string(40, '0'),
        std::string(40, '0'),
        H.substr(1),
        std::string(32, '1'),  // no base32 digit
    };
    for (const auto& form : forms) {
        const auto result = parse_magnet(form);
        BOOST_TEST(!result, form);
        if (!result) BOOST_TEST((result.error().code == errc::bad_data));
    }
}

BOOST_AUTO_TEST_CASE(a_link_of_version_2_alone_says_why_it_is_refused) {
    BOOST_TEST(hash_of("magnet:?xt=" + v2) == "refused: BitTorrent v2 magnet links are not supported yet");
    BOOST_TEST(hash_of("magnet:?xt=" + v2.substr(0, v2.size() - 2)) ==
               "refused: the magnet link has a malformed info-hash");
}

BOOST_AUTO_TEST_CASE(a_hash_of_version_2_alone_is_known_as_one) {
    for (const auto& hash :
         {std::string(64, 'a'), "1220" + std::string(64, 'a'), "magnet:1220" + std::string(64, 'b')}) {
        BOOST_TEST(hash_of(hash) == "refused: BitTorrent v2 magnet links are not supported yet");
        BOOST_TEST(looks_like_magnet(hash));
    }
}

BOOST_AUTO_TEST_CASE(what_came_along_when_a_link_was_copied_is_not_part_of_it) {
    const std::pair<std::string, std::string> around[] = {
        {" ", ""},  {"\t", ""},         {"\r\n", "\r\n"}, {"\xef\xbb\xbf", ""}, {"\"", "\""},
        {"'", "'"}, {"<", ">"},         {"", "\n"},       {"", "#x"},           {"\u201c", "\u201d"},
        {"", " "},  {" \"<", ">\"\n "}, {"\u00a0", ""},   {"`", "`"},
    };
    for (const auto& [before, after] : around)
        for (const auto& link : {plain, H, "magnet:" + H}) {
            const auto text = before + link + after;
            BOOST_TEST(hash_of(text) == H, text);
            BOOST_TEST(looks_like_magnet(text), text);
        }
    BOOST_TEST(hash_of("magnet:?xt=urn:btih:" + H + "#top&dn=x") == H);
    BOOST_TEST(parsed(plain + "&dn=C%23#1&tr=http://a").name == "C##1");
    BOOST_TEST(!looks_like_magnet("\"debian.iso\""));
}

BOOST_AUTO_TEST_CASE(the_entities_of_a_page_stand_for_the_sign_between_parameters) {
    for (const std::string sign : {"&amp;", "&AMP;", "&#38;", "&#x26;", "&#X26;", "&amp;amp;"}) {
        const auto link = parsed(plain + sign + "dn=Nice" + sign +
                                 "tr=http%3A%2F%2F10.77.0.3%3A6969%2Fannounce" + sign + "xl=5");
        BOOST_TEST(link.name == "Nice", sign);
        BOOST_TEST(joined(link.trackers) == "http://10.77.0.3:6969/announce ", sign);
        BOOST_TEST(link.length.value_or(0) == 5u, sign);
    }
}

BOOST_AUTO_TEST_CASE(a_broken_escape_is_text_and_costs_nothing_else) {
    const auto link = parsed(plain + "&tr=http://a/100%&tr=http://b&dn=5%zz&ws=http://w/%4");
    BOOST_TEST(joined(link.trackers) == "http://a/100% http://b ");
    BOOST_TEST(link.name == "5%zz");
    BOOST_TEST(joined(link.web_seeds) == "http://w/%4 ");
}

BOOST_AUTO_TEST_CASE(sources_that_are_not_used_are_named_where_no_tracker_is_left) {
    BOOST_TEST(joined(parsed(plain + "&tr=wss://t.example&as=http://w/").remarks) ==
               "its tracker is one for browsers (ws, wss); these are not supported yet "
               "it names web seeds; these are not fetched from yet ");
    BOOST_TEST(joined(parsed(plain + "&tr=ws://t&tr=http://a").remarks) == "");
    BOOST_TEST(joined(parsed(plain + "&tr=http://" + std::string(2050, 'x')).remarks) ==
               "its tracker's URL is longer than 2048 bytes and is not used ");
    BOOST_TEST(joined(parsed(plain).remarks) == "");
}

BOOST_AUTO_TEST_CASE(a_password_stays_out_of_a_printed_link) {
    const auto link = parsed(plain + "&tr=http://me:secret@t.example:1/announce?a@b&ws=https://me:secret@w/");
    BOOST_TEST(joined(link.trackers) == "http://me:secret@t.example:1/announce?a@b ");
    BOOST_TEST(link.to_uri() ==
               plain + "&tr=http%3A%2F%2Ft.example%3A1%2Fannounce%3Fa%40b&ws=https%3A%2F%2Fw%2F");
    BOOST_TEST(parsed(plain + "&tr=udp://@t.example:1&tr=udp://t.example:1").to_uri() ==
               plain + "&tr=udp%3A%2F%2Ft.example%3A1");
}

BOOST_AUTO_TEST_CASE(peers_may_be_named_by_their_host) {
    std::string named;
    for (const auto& peer :
         parsed(plain + "&x.pe=tower.lan:40112&x.pe=nas:1&x.pe=nas:1&x.pe=1.2.3:4&x.pe=a:0&x.pe=a/b:1&x.pe=:1"
                        "&x.pe=10.0.0.256:1&x.pe=nas")
             .named_peers)
        named += peer.to_string() + ' ';
    BOOST_TEST(named == "tower.lan:40112 nas:1 ");
    BOOST_TEST(joined(parsed(plain + "&as=http://c/&ws.1=http://d/").web_seeds) == "http://c/ http://d/ ");
}

BOOST_AUTO_TEST_CASE(names_are_for_people_and_never_fail_a_link) {
    BOOST_TEST(parsed(plain + "&dN=foo%20bar+baz%2B").name == "foo bar baz+");
    BOOST_TEST(parsed(plain + "&dn=100%+sure").name == "100% sure");
    BOOST_TEST(parsed(plain + "&dn=a=b").name == "a=b");
    BOOST_TEST(parsed(plain).name == "");
}

BOOST_AUTO_TEST_CASE(trackers_are_those_we_could_ask) {
    BOOST_TEST(joined(parsed(plain + "&tr=http://1&tr=HTTP://2&tr=https://3&tr=udp://4&tr=udp%3A%2F%2F5")
                          .trackers) == "http://1 HTTP://2 https://3 udp://4 udp://5 ");
    BOOST_TEST(
        joined(parsed(plain +
                      "&tr=ftp://1&tr=magnet:?xt=1&tr=<!DOCTYPE html><html>&tr=httpabc&tr=udpabc&tr=&tr"
                      "&tr=garbage")
                   .trackers) == "");
    BOOST_TEST(joined(parsed(plain + "&tr=http://1&tr=http://2&tr=http%3a//1").trackers) ==
               "http://1 http://2 ");
    BOOST_TEST(joined(parsed(plain + "&tr.0=http://1&tr.1=http://2&tr.a=http://3&tr.=http://4&trx=http://5")
                          .trackers) == "http://1 http://2 ");
}

BOOST_AUTO_TEST_CASE(very_many_parameters_are_bounded) {
    std::string text = plain;
    for (int i = 0; i < 5000; ++i)
        text += "&tr=http://" + std::to_string(i) + "&x.pe=10.0.0.1:" + std::to_string(i + 1) +
                "&ws=http://" + std::to_string(i);
    const auto many = parsed(text);
    BOOST_TEST(many.trackers.size() == limits::magnet_trackers);
    BOOST_TEST(many.peers.size() == limits::magnet_peers);
    BOOST_TEST(many.web_seeds.size() == limits::torrent_web_seeds);
    const auto padding = [](std::size_t size) {
        return plain + "&" + std::string(size - plain.size() - 1, 'x');
    };
    BOOST_TEST(parse_magnet(padding(limits::magnet_bytes)).has_value());
    BOOST_TEST(!parse_magnet(padding(limits::magnet_bytes + 1)));
}

BOOST_AUTO_TEST_CASE(peers_are_numeric_addresses_somebody_can_be_reached_at) {
    std::string peers;
    for (const auto& peer :
         parsed(plain + "&x.pe=127.0.0.1:43&x.pe=<invalid1>&x.pe=[::1]:45&x.pe=%5B::2%5D:46&x.pe=host:1"
                        "&x.pe=127.0.0.1:43&x.pe=0.0.0.0:1&x.pe=10.0.0.1:0")
             .peers)
        peers += peer.to_string() + ' ';
    BOOST_TEST(peers == "127.0.0.1:43 [::1]:45 ");
}

BOOST_AUTO_TEST_CASE(selected_files_are_ranges_and_nonsense_is_ignored) {
    BOOST_TEST(selection("0,2,4,6-8") == "0..0 2..2 4..4 6..8 ");
    BOOST_TEST(selection("0,7-4,100000000,-4,3-,a,,1") == "0..0 1..1 ");
    BOOST_TEST(selection("0%2C2-2") == "0..0 2..2 ");
    BOOST_TEST(selection("0-99999999999999999999,1-2-3,0-2999999,0-3000000") == "0..2999999 ");
    BOOST_TEST(selection("") == "");
}

BOOST_AUTO_TEST_CASE(the_length_is_a_number_or_absent) {
    BOOST_TEST(parsed(plain + "&xl=10826029").length.value() == 10'826'029u);
    BOOST_TEST(!parsed(plain + "&xl=-1").length);
    BOOST_TEST(!parsed(plain + "&xl=18446744073709551616").length);
    BOOST_TEST(!parsed(plain).length);
}

BOOST_AUTO_TEST_CASE(web_seeds_are_kept) {
    BOOST_TEST(joined(parsed(plain + "&Ws=http%3A//a/b&ws=ftp://c").web_seeds) == "http://a/b ");
}

BOOST_AUTO_TEST_CASE(a_link_printed_and_read_is_the_same_link) {
    magnet first;
    first.hash = *info_hash::from(*from_hex(H));
    BOOST_TEST(first.to_uri() == plain);
    first.name = "a b&c+\xc3\xb6";
    first.length = 5;
    first.trackers = {"http://a/?x=1&y=2", "udp://b:1"};
    first.web_seeds = {"https://w/"};
    first.peers = {*endpoint::parse("192.168.1.2:6881"), *endpoint::parse("[2001:db8::1]:1")};
    first.select_only = {{1, 1}, {3, 5}};
    const auto uri = first.to_uri();
    BOOST_TEST(uri ==
               plain +
                   "&dn=a%20b%26c%2B%C3%B6&xl=5&tr=http%3A%2F%2Fa%2F%3Fx%3D1%26y%3D2&tr=udp%3A%2F%2Fb%3A1"
                   "&ws=https%3A%2F%2Fw%2F&x.pe=192.168.1.2:6881&x.pe=[2001:db8::1]:1&so=1,3-5");
    const auto second = parsed(uri);
    BOOST_TEST((second.hash == first.hash));
    BOOST_TEST(second.name == first.name);
    BOOST_TEST(second.trackers == first.trackers, boost::test_tools::per_element());
    BOOST_TEST(second.web_seeds == first.web_seeds, boost::test_tools::per_element());
    BOOST_TEST((second.peers == first.peers));
    BOOST_TEST((second.select_only == first.select_only));
    BOOST_TEST((second.length == first.length));
    BOOST_TEST(second.to_uri() == uri);
}

BOOST_AUTO_TEST_CASE(the_zone_of_a_peer_stays_at_home) {
    // it numbers an interface of this machine, and its '%' would be taken for an escape
    magnet first;
    first.hash = *info_hash::from(*from_hex(H));
    first.peers = {*endpoint::parse("[fe80::1%3]:6881")};
    BOOST_TEST(first.to_uri() == plain + "&x.pe=[fe80::1]:6881");
    BOOST_TEST(parsed(first.to_uri()).peers.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_looks_like_a_magnet) {
    BOOST_TEST(looks_like_magnet("magnet:?foo"));
    BOOST_TEST(looks_like_magnet("Magnet:"));
    BOOST_TEST(looks_like_magnet(H));
    BOOST_TEST(looks_like_magnet("2I2UAEFDZJFN4W3UE65QSOTCUOEZ744B"));
    BOOST_TEST(!looks_like_magnet("magnet"));
    BOOST_TEST(!looks_like_magnet(""));
    BOOST_TEST(!looks_like_magnet("debian.iso"));
    BOOST_TEST(!looks_like_magnet(H + "0"));
}

BOOST_AUTO_TEST_CASE(random_bytes_are_never_a_magnet) {
    const std::uint64_t seed = 20100748;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng random(seed);
    for (int round = 0; round < 100'000; ++round) {
        std::string text(random.below(1024), '\0');
        for (std::size_t i = 0; i < text.size(); i += 8) {
            const auto word = random.next();
            for (std::size_t k = i; k < std::min(i + 8, text.size()); ++k)
                text[k] = static_cast<char>(word >> (k - i) * 8);
        }
        if (parse_magnet(text)) BOOST_ERROR("accepted in round " << round);
    }
    BOOST_TEST(!parse_magnet(std::string(40, '\xcd')));
}

BOOST_AUTO_TEST_CASE(truncations_and_random_changes_of_a_link_do_no_harm) {
    const std::uint64_t seed = 99;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng random(seed);
    const auto whole = plain + "&dn=a%20b&xl=5&tr=http%3A%2F%2Fa&x.pe=[::1]:45&so=1,3-5&ws=http://w";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string part = whole.substr(0, size);
        // the first 32 digits are base32 as it happens: nothing can tell that they were meant to be hex
        const bool base32 = size == plain.size() - 8;
        BOOST_TEST(parse_magnet(part).has_value() == (base32 || size >= plain.size()), part);
    }
    for (int round = 0; round < 50'000; ++round) {
        auto changed = whole;
        for (auto n = 1 + random.below(4); n > 0; --n)
            changed[random.below(changed.size())] = static_cast<char>(random.next());
        if (const auto result = parse_magnet(changed)) (void)result->to_uri();
    }
}

BOOST_AUTO_TEST_SUITE_END()
