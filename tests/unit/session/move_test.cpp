// Files of a torrent that go to another folder or get other names, while it lives.
#include <boost/test/unit_test.hpp>

#include "bench.hpp"

using namespace bt;
using namespace bt::session;
using namespace bt::session::testing;

namespace {

using words = std::vector<std::string>;
using outcome = disk::finish_outcome;
constexpr auto per_element = boost::test_tools::per_element();

torrent::held_files held() {
    torrent::held_files what;
    what.pieces = pieces("xxx");
    what.files = shared_list(std::vector<std::optional<torrent::file_stamp>>(3));
    return what;
}

struct one_torrent : bench {
    /// The disk has put them there, or has not.
    void placed(result<torrent::held_files> how = held()) {
        core.moved(now, id, std::move(how));
        drain();
    }
    void left() {
        core.left_old_place(now, id);
        drain();
    }
    void moved() {
        placed();
        left();
    }
    void remove(bool with_files) {
        core.remove(now, id, with_files);
        drain();
    }
    bool move(const std::string& folder, bool finds = false) {
        const auto begun = core.move(now, id, folder, finds);
        BOOST_REQUIRE_MESSAGE(begun, (begun ? "" : begun.error().message));
        drain();
        return *begun;
    }
    bool rename(const std::string& path, const std::string& name) {
        const auto begun = core.rename(now, id, path, name);
        BOOST_REQUIRE_MESSAGE(begun, (begun ? "" : begun.error().message));
        drain();
        return *begun;
    }
    std::string folder() const { return core.brief_status(now, id).folder; }
    std::string file(std::size_t i) const { return core.torrent(id)->info.files[i].path; }
    /// One that has all of it.
    void completes() {
        get();
        checked("xxx");
        finished(outcome::ok);
        news();
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(moves, one_torrent)

BOOST_AUTO_TEST_CASE(a_share_lies_elsewhere_when_the_disk_says_so) {
    share();
    news();
    BOOST_TEST(move("/t"));
    BOOST_TEST(news() == words{"move to /t"}, per_element);
    core.move_progress(now, id, 1'000, 49'152);
    BOOST_TEST(reason() == "its files are moved to /t, 1000 of 49152 bytes");
    BOOST_TEST(folder() == "/s");
    moved();
    BOOST_TEST(news() == (words{"leave the old place", "open to read", "check"}), per_element);
    BOOST_TEST(folder() == "/t");
    BOOST_TEST(std::get<share_request>(core.saved(id).request).paths[1] == "/t/album/b");
    saves.clear();
    checked("xxx");
    BOOST_TEST((state() == torrent_state::sharing));
    // what they hold there is known to the next process, however soon this one is killed
    BOOST_TEST((saves.size() == 1 && saves.front().with_files));
}

BOOST_AUTO_TEST_CASE(where_the_disk_fails_all_is_as_before) {
    completes();
    BOOST_TEST(move("/t"));
    placed(fail(errc::occupied, "something stands in the way"));
    BOOST_TEST(news() == words{"move to /t"}, per_element);
    BOOST_TEST(folder() == "/d");
    BOOST_TEST((state() == torrent_state::sharing));
    BOOST_TEST(move("/t"));  // its place there was given back
    moved();
    BOOST_TEST(folder() == "/t");
    BOOST_TEST(core.move(now, id, "/u", false).has_value());
}

BOOST_AUTO_TEST_CASE(one_move_at_a_time_and_none_to_where_it_is) {
    completes();
    BOOST_TEST(!move("/d"));
    BOOST_TEST(move("/t"));
    BOOST_TEST(!core.move(now, id, "/u", false));
    BOOST_TEST(!core.rename(now, id, "album", "disc"));
    placed();
    BOOST_TEST(!core.move(now, id, "/u", false));  // of the first there is something left
    left();
    BOOST_TEST(move("/u"));
    BOOST_TEST(!core.choose(now, id, {"1", "", ""}));
    placed(fail(errc::storage, "no"));
    BOOST_TEST(core.choose(now, id, {"1", "", ""}).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_to_go_goes_when_its_move_is_stopped) {
    completes();
    move("/t");
    news();
    remove(true);
    BOOST_TEST(news() == words{"stop the move"}, per_element);
    BOOST_TEST(core.has(id));
    remove(true);
    BOOST_TEST(news().empty());
    placed(fail(errc::failure, "stopped"));
    BOOST_TEST(news() == (words{"close with its files", "removed"}), per_element);
    BOOST_TEST(!core.has(id));
}

BOOST_AUTO_TEST_CASE(what_is_to_go_and_was_moved_leaves_its_old_place_first) {
    for (const bool late : {false, true}) {
        completes();
        move("/t");
        if (!late) remove(true);
        placed();
        BOOST_TEST(folder() == "/t");  // as it is kept from now on
        if (late) remove(true);
        left();
        BOOST_TEST(core.has(id));
        news();
        checked("xxx");  // in the new place
        BOOST_TEST(news().back() == "removed");
        BOOST_TEST(!core.has(id));
    }
}

BOOST_AUTO_TEST_CASE(files_that_are_checked_go_when_that_is_known) {
    get();
    news();
    remove(true);
    BOOST_TEST(news().empty());
    BOOST_TEST(reason() == "it is checked, and then removed with its files");
    checked("x..");
    const auto last = news();
    BOOST_REQUIRE(last.size() >= 2);
    BOOST_TEST(last[last.size() - 2] == "close with its files");
    BOOST_TEST(last.back() == "removed");
    get();
    remove(false);  // they stay: there is nothing to wait for
    BOOST_TEST(!core.has(id));
}

BOOST_AUTO_TEST_CASE(what_a_trouble_stopped_goes_with_its_files) {
    get_request wish;
    wish.target = album();
    wish.folder = "/d";
    saved_torrent kept{std::move(wish)};
    kept.paused = kept.rests = true;
    id = *core.add(now, std::move(kept));
    drain();
    news();
    const auto moved_without = core.move(now, id, "/t", false);
    BOOST_TEST((!moved_without && moved_without.error().code == errc::failure));  // they would be left behind
    remove(true);
    BOOST_TEST(news() == (words{"open", "close with its files", "removed"}), per_element);
}

BOOST_AUTO_TEST_CASE(what_rested_and_fails_at_once_when_it_is_resumed_is_over) {
    for (const auto* name : {"a", ".ssh"}) {
        get_request wish;
        wish.target = album({name, "b", "c"});
        wish.folder = "/d";
        wish.visible = true;
        saved_torrent kept{std::move(wish)};
        kept.paused = kept.rests = true;
        id = *core.add(now, std::move(kept));
        core.set_paused(now, id, false);
        drain();
        const bool hidden = *name == '.';  // an album that would lay a file under such a name
        BOOST_TEST(core.has(id) == !hidden);
        BOOST_TEST(core.find(album({name, "b", "c"}).info.hash).has_value() == !hidden);
    }
}

/// What ended by its rule and rests is not ended by it again.
BOOST_AUTO_TEST_CASE(a_paused_torrent_that_is_complete_waits_to_be_resumed) {
    get_request wish;
    wish.target = album();
    wish.folder = "/d";
    wish.seed.what = seed_rule::kind::no;
    saved_torrent kept{std::move(wish)};
    kept.paused = true;
    id = *core.add(now, std::move(kept));
    drain();
    checked("xxx");
    finished(outcome::ok);
    BOOST_TEST(core.has(id));
    core.set_paused(now, id, false);
    pass(2s);
    BOOST_TEST(!core.has(id));
}

BOOST_AUTO_TEST_CASE(no_two_downloads_get_one_place_by_a_move_or_a_name) {
    const auto first = get();
    get_request other;
    other.target = album({"a", "x", "y"});
    other.folder = "/t";
    const auto second = add(std::move(other));
    id = first;
    const auto refused = core.move(now, first, "/t", false);
    BOOST_TEST((!refused && refused.error().code == errc::occupied));
    BOOST_TEST(rename("album", "disc"));
    moved();
    BOOST_TEST(move("/t"));
    moved();
    id = second;
    const auto taken = core.rename(now, second, "album", "disc");
    BOOST_TEST((!taken && taken.error().code == errc::occupied));
    BOOST_TEST(rename("album", "album 2"));
    placed(fail(errc::storage, "no"));
    BOOST_TEST(rename("album", "album 2"));
    moved();
    BOOST_TEST(core.brief_status(now, second).name == "album 2");
}

BOOST_AUTO_TEST_CASE(what_lies_there_already_is_checked) {
    completes();
    BOOST_TEST(!move("/t", true));
    BOOST_TEST(news() == (words{"open", "check"}), per_element);
    BOOST_TEST(folder() == "/t");
}

BOOST_AUTO_TEST_CASE(what_has_no_files_yet_has_another_folder_at_once) {
    get_request asked;
    torrent::magnet link;
    link.hash = album().info.hash;
    asked.target = link;
    asked.folder = "/d";
    add(asked);
    BOOST_TEST(!move("/t"));
    BOOST_TEST(folder() == "/t");
    const auto unknown = core.rename(now, id, "album", "disc");
    BOOST_TEST((!unknown && unknown.error().code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_file_gets_another_name_when_the_disk_has_given_it) {
    completes();
    BOOST_TEST(rename("album/b", "second"));
    BOOST_TEST(news() == words{"move to /d"}, per_element);
    BOOST_TEST(file(1) == "album/b");
    moved();
    BOOST_TEST(news() == (words{"leave the old place", "open", "check"}), per_element);
    BOOST_TEST(file(1) == "album/second");
    checked("xxx");
    finished(outcome::ok);
    BOOST_TEST(!rename("album/second", "second"));
    BOOST_TEST((state() == torrent_state::sharing));
    BOOST_TEST((core.network().info(id)->files[1].path == "album/b"));  // what others are told
}

BOOST_AUTO_TEST_CASE(a_share_is_renamed_only_where_it_lies_as_it_is_called) {
    share();
    BOOST_TEST(rename("album", "disc"));
    moved();
    BOOST_TEST(std::get<share_request>(core.saved(id).request).paths[2] == "/s/disc/c");
    BOOST_TEST(folder() == "/s");
    BOOST_TEST(core.brief_status(now, id).name == "disc");
    bench b;
    share_request odd;
    odd.torrent = album();
    odd.paths = {"/s/album/a", "/s/album/b", "/elsewhere/c"};
    odd.stamps.resize(3);
    b.add(std::move(odd));
    BOOST_TEST(!b.core.rename(b.now, b.id, "album", "disc"));
}

/// A choice by name means the file that had it then.
BOOST_AUTO_TEST_CASE(names_come_back_with_the_list_and_the_choice_stays) {
    get_request asked;
    asked.target = album();
    asked.folder = "/d";
    asked.files = {"b,c", "c", ""};
    add(asked);
    checked("...");
    BOOST_TEST(rename("album/b", "second"));
    moved();
    BOOST_TEST(core.brief_status(now, id).files.select == "2-3");
    auto kept = core.saved(id);
    BOOST_TEST(kept.renamed == (words{"album/a", "album/second", "album/c"}), per_element);
    BOOST_TEST(info_of(kept.request)->files[1].path == "album/b");
    auto read = read_saved(write_saved(kept), album().info);
    BOOST_REQUIRE(read);
    bench next;
    next.id = *next.core.add(next.now, *read);
    next.drain();
    BOOST_TEST(next.core.torrent(next.id)->info.files[1].path == "album/second");
    BOOST_TEST(next.core.brief_status(next.now, next.id).files_wanted == 2u);
    BOOST_TEST((write_saved(next.core.saved(next.id)) == write_saved(kept)));
}

BOOST_AUTO_TEST_SUITE_END()
