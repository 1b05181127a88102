// One torrent from the request to the end: each change of its phase, and what is ignored.
#include <boost/test/unit_test.hpp>

#include "bench.hpp"

using namespace bt;
using namespace bt::session;
using namespace bt::session::testing;

namespace {

using words = std::vector<std::string>;
using outcome = disk::finish_outcome;
constexpr auto per_element = boost::test_tools::per_element();

get_request wish(seed_rule::kind rule = seed_rule::kind::forever, duration timeout = {}) {
    get_request get;
    get.seed.what = rule;
    get.timeout = timeout;
    return get;
}

}  // namespace

// --- finding -------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_share_that_was_hashed_before_is_given_at_once) {
    bench b;
    b.share();
    BOOST_TEST(b.news() == (words{"metadata", "open to read", "ready"}), per_element);
    BOOST_TEST((b.state() == torrent_state::sharing));
    BOOST_TEST(b.core.brief_status(b.now, b.id).folder == "/s");
}

BOOST_AUTO_TEST_CASE(a_share_that_was_not_hashed_is_checked_first) {
    bench b;
    share_request share;
    share.torrent = album();
    share.paths = {"/s/album/a", "/s/album/b", "/s/album/c"};
    b.add(std::move(share));
    BOOST_TEST(b.news() == (words{"metadata", "open to read", "check"}), per_element);
    b.checked("xx.");
    BOOST_TEST((b.state() == torrent_state::sharing));
    BOOST_TEST(b.core.brief_status(b.now, b.id).pieces_have == 2u);
}

BOOST_AUTO_TEST_CASE(a_link_waits_for_its_metadata_as_long_as_it_is_told_to) {
    bench b;
    get_request get = wish(seed_rule::kind::forever, 5s);
    torrent::magnet link;
    link.hash = album().info.hash;
    get.target = link;
    b.add(get);
    BOOST_TEST((b.state() == torrent_state::finding));
    BOOST_TEST(!b.core.recheck(b.now, b.id));
    b.pass(6s);
    BOOST_TEST(b.news() == (words{"close", "failed: nobody was found who has it within 5 s"}), per_element);
    BOOST_TEST(!b.core.has(b.id));
    BOOST_TEST(b.endings == words{"error 0/0"}, per_element);
}

BOOST_AUTO_TEST_CASE(whoever_wants_the_metadata_alone_has_it) {
    bench b;
    auto get = wish();
    get.metadata_only = true;
    b.get(get);
    BOOST_TEST(b.news() == (words{"metadata", "close", "done: "}), per_element);
    BOOST_TEST(b.core.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_fit_ends_it_before_anything_is_written) {
    bench b;
    auto get = wish();
    get.asked = {"film", "host (10.0.0.9)"};
    b.get(get);
    BOOST_TEST(b.news().back().starts_with("failed: this torrent is not 'film' but 'album'"));
}

// --- checking, downloading, finishing, seeding -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_all_there_is_finished_and_given) {
    bench b;
    b.get(wish());
    BOOST_TEST(b.news() == (words{"metadata", "open", "check"}), per_element);
    BOOST_TEST((b.state() == torrent_state::checking));
    b.checked("xxx");
    BOOST_TEST(b.news() == (words{"ready", "finish"}), per_element);
    BOOST_TEST((b.state() == torrent_state::downloading));  // it is not under its name yet
    b.finished(outcome::ok);
    BOOST_TEST(b.news() == words{"completed /d/album"}, per_element);
    BOOST_TEST((b.state() == torrent_state::sharing));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_finished_now_is_tried_again) {
    bench b;
    b.get(wish());
    b.checked("xxx");
    b.news();
    b.finished(outcome::failed);
    BOOST_TEST(b.news() == words{"warning: no space left; it waits, and goes on by itself"}, per_element);
    BOOST_TEST(b.reason() == "no space left");
    BOOST_TEST((b.state() == torrent_state::stalled));
    b.pass(9s);
    BOOST_TEST(b.news().empty());
    b.pass(2s);
    BOOST_TEST(b.news() == words{"finish"}, per_element);  // whether it takes data, this shows
    b.finished(outcome::failed);
    BOOST_TEST(b.news().empty());  // it was told
    BOOST_TEST((b.state() == torrent_state::stalled));
    b.pass(11s);
    BOOST_TEST(b.news() == words{"finish"}, per_element);
    b.finished(outcome::unfinished);  // what the disk lost is hashed again
    b.pass(11s);
    BOOST_TEST(b.news() == words{"finish"}, per_element);
    b.finished(outcome::ok);
    BOOST_TEST(b.news() == (words{"warning: the disk takes data again", "completed /d/album"}), per_element);
}

BOOST_AUTO_TEST_CASE(what_can_never_be_finished_ends_at_the_timeout) {
    bench b;
    auto asked = wish();
    asked.timeout = 30s;
    b.get(std::move(asked));
    b.checked("xxx");
    for (int i = 0; i < 2; ++i) {
        b.news();
        b.finished(outcome::failed);
        b.pass(11s);
    }
    b.pass(20s);
    BOOST_TEST(b.news() == words{"finish"}, per_element);  // no end while it is tried
    b.finished(outcome::failed);
    b.pass(1s);
    BOOST_TEST(b.news() == (words{"close", "failed: no space left"}), per_element);
}

BOOST_AUTO_TEST_CASE(what_stands_in_the_place_ends_it) {
    bench b;
    b.get(wish());
    b.checked("xxx");
    b.news();
    b.finished(outcome::refused);
    BOOST_TEST(b.news() == (words{"close", "failed: no space left"}), per_element);
}

BOOST_AUTO_TEST_CASE(files_that_change_before_the_end_are_fetched_again) {
    bench b;
    b.get(wish());
    b.checked("xxx");
    b.news();
    b.finished(outcome::unfinished);
    BOOST_TEST((b.state() == torrent_state::downloading));
    b.files_changed(".x.");
    BOOST_TEST(
        b.news() == words{"warning: '/d/album/a' was changed by another program: 1 piece is fetched again"},
        per_element);
    BOOST_TEST(b.core.brief_status(b.now, b.id).pieces_have == 2u);
}

BOOST_AUTO_TEST_CASE(a_shared_file_that_is_gone_is_called_gone_and_another_one_changed) {
    bench b;
    b.share();
    b.news();
    disk::files_changed change{"/s/album/a", 0, {piece_index(0)}, {}, true, {{file_index(0), std::nullopt}}};
    b.core.files_changed(b.now, b.id, change);
    b.drain();
    BOOST_TEST(b.news().front().starts_with("warning: '/s/album/a' is gone: 2 of 3"));
    change.file = "/s/album/b";
    change.lost = {piece_index(1)};
    b.core.files_changed(b.now, b.id, change);
    b.drain();
    BOOST_TEST(b.news().front().starts_with("warning: '/s/album/b' was changed: 1 of 3"));
    change.more_files = 1;
    change.lost = {piece_index(2)};
    b.core.files_changed(b.now, b.id, change);
    b.drain();
    BOOST_TEST(b.news().front().starts_with("warning: '/s/album/b' and 1 other file were changed: 0 of 3"));
}

BOOST_AUTO_TEST_CASE(a_share_of_which_no_file_is_left_is_gone_until_one_is_there_again) {
    bench b;
    b.share();
    b.news();
    disk::files_changed change{"/s/album/a", 2,    {piece_index(0), piece_index(1), piece_index(2)},
                               {},           true, {}};
    for (std::uint32_t i = 0; i < 3; ++i) change.misfits.push_back({file_index(i), std::nullopt});
    b.core.files_changed(b.now, b.id, change);
    b.drain();
    BOOST_TEST(b.news().front().starts_with("warning: '/s/album/a' and 2 other files are gone: 0 of 3"));
    BOOST_TEST(b.reason() == "gone: there is no '/s/album' any more");
    b.core.files_changed(b.now, b.id,
                         {"/s/album/a", 0, {}, {piece_index(0)}, true, {{file_index(1), std::nullopt}}});
    b.drain();
    BOOST_TEST(b.reason() == "changed, 1 of 3 pieces");
}

BOOST_AUTO_TEST_CASE(a_link_that_nobody_has_says_what_was_asked_and_what_to_do) {
    bench b;
    get_request get = wish();
    torrent::magnet link;
    link.hash = album().info.hash;
    link.trackers = {"http://t.example/announce"};
    get.target = link;
    b.add(get);
    b.pass(9s);
    BOOST_TEST(b.reason() == "");
    b.pass(2s);
    BOOST_TEST(b.reason() ==
               "nobody is known who has it: its tracker did not tell of any; it goes on when "
               "somebody shares it; --peer names a machine that has it");
}

BOOST_AUTO_TEST_CASE(a_change_that_leaves_everything_right_is_finished_again) {
    bench b;
    b.get(wish());
    b.checked("xxx");
    b.finished(outcome::unfinished);
    b.news();
    b.files_changed("...");
    BOOST_TEST(b.news() == words{"finish"}, per_element);
}

BOOST_AUTO_TEST_CASE(a_look_from_any_phase_leads_back_to_where_it_was) {
    bench b;
    b.get(wish());
    b.checked("x..");
    BOOST_TEST(*b.core.recheck(b.now, b.id) == 1u);
    BOOST_TEST(*b.core.recheck(b.now, b.id) == 1u);  // one that runs is meant, too
    b.drain();
    b.checked("xx.");
    BOOST_TEST(b.news().back() == "rechecked 2/3");
    BOOST_TEST((b.state() == torrent_state::downloading));
    BOOST_TEST(*b.core.recheck(b.now, b.id) == 2u);
    b.drain();
    b.checked("xxx");
    BOOST_TEST(*b.core.recheck(b.now, b.id) == 3u);  // while it is being finished
    b.drain();
    const auto old = b.round;
    b.core.finished(b.now, b.id, old - 1, outcome::ok, std::string("/d/album"));  // to the look before
    b.drain();
    BOOST_TEST((b.state() == torrent_state::checking));
    b.checked("xxx");
    b.finished(outcome::ok);
    BOOST_TEST((b.state() == torrent_state::sharing));
    BOOST_TEST(*b.core.recheck(b.now, b.id) == 4u);
    b.drain();
    b.news();
    b.checked("x.x");  // of what was complete a piece is lost: it is fetched again
    BOOST_TEST(b.news() == (words{"reopened", "rechecked 2/3"}), per_element);
    BOOST_TEST((b.state() == torrent_state::downloading));
}

BOOST_AUTO_TEST_CASE(what_was_complete_and_is_its_owners_now_is_only_read) {
    bench b;
    b.get(wish());
    b.checked("xxx");
    b.finished(outcome::ok);
    b.core.recheck(b.now, b.id);
    b.drain();
    b.news();
    b.check_fails(errc::occupied);
    BOOST_TEST(b.news() == (words{"open to read", "check"}), per_element);
    b.checked("x..");
    BOOST_TEST((b.state() == torrent_state::sharing));
    BOOST_TEST(!b.core.choose(b.now, b.id, {}));
}

BOOST_AUTO_TEST_CASE(more_files_of_what_is_its_owners_now_are_not_fetched_and_it_is_said_why) {
    bench b;
    get_request first;
    first.files.select = "1";
    first.seed.what = seed_rule::kind::forever;
    b.get(first);
    b.checked("x..");
    b.finished(outcome::ok);
    BOOST_TEST(b.reason().empty());
    b.core.choose(b.now, b.id, {});
    b.drain();
    b.core.selected(b.now, b.id, b.choice, {});
    b.drain();
    b.check_fails(errc::occupied);  // the first is another one now
    b.checked("...");
    BOOST_TEST((b.state() == torrent_state::sharing));
    BOOST_TEST(b.reason() ==
               "changed: its files stay as they are, and what is missing of them is not fetched");
}

BOOST_AUTO_TEST_CASE(two_downloads_of_one_name_are_told_apart_by_their_files) {
    bench b;
    b.get(wish());
    b.news();
    const auto add = [&](const std::vector<std::string>& names, const std::string& folder) {
        auto other = wish();
        other.target = album(names);
        other.folder = folder;
        return b.add(std::move(other));
    };
    const auto one = b.id;
    add({"c", "d"}, "/d");
    BOOST_TEST(b.news().back().starts_with("failed: '/d/album' is where "));
    add({"c", "d"}, "/elsewhere");
    BOOST_TEST(b.news() == (words{"metadata", "open", "check"}), per_element);
    add({"e"}, "/d");
    BOOST_TEST(b.news() == (words{"metadata", "open", "check"}), per_element);
    b.core.remove(b.now, one);  // its place is free again
    b.drain();
    b.news();
    add({"a"}, "/d");
    BOOST_TEST(b.news() == (words{"metadata", "open", "check"}), per_element);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_for_a_while_is_given_when_it_can) {
    bench b;
    b.share();
    b.news();
    b.core.blocks_read(b.now, b.id, connection_id(1), {{piece_index(1), 0, 16'384}},
                       fail(errc::storage, "input/output error"));
    b.drain();
    BOOST_TEST(b.news() == words{"warning: input/output error"}, per_element);
    b.pass(11s);
    BOOST_TEST(b.news() == words{"look at 1"}, per_element);
    b.core.looked_at(b.now, b.id, piece_index(1), false);
    b.drain();
    BOOST_TEST(b.news().empty());
    b.pass(25s);
    BOOST_TEST(b.news() == words{"look at 1"}, per_element);
    b.core.looked_at(b.now, b.id, piece_index(1), true);
    b.drain();
    BOOST_TEST(
        b.news() == words{"warning: the files can be read again, and all that is right of them is given"},
        per_element);
    b.pass(10min);
    BOOST_TEST(b.news().empty());
}

BOOST_AUTO_TEST_CASE(a_share_that_cannot_be_read_when_it_is_checked_does_not_end) {
    bench b;
    b.share();
    b.core.recheck(b.now, b.id);
    b.drain();
    b.news();
    b.check_fails(errc::storage);
    BOOST_TEST(b.news() == (words{"ready", "rechecked 0/3", "warning: the check failed"}), per_element);
    BOOST_TEST((b.state() == torrent_state::sharing));
    b.pass(11s);
    BOOST_TEST(b.news() == (words{"look at 0", "look at 1", "look at 2"}), per_element);
    for (std::uint32_t i = 0; i < 3; ++i) b.core.looked_at(b.now, b.id, piece_index(i), true);
    b.drain();
    BOOST_TEST(b.core.brief_status(b.now, b.id).pieces_have == 3u);
}

BOOST_AUTO_TEST_CASE(a_download_that_cannot_be_checked_at_the_start_ends) {
    bench b;
    b.get(wish());
    b.news();
    b.check_fails(errc::storage);
    BOOST_TEST(b.news() == (words{"close", "failed: the check failed"}), per_element);
}

// --- wishes ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_its_user_did_not_pause_says_why_until_it_goes_on) {
    bench b;
    b.get(wish());
    b.checked("x..");
    b.core.set_paused(b.now, b.id, true);
    BOOST_TEST(b.core.brief_status(b.now, b.id).reason == "");
    b.core.rest(b.now, b.id, "stopped at its ratio limit 2.0");
    BOOST_TEST((b.state() == torrent_state::paused));
    b.core.set_paused(b.now, b.id, true);
    BOOST_TEST(b.core.brief_status(b.now, b.id).reason == "stopped at its ratio limit 2.0");
    b.core.set_paused(b.now, b.id, false);
    b.core.set_paused(b.now, b.id, true);
    BOOST_TEST(b.core.brief_status(b.now, b.id).reason == "");
}

BOOST_AUTO_TEST_CASE(a_paused_torrent_is_checked_and_complete_like_any_other) {
    bench b;
    b.get(wish());
    b.core.set_paused(b.now, b.id, true);
    b.drain();
    BOOST_TEST((b.state() == torrent_state::checking));
    b.checked("xxx");
    BOOST_TEST((b.state() == torrent_state::paused));
    b.finished(outcome::ok);
    BOOST_TEST(b.news().back() == "completed /d/album");
    BOOST_TEST((b.state() == torrent_state::paused));
    b.core.set_paused(b.now, b.id, false);
    BOOST_TEST((b.state() == torrent_state::sharing));
}

BOOST_AUTO_TEST_CASE(fewer_files_may_be_all_there_and_more_are_looked_for) {
    bench b;
    b.get(wish());
    b.checked("x..");
    b.news();
    BOOST_TEST(*b.core.choose(b.now, b.id, {"1", "", ""}) == 1u);
    b.drain();
    BOOST_TEST(b.news() == words{"select x.."}, per_element);
    BOOST_TEST(!b.core.chosen(b.id, 1));
    b.core.selected(b.now, b.id, b.choice, {});
    b.drain();
    BOOST_TEST(b.core.chosen(b.id, 1)->has_value());
    BOOST_TEST(b.news() == words{"finish"}, per_element);
    b.finished(outcome::ok);
    b.news();
    b.core.choose(b.now, b.id, {});
    b.drain();
    b.core.selected(b.now, b.id, b.choice, {});
    b.drain();
    BOOST_TEST(b.news() == (words{"select xxx", "check what is not known"}), per_element);
    b.checked("x..");
    BOOST_TEST(b.news() == words{"reopened"}, per_element);
    BOOST_TEST((b.state() == torrent_state::downloading));
}

BOOST_AUTO_TEST_CASE(who_asks_for_a_check_while_more_files_are_looked_for_has_all_of_them_hashed) {
    bench b;
    auto one = wish();
    one.files.select = "1";
    b.get(std::move(one));
    b.checked("x..");
    b.finished(outcome::ok);
    BOOST_REQUIRE(b.core.recheck(b.now, b.id));
    b.drain();
    b.checked("x..");
    b.finished(outcome::ok);
    const auto choose = [&](const std::string& select) {
        b.core.choose(b.now, b.id, {select, "", ""});
        b.drain();
        b.news();
        b.core.selected(b.now, b.id, b.choice, {});
        b.drain();
        BOOST_TEST(b.news() == words{"check what is not known"}, per_element);
    };
    choose("1,2");
    BOOST_REQUIRE(b.core.recheck(b.now, b.id));
    b.checked("xx.");
    BOOST_TEST(b.news() == words{"check"}, per_element);
    b.checked("xx.");
    BOOST_TEST(b.news() == (words{"finish", "rechecked 2/2"}), per_element);
    b.finished(outcome::ok);
    choose("");  // that one is over
    b.checked("xx.");
    BOOST_TEST(b.news() == words{"reopened"}, per_element);
}

BOOST_AUTO_TEST_CASE(a_choice_that_cannot_be_changes_nothing) {
    bench b;
    b.get(wish());
    b.checked("...");
    b.news();
    BOOST_TEST(!b.core.choose(b.now, b.id, {"9", "", ""}));
    b.core.choose(b.now, b.id, {"2", "", ""});
    b.drain();
    b.core.selected(b.now, b.id, b.choice, fail(errc::occupied, "'b' is there"));
    b.drain();
    BOOST_TEST(b.news().back() == "warning: the choice of files stays as it was: 'b' is there");
    BOOST_TEST(b.core.brief_status(b.now, b.id).files.select == "");
    BOOST_TEST(!b.core.chosen(b.id, 1)->has_value());
    BOOST_TEST(!b.core.chosen(b.id, 7)->has_value());
}

// --- the end ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_seed_rule_ends_giving_when_it_is_met) {
    const auto ends_after = [](seed_rule rule) {
        bench b;
        auto get = wish();
        get.seed = rule;
        b.get(get);
        b.checked("xxx");
        b.finished(outcome::ok);
        const auto since = b.now;
        for (int i = 0; i < 240 && b.core.has(b.id); ++i) b.pass(500ms);
        return b.core.has(b.id) ? std::string("never") : std::to_string((b.now - since) / 1s) + " s";
    };
    using kind = seed_rule::kind;
    BOOST_TEST(ends_after({kind::no}) == "0 s");
    BOOST_TEST(ends_after({kind::linger}) == "0 s");  // nobody else wants it: half a second
    BOOST_TEST(ends_after({kind::time, 30s}) == "30 s");
    BOOST_TEST(ends_after({kind::ratio, {}, 0}) == "0 s");
    BOOST_TEST(ends_after({kind::ratio, {}, 1}) == "never");
    BOOST_TEST(ends_after({kind::forever}) == "never");
}

BOOST_AUTO_TEST_CASE(what_the_disk_remarks_is_a_warning_and_ends_nothing) {
    bench b;
    b.get(wish());
    b.core.disk_remark(b.now, b.id, "names are changed");
    b.drain();
    BOOST_TEST(b.news().back() == "warning: names are changed");
    BOOST_TEST(b.core.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_over_is_gone_and_answers_to_it_are_ignored) {
    bench b;
    b.get(wish());
    const auto old = b.round;
    b.core.remove(b.now, b.id);
    b.drain();
    BOOST_TEST(b.news().back() == "removed");
    BOOST_TEST(b.core.size() == 0u);
    BOOST_TEST(!b.core.find(album().info.hash));
    b.core.checked(b.now, b.id, old, pieces("xxx"), {});
    b.core.finished(b.now, b.id, old, outcome::ok, std::string("x"));
    b.core.written(b.now, b.id, old, piece_index(0), disk::write_outcome::ok, {}, buffer(1));
    b.core.disk_failed(b.now, b.id, {errc::storage, "x", ""});
    b.core.set_paused(b.now, b.id, true);
    b.core.remove(b.now, b.id);
    BOOST_TEST(!b.core.recheck(b.now, b.id));
    b.drain();
    BOOST_TEST(b.news().empty());
    b.get(wish());  // and it can be had anew
    BOOST_TEST(b.core.size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_hash_is_one_torrent) {
    bench b;
    b.share();
    BOOST_TEST(!b.core.add(b.now, [] {
        get_request again;
        again.target = album();
        return request(again);
    }()));
    BOOST_TEST(b.core.size() == 1u);
}

BOOST_AUTO_TEST_CASE(at_the_end_of_the_session_each_torrent_says_how_it_stood) {
    bench b;
    b.get(wish());
    b.checked("xx.");
    b.news();
    b.core.stop(b.now);
    b.drain();
    BOOST_TEST(b.news() == words{"stopped"}, per_element);
    BOOST_TEST(b.endings == words{"downloading 2/3"}, per_element);
    BOOST_TEST(b.core.size() == 0u);
}

// --- over a restart --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_list_comes_back_as_it_was) {
    bench before;
    auto get = wish(seed_rule::kind::ratio);
    get.seed.ratio = 2;
    get.sequential = true;
    before.get(get);
    before.checked("...");
    before.core.set_limits(before.now, before.id, 10, 20);
    before.core.choose(before.now, before.id, {"2-3", "3", ""});
    before.drain();
    before.core.selected(before.now, before.id, before.choice, {});
    before.core.set_paused(before.now, before.id, true);
    before.drain();
    const auto list = before.core.list();
    BOOST_REQUIRE(list.size() == 1u);

    bench after;
    after.id = *after.core.add(after.now, list[0], {500, 70, 0, {}});
    after.drain();
    after.checked("...");
    const auto s = after.core.brief_status(after.now, after.id);
    BOOST_TEST((s.state == torrent_state::paused));
    BOOST_TEST(s.folder == "/d");
    BOOST_TEST(s.files.select == "2-3");
    BOOST_TEST(s.files.first == "3");
    BOOST_TEST(s.files_wanted == 2u);
    BOOST_TEST(s.down_limit == 10u);
    BOOST_TEST(s.up_limit == 20u);
    BOOST_TEST(s.downloaded_ever == 500u);
    BOOST_TEST(s.uploaded_ever == 70u);
    const auto written = after.core.list();
    const auto& again = std::get<get_request>(written[0].request);
    BOOST_TEST(again.sequential);
    BOOST_TEST((again.seed.what == seed_rule::kind::ratio && again.seed.ratio == 2));
    BOOST_TEST(written[0].paused);
}
