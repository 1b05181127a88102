// Files that go to another folder: whole in one place at any moment, whatever fails and wherever it is
// killed.
#include "storage/file_move.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

const std::vector<std::pair<std::string, std::string>> contents = {
    {"album/a", noise(5'000, 1)}, {"album/d/e", noise(70'000, 2)}, {"album/empty", ""}};

struct fixture {
    temp_folder folder;
    faulty_files files;
    std::optional<move_record> kept;  // as the record of the state folder
    bool told = false;                // the list says the new place
    bool copies = false;

    std::string from() const { return folder / "from"; }
    std::string to() const { return folder / "to"; }

    void lay_out() {
        fs::remove_all(from());
        fs::remove_all(to());
        for (const auto& [path, content] : contents) {
            fs::create_directories(fs::path(from() + "/" + path).parent_path());
            put_file(from() + "/" + path, content);
        }
        fs::create_directories(to() + "/album");
        put_file(to() + "/album/other", "another's");
        put_file(from() + "/beside", "mine");
        kept.reset();
        told = false;
    }
    move_record record() {
        move_record what;
        what.from_folder = from();
        what.to_folder = to();
        what.staging = ".album.12345678.moving";
        what.leaves = {"album/d", "album"};
        system_files real;
        for (const auto& [path, content] : contents) {
            const auto opened = real.open(from() + "/" + path, open_for::reading);
            what.files.push_back({path, path, real.facts(opened->get())->stamp(), {}});
        }
        return what;
    }
    file_move begun(move_record what) {
        file_move move{files, std::move(what), [this](const move_record& now) -> result<void> {
                           if (files.stopped()) return fail(errc::storage, "no record");
                           kept = now;
                           return {};
                       }};
        if (copies) move.use_copies();
        return move;
    }
    /// As a daemon does it.
    result<void> run(file_move& move) {
        const auto staged = [&]() -> result<void> {
            if (auto begun = move.begin(); !begun) return begun;
            for (;;) {
                const auto more = move.stage_some(20'000);
                if (!more) return unexpected<error>(more.error());
                if (!*more) return move.place();
            }
        };
        const auto done = staged();
        if (!done) {
            move.undo();
            if (!files.stopped()) kept.reset();
            return done;
        }
        if (files.stopped()) return {};
        told = true;
        leave(move);
        return {};
    }
    void leave(file_move& move) {
        (void)move.remove_old();
        if (!files.stopped()) kept.reset();
    }
    void start_again() {
        if (!kept) return;
        auto left = begun(*kept);
        const auto end = recover_move(left);
        BOOST_REQUIRE(end);
        if (*end == move_end::undone) return kept.reset();
        told = true;
        leave(left);
    }

    bool is_whole(const std::string& where) const {
        for (const auto& [path, content] : contents)
            if (file_content(where + "/" + path) != content) return false;
        return true;
    }
    /// By name they are on their way for a moment.
    bool nothing_is_lost() const {
        for (const auto& [path, content] : contents)
            if (file_content(from() + "/" + path) != content && file_content(to() + "/" + path) != content)
                return false;
        return true;
    }
    bool is_none(const std::string& where) const {
        for (const auto& [path, content] : contents)
            if (fs::exists(where + "/" + path)) return false;
        return true;
    }
    void require_one_place() const {
        BOOST_TEST(is_whole(told ? to() : from()));
        BOOST_TEST(is_none(told ? from() : to()));
        BOOST_TEST(!fs::exists(to() + "/.album.12345678.moving"));
        BOOST_TEST(file_content(to() + "/album/other").value_or("") == "another's");
        BOOST_TEST(file_content(from() + "/beside").value_or("") == "mine");
        BOOST_TEST(fs::exists(from() + "/album") == !told);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(files_go_by_name_or_as_copies, fixture) {
    for (const bool by_name : {true, false}) {
        copies = !by_name;
        lay_out();
        auto move = begun(record());
        BOOST_REQUIRE(run(move));
        BOOST_TEST(move.bytes_done() == move.bytes_total());
        require_one_place();
        BOOST_TEST(told);
    }
}

BOOST_FIXTURE_TEST_CASE(killed_at_any_call_they_are_whole_in_one_place_and_the_next_start_ends_it, fixture) {
    for (const bool by_name : {true, false}) {
        copies = !by_name;
        std::uint64_t undone = 0, moved = 0;
        for (std::uint64_t n = 1;; ++n) {
            lay_out();
            auto move = begun(record());
            files.stop_at(n);
            (void)run(move);
            const bool killed = files.stopped();
            files.heal();
            BOOST_TEST_CONTEXT("call " << n << (by_name ? "" : ", copied")) {
                const bool on_their_way = kept && kept->at != move_record::phase::staging;
                BOOST_TEST((is_whole(told ? to() : from()) || on_their_way));
                BOOST_TEST(nothing_is_lost());
                start_again();
                require_one_place();
            }
            (told ? moved : undone) += 1;
            if (!killed) break;
        }
        BOOST_TEST(undone > 10u);
        BOOST_TEST(moved > 10u);
    }
}

BOOST_FIXTURE_TEST_CASE(whatever_call_fails_all_is_in_one_place, fixture) {
    for (const bool by_name : {true, false}) {
        copies = !by_name;
        for (std::uint64_t n = 1;; ++n) {
            lay_out();
            auto move = begun(record());
            files.fail_call(n, ENOSPC);
            const auto done = run(move);
            const bool fired = files.fired();
            files.heal();
            BOOST_TEST_CONTEXT("call " << n << (by_name ? "" : ", copied")) {
                BOOST_TEST(done.has_value() == told);
                start_again();
                BOOST_TEST(is_whole(told ? to() : from()));
                BOOST_TEST(file_content(to() + "/album/other").value_or("") == "another's");
                // an old one that could not be removed stays; nothing of the new place does
                if (!told) BOOST_TEST(is_none(to()));
            }
            if (!fired) break;
        }
    }
}

BOOST_FIXTURE_TEST_CASE(what_stands_in_the_way_stays_and_nothing_is_moved, fixture) {
    lay_out();
    fs::create_directories(to() + "/album/d");
    put_file(to() + "/album/d/e", "theirs");
    auto move = begun(record());
    const auto done = run(move);
    BOOST_REQUIRE(!done);
    BOOST_TEST((done.error().code == errc::occupied));
    BOOST_TEST(is_whole(from()));
    BOOST_TEST(file_content(to() + "/album/d/e").value_or("") == "theirs");
    BOOST_TEST(!fs::exists(to() + "/album/a"));
}

BOOST_FIXTURE_TEST_CASE(what_comes_into_the_way_meanwhile_stays_and_all_goes_back, fixture) {
    lay_out();
    auto move = begun(record());
    BOOST_REQUIRE(move.begin());
    while (*move.stage_some(1'000'000)) continue;
    fs::create_directories(to() + "/album/d");
    put_file(to() + "/album/d/e", "theirs");
    const auto placed = move.place();
    BOOST_REQUIRE(!placed);
    BOOST_TEST((placed.error().code == errc::occupied));
    move.undo();
    BOOST_TEST(is_whole(from()));
    BOOST_TEST(file_content(to() + "/album/d/e").value_or("") == "theirs");
    BOOST_TEST(!fs::exists(to() + "/album/a"));
    BOOST_TEST(!fs::exists(to() + "/.album.12345678.moving"));
}

BOOST_FIXTURE_TEST_CASE(what_was_changed_does_not_go_on_and_is_not_removed, fixture) {
    lay_out();
    auto what = record();
    put_file(from() + "/album/a", "changed");
    auto move = begun(what);
    BOOST_TEST(!run(move));
    BOOST_TEST(file_content(from() + "/album/a").value_or("") == "changed");
    BOOST_TEST(!fs::exists(to() + "/album/a"));

    lay_out();  // after it was copied
    copies = true;
    auto late = begun(record());
    BOOST_REQUIRE(late.begin());
    while (*late.stage_some(1'000'000)) continue;
    BOOST_REQUIRE(late.place());
    put_file(from() + "/album/a", "changed");
    BOOST_TEST(late.remove_old() == std::vector<std::string>{from() + "/album/a"},
               boost::test_tools::per_element());
    BOOST_TEST(file_content(from() + "/album/a").value_or("") == "changed");
    BOOST_TEST(is_whole(to()));
}

BOOST_FIXTURE_TEST_CASE(no_room_is_said_before_anything_is_done, fixture) {
    lay_out();
    copies = true;
    auto what = record();
    files.claim_free(1'000);
    auto move = begun(what);
    const auto begun_ = move.begin();
    BOOST_REQUIRE(!begun_);
    BOOST_TEST((begun_.error().code == errc::storage));
    BOOST_TEST(!kept);
    BOOST_TEST(!fs::exists(to() + "/.album.12345678.moving"));
}

BOOST_FIXTURE_TEST_CASE(a_record_is_read_as_it_was_written, fixture) {
    lay_out();
    auto what = record();
    what.at = move_record::phase::placing;
    what.files[1].now = {1, 2, ~std::uint64_t{0}, -4, 5};
    const auto raw = write_move(what);
    const auto read = read_move(raw);
    BOOST_REQUIRE(read);
    BOOST_TEST(write_move(*read) == raw, boost::test_tools::per_element());
    BOOST_TEST((read->files[1].now == what.files[1].now));
    for (std::size_t n = 0; n < raw.size(); ++n) (void)read_move(byte_view(raw).first(n));
    BOOST_TEST(!read_move(byte_view(raw).first(raw.size() - 1)));
}

// --- of a torrent ------------------------------------------------------------------------------------

namespace {

struct torrent_fixture : download_folder<faulty_files> {
    made_torrent made = four_files();
    std::optional<move_record> kept;

    result<torrent::held_files> move(bench& disk, const std::string& to) {
        fs::create_directories(to);
        std::optional<result<torrent::held_files>> got;
        disk.storage().move_files(
            made.info, to,
            [this](const move_record& now) -> result<void> {
                kept = now.files.empty() ? std::nullopt : std::optional(now);
                return {};
            },
            {}, [&](result<torrent::held_files> held) { got.emplace(std::move(held)); });
        disk.loop().run([&] { return got.has_value(); });
        return std::move(*got);
    }
    void leave() {
        file_move left(files, *kept, [](const move_record&) { return result<void>(); });
        BOOST_TEST(left.remove_old().empty());
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_download_goes_on_in_the_new_folder_without_being_hashed_again, torrent_fixture) {
    for (const bool complete : {true, false}) {
        const auto there = folder / (complete ? "whole" : "part");
        auto disk = download(made);
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0, 2});
        if (complete) require_written(disk, {1, 3});
        if (complete) BOOST_REQUIRE(disk.finish());
        const auto held = move(disk, there);
        BOOST_REQUIRE(held);
        leave();
        BOOST_TEST(!fs::exists(folder / "album"));
        BOOST_TEST(!fs::exists(folder / made.part_name()));
        files.forget();
        bench next(made, download_place{there, false, {}, *held}, files);
        const auto have = next.check();
        BOOST_REQUIRE(have);
        BOOST_TEST(have->count() == (complete ? 4u : 2u));
        if (complete) BOOST_TEST(files.count_of("read") == 0u);
        for (std::uint32_t i = 0; i < 4; ++i)
            if (!have->has(piece_index(i))) BOOST_TEST((next.write(i).outcome == write_outcome::ok));
        BOOST_REQUIRE(next.finish());
        require_content(made, there);
        disk.abandon();
        next.abandon();
        require_content(made, there);
    }
}

BOOST_FIXTURE_TEST_CASE(a_download_that_could_not_be_moved_goes_on_where_it_is, torrent_fixture) {
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    const auto there = folder / "new";
    fs::create_directories(there);
    put_file(there + "/" + made.part_name(), "theirs");
    BOOST_TEST(!move(disk, there));
    BOOST_TEST(!kept);
    require_written(disk, {1, 2, 3});
    BOOST_REQUIRE(disk.finish());
    require_content(made, folder.path());
    BOOST_TEST(file_content(there + "/" + made.part_name()).value_or("") == "theirs");
}

/// It would be left behind.
BOOST_FIXTURE_TEST_CASE(what_comes_after_the_move_is_not_written_into_the_old_place, torrent_fixture) {
    auto disk = download(made, {}, 1);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0, 2});
    BOOST_REQUIRE(move(disk, folder / "new"));
    disk.storage().write(piece_index(1), made.piece(1), [](auto...) {});
    for (int i = 0; i < 3; ++i) (void)disk.read_piece(0);  // behind it, one after the other
    leave();
    disk.abandon();
    BOOST_TEST(!fs::exists(folder / made.part_name()));
}

BOOST_FIXTURE_TEST_CASE(a_move_that_is_stopped_leaves_all_where_it_was, torrent_fixture) {
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0});
    disk.storage().stop_move();
    BOOST_TEST(!move(disk, folder / "new"));
    BOOST_TEST(!kept);
    BOOST_TEST(listing(folder / "new").empty());
    require_written(disk, {1, 2, 3});
    BOOST_REQUIRE(disk.finish());
    require_content(made, folder.path());
}

BOOST_FIXTURE_TEST_CASE(a_share_is_moved_from_where_its_owner_put_it, torrent_fixture) {
    const auto old = folder / "own";
    std::vector<std::string> paths;
    for (const auto& file : made.info.files) {
        paths.push_back(old + "/" + file.path);
        fs::create_directories(fs::path(paths.back()).parent_path());
        put_file(paths.back(), made.content.substr(file.begin, file.size));
    }
    put_file(old + "/beside", "mine");
    bench disk(made, shared_place{paths, {}, {}, {}}, files);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(move(disk, folder / "new"));
    leave();
    require_content(made, folder / "new");
    BOOST_TEST(!fs::exists(old + "/album"));
    BOOST_TEST(file_content(old + "/beside").value_or("") == "mine");
}
