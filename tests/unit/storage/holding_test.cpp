// What one run knows of a torrent's files counts in the next, as far as only we changed them since.
#include <fcntl.h>
#include <sys/stat.h>

#include "bench_disk.hpp"
#include "faulty_files.hpp"

namespace bt::storage {
namespace {

using namespace testing;

void write_into(const std::string& path, std::size_t at, const std::string& with) {
    std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(at));
    out << with;
}

/// Moves the times of a file as if it had been changed so long after now.
void change_later(const std::string& path, int seconds) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const timespec later[2] = {{0, UTIME_OMIT}, {now.tv_sec + seconds, 1}};
    BOOST_REQUIRE(::utimensat(AT_FDCWD, path.c_str(), later, 0) == 0);
}

/// A process dies within a write: some of it, or nothing, has reached the file.
class dying_files final : public faulty_files {
  public:
    bool dies = false;
    os_result<std::size_t> write(int fd, byte_view data, std::uint64_t offset) override {
        if (!dies || data.size() < 1'000) return faulty_files::write(fd, data, offset);
        (void)faulty_files::write(fd, data.first(data.size() / 2), offset);
        dead = true;
        return unexpected<os_error>(os_error{EIO});
    }
    os_result<file_facts> facts(int fd) override {
        if (dead) return unexpected<os_error>(os_error{EIO});  // nor is the new stamp seen
        return faulty_files::facts(fd);
    }
    bool dead = false;
};

/// Runs of a download, each with what the one before has written down.
struct runs {
    temp_folder folder, state;
    dying_files files;
    made_torrent made = make_torrent("film", {{"a.bin", noise(5 << 14, 1)}, {"b.bin", noise(3 << 14, 2)}});
    std::optional<torrent::held_files> held;
    std::string a = folder / (made.part_name() + "/a.bin"), b = folder / (made.part_name() + "/b.bin");

    bench run() {
        files.forget();
        return {made, download_place{folder.path(), false, {}, held, state / "writes"}, files};
    }
    void keep(bench& disk) {
        auto now = disk.hold();
        BOOST_REQUIRE(now);
        const auto again = torrent::read_held(torrent::write_held(*now));  // as it goes through a file
        BOOST_REQUIRE((again && *again == *now));
        held = std::move(*now);
    }
    /// A run that has pieces of both files, of which `kept` says how many are held.
    void first_run(std::initializer_list<std::uint32_t> kept, std::initializer_list<std::uint32_t> more) {
        auto disk = run();
        BOOST_REQUIRE(disk.check());
        require_written(disk, kept);
        keep(disk);
        require_written(disk, more);
    }
    std::vector<std::uint32_t> check(bench& disk) {
        const auto have = disk.check();
        BOOST_REQUIRE(have);
        std::vector<std::uint32_t> out;
        have->for_each([&](piece_index piece) { out.push_back(piece.value()); });
        return out;
    }
};
using numbers = std::vector<std::uint32_t>;

BOOST_AUTO_TEST_SUITE(storage_holding)

BOOST_FIXTURE_TEST_CASE(what_is_as_it_was_is_not_read_again, runs) {
    first_run({0, 1, 5}, {});
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{0, 1, 5}), per_element);
    BOOST_TEST(files.count_of("read") == 0u);
}

BOOST_FIXTURE_TEST_CASE(after_a_kill_only_what_was_not_held_is_hashed, runs) {
    first_run({0, 1, 5}, {2, 6});
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{0, 1, 2, 5, 6}), per_element);
    BOOST_TEST(files.count_of("read") == 2u + 2u + 1u);  // two pieces, two places and the head of the journal
}

BOOST_FIXTURE_TEST_CASE(killed_again_before_it_has_written_anything_it_is_not_hashed_either, runs) {
    first_run({0, 1, 5}, {2, 6});
    for (int i = 0; i < 3; ++i) {
        auto disk = run();
        BOOST_TEST(check(disk) == (numbers{0, 1, 2, 5, 6}), per_element);
        BOOST_TEST(files.count_of("read") == (i == 0 ? 2u + 2u + 1u : 0u));
        keep(disk);
    }
    write_into(a, 20'000, "other bytes");
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{0, 2, 5, 6}), per_element);
}

BOOST_FIXTURE_TEST_CASE(after_a_kill_within_a_write_its_file_is_hashed_and_no_other, runs) {
    {
        auto disk = run();
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0, 1, 5});
        keep(disk);
        files.dies = true;
        BOOST_TEST((disk.write(2).outcome == write_outcome::failed));
    }
    files.dies = files.dead = false;
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{0, 1, 5}), per_element);
    BOOST_TEST(files.count_of("read") == 3u + 2u);  // pieces 0 to 2, and the journal
}

BOOST_FIXTURE_TEST_CASE(what_another_program_wrote_after_a_kill_is_found, runs) {
    first_run({0, 1, 5}, {2, 6});
    write_into(a, 20'000, "other bytes");  // within the same tick of the kernel's clock
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{0, 2, 5, 6}), per_element);
    require_written(disk, {1, 3, 4, 7});
    BOOST_REQUIRE(disk.finish());
    require_content(made, folder.path());
}

BOOST_FIXTURE_TEST_CASE(what_another_program_wrote_before_our_last_write_is_found, runs) {
    {
        auto disk = run();
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0, 1});
        keep(disk);
        write_into(a, 20'000, "other bytes");
        require_written(disk, {2});  // and with it the stamp of the file is ours again
    }
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{0, 2}), per_element);
}

BOOST_FIXTURE_TEST_CASE(after_a_power_cut_what_was_held_counts, runs) {
    first_run({0, 1, 5}, {2});
    files.start_system();
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{0, 1, 2, 5}), per_element);
    BOOST_TEST(files.count_of("read") == 3u);  // the one that was not held, and samples of its file
}

BOOST_FIXTURE_TEST_CASE(after_a_power_cut_a_new_file_with_an_old_number_is_hashed, runs) {
    first_run({0, 1, 5}, {});
    fs::resize_file(a, 0);  // the next file, with the number of this one
    fs::resize_file(a, 5 << 14);
    files.start_system();
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{5}), per_element);
}

BOOST_FIXTURE_TEST_CASE(after_a_power_cut_a_file_without_holes_that_is_another_one_is_hashed, runs) {
    first_run({0, 1, 5}, {});
    write_into(a, 0, std::string(5 << 14, '\0'));
    files.start_system();
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{5}), per_element);
}

BOOST_FIXTURE_TEST_CASE(after_a_power_cut_a_file_that_was_changed_long_after_is_hashed, runs) {
    first_run({0, 1, 5}, {2});
    write_into(a, 20'000, "other bytes");
    change_later(a, 60);
    files.start_system();
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{0, 2, 5}), per_element);
}

BOOST_FIXTURE_TEST_CASE(what_was_changed_a_moment_before_may_change_again_unseen, runs) {
    auto place = put_content(made, folder.path());
    const auto age = [&](std::size_t file, timespec time) {
        const timespec times[2] = {{0, UTIME_OMIT}, time};
        BOOST_REQUIRE(::utimensat(AT_FDCWD, place.paths[file].c_str(), times, 0) == 0);
    };
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    age(0, {now.tv_sec - 1, 0});   // as on FAT: a change two seconds later may look the same
    age(1, {now.tv_sec - 60, 0});  // but its change of this moment is in the time that cannot be set
    bench disk(made, place, files);
    BOOST_REQUIRE(disk.check());
    keep(disk);
    BOOST_TEST(!held->files[0].has_value());
}

BOOST_FIXTURE_TEST_CASE(a_file_that_cannot_be_marked_is_hashed_after_a_kill, runs) {
    files.fail_always("mark", EPERM);
    first_run({0, 1, 5}, {2});
    auto disk = run();
    BOOST_TEST(check(disk) == (numbers{0, 1, 2, 5}), per_element);
    BOOST_TEST(files.count_of("read") >= 4u);
}

BOOST_FIXTURE_TEST_CASE(a_failed_sync_holds_nothing, runs) {
    auto disk = run();
    BOOST_REQUIRE(disk.check());
    require_written(disk, {0, 1});
    files.fail_always("sync_data", EIO);
    BOOST_TEST(!disk.hold().has_value());
    files.heal();
    const auto held_now = disk.hold();
    BOOST_REQUIRE(held_now);
    BOOST_TEST(held_now->pieces.count() <= 2u);
}

BOOST_FIXTURE_TEST_CASE(a_user_who_asks_for_a_check_gets_one, runs) {
    first_run({0, 1, 5}, {});
    auto disk = run();
    BOOST_REQUIRE(disk.check());
    BOOST_TEST(files.count_of("read") == 0u);
    BOOST_REQUIRE(disk.check());
    BOOST_TEST(files.count_of("read") == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_finished_download_is_not_read_again, runs) {
    {
        auto disk = run();
        BOOST_REQUIRE(disk.check());
        BOOST_REQUIRE(disk.write_all());
        BOOST_REQUIRE(disk.finish());
        keep(disk);
    }
    for (int i = 0; i < 3; ++i) {
        auto disk = run();
        BOOST_TEST(check(disk).size() == made.pieces());
        BOOST_TEST(files.count_of("read") == 0u);
        BOOST_REQUIRE(disk.finish());
        keep(disk);
    }
}

BOOST_FIXTURE_TEST_CASE(killed_right_after_the_last_rename_it_is_not_read_again_either, runs) {
    made = make_torrent("film.bin", {{"", noise(8 << 14, 1)}});
    {
        auto disk = run();
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0, 1, 2, 3, 4, 5, 6});
        keep(disk);
        require_written(disk, {7});
        BOOST_REQUIRE(disk.finish());
    }
    auto disk = run();
    BOOST_TEST(check(disk).size() == made.pieces());
    BOOST_TEST(files.count_of("read") < 4u);
}

BOOST_FIXTURE_TEST_CASE(what_was_held_of_other_files_counts_nothing, runs) {
    first_run({0, 1, 5}, {});
    fs::rename(a, a + ".old");
    put_file(a, std::string(5 << 14, 'x'));
    {
        auto disk = run();
        BOOST_TEST(check(disk) == (numbers{5}), per_element);
    }
    auto other = *held;
    other.pieces = torrent::piece_set(3, true);
    held = other;
    auto again = run();
    BOOST_TEST(check(again) == (numbers{5}), per_element);
}

BOOST_FIXTURE_TEST_CASE(a_share_that_was_hashed_before_is_not_read_again, runs) {
    auto place = put_content(made, folder.path());
    {
        bench disk(made, place, files);
        BOOST_REQUIRE(disk.check());
        files.pass_seconds(61);
        keep(disk);
    }
    place.held = held;
    files.forget();
    bench disk(made, place, files);
    BOOST_TEST(check(disk).size() == made.pieces());
    BOOST_TEST(files.count_of("read") == 0u);
    write_into(place.paths[1], 5, "other");
    change_later(place.paths[1], 2);
    bench again(made, place, files);
    BOOST_TEST(check(again).size() == made.pieces() - 1);
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_refused) {
    torrent::held_files held{
        3, -5, "boot", torrent::piece_set(9), {std::nullopt, file_stamp{1, 2, 3, -4, 5}}};
    held.pieces.insert(piece_index(8));
    const auto raw = torrent::write_held(held);
    const auto read = torrent::read_held(raw);
    BOOST_REQUIRE(read);
    BOOST_TEST((*read == held));
    for (std::size_t size = 0; size < raw.size(); ++size)
        BOOST_TEST(!torrent::read_held(byte_view(raw).first(size)).has_value());
    auto longer = raw;
    longer.push_back(0);
    BOOST_TEST(!torrent::read_held(longer).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace bt::storage
