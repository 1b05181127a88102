#include "app/watch/watched_entries.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace bt;
using namespace bt::app;

namespace {

/// A folder as words: "a:1 b:2" is two entries with the version of what is in them.
struct folder {
    watched_entries it;
    time_point now{1000s};

    static watched_entry entry(const std::string& word) {
        const auto colon = word.find(':');
        torrent::file_stamp stamp;
        stamp.inode = 1;
        stamp.size = std::stoull(word.substr(colon + 1));
        const auto name = word.substr(0, colon);
        return {name, {{name + "/two", stamp}, {name + "/one", stamp}}};
    }
    /// After so many seconds: what is to be shared (+) and ended (-).
    std::string after(int seconds, const std::string& words) {
        now += std::chrono::seconds(seconds);
        std::vector<watched_entry> all;
        std::istringstream in(words);
        for (std::string word; in >> word;) all.push_back(entry(word));
        std::string told;
        for (const auto& change : it.look(now, std::move(all)))
            told += (told.empty() ? "" : " ") +
                    std::string(change.what == watch_change::kind::share ? "+" : "-") + change.name;
        return told;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(watched_folder)

BOOST_AUTO_TEST_CASE(an_entry_is_shared_once_when_it_was_quiet) {
    folder f;
    BOOST_TEST(f.after(0, "a:1") == "");
    BOOST_TEST(f.after(3, "a:1") == "");
    BOOST_TEST(f.after(1, "a:1") == "+a");
    BOOST_TEST(f.after(100, "a:1") == "");
}

BOOST_AUTO_TEST_CASE(what_is_still_being_written_waits) {
    folder f;
    BOOST_TEST(f.after(0, "a:1 b:1") == "");
    for (int i = 2; i < 10; ++i) {
        const auto told = f.after(3, "b:1 a:" + std::to_string(i));
        BOOST_TEST(told == (i == 3 ? "+b" : ""));
    }
    BOOST_TEST(f.after(4, "a:9 b:1") == "+a");
}

BOOST_AUTO_TEST_CASE(what_is_taken_out_is_not_shared_any_more) {
    folder f;
    f.after(0, "a:1 b:1");
    BOOST_TEST(f.after(5, "a:1 b:1") == "+a +b");
    BOOST_TEST(f.after(1, "b:1") == "-a");
    BOOST_TEST(f.after(1, "b:1") == "");
    BOOST_TEST(f.after(1, "") == "-b");
    // and comes back
    BOOST_TEST(f.after(1, "a:1") == "");
    BOOST_TEST(f.after(5, "a:1") == "+a");
}

BOOST_AUTO_TEST_CASE(what_goes_before_it_was_quiet_was_never_there) {
    folder f;
    f.after(0, "a:1");
    BOOST_TEST(f.after(5, "") == "");
}

BOOST_AUTO_TEST_CASE(what_changes_is_ended_at_once_and_shared_anew_when_it_is_quiet) {
    folder f;
    f.after(0, "a:1");
    f.after(5, "a:1");
    BOOST_TEST(f.after(1, "a:2") == "-a");
    BOOST_TEST(f.after(1, "a:2") == "");
    BOOST_TEST(f.after(4, "a:2") == "+a");
}

BOOST_AUTO_TEST_CASE(hidden_and_unfinished_ones_are_never_shared) {
    folder f;
    f.after(0, ".a:1 film.part:1 film:1");
    BOOST_TEST(f.after(5, ".a:1 film.part:1 film:1") == "+film");
    BOOST_TEST(f.after(5, "film:1 .a:1") == "");
}

BOOST_AUTO_TEST_CASE(what_an_earlier_run_shared_goes_on_or_ends) {
    folder f;
    for (const auto* word : {"a:1", "b:1", "c:1"}) f.it.begin(folder::entry(word));
    BOOST_TEST(f.after(0, "a:1 b:2") == "-b -c");
    BOOST_TEST(f.after(5, "a:1 b:2") == "+b");
}

BOOST_AUTO_TEST_SUITE_END()
