#include "app/lan/shared_names.hpp"

#include <boost/test/unit_test.hpp>

#include "base/limits.hpp"

using namespace bt;

namespace {

app::shared_torrent torrent(const std::string& name) {
    app::shared_torrent one;
    app::note_name(one, name, {"host", "10.0.0.1"});
    app::settle_name(one);
    return one;
}

std::vector<app::shared_torrent> torrents(const std::vector<std::string>& names) {
    std::vector<app::shared_torrent> all;
    for (const auto& name : names) all.push_back(torrent(name));
    return all;
}

std::string joined(const std::vector<app::shared_torrent>& all) {
    std::string text;
    for (const auto& each : all) text += (text.empty() ? "" : ",") + each.entry.name;
    return text;
}

/// The names that fit, with commas between them.
std::string fitting(const std::string& wanted, const std::vector<std::string>& names) {
    return joined(app::matching(torrents(names), wanted));
}
std::string similar(const std::string& wanted, const std::vector<std::string>& names) {
    return joined(app::similar(torrents(names), wanted));
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_exact_name_goes_before_other_spellings_and_those_before_globs) {
    BOOST_TEST(fitting("a.iso", {"a.iso", "A.ISO", "b.iso"}) == "a.iso");
    BOOST_TEST(fitting("a.Iso", {"a.iso", "A.ISO", "b.iso"}) == "a.iso,A.ISO");
    BOOST_TEST(fitting("*.iso", {"a.iso", "b.ISO", "c.img"}) == "a.iso,b.ISO");
    BOOST_TEST(fitting("*.iso", {"*.iso", "b.iso"}) == "*.iso");
}

BOOST_AUTO_TEST_CASE(a_letter_may_be_composed_or_not) {
    const std::string composed = "caf\u00e9.iso", decomposed = "cafe\u0301.iso";
    BOOST_TEST(fitting(composed, {decomposed}) == decomposed);
    BOOST_TEST(fitting(decomposed, {composed}) == composed);
    BOOST_TEST(fitting(decomposed, {composed, decomposed}) == decomposed);
    BOOST_TEST(fitting("CAF\u00c9*", {decomposed}) == decomposed);
    BOOST_TEST(fitting("cafe.iso", {composed}) == "");
}

BOOST_AUTO_TEST_CASE(a_beginning_of_a_hash_is_meant_where_no_name_fits) {
    auto all = torrents({"abcd", "other"});
    all[1].entry.hash.bytes.fill(0xab);
    BOOST_TEST(joined(app::meant_by(all, "abcd")) == "abcd");
    BOOST_TEST(joined(app::meant_by(all, "abab")) == "other");
    BOOST_TEST(joined(app::meant_by(all, "cdcd")) == "");
}

BOOST_AUTO_TEST_CASE(a_part_of_a_name_is_not_the_name) {
    BOOST_TEST(fitting("a", {"a.iso"}) == "");
    BOOST_TEST(fitting("", {"a.iso"}) == "");
    BOOST_TEST(fitting("\u200b", {"a.iso"}) == "");
}

BOOST_AUTO_TEST_CASE(two_shares_of_one_name_both_fit) {
    BOOST_TEST(fitting("x", {"x", "y", "x"}) == "x,x");
    BOOST_TEST(fitting("x", {"x", "\u200bx"}) == "x,\u200bx");  // nobody can tell them apart
}

BOOST_AUTO_TEST_CASE(a_wanted_name_is_looked_for_among_all_that_is_said_of_every_torrent) {
    std::vector<app::shared_torrent> all(2);
    // the liar gives the honest torrent another name and its own the wanted one
    app::note_name(all[0], "evil.exe", {"liar", "10.0.0.9"});
    app::note_name(all[0], "ubuntu.iso", {"honest", "10.0.0.1"});
    app::note_name(all[1], "ubuntu.iso", {"liar", "10.0.0.9"});
    for (auto& each : all) app::settle_name(each);
    BOOST_TEST(app::matching(all, "ubuntu.iso").size() == 2u);
    all.pop_back();  // renamed alone: still found
    const auto found = app::matching(all, "ubuntu.iso");
    BOOST_REQUIRE(found.size() == 1u);
    const auto* name = app::best_name(found[0], "ubuntu.iso");
    BOOST_REQUIRE(name != nullptr);
    BOOST_TEST(app::to_text(name->by.at(0)) == "honest (10.0.0.1)");
}

BOOST_AUTO_TEST_CASE(the_name_that_most_addresses_say_is_shown) {
    app::shared_torrent one;
    for (int i = 0; i < 50; ++i) app::note_name(one, "evil.exe", {"node" + std::to_string(i), "10.0.0.9"});
    app::note_name(one, "ubuntu.iso", {"a", "10.0.0.1"});
    app::note_name(one, "ubuntu.iso", {"b", "10.0.0.2"});
    app::settle_name(one);
    BOOST_TEST(one.entry.name == "ubuntu.iso");
    BOOST_TEST(one.names.at(1).by.size() == 1u);  // one address, however many nodes
    for (std::size_t i = 0; i < 10; ++i) app::note_name(one, "name " + std::to_string(i), {"c", "10.0.0.3"});
    BOOST_TEST(one.names.size() == 2 + limits::lan_names_per_address);
    for (std::size_t i = 0; i < 2 * limits::lan_names; ++i)
        app::note_name(one, "name " + std::to_string(i), {"c", "10.0.1." + std::to_string(i)});
    BOOST_TEST(one.names.size() == limits::lan_names);
}

BOOST_AUTO_TEST_CASE(what_is_similar_holds_the_word_or_is_a_typing_error_away) {
    BOOST_TEST(similar("Vid", {"Videos", "Music"}) == "Videos");
    BOOST_TEST(similar("Vidoes", {"Videos", "Music"}) == "Videos");
    BOOST_TEST(similar("ubunut.iso", {"ubuntu.iso", "debian.iso"}) == "ubuntu.iso");
    BOOST_TEST(similar("ubunut", {"ubuntu.iso", "debian.iso"}) == "ubuntu.iso");
    BOOST_TEST(similar("ab", {"cd", "xy"}) == "");
    BOOST_TEST(similar("a.iso", {"b.iso"}) == "b.iso");
}

BOOST_AUTO_TEST_CASE(
    what_one_host_says_is_known_by_its_name_or_an_address_and_what_others_say_does_not_count) {
    app::shared_torrent both, other;
    app::note_name(both, "nightly", {"lab", "10.0.0.1"});
    app::note_name(both, "evil", {"desk", "fe80::1%2"});
    app::note_name(both, "evil", {"attic", "10.0.0.3"});
    app::note_name(other, "notes", {"desk", "10.0.0.2"});
    for (auto* each : {&both, &other}) app::settle_name(*each);
    const auto of = [&](const std::string& host) { return joined(app::said_by({both, other}, host)); };
    BOOST_TEST(of("lab") == "nightly");
    BOOST_TEST(of("LAB") == "nightly");
    BOOST_TEST(of("10.0.0.1") == "nightly");
    BOOST_TEST(of("desk") == "evil,notes");
    BOOST_TEST(of("fe80::1") == "evil");
    BOOST_TEST(of("la") == "");
}

BOOST_AUTO_TEST_CASE(the_newest_is_the_one_with_the_latest_date_and_several_where_they_are_equally_new) {
    const auto of = [](const std::vector<std::pair<std::string, std::optional<std::int64_t>>>& all) {
        std::vector<app::shared_torrent> list;
        for (const auto& [name, created] : all) {
            list.push_back(torrents({name}).front());
            list.back().entry.created = created;
        }
        return joined(app::newest_of(list));
    };
    BOOST_TEST(of({{"a", 1}, {"b", 3}, {"c", 2}, {"d", std::nullopt}}) == "b");
    BOOST_TEST(of({{"a", 3}, {"b", 1}, {"c", 3}}) == "a,c");
    BOOST_TEST(of({{"a", std::nullopt}}) == "");
    BOOST_TEST(of({{"a", std::nullopt}, {"b", 0}}) == "b");
}
