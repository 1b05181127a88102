#include "torrent/metainfo.hpp"

#include <boost/test/unit_test.hpp>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "base/rng.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "unit/torrent/text_form.hpp"

using namespace bt;
using torrent::parse_info;
using torrent::parse_torrent;

namespace {

constexpr std::string_view twenty = "'01234567890123456789'";

/// An info dictionary with the given keys in front of `pieces` (of one piece).
std::string info_with(const std::string& keys) {
    return bencoded("d" + keys + "'pieces'" + std::string(twenty) + "e");
}
const std::string single = info_with("'length'i5e'name''a.txt''piece length'i16384e");

/// A torrent whose other keys are `keys`.
std::string torrent_with(const std::string& keys, const std::string& info = single) {
    return "d" + bencoded(keys) + "4:info" + info + "e";
}

torrent::metainfo parsed(const std::string& text) {
    auto result = parse_torrent(as_bytes(text));
    BOOST_REQUIRE_MESSAGE(result, text << ": " << (result ? "" : result.error().message));
    return std::move(*result);
}
std::string error_of(const std::string& text) {
    const auto result = parse_torrent(as_bytes(text));
    if (result) return "accepted";
    BOOST_TEST((result.error().code == errc::bad_data));
    return result.error().message;
}
std::string info_error(const std::string& keys) { return error_of(torrent_with("", bencoded(keys))); }

std::string tiers(const std::string& keys) {
    std::string text;
    for (const auto& tier : parsed(torrent_with(keys)).trackers) {
        text += "[ ";
        for (const auto& url : tier) text += url + ' ';
        text += "]";
    }
    return text;
}
std::string list(const std::vector<std::string>& elements) {
    std::string text;
    for (const auto& element : elements) text += element + ' ';
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(metainfos)

BOOST_AUTO_TEST_CASE(a_single_file_torrent_is_its_file) {
    const auto torrent = parsed(torrent_with(""));
    const auto& info = torrent.info;
    BOOST_TEST(info.name == "a.txt");
    BOOST_TEST(!info.multi_file);
    BOOST_TEST(!info.is_private);
    BOOST_TEST(info.files.size() == 1u);
    BOOST_TEST(info.files[0].path == "a.txt");
    BOOST_TEST(info.files[0].size == 5u);
    BOOST_TEST(info.shape.total_bytes() == 5u);
    BOOST_TEST(info.shape.piece_count() == 1u);
    BOOST_TEST(info.piece_hash(piece_index(0)).view() == "01234567890123456789");
    BOOST_TEST(info.payload_bytes() == 5u);
    BOOST_TEST(as_text(info.raw) == single);
    BOOST_TEST((info.hash.bytes == crypto::sha1(as_bytes(single)).bytes));
}

BOOST_AUTO_TEST_CASE(a_multi_file_torrent_is_a_folder) {
    const auto info =
        parsed(torrent_with(
                   "", bencoded("d'files'ld'length'i16384e'path'l'x'eed'attr''p''length'i3e'path'l'.pad''3'ee"
                                "d'length'i4e'path'l'd''y'eee'name''T''piece length'i16384e'pieces'"
                                "'0123456789012345678901234567890123456789'e")))
            .info;
    BOOST_TEST(info.multi_file);
    BOOST_TEST(info.name == "T");
    BOOST_TEST(info.files.size() == 3u);
    BOOST_TEST(info.files[2].path == "T/d/y");
    BOOST_TEST(info.files[2].begin == 16'387u);
    BOOST_TEST(info.shape.total_bytes() == 16'391u);
    BOOST_TEST(info.payload_bytes() == 16'388u);
    BOOST_TEST(info.shape.piece_count() == 2u);
    BOOST_TEST(info.piece_hash(piece_index(1)).view() == "01234567890123456789");
}

BOOST_AUTO_TEST_CASE(the_info_hash_is_over_the_bytes_as_they_stand) {
    // keys out of order, an unknown one, a number with a leading zero: re-encoding would change every one of
    // these
    const auto untidy = bencoded("d'zzz'li1ei2ee'name''a''piece length'i016384e'pieces'" +
                                 std::string(twenty) + "'length'i5ee");
    const auto torrent = parsed("d4:info" + untidy + "8:announce8:http://ae");
    BOOST_TEST((torrent.info.hash.bytes == crypto::sha1(as_bytes(untidy)).bytes));
    BOOST_TEST(as_text(torrent.info.raw) == untidy);
    BOOST_TEST(torrent.trackers.size() == 1u);
}

BOOST_AUTO_TEST_CASE(bytes_after_the_end_are_tolerated_in_a_file_but_not_in_metadata) {
    BOOST_TEST((parsed(torrent_with("") + "\r\n").info.hash.bytes == crypto::sha1(as_bytes(single)).bytes));
    BOOST_TEST(parse_info(as_bytes(single)).has_value());
    BOOST_TEST(!parse_info(as_bytes(single + "\n")));
    BOOST_TEST(!parse_info(as_bytes(single + single)));
}

BOOST_AUTO_TEST_CASE(metadata_from_peers_gives_the_same_info_as_the_file) {
    const auto info = parse_info(as_bytes(single));
    BOOST_REQUIRE(info);
    BOOST_TEST((info->hash == parsed(torrent_with("")).info.hash));
    for (const auto text : {"", "i1e", "le", "0:", "de"}) BOOST_TEST(!parse_info(as_bytes(text)), text);
}

BOOST_AUTO_TEST_CASE(names_are_safe_and_never_empty) {
    const auto name = [](const std::string& keys) {
        const auto torrent =
            parsed(torrent_with("", info_with("'length'i5e" + keys + "'piece length'i16384e")));
        BOOST_TEST(torrent.info.files[0].path == torrent.info.name);
        return torrent.info.name;
    };
    BOOST_TEST(name("'name''../../etc/passwd'") == "....etcpasswd");
    BOOST_TEST(name("'name''..'") == "_");
    BOOST_TEST(name("'name''\xe9'") == "_");
    BOOST_TEST(name("'name''\xe9'10:name.utf-8'\xc3\xa9'") == "\xc3\xa9");
    BOOST_TEST(name("'name''ok'10:name.utf-8'\xe9'") == "ok");  // it is not what it says
    BOOST_TEST(name("'name''ok'10:name.utf-8''") == "ok");
}

BOOST_AUTO_TEST_CASE(a_torrent_without_a_name_is_refused) {
    for (const std::string name : {"", "'name'''", "'name'i7e", "'name'l'a'e"})
        BOOST_TEST(error_of(torrent_with("", info_with("'length'i5e" + name + "'piece length'i16384e"))) ==
                   "the torrent has no name");
}

BOOST_AUTO_TEST_CASE(a_newer_version_is_named_before_anything_else) {
    for (const std::string version : {"i3e", "i99999999999999999999e"})
        BOOST_TEST(info_error("d'meta version'" + version + "'name''a'e") ==
                   "the torrent is of a newer version of BitTorrent than is supported");
}

BOOST_AUTO_TEST_CASE(a_number_beyond_64_bits_matters_only_where_it_is_read) {
    const std::string rest = "'name''a''piece length'i16384e";
    BOOST_TEST(error_of(torrent_with("'z'i9223372036854775808e", info_with("'length'i5e" + rest + "'z'i-" +
                                                                           std::string(500, '9') + "e"))) ==
               "accepted");
    BOOST_TEST(error_of(torrent_with("", info_with("'length'i9223372036854775808e" + rest))) ==
               "the torrent has neither a length nor a list of files");
}

BOOST_AUTO_TEST_CASE(a_key_twice_in_the_info_is_refused_wherever_it_is) {
    const auto twice = [](const std::string& key) {
        return "the key '" + key + "' stands twice in the torrent's info: others may see other files";
    };
    const std::string rest = "'name''a''piece length'i16384e";
    BOOST_TEST(error_of(torrent_with("", info_with("'length'i5e'pieces''x'" + rest))) == twice("pieces"));
    BOOST_TEST(error_of(torrent_with("", info_with("'length'i5e" + rest + "'length'i6e"))) ==
               twice("length"));
    BOOST_TEST(error_of(torrent_with("", info_with("'files'ld'length'i5e'path'l'x'e'length'i4eee" + rest))) ==
               twice("length"));
    BOOST_TEST(error_of(torrent_with("'comment''a''comment''b'")) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_hybrid_whose_lists_of_files_differ_says_so) {
    const auto differ = [](const std::string& keys) {
        return parsed(torrent_with("", info_with(keys + "'meta version'i2e'piece length'i1048576e")))
            .info.lists_differ;
    };
    const std::string a = "'file tree'd'a'd''d'length'i5eeee";
    BOOST_TEST(!differ(a + "'length'i5e'name''a'"));
    BOOST_TEST(differ(a + "'length'i4e'name''a'"));
    BOOST_TEST(differ(a + "'length'i5e'name''b'"));
    BOOST_TEST(differ("'file tree'de'length'i5e'name''a'"));
    const std::string tree = "'file tree'd'd'd'x'd''d'length'i3eeee'y'd''d'length'i4eeee";
    const auto list = [](const std::string& entries) { return "'files'l" + entries + "e'name''T'"; };
    const std::string x = "d'length'i3e'path'l'd''x'ee", y = "d'length'i4e'path'l'y'ee",
                      pad = "d'attr''p''length'i9e'path'l'.pad''9'ee";
    BOOST_TEST(!differ(tree + list(x + pad + y)));
    BOOST_TEST(!differ(tree + list(x + y + pad)));
    BOOST_TEST(differ(tree + list(y + x)));
    BOOST_TEST(differ(tree + list(x)));
    BOOST_TEST(differ(tree + list(x + y + x)));
}

BOOST_AUTO_TEST_CASE(sources_that_are_not_used_are_named_where_no_tracker_is_left) {
    const auto remarks = [](const std::string& keys) { return list(parsed(torrent_with(keys)).remarks); };
    BOOST_TEST(remarks("'announce''wss://t.example'") ==
               "its tracker is one for browsers (ws, wss); these are not supported yet ");
    BOOST_TEST(remarks("'announce''dht://x'") ==
               "its tracker is of an unsupported kind; http, https and udp are supported ");
    BOOST_TEST(remarks("'announce-list'll'wss://a'el'udp://b:1'ee'httpseeds'l'http://c'e") == "");
    BOOST_TEST(remarks("'httpseeds'l'http://c'e") ==
               "it names HTTP seeds (httpseeds); these are not supported ");
    BOOST_TEST(remarks("'url-list''http://c/'") == "it names web seeds; these are not fetched from yet ");
    BOOST_TEST(remarks("'announce''http://" + std::string(2050, 'x') + "'") ==
               "its tracker's URL is longer than 2048 bytes and is not used ");
    BOOST_TEST(remarks("") == "");
}

BOOST_AUTO_TEST_CASE(what_people_take_for_a_torrent_is_named) {
    BOOST_TEST(error_of("\n <html>") == "not a torrent: it is a web page");
    BOOST_TEST(error_of("\xef\xbb\xbf<!DOCTYPE html>") == "not a torrent: it is a web page");
    BOOST_TEST(error_of("\x1f\x8b\x08") == "not a torrent: it is compressed with gzip; unpack it first");
    BOOST_TEST(error_of("PK\x03\x04xx") == "not a torrent: it is a zip archive; unpack it first");
    BOOST_TEST(error_of("magnet:?xt=urn:btih:") ==
               "not a torrent: it is a magnet link; give the link itself");
}

BOOST_AUTO_TEST_CASE(whatever_private_is_set_to_keeps_a_torrent_private_but_zero) {
    const auto is_private = [](const std::string& value) {
        return parsed(
                   torrent_with("", info_with("'length'i5e'name''a''piece length'i16384e'private'" + value)))
            .info.is_private;
    };
    for (const auto set : {"'1'", "'yes'", "i1e", "i2e", "i-1e", "i99999999999999999999e", "le"})
        BOOST_TEST(is_private(set), set);
    for (const auto clear : {"'0'", "''", "i0e"}) BOOST_TEST(!is_private(clear), clear);
}

BOOST_AUTO_TEST_CASE(a_folder_whose_name_is_unusable_gets_one) {
    const auto info =
        parsed(
            torrent_with("", info_with("'files'ld'length'i5e'path'l'x'eee'name''..''piece length'i16384e")))
            .info;
    BOOST_TEST(info.files[0].path == "_/x");
}

BOOST_AUTO_TEST_CASE(the_number_of_piece_hashes_is_exact) {
    const auto error = [](std::uint64_t length, std::size_t bytes) {
        return error_of(torrent_with("", "d6:lengthi" + std::to_string(length) +
                                             "e4:name1:a12:piece lengthi10e6:pieces" + std::to_string(bytes) +
                                             ":" + std::string(bytes, 'h') + "e"));
    };
    BOOST_TEST(error(30, 60) == "accepted");
    BOOST_TEST(error(31, 80) == "accepted");
    BOOST_TEST(error(0, 0) == "accepted");
    for (std::size_t bytes : {0u, 20u, 40u, 59u, 61u, 80u, 1200u})
        BOOST_TEST(error(30, bytes) == "the torrent has " + std::to_string(bytes) +
                                           " bytes of piece hashes where its 3 pieces need 60");
    BOOST_TEST(error(31, 60) != "accepted");
    BOOST_TEST(error(0, 20) != "accepted");
}

BOOST_AUTO_TEST_CASE(what_is_no_torrent_is_refused_in_words) {
    BOOST_TEST(error_of("") == "not a torrent: it is empty");
    BOOST_TEST(error_of("hello") == "not a torrent: not bencoding at byte 0");
    BOOST_TEST(error_of("de") == "not a torrent: there is no info dictionary");
    BOOST_TEST(error_of("i1e") == "not a torrent: there is no info dictionary");
    BOOST_TEST(error_of("d4:infolee") == "the info part of the torrent is not a dictionary");
    const std::string rest = "'pieces'" + std::string(twenty) + "e";
    BOOST_TEST(info_error("d'name''a''piece length'i16384e" + rest) ==
               "the torrent has neither a length nor a list of files");
    BOOST_TEST(info_error("d'length'i-5e'name''a''piece length'i16384e" + rest) ==
               "the torrent has a negative length");
    BOOST_TEST(info_error("d'files'le'name''a''piece length'i16384e" + rest) == "the torrent has no files");
    BOOST_TEST(info_error("d'length'i5e'name''a'" + rest) == "the torrent has no usable piece length");
    BOOST_TEST(info_error("d'length'i5e'name''a''piece length'i-1e" + rest) ==
               "the torrent has no usable piece length");
    BOOST_TEST(info_error("d'length'i5e'name''a''piece length'i0e" + rest) == "the piece length is 0");
    BOOST_TEST(info_error("d'length'i5e'name''a''piece length'i536870913e" + rest) ==
               "the piece length is 536870913 bytes; the limit is 536870912");
    BOOST_TEST(info_error("d'length'i5e'name''a''piece length'i536870912e" + rest) == "accepted");
    BOOST_TEST(info_error("d'length'i9223372036854775807e'name''a''piece length'i1e" + rest) ==
               "the torrent has 9223372036854775807 pieces; the limit is 2097152");
    BOOST_TEST(info_error("d'length'i5e'name''a''piece length'i16384e'pieces'i1ee") ==
               "the torrent has no piece hashes");
    BOOST_TEST(info_error("d'length'i5e'name''a''piece length'i16384ee") ==
               "the torrent has no piece hashes");
}

BOOST_AUTO_TEST_CASE(sizes_whose_sum_wraps_are_refused) {
    const std::string huge = "d'length'i9223372036854775807e'path'l'a'ee";
    BOOST_TEST(info_error("d'files'l" + huge + huge +
                          "d'length'i7e'path'l'b'eee'name''a''piece length'i16384e'pieces'" +
                          std::string(twenty) + "e") ==
               "the sizes of the files add up to more than 64 bits hold");
}

BOOST_AUTO_TEST_CASE(a_torrent_of_version_2_alone_says_why_it_is_refused) {
    BOOST_TEST(
        info_error("d'file tree'd'a'd''d'length'i5eeee'meta version'i2e'name''a''piece length'i16384ee") ==
        "BitTorrent v2 torrents are not supported yet");
    BOOST_TEST(info_error("d'meta version'i2e'name''a''piece length'i16384ee") ==
               "BitTorrent v2 torrents are not supported yet");
}

BOOST_AUTO_TEST_CASE(a_hybrid_torrent_is_read_as_version_1) {
    const auto info =
        parsed(torrent_with("",
                            info_with("'file tree'd'a'd''d'length'i5eeee'length'i5e'meta version'i2e'name''a'"
                                      "'piece length'i16384e")))
            .info;
    BOOST_TEST(info.files[0].path == "a");
    BOOST_TEST(info.shape.total_bytes() == 5u);
}

BOOST_AUTO_TEST_CASE(private_and_source_are_read) {
    const auto info =
        parsed(torrent_with("",
                            info_with("'length'i5e'name''a''private'i1e'piece length'i16384e'source''X\nY'")))
            .info;
    BOOST_TEST(info.is_private);
    BOOST_TEST(info.source == "X Y");
    BOOST_TEST(!parsed(torrent_with("", info_with("'length'i5e'name''a''private'i0e'piece length'i16384e")))
                    .info.is_private);
    BOOST_TEST(!parsed(torrent_with("'private'i1e")).info.is_private);  // outside of info it means nothing
}

BOOST_AUTO_TEST_CASE(an_executable_single_file_is_one) {
    BOOST_TEST(parsed(torrent_with("", info_with("'attr''x''length'i5e'name''a''piece length'i16384e")))
                   .info.files[0]
                   .executable);
}

BOOST_AUTO_TEST_CASE(trackers_come_in_tiers) {
    BOOST_TEST(tiers("") == "");
    BOOST_TEST(tiers("'announce''http://a'") == "[ http://a ]");
    BOOST_TEST(tiers("'announce''http://a''announce-list'll'udp://b''https://c'el'http://d'ee") ==
               "[ udp://b https://c ][ http://d ]");
    BOOST_TEST(tiers("'announce''http://a''announce-list'le") == "[ http://a ]");
    BOOST_TEST(tiers("'announce''http://a''announce-list'll'wss://x'elei1eli2eee") == "[ http://a ]");
    BOOST_TEST(tiers("'announce''wss://a'") == "");
    BOOST_TEST(tiers("'announce'i1e'announce-list''x'") == "");
    BOOST_TEST(tiers("'announce-list'll'http://a''http://a'el'http://a'el'http://b'ee") ==
               "[ http://a ][ http://b ]");
    BOOST_TEST(tiers("'announce-list'l'http://a''http://b'e") ==
               "[ http://a ][ http://b ]");  // flat, in the wild
    BOOST_TEST(tiers("'announce'' http://a\n'") == "[ http://a ]");
}

BOOST_AUTO_TEST_CASE(lists_from_strangers_are_bounded) {
    std::string trackers = "'announce-list'l", seeds = "'url-list'l", nodes = "'nodes'l";
    for (int i = 0; i < 1000; ++i) {
        trackers += "l'http://" + std::to_string(i) + "'e";
        seeds += "'http://" + std::to_string(i) + "'";
        nodes += "l'h" + std::to_string(i) + "'i1ee";
    }
    const auto torrent = parsed(torrent_with(trackers + "e" + nodes + "e" + seeds + "e"));
    BOOST_TEST(torrent.trackers.size() == limits::torrent_trackers);
    BOOST_TEST(torrent.web_seeds.size() == limits::torrent_web_seeds);
    BOOST_TEST(torrent.nodes.size() == limits::torrent_nodes);
}

BOOST_AUTO_TEST_CASE(web_seeds_are_one_string_or_a_list) {
    BOOST_TEST(list(parsed(torrent_with("'url-list''http://a/'")).web_seeds) == "http://a/ ");
    BOOST_TEST(
        list(parsed(torrent_with("'url-list'l'http://a/''ftp://b/''http://a/'i1e'https://c/'e")).web_seeds) ==
        "http://a/ https://c/ ");
    BOOST_TEST(list(parsed(torrent_with("'url-list'''")).web_seeds) == "");
    BOOST_TEST(list(parsed(torrent_with("'url-list'i1e")).web_seeds) == "");
}

BOOST_AUTO_TEST_CASE(nodes_are_hosts_and_ports) {
    BOOST_TEST(list(parsed(torrent_with(
                               "'nodes'll'router.example.org'i6881eel'192.0.2.1'i1eel'2001:db8::1'i65535eee"))
                        .nodes) == "router.example.org:6881 192.0.2.1:1 [2001:db8::1]:65535 ");
    BOOST_TEST(list(parsed(torrent_with("'nodes'll'a'i0eel'a'i65536eel'a'i-1eel''i1eel'a "
                                        "b'i1eel'a:b'i1eel'a/b'i1eel'a'el'a''1'eli1ei1eei1e"
                                        "l'a'i1ei1eel'ok'i1eel'ok'i1eee"))
                        .nodes) == "ok:1 ");
}

BOOST_AUTO_TEST_CASE(texts_are_one_printable_line) {
    const auto torrent =
        parsed(torrent_with("'comment''two\nlines\x1b[31m''created by''\xe9''creation date'i1700000000e"));
    BOOST_TEST(torrent.comment == "two lines?[31m");
    BOOST_TEST(torrent.created_by == "?");
    BOOST_TEST(torrent.creation_date.value() == 1'700'000'000);
    BOOST_TEST(parsed(torrent_with("'comment''x''comment.utf-8''y'")).comment == "y");
    BOOST_TEST(!parsed(torrent_with("'creation date'i-1e")).creation_date);
    BOOST_TEST(!parsed(torrent_with("'creation date''now'")).creation_date);
    BOOST_TEST(parsed(torrent_with("'comment''" + std::string(100'000, 'x') + "'")).comment.size() == 4096u);
}

BOOST_AUTO_TEST_CASE(a_file_beyond_the_limit_is_refused_unread) {
    const std::string huge(limits::torrent_file_bytes + 1, 'x');
    BOOST_TEST(error_of(huge) == "the torrent is 67108865 bytes long; the limit is 67108864");
    BOOST_TEST(!parse_info(as_bytes(huge)));
    const auto padded = torrent_with("");
    BOOST_TEST(error_of(padded + std::string(limits::torrent_file_bytes - padded.size(), '\n')) ==
               "accepted");
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
    const auto whole = torrent_with(
        "'announce''http://a''announce-list'll'udp://b'ee'comment''c''nodes'll'h'i1eee",
        bencoded("d'files'ld'length'i3e'path'l'x'eed'attr''p''length'i2e'path'l'y''z'eee'name''T'"
                 "'piece length'i16384e'pieces'" +
                 std::string(twenty) + "e"));
    BOOST_TEST(error_of(whole) == "accepted");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string part =
            whole.substr(0, size);  // its own allocation, so that a read past it is noticed
        BOOST_TEST(error_of(part) != "accepted", size);
        BOOST_TEST(!parse_info(as_bytes(part)), size);
    }
}

BOOST_AUTO_TEST_CASE(what_is_accepted_keeps_its_promises_under_random_changes) {
    const std::uint64_t seed = 4711;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng random(seed);
    const auto whole = torrent_with(
        "'announce-list'll'udp://b'ee'nodes'll'h'i1eee'url-list''http://a'",
        bencoded("d'files'ld'length'i3e'path'l'x'eed'attr''p''length'i2e'path'l'y''z'eee'name''T'"
                 "'piece length'i16384e'pieces'" +
                 std::string(twenty) + "e"));
    int accepted = 0;
    for (int round = 0; round < 30'000; ++round) {
        auto changed = whole;
        for (auto n = 1 + random.below(3); n > 0; --n)
            changed[random.below(changed.size())] =
                static_cast<char>(random.below(4) ? ".0123456789:-ildep/x"[random.below(20)]
                                                  : static_cast<int>(random.below(256)));
        const auto torrent = parse_torrent(as_bytes(changed));
        if (!torrent) continue;
        ++accepted;
        const auto& info = torrent->info;
        std::uint64_t position = 0;
        BOOST_REQUIRE(!info.files.empty());
        for (const auto& file : info.files) {
            BOOST_REQUIRE(file.begin == position);
            position += file.size;
            BOOST_REQUIRE((!file.path.empty() && file.path[0] != '/' &&
                           ("/" + file.path + "/").find("/../") == std::string::npos));
        }
        BOOST_REQUIRE(position == info.shape.total_bytes());
        BOOST_REQUIRE(info.piece_hashes.size() == info.shape.piece_count() * 20u);
    }
    BOOST_TEST(accepted > 100);
}

BOOST_AUTO_TEST_CASE(a_torrent_of_100000_files_takes_no_longer_than_its_bytes) {
    // names that share folders, and one in ten a repetition: the work for a file must not grow with their
    // number
    std::string info = "d5:filesl";
    for (int i = 0; i < 100'000; ++i)
        info += bencoded("d'length'i10e'path'l'folder " + std::to_string(i % 100) + "''deep''file " +
                         std::to_string(i % 10 == 0 ? i / 500 * 500 : i) + ".bin'ee");
    info += bencoded("e'name''T''piece length'i1048576e'pieces'") + "20:01234567890123456789e";
    const auto text = torrent_with("", info);
    const auto torrent = parsed(text);
    BOOST_TEST(torrent.info.files.size() == 100'000u);
}

BOOST_AUTO_TEST_SUITE_END()
