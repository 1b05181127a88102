#include "storage/torrent_storage.hpp"

#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

BOOST_FIXTURE_TEST_SUITE(torrent_storage_rooms, real_folder)

// --- the usual way ---

BOOST_AUTO_TEST_CASE(a_single_file_comes_back_as_it_was_written) {
    const auto made = one_file();
    auto disk = download(made);
    auto there = disk.check();
    BOOST_REQUIRE(there);
    BOOST_TEST(there->none());
    for (std::uint32_t i = 0; i < made.pieces(); ++i) {
        auto written = disk.write(i);
        BOOST_REQUIRE((written.outcome == write_outcome::ok));
        BOOST_TEST(written.data.size() == made.piece(i).size());
        BOOST_TEST(disk.read_piece(i).value() == made.text(i));
    }
    BOOST_TEST(listing(folder.path()) == names{made.part_name()}, per_element);
    BOOST_REQUIRE(disk.hold());
    BOOST_TEST(disk.finish().value() == folder / "film.bin");
    BOOST_TEST(listing(folder.path()) == names{"film.bin"}, per_element);
    require_content(made, folder.path());
    BOOST_TEST(disk.read_piece(2).value() == made.text(2));
    BOOST_TEST(disk.finish().value() == disk.storage().final_path());
}

BOOST_AUTO_TEST_CASE(pieces_that_come_faster_than_they_are_hashed_are_judged_one_by_one) {
    const auto made = make_torrent("film.bin", {{"", noise(20 * 16384 + 5, 9)}});
    auto disk = download(made, {}, 0);  // jobs run when the test says so
    std::optional<result<torrent::piece_set>> there;
    disk.storage().check({}, [&](result<torrent::piece_set> outcome) { there = std::move(outcome); });
    const auto run = [&] {
        while (disk.pool().step()) disk.loop().drain();
    };
    run();
    BOOST_REQUIRE(there);
    std::vector<std::optional<write_outcome>> outcomes(made.pieces());
    for (std::uint32_t i = 0; i < made.pieces(); ++i) {
        auto data = made.piece(i);
        if (i % 7 == 3) data.data()[i] ^= 1;
        disk.storage().write(piece_index(i), std::move(data),
                             [&, i](write_outcome outcome, result<void>, buffer back) {
                                 outcomes[i] = outcome;
                                 BOOST_TEST(back.size() == made.piece(i).size());
                             });
    }
    run();
    for (std::uint32_t i = 0; i < made.pieces(); ++i) {
        const bool right = i % 7 != 3;
        BOOST_TEST((outcomes[i] == (right ? write_outcome::ok : write_outcome::hash_mismatch)), i);
    }
    BOOST_TEST(disk.storage().is_sound());
}

BOOST_AUTO_TEST_CASE(pieces_of_many_parts_are_checked_wherever_they_are_wrong_or_end) {
    constexpr std::uint32_t piece_bytes = 1 << 20;
    const auto made = make_torrent("film.bin", {{"", noise(5 * piece_bytes + 12'345, 3)}}, piece_bytes);
    auto content = made.content;
    content[0] ^= 1;                                 // the first byte of piece 0
    content[3 * std::size_t{piece_bytes} - 1] ^= 1;  // the last of piece 2
    put_file(folder / "film.bin", content);
    {
        bench share(made, shared_place{{folder / "film.bin"}, {}, {}}, files);
        const auto good = share.check().value();
        for (std::uint32_t i = 0; i < made.pieces(); ++i)
            BOOST_TEST(good.has(piece_index(i)) == (i != 0 && i != 2), i);
    }
    put_file(folder / "film.bin", made.content.substr(0, 4 * piece_bytes + 700'000));
    bench share(made, shared_place{{folder / "film.bin"}, {}, {}}, files);
    const auto good = share.check().value();
    for (std::uint32_t i = 0; i < made.pieces(); ++i) BOOST_TEST(good.has(piece_index(i)) == (i < 4), i);
}

BOOST_AUTO_TEST_CASE(pieces_that_span_files_land_in_each_of_them) {
    const auto made = four_files();
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {3, 0, 2, 1});
    for (std::uint32_t i = 0; i < made.pieces(); ++i) BOOST_TEST(disk.read_piece(i).value() == made.text(i));
    BOOST_TEST(disk.finish().value() == folder / "album");
    require_content(made, folder.path());
    struct stat facts = {};
    BOOST_REQUIRE(::stat((folder / "album/d/e").c_str(), &facts) == 0);
    BOOST_TEST((facts.st_mode & S_IXUSR) != 0);
    BOOST_REQUIRE(::stat((folder / "album/a").c_str(), &facts) == 0);
    BOOST_TEST((facts.st_mode & S_IXUSR) == 0);
    BOOST_TEST(listing(folder.path()).front() == "album/");
}

BOOST_AUTO_TEST_CASE(padding_reads_as_zeros_and_never_exists) {
    const auto made = make_torrent(
        "padded",
        {{"a", noise(1000, 1)}, {".pad/15384", std::string(15384, '\0'), false, true}, {"b", noise(900, 2)}});
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(disk.write_all());
    BOOST_TEST(disk.read_piece(0).value() == made.content.substr(0, 16384));
    BOOST_REQUIRE(disk.finish());
    BOOST_TEST(listing(folder.path()) == (names{"padded/", "padded/a", "padded/b"}), per_element);
    auto again = download(made);
    BOOST_TEST(again.check().value().all());
}

BOOST_AUTO_TEST_CASE(padding_that_is_not_zeros_is_refused) {
    const auto made =
        make_torrent("padded", {{"a", noise(1000, 1)}, {".pad/100", noise(100, 7), false, true}});
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    auto written = disk.write(0);
    BOOST_TEST((written.outcome == write_outcome::refused));
    BOOST_TEST((written.how.error().code == errc::bad_data));
}

BOOST_AUTO_TEST_CASE(a_piece_with_the_wrong_hash_is_never_written) {
    const auto made = one_file();
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    auto data = made.piece(1);
    data.data()[7] ^= 1;
    auto written = disk.write(1, std::move(data));
    BOOST_TEST((written.outcome == write_outcome::hash_mismatch));
    BOOST_TEST(written.data.size() == 16384u);  // for blame
    BOOST_TEST(fs::file_size(folder / made.part_name()) == 0u);
    BOOST_TEST(!disk.read_piece(1));
    auto too_short = disk.write(1, buffer(100));
    BOOST_TEST((too_short.outcome == write_outcome::hash_mismatch));
}

BOOST_AUTO_TEST_CASE(frames_leave_a_gap_in_front_of_each_block) {
    const auto made = four_files();
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(disk.write_all());
    const torrent::block_range ranges[] = {
        {piece_index(0), 4990, 20}, {piece_index(0), 5010, 5}, {piece_index(2), 2200, 100}};
    const auto frames = disk.read({ranges[0], ranges[1], ranges[2]}, 13).value();
    BOOST_REQUIRE(frames.size() == 13u * 3 + 125);
    BOOST_TEST(frames.substr(13, 20) == made.content.substr(4990, 20));
    BOOST_TEST(frames.substr(46, 5) == made.content.substr(5010, 5));
    BOOST_TEST(frames.substr(64, 100) == made.content.substr(2 * 16384 + 2200, 100));
}

BOOST_FIXTURE_TEST_CASE(sixteen_blocks_of_one_file_are_one_read, download_folder<faulty_files>) {
    const auto made = make_torrent("big", {{"", noise(300'000, 5)}}, 262'144);
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(disk.write_all());
    std::vector<torrent::block_range> ranges;
    for (std::uint32_t i = 0; i < 16; ++i)
        ranges.push_back(made.info.shape.block(piece_index(0), block_index(i)));
    files.forget();
    const auto frames = disk.read(ranges, 13).value();
    BOOST_TEST(files.count_of("read") == 1u);
    for (std::size_t i = 0; i < 16; ++i)
        BOOST_REQUIRE(frames.substr(i * (16384 + 13) + 13, 16384) == made.content.substr(i * 16384, 16384));
}

BOOST_FIXTURE_TEST_CASE(short_reads_and_writes_change_nothing, download_folder<faulty_files>) {
    const auto made = four_files();
    files.move_at_most(777);
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(disk.write_all());
    BOOST_TEST(disk.read_piece(0).value() == made.content.substr(0, 16384));
    BOOST_TEST(disk.check().value().all());
    require_finished(disk, made);
}

BOOST_AUTO_TEST_CASE(a_read_never_overtakes_the_write_of_its_piece) {
    const auto made = make_torrent("big", {{"", noise(4 << 20, 5)}}, 1 << 20);
    auto disk = download(made, {}, 4);
    BOOST_REQUIRE(disk.check());
    unsigned written = 0, read = 0;
    for (std::uint32_t i = 0; i < made.pieces(); ++i) {
        disk.storage().write(piece_index(i), made.piece(i), [&](write_outcome outcome, result<void>, buffer) {
            BOOST_TEST((outcome == write_outcome::ok));
            ++written;
        });
        const auto block = made.info.shape.block(piece_index(i), block_index(63));
        disk.storage().read({block}, 0, [&, i](result<void> how, buffer frames) {
            BOOST_REQUIRE(how);
            BOOST_TEST((as_text(frames.view()) == made.content.substr((i << 20) + 63 * 16384, 16384)));
            ++read;
        });
    }
    bool finished = false;
    disk.storage().finish([&](finish_outcome, result<std::string> path) {
        BOOST_TEST(path.has_value());
        finished = true;
    });
    disk.loop().run([&] { return finished && read == 4; });
    BOOST_TEST(written == 4u);
}

BOOST_AUTO_TEST_CASE(nothing_is_called_after_the_storage_is_gone) {
    const auto made = make_torrent("big", {{"", noise(4 << 20, 5)}}, 1 << 18);
    unsigned calls = 0;
    {
        auto disk = download(made);
        BOOST_REQUIRE(disk.check());
        for (std::uint32_t i = 0; i < made.pieces(); ++i)
            disk.storage().write(piece_index(i), made.piece(i),
                                 [&](write_outcome, result<void>, buffer) { ++calls; });
        disk.storage().check([&](std::uint64_t, std::uint64_t, bool) { ++calls; },
                             [&](result<torrent::piece_set>) { ++calls; });
        disk.storage().finish([&](finish_outcome, result<std::string>) { ++calls; });
        disk.abandon();
        disk.loop().drain();
    }
    BOOST_TEST(calls == 0u);
}

BOOST_AUTO_TEST_CASE(progress_ends_at_the_total) {
    const auto made = make_torrent("big", {{"", noise(20 << 20, 5)}}, 1 << 18);
    put_file(folder / "big", made.content);
    auto disk = download(made);
    std::vector<std::uint64_t> seen;
    bool done = false;
    disk.storage().check(
        [&](std::uint64_t checked, std::uint64_t total, bool copies) {
            BOOST_TEST(!copies);
            BOOST_TEST(total == made.content.size());
            seen.push_back(checked);
        },
        [&](result<torrent::piece_set> there) {
            BOOST_TEST(there.value().all());
            done = true;
        });
    disk.loop().run([&] { return done; });
    BOOST_REQUIRE(!seen.empty());
    BOOST_TEST(std::is_sorted(seen.begin(), seen.end()));
    BOOST_TEST(seen.back() == made.content.size());
}

// --- a choice of files ---

BOOST_AUTO_TEST_CASE(unwanted_files_are_not_created) {
    const auto made = four_files();
    auto disk = download(made, {false, true, false, false, false});
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0, 1, 2});
    BOOST_REQUIRE(disk.finish());
    BOOST_TEST(listing(folder / "album") == (names{"b"}), per_element);
    BOOST_TEST(file_content(folder / "album/b").value() == made.content.substr(5000, 30000));
    BOOST_TEST(disk.read_piece(1).has_value());
    BOOST_TEST(disk.read_piece(0).has_value());  // others still get it
}

BOOST_AUTO_TEST_CASE(a_foreign_file_in_the_place_of_an_unwanted_one_does_not_matter) {
    const auto made = four_files();
    put_file(folder / "album/a", noise(5000, 42));
    fs::create_directories(folder / "album/d/e");
    put_file(folder / "album/c", "longer");
    {
        auto disk = download(made, {false, true, true, false, false});
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0, 1, 2});
        BOOST_REQUIRE(disk.finish());
    }
    BOOST_TEST(file_content(folder / "album/b").value() == made.content.substr(5000, 30000));
    BOOST_TEST(file_content(folder / "album/a").value() == noise(5000, 42));
    BOOST_TEST(fs::exists(folder / "album/empty"));
    BOOST_TEST(!fs::exists(folder / made.part_name()));
}

// --- shared data ---

BOOST_AUTO_TEST_CASE(shared_files_are_read_without_a_check) {
    const auto made = four_files();
    bench disk(made, put_content(made, folder.path()), files);
    BOOST_TEST(disk.read_piece(2).value() == made.content.substr(2 * 16384, 16384));
    BOOST_TEST(disk.check().value().all());
    BOOST_TEST(disk.storage().final_path() == folder / "album");
    BOOST_TEST((disk.write(0).outcome == write_outcome::refused));
}

BOOST_AUTO_TEST_CASE(one_piece_of_shared_files_is_looked_at_without_a_check) {
    const auto made = four_files();
    const auto place = put_content(made, folder.path());
    {
        bench disk(made, place, files);
        for (std::uint32_t piece = 0; piece < made.pieces(); ++piece) BOOST_TEST(disk.looks_good(piece));
    }
    auto content = file_content(folder / "album/b").value();
    content[20'000] = static_cast<char>(content[20'000] ^ 16);
    put_file(folder / "album/b", content);
    fs::remove(folder / "album/a");
    bench disk(made, place, files);
    BOOST_TEST(!disk.looks_good(0));
    BOOST_TEST(!disk.looks_good(1));
    BOOST_TEST(disk.looks_good(3));
}

BOOST_AUTO_TEST_CASE(shared_files_that_are_gone_or_changed_lose_their_pieces) {
    const auto made = four_files();
    const auto place = put_content(made, folder.path());
    fs::remove(folder / "album/a");
    {
        bench disk(made, place, files);
        BOOST_TEST((disk.check().value().count() == 3u));
        BOOST_TEST(!disk.read_piece(0));
    }
    put_content(made, folder.path());
    fs::resize_file(folder / "album/d/e", 19'999);
    {
        bench disk(made, place, files);
        const auto there = disk.check().value();
        BOOST_TEST(
            (there.count() == 3u && !there.has(piece_index(3))));  // what stands before the cut is right
        BOOST_TEST(!disk.read_piece(3));
    }
    put_content(made, folder.path());
    auto content = file_content(folder / "album/b").value();
    content[20'000] = static_cast<char>(content[20'000] ^ 16);
    put_file(folder / "album/b", content);
    {
        bench disk(made, place, files);
        const auto there = disk.check().value();
        BOOST_TEST((there.count() == 3u && !there.has(piece_index(1))));
    }
    fs::remove(folder / "album/b");
    fs::create_directory(folder / "album/b");
    bench disk(made, place, files);
    BOOST_TEST((disk.check().value().count() == 1u));
}

BOOST_FIXTURE_TEST_CASE(bytes_of_a_file_that_was_replaced_are_not_served, download_folder<faulty_files>) {
    std::vector<made_file> many;  // more than are kept open
    for (int i = 0; i < 100; ++i)
        many.push_back({std::to_string(100 + i), noise(16384, static_cast<std::uint64_t>(i))});
    const auto made = make_torrent("many", many);
    bench disk(made, put_content(made, folder.path()), files, 1);
    BOOST_TEST(disk.check().value().all());
    put_file(folder / "new", noise(16384, 1000));
    fs::rename(folder / "new", folder / "many/100");
    BOOST_TEST((disk.read_piece(0).error().code == errc::bad_data));
    BOOST_TEST(disk.read_piece(1).has_value());
    const auto there = disk.check().value();
    BOOST_TEST((there.count() == 99u && !there.has(piece_index(0))));
}

BOOST_AUTO_TEST_CASE(every_single_flipped_bit_is_found_and_named) {
    const auto made = make_torrent("film.bin", {{"", noise(1 << 20, 3)}});
    rng random(20);
    for (int round = 0; round < 50; ++round) {
        const auto at = random.below(made.content.size());
        auto content = made.content;
        content[at] = static_cast<char>(content[at] ^ (1 << random.below(8)));
        put_file(folder / "film.bin", content);
        bench disk(made, shared_place{{folder / "film.bin"}}, files);
        const auto there = disk.check().value();
        BOOST_TEST(there.count() == made.pieces() - 1);
        BOOST_TEST(!there.has(piece_index(static_cast<std::uint32_t>(at / 16384))));
    }
}

// --- shapes ---

BOOST_FIXTURE_TEST_CASE(many_small_files_are_quick_and_are_not_synced_one_by_one,
                        download_folder<faulty_files>) {
    std::vector<made_file> many;
    for (int i = 0; i < 3000; ++i)
        many.push_back({"d" + std::to_string(i / 100) + "/f" + std::to_string(i),
                        noise(100, static_cast<std::uint64_t>(i))});
    const auto made = make_torrent("many", many);
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(disk.write_all());
    BOOST_TEST(files.count_of("sync_data") == 0u);
    BOOST_REQUIRE(disk.finish());
    BOOST_TEST(files.count_of("sync_data") == 0u);
    BOOST_TEST(files.count_of("sync_everything") == 1u);
    BOOST_TEST(files.count_of("rename_new") == 1u);
    require_content(made, folder.path());
}

BOOST_AUTO_TEST_CASE(a_torrent_without_bytes_creates_its_empty_files) {
    const auto made = make_torrent("nothing", {{"a", ""}, {"b/c", ""}});
    auto disk = download(made);
    BOOST_TEST(disk.check().value().all());
    BOOST_REQUIRE(disk.finish());
    BOOST_TEST(listing(folder.path()) == (names{"nothing/", "nothing/a", "nothing/b/", "nothing/b/c"}),
               per_element);
}

BOOST_AUTO_TEST_SUITE_END()
