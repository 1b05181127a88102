#include "tracker/catalogue.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "page/made_up_overview.hpp"

using namespace bt;
using namespace bt::tracker;

namespace {

const std::string hash_text = "0123456789abcdef0123456789abcdef01234567";

catalogue_entry debian() {
    catalogue_entry entry;
    entry.hash = *info_hash::from(*from_hex(hash_text));
    entry.name = "debian-12.8.0-amd64-netinst.iso";
    entry.total_size = 661'651'456;
    entry.file_count = 3;
    entry.seeders = 2, entry.leechers = 5;
    entry.hosts = {"cellar", "attic"};
    return entry;
}

/// A catalogue of one entry with these members.
std::vector<catalogue_entry> read(const std::string& members) {
    const auto entries = parse_catalogue("{\"torrents\":[{" + members + "}]}");
    BOOST_REQUIRE(entries);
    return *entries;
}
std::vector<catalogue_entry> read_named(const std::string& name, const std::string& more = "") {
    return read("\"hash_string\":\"" + hash_text + "\",\"name\":" + name + more);
}
std::string why_not(const std::string& text) {
    const auto entry = parse_registration(text);
    return entry ? "accepted" : entry.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(catalogues)

BOOST_AUTO_TEST_CASE(names_on_which_hosts_disagree_come_back_with_who_says_them) {
    auto entry = debian();
    entry.names = {{"debian.iso", {"cellar"}}, {"evil.exe", {"10.0.0.9"}}};
    const auto back = parse_catalogue(catalogue_json({entry}))->at(0).names;
    BOOST_REQUIRE(back.size() == 2u);
    BOOST_TEST((back[1].name == "evil.exe" && back[1].hosts.at(0) == "10.0.0.9"));
}

BOOST_AUTO_TEST_CASE(a_listed_name_shows_all_it_holds) {
    BOOST_TEST(listed_name("\u200bubuntu\u2060.iso") == "ubuntu.iso");
    BOOST_TEST(listed_name(" a\tb ") == "ab");
    BOOST_TEST(listed_name("\u200b") == "");
}

BOOST_AUTO_TEST_CASE(a_catalogue_comes_back_as_it_was_written) {
    const auto text = catalogue_json({debian()});
    BOOST_TEST(
        text ==
        "{\"schema\":1,\"torrents\":[{\"hash_string\":\"" + hash_text +
            "\",\"name\":\"debian-12.8.0-amd64-netinst.iso\",\"total_size\":661651456,\"file_count\":3,"
            "\"seeders\":2,\"leechers\":5,\"hosts\":[\"cellar\",\"attic\"]}]}");
    const auto entries = parse_catalogue(text);
    BOOST_REQUIRE(entries);
    BOOST_REQUIRE(entries->size() == 1u);
    const auto &was = debian(), &is = entries->front();
    BOOST_TEST((is.hash == was.hash));
    BOOST_TEST(is.name == was.name);
    BOOST_TEST(is.total_size == was.total_size);
    BOOST_TEST(is.file_count == was.file_count);
    BOOST_TEST(is.seeders == was.seeders);
    BOOST_TEST(is.leechers == was.leechers);
    BOOST_TEST(is.hosts == was.hosts, boost::test_tools::per_element());
    BOOST_TEST(catalogue_json({}) == "{\"schema\":1,\"torrents\":[]}");
    BOOST_TEST(parse_catalogue(catalogue_json({}))->empty());
}

BOOST_AUTO_TEST_CASE(a_name_is_never_a_path_nor_a_trick) {
    const std::pair<const char*, const char*> rows[] = {
        {"\"../../etc/passwd\"", ".._.._etc_passwd"},
        {"\"C:\\\\Windows\\\\x\"", "C:_Windows_x"},
        {"\"..\"", "__"},
        {"\".\"", "_"},
        {"\"a\\u0000b\"", "ab"},
        {"\"a\\nb\\u001b[31m\"", "ab[31m"},
        {"\"photo\\u202egpj.exe\"", "photogpj.exe"},
        {"\"  spaces  \"", "spaces"},
        {"\"<b>\"", "<b>"},
        {"\"caf\\u00e9\"", "caf\u00e9"},
    };
    for (const auto& [given, expected] : rows) {
        const auto entries = read_named(given);
        BOOST_REQUIRE(entries.size() == 1u);
        BOOST_TEST(entries.front().name == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_long_name_is_cut_between_characters) {
    BOOST_TEST(read_named("\"" + std::string(5000, 'a') + "\"").front().name.size() == 255u);
    std::string umlauts;
    for (int i = 0; i < 200; ++i) umlauts += "\u00fc";
    BOOST_TEST(read_named("\"" + umlauts + "\"").front().name.size() == 254u);
}

BOOST_AUTO_TEST_CASE(entries_without_hash_or_name_are_dropped) {
    BOOST_TEST(read_named("\"\"").empty());
    BOOST_TEST(read_named("\"   \"").empty());
    BOOST_TEST(read_named("7").empty());
    BOOST_TEST(read_named("null").empty());
    BOOST_TEST(read("\"name\":\"a\"").empty());
    BOOST_TEST(read("\"name\":\"a\",\"hash_string\":\"" + hash_text.substr(1) + "\"").empty());
    BOOST_TEST(read("\"name\":\"a\",\"hash_string\":\"" + hash_text + "00\"").empty());
    BOOST_TEST(read("\"name\":\"a\",\"hash_string\":\"z" + hash_text.substr(1) + "\"").empty());
    BOOST_TEST(read("\"name\":\"a\",\"hash_string\":5").empty());
    BOOST_TEST(parse_catalogue("{\"torrents\":[1,null,\"a\",[],{},true]}")->empty());
}

BOOST_AUTO_TEST_CASE(numbers_of_the_wrong_kind_are_not_believed) {
    for (const auto wrong : {"-1", "1.5", "\"7\"", "null", "[]", "1e30", "18446744073709551615"}) {
        const auto entry = read_named("\"a\"", std::string(",\"total_size\":") + wrong).front();
        BOOST_TEST(entry.total_size == 0u, wrong);
    }
    const auto entry =
        read_named("\"a\"", ",\"seeders\":99999999999,\"leechers\":-4,\"file_count\":0,\"hosts\":\"a\"")
            .front();
    BOOST_TEST(entry.seeders == UINT32_MAX);
    BOOST_TEST(entry.leechers == 0u);
    BOOST_TEST(entry.file_count == 1u);
    BOOST_TEST(entry.hosts.empty());
}

BOOST_AUTO_TEST_CASE(hosts_are_few_different_and_clean) {
    std::string hosts = "\"a\",\"a\",7,null,\"\",\"b/c\"";
    for (int i = 0; i < 100; ++i) hosts += ",\"host" + std::to_string(i) + "\"";
    const auto entry = read_named("\"a\"", ",\"hosts\":[" + hosts + "]").front();
    BOOST_TEST(entry.hosts.size() == limits::catalogue_hosts);
    BOOST_TEST(entry.hosts[0] == "a");
    BOOST_TEST(entry.hosts[1] == "b_c");
    auto many = debian();
    many.hosts.assign(50, "x");
    BOOST_TEST(parse_catalogue(catalogue_json({many}))->front().hosts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_catalogue_has_at_most_so_many_entries_each_once) {
    std::vector<catalogue_entry> entries(limits::catalogue_entries + 50, debian());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i].hash.bytes[0] = static_cast<std::uint8_t>(i >> 8);
        entries[i].hash.bytes[1] = static_cast<std::uint8_t>(i);
    }
    BOOST_TEST(parse_catalogue(catalogue_json(entries))->size() == limits::catalogue_entries);
    BOOST_TEST(parse_catalogue(catalogue_json({debian(), debian(), debian()}))->size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_no_catalogue_is_refused) {
    const std::string deep = "{\"torrents\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    for (const std::string& text :
         {std::string(), std::string("null"), std::string("[]"), std::string("{}"), std::string("7"),
          std::string("{\"torrents\":{}}"), std::string("{\"torrents\":[]"),
          std::string("{\"torrents\":[],}"), std::string("{\"torrents\":[NaN]}"),
          std::string("{\"torrents\":[],\"torrents\":[]}"), std::string("{\"torrents\":[\"\xff\"]}"),
          std::string("<html>"), deep, std::string(1'000'000, '{')}) {
        const auto entries = parse_catalogue(text);
        BOOST_TEST(!entries);
        if (!entries) BOOST_TEST(entries.error().message.starts_with("not a catalogue"));
    }
}

BOOST_AUTO_TEST_CASE(a_catalogue_cut_short_anywhere_is_none) {
    const auto text = catalogue_json({debian()});
    for (std::size_t i = 0; i < text.size(); ++i) BOOST_TEST(!parse_catalogue(text.substr(0, i)));
    const auto registration = registration_json(debian());
    for (std::size_t i = 0; i < registration.size(); ++i)
        BOOST_TEST(!parse_registration(registration.substr(0, i)));
}

BOOST_AUTO_TEST_CASE(a_registration_says_what_the_torrent_is_and_not_what_its_swarm_is) {
    const auto text = registration_json(debian());
    BOOST_TEST(
        text ==
        "{\"hash_string\":\"" + hash_text +
            "\",\"name\":\"debian-12.8.0-amd64-netinst.iso\",\"total_size\":661651456,\"file_count\":3}");
    const auto entry = parse_registration(text);
    BOOST_REQUIRE(entry);
    BOOST_TEST(entry->name == debian().name);
    BOOST_TEST(entry->total_size == debian().total_size);
    BOOST_TEST(entry->file_count == 3u);
    const auto boaster =
        parse_registration("{\"hash_string\":\"" + hash_text +
                           "\",\"name\":\"a\",\"total_size\":1,\"seeders\":9,\"hosts\":[\"x\"]}");
    BOOST_REQUIRE(boaster);
    BOOST_TEST(boaster->seeders == 0u);
    BOOST_TEST(boaster->hosts.empty());
}

BOOST_AUTO_TEST_CASE(a_registration_that_is_refused_says_why) {
    const std::string hash = "\"hash_string\":\"" + hash_text + "\"";
    BOOST_TEST(why_not("[]") == "not a registration: it is no object");
    BOOST_TEST(why_not("{}") == "not a registration: 'hash_string' is not 40 hex digits");
    BOOST_TEST(why_not("{" + hash + ",\"total_size\":\"1\"}") ==
               "not a registration: 'total_size' is not a number of bytes");
    BOOST_TEST(why_not("{" + hash + ",\"total_size\":9223372036854775808}") ==
               "not a registration: 'total_size' is not a number of bytes");
    BOOST_TEST(why_not("{" + hash + ",\"total_size\":1}") == "not a registration: it has no name");
    BOOST_TEST(why_not("{" + hash + ",\"total_size\":9223372036854775807,\"name\":\"a\"}") == "accepted");
    BOOST_TEST(why_not(std::string(limits::lan_body_bytes + 1, ' ')) ==
               "not a registration: it is 65537 bytes long; the limit is 65536");
}

BOOST_AUTO_TEST_CASE(the_date_of_an_entry_survives_and_nonsense_is_none) {
    auto entry = debian();
    BOOST_TEST(!parse_catalogue(catalogue_json({entry}))->at(0).created.has_value());
    entry.created = 1'700'000'000;
    auto text = catalogue_json({entry});
    BOOST_TEST((parse_catalogue(text)->at(0).created == 1'700'000'000));
    for (const std::string other : {"-1", "\"today\"", "18446744073709551615"}) {
        auto changed = text;
        changed.replace(changed.find("1700000000"), 10, other);
        BOOST_TEST(!parse_catalogue(changed)->at(0).created.has_value(), changed);
    }
}

BOOST_AUTO_TEST_SUITE_END()
