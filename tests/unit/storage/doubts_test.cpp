// Files that another program writes to, cuts, replaces, moves or removes while we work with them.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"

namespace bt::storage {
namespace {

using namespace testing;
using outcome = finish_outcome;

void write_into(const std::string& path, std::size_t at, const std::string& with) {
    std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(at));
    out << with;
}

/// As if time had passed: two changes within one tick of the kernel's clock look like one.
void touch(const std::string& path) {
    const timespec later[2] = {{0, UTIME_OMIT}, {2'000'000'000, 0}};
    BOOST_REQUIRE(::utimensat(AT_FDCWD, path.c_str(), later, 0) == 0);
}

std::vector<std::uint32_t> numbers(const std::vector<piece_index>& pieces) {
    std::vector<std::uint32_t> out;
    for (const auto piece : pieces) out.push_back(piece.value());
    return out;
}

/// A share of eight pieces that was hashed a moment ago.
struct hashed_share {
    temp_folder folder;
    system_files files;
    made_torrent made = make_torrent("film.bin", {{"", noise(8 << 14, 1)}});
    std::string path = folder / "film.bin";
    std::optional<bench> disk;

    hashed_share() {
        auto place = put_content(made, folder.path());
        place.stamps = {stamp_at(path)};
        disk.emplace(made, std::move(place), files);
        BOOST_REQUIRE(disk->read_piece(0).value() == made.text(0));
    }
};

BOOST_AUTO_TEST_SUITE(storage_doubts)

// --- shares

BOOST_FIXTURE_TEST_CASE(a_share_that_was_touched_is_hashed_again_and_given_on, hashed_share) {
    touch(path);
    const auto changed = disk->look_and_settle();
    BOOST_TEST(changed.file == path);
    BOOST_TEST(changed.lost.empty());
    for (std::uint32_t i = 0; i < made.pieces(); ++i) BOOST_TEST(disk->read_piece(i).value() == made.text(i));
}

BOOST_FIXTURE_TEST_CASE(of_a_share_that_was_overwritten_only_the_changed_pieces_are_lost, hashed_share) {
    write_into(path, 3 * 16384 + 5, "changed");
    touch(path);
    const auto changed = disk->look_and_settle();
    BOOST_TEST(numbers(changed.lost) == std::vector<std::uint32_t>{3}, per_element);
    BOOST_TEST(!disk->read_piece(3));
    BOOST_TEST(disk->read_piece(4).value() == made.text(4));
}

BOOST_FIXTURE_TEST_CASE(of_a_share_that_was_cut_the_rest_is_given_on, hashed_share) {
    BOOST_REQUIRE(::truncate(path.c_str(), 6 * 16384) == 0);
    const auto changed = disk->look_and_settle();
    BOOST_TEST(numbers(changed.lost) == (std::vector<std::uint32_t>{6, 7}), per_element);
    BOOST_TEST(disk->read_piece(5).value() == made.text(5));
}

BOOST_FIXTURE_TEST_CASE(a_share_that_grew_is_given_whole, hashed_share) {
    std::ofstream(path, std::ios::app) << "more";
    BOOST_TEST(disk->look_and_settle().lost.empty());
    BOOST_TEST(disk->read_piece(7).value() == made.text(7));
}

BOOST_FIXTURE_TEST_CASE(another_file_of_the_same_size_and_time_in_the_place_of_a_share_is_noticed,
                        hashed_share) {
    const auto before = stamp_at(path);
    put_file(folder / "other", noise(8 << 14, 2));
    const timespec times[2] = {{0, 0},
                               {before.modified_ns / 1'000'000'000, before.modified_ns % 1'000'000'000}};
    ::utimensat(AT_FDCWD, (folder / "other").c_str(), times, 0);
    fs::rename(folder / "other", path);
    BOOST_TEST(disk->look_and_settle().lost.size() == 8u);
}

BOOST_FIXTURE_TEST_CASE(a_share_that_is_gone_is_lost_and_found_again, hashed_share) {
    fs::rename(path, folder / "elsewhere");
    BOOST_TEST(disk->look_and_settle().lost.size() == 8u);
    BOOST_TEST(!disk->read_piece(2));
    fs::rename(folder / "elsewhere", path);
    BOOST_TEST(disk->look_and_settle().found.size() == 8u);
    BOOST_TEST(disk->read_piece(2).value() == made.text(2));
}

BOOST_AUTO_TEST_CASE(what_changed_between_hashing_and_the_first_reader_is_not_given) {
    temp_folder folder;
    system_files files;
    const auto made = make_torrent("film.bin", {{"", noise(8 << 14, 1)}});
    auto place = put_content(made, folder.path());
    place.stamps = {stamp_at(folder / "film.bin")};
    put_file(folder / "film.bin", noise(8 << 14, 2));
    touch(folder / "film.bin");
    bench disk(made, std::move(place), files);
    BOOST_TEST(!disk.read_piece(0));
}

BOOST_FIXTURE_TEST_CASE(a_reader_is_given_what_is_right_of_a_changed_file_before_all_is_hashed,
                        hashed_share) {
    disk->abandon();
    auto place = put_content(made, folder.path());
    place.stamps = {stamp_at(path)};
    write_into(path, 0, "changed");
    touch(path);
    bench again(made, std::move(place), files);
    files_changed all;
    again.listen(all);
    BOOST_TEST(again.read_piece(5).value() == made.text(5));
    BOOST_TEST(!again.read_piece(0));
    again.loop().run([&] { return all.over; });
    const auto lost = numbers(all.lost);  // by the reader, and by the one that hashes all
    BOOST_TEST((std::set(lost.begin(), lost.end()) == std::set<std::uint32_t>{0}));
}

BOOST_FIXTURE_TEST_CASE(a_look_at_files_that_nobody_changed_raises_no_doubt, hashed_share) {
    files_changed all;
    disk->listen(all);
    BOOST_TEST(disk->look().has_value());
    BOOST_TEST(disk->hold().has_value());
    BOOST_TEST(!all.over);
}

// --- downloads

/// A download of eight pieces, all but the last there.
struct almost_done : real_folder {
    made_torrent made = make_torrent("film.bin", {{"", noise(8 << 14, 3)}});
    std::string part = folder / made.part_name();
    bench disk = download(made);

    almost_done() {
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0, 1, 2, 3, 4, 5, 6});
    }
    void fetch(const std::vector<piece_index>& pieces) {
        for (const auto piece : pieces)
            BOOST_REQUIRE((disk.write(piece.value()).outcome == write_outcome::ok));
    }
};

BOOST_FIXTURE_TEST_CASE(own_writes_raise_no_doubt, almost_done) {
    files_changed all;
    disk.listen(all);
    BOOST_TEST(disk.look().has_value());
    BOOST_TEST((disk.write(7).outcome == write_outcome::ok));
    BOOST_TEST(disk.look().has_value());
    require_finished(disk, made);
    BOOST_TEST(disk.look().has_value());
    BOOST_TEST(!all.over);
}

BOOST_FIXTURE_TEST_CASE(a_part_that_was_overwritten_is_not_called_finished, almost_done) {
    require_written(disk, {7});
    files_changed all;
    disk.listen(all);
    write_into(part, 2 * 16384, "changed");
    touch(part);
    BOOST_TEST(!disk.finish());
    BOOST_TEST((disk.last_finish == outcome::unfinished));
    disk.loop().run([&] { return all.over; });
    BOOST_TEST(numbers(all.lost) == std::vector<std::uint32_t>{2}, per_element);
    fetch(all.lost);
    require_finished(disk, made);
}

/// The kernel's files, and another program that writes into them in the middle of a write of ours.
struct meddled_files : system_files {
    std::function<void(int fd)> meddle;
    os_result<std::size_t> write(int fd, byte_view data, std::uint64_t offset) override {
        if (auto act = std::exchange(meddle, nullptr)) act(fd);
        return system_files::write(fd, data, offset);
    }
};

BOOST_FIXTURE_TEST_CASE(what_is_overwritten_beside_a_write_of_ours_is_found_before_the_end,
                        download_folder<meddled_files>) {
    const auto made = make_torrent("film.bin", {{"", noise(8 << 14, 3)}});
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0, 1, 2, 3, 4, 5, 6});
    write_into(folder / made.part_name(), 2 * 16384, "changed");  // this is seen
    touch(folder / made.part_name());
    BOOST_TEST(numbers(disk.look_and_settle().lost) == std::vector<std::uint32_t>{2}, per_element);
    files.meddle = [](int fd) { BOOST_TEST(::pwrite(fd, "this is not", 11, 5 * 16384) == 11); };
    require_written(disk, {2, 7});
    files_changed all;
    disk.listen(all);
    BOOST_TEST(!disk.finish());
    BOOST_TEST((disk.last_finish == outcome::unfinished));
    disk.loop().run([&] { return all.over; });
    BOOST_TEST(numbers(all.lost) == std::vector<std::uint32_t>{5}, per_element);
    require_written(disk, {5});
    require_finished(disk, made);
}

BOOST_FIXTURE_TEST_CASE(of_a_part_that_was_cut_what_is_lost_is_fetched_again, almost_done) {
    BOOST_REQUIRE(::truncate(part.c_str(), 3 * 16384) == 0);
    const auto changed = disk.look_and_settle();
    BOOST_TEST(numbers(changed.lost) == (std::vector<std::uint32_t>{3, 4, 5, 6}), per_element);
    fetch(changed.lost);
    require_written(disk, {7});
    require_finished(disk, made);
}

BOOST_FIXTURE_TEST_CASE(a_part_that_was_replaced_is_hashed_and_written_anew, almost_done) {
    fs::remove(part);
    put_file(part, noise(8 << 14, 4));
    const auto changed = disk.look_and_settle();
    BOOST_TEST(changed.lost.size() == 7u);
    fetch(changed.lost);
    require_written(disk, {7});
    require_finished(disk, made);
}

BOOST_FIXTURE_TEST_CASE(a_part_that_was_removed_is_written_anew, almost_done) {
    fs::remove(part);
    const auto changed = disk.look_and_settle();
    BOOST_TEST(changed.lost.size() == 7u);
    fetch(changed.lost);
    require_written(disk, {7});
    require_finished(disk, made);
}

BOOST_FIXTURE_TEST_CASE(a_link_in_the_place_of_a_part_never_gets_the_final_name, almost_done) {
    require_written(disk, {7});
    fs::rename(part, folder / "mine");
    fs::create_symlink(folder / "mine", part);
    BOOST_TEST(!disk.look());
    BOOST_TEST(!disk.finish());
    BOOST_TEST((disk.last_finish == outcome::refused));
    BOOST_TEST(!fs::exists(fs::symlink_status(folder / "film.bin")));
}

BOOST_FIXTURE_TEST_CASE(a_piece_of_a_changed_part_is_not_given, almost_done) {
    BOOST_TEST(disk.read_piece(2).value() == made.text(2));
    write_into(part, 2 * 16384, "changed");
    touch(part);
    disk.look_and_settle();
    BOOST_TEST(!disk.read_piece(2));
    BOOST_TEST(disk.read_piece(3).value() == made.text(3));
}

BOOST_AUTO_TEST_CASE(a_folder_that_was_moved_or_replaced_ends_the_download_and_nothing_is_finished_in_it) {
    for (const bool replaced : {false, true}) {
        real_folder at;
        const auto inner = at.folder / "inner";
        fs::create_directory(inner);
        const auto made = make_torrent("album", {{"a", noise(3 << 14, 5)}, {"b", noise(3 << 14, 6)}});
        bench disk(made, download_place{inner, false, {}}, at.files);
        BOOST_REQUIRE(disk.check());
        BOOST_REQUIRE(disk.write_all());
        fs::rename(inner, at.folder / "moved");
        if (replaced) fs::create_directory(inner);
        require_storage_error(disk.look(), "inner' is not the folder any more");
        BOOST_TEST(!disk.finish());
        BOOST_TEST((disk.last_finish == outcome::refused));
        BOOST_TEST(!fs::exists(at.folder / "moved/album"));
    }
}

BOOST_FIXTURE_TEST_CASE(a_foreign_file_under_the_final_name_is_seen_when_it_appears, almost_done) {
    put_file(folder / "film.bin", "mine");
    require_storage_error(disk.look(), "appeared while the download ran");
    BOOST_TEST(file_content(folder / "film.bin").value() == "mine");
}

BOOST_FIXTURE_TEST_CASE(one_file_of_many_that_changes_puts_only_its_own_pieces_in_doubt, real_folder) {
    const auto made = make_torrent("album", {{"a", noise(2 << 14, 7)}, {"b", noise(2 << 14, 8)}, {"c", ""}});
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(disk.write_all());
    fs::remove(folder / made.part_name() + "/b");
    const auto changed = disk.look_and_settle();
    BOOST_TEST(numbers(changed.lost) == (std::vector<std::uint32_t>{2, 3}), per_element);
    for (const auto piece : changed.lost) require_written(disk, {piece.value()});
    require_finished(disk, made);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bt::storage
