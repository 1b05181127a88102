#include "app/control/torrent_selector.hpp"

#include <boost/test/unit_test.hpp>

#include "base/text.hpp"

using namespace bt;
using namespace bt::app;

namespace {

/// The fourth runs in two processes; the fifth is called like the beginning of a hash, the last like `all`.
const std::vector<named_torrent>& running() {
    static const auto all = [] {
        std::vector<named_torrent> list;
        const auto add = [&](const char* hash, const char* name, const char* process = "71") {
            list.push_back({*info_hash::from(*from_hex(hash)), name, process});
        };
        add("9f3c000000000000000000000000000000000000", "ubuntu.iso");
        add("9f3cdd0000000000000000000000000000000000", "debian.iso");
        add("abcd000000000000000000000000000000000000", "notes.txt");
        add("1234000000000000000000000000000000000000", "lab.img");
        add("1234000000000000000000000000000000000000", "lab.img");
        list.back().process = "72";
        add("5555000000000000000000000000000000000000", "9f3c");
        add("6666000000000000000000000000000000000000", "notes.txt");
        return list;
    }();
    return all;
}

/// "0 1": which; "none"; "several: …".
std::string meant(const std::string& text, bool one = false) {
    const auto found = select_torrents(running(), text, one);
    if (!found) {
        BOOST_TEST((found.error().code == errc::not_found));
        const auto& why = found.error();
        return why.message.find("several") != std::string::npos ? "several: " + why.hint : "none";
    }
    std::string list;
    for (const auto i : *found) list += (list.empty() ? "" : " ") + std::to_string(i);
    return list;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_word_means_a_hash_a_name_a_prefix_or_a_glob_in_this_order) {
    static const struct {
        const char *text, *meant;
    } table[] = {
        {"9f3c000000000000000000000000000000000000", "0"},
        {"9F3C000000000000000000000000000000000000", "0"},
        {"9f3cd", "1"},
        {"abcd", "2"},
        {"abc", "none"},  // a prefix has four digits
        {"1234", "3 4"},  // one torrent of two processes
        {"9f3c", "5"},    // a name goes before a prefix
        {"9f3c0", "0"},
        {"debian.iso", "1"},
        {"Debian.iso", "none"},
        {"debian", "none"},
        {"*.iso", "0 1"},
        {"*", "0 1 2 3 4 5 6"},
        {"all", "0 1 2 3 4 5 6"},
        {"lab.img", "3 4"},
        {"lab.img@71", "3"},
        {"1234@72", "4"},
        {"lab*@72", "4"},
        {"all@72", "4"},
        {"all@73", "none"},
        {"@72", "none"},
        {" lab.img", "3 4"},  // as it is shown
        {"*.flac", "none"},
        {"", "none"},
        {"00000", "none"},
    };
    for (const auto& row : table) BOOST_TEST(meant(row.text) == row.meant, row.text);
}

BOOST_AUTO_TEST_CASE(a_word_that_means_several_torrents_tells_them) {
    const std::string both = "several: name one of them: 666600000000 notes.txt, abcd00000000 notes.txt";
    BOOST_TEST(meant("notes.txt") == both);
    BOOST_TEST(meant("notes*", true) == both);
    BOOST_TEST(meant("*.iso", true) ==
               "several: name one of them: 9f3c00000000 ubuntu.iso, 9f3cdd000000 debian.iso");
    BOOST_TEST(meant("lab*", true) == "3 4");
    BOOST_TEST(meant("all", true).starts_with("several: "));
}

BOOST_AUTO_TEST_CASE(of_several_words_each_that_means_nothing_is_told) {
    const auto refusal = [](const std::vector<std::string>& words) {
        const auto found = select_torrents(running(), words, false);
        BOOST_REQUIRE(!found);
        BOOST_TEST((found.error().code == errc::not_found));
        return found.error().message + " | " + found.error().hint;
    };
    BOOST_TEST(refusal({"ubuntu.iso", "a"}) == "no such torrent is running: 'a' | 'status' lists them");
    BOOST_TEST(refusal({"a", "ubuntu.iso", "b"}) ==
               "no such torrents are running: 'a', 'b' | 'status' lists them");
    BOOST_TEST(
        refusal({"notes.txt", "a"}) ==
        "no such torrent is running: 'a'; 'notes.txt' means several torrents | 'status' lists them; name "
        "one of them: 666600000000 notes.txt, abcd00000000 notes.txt");
    const auto found =
        select_torrents(running(), std::vector<std::string>{"lab.img", "ubuntu.iso", "1234"}, false);
    BOOST_REQUIRE(!!found);
    BOOST_TEST((*found == std::set<std::size_t>{0, 3, 4}));
}

BOOST_AUTO_TEST_CASE(an_ambiguous_prefix_is_no_answer) {
    const std::vector<named_torrent> all(running().begin(), running().begin() + 2);
    const auto found = select_torrents(all, "9f3c", false);
    BOOST_REQUIRE(!found);
    BOOST_TEST(found.error().message == "'9f3c' means several torrents");
}

BOOST_AUTO_TEST_CASE(strangers_names_are_shown_harmless_and_not_all_of_them) {
    std::vector<named_torrent> all;
    for (std::uint8_t i = 0; i < 20; ++i) {
        all.push_back({{}, "x\x1b[2J"});
        all.back().hash.bytes[0] = i;
    }
    const auto found = select_torrents(all, "all", true);
    BOOST_REQUIRE(!found);
    BOOST_TEST(found.error().hint.find('\x1b') == std::string::npos);
    BOOST_TEST(found.error().hint.ends_with(", and others"));
}
