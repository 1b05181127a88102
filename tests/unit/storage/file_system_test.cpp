#include "storage/file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "bench_disk.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

struct both_ways {
    temp_folder folder;
    system_files files;
    descriptor root = std::move(*files.open(folder.path(), open_for::listing));

    /// The kernel's way and the one by steps must agree; gives the errno, 0 for success.
    int open(const std::string& path, open_for how) {
        const auto number = [](const os_result<descriptor>& got) { return got ? 0 : got.error().number; };
        const int fast = number(files.open_beneath(root.get(), path, how));
        const int slow = number(storage::detail::open_beneath_by_steps(root.get(), path, how));
        BOOST_TEST((fast == slow), path << ": " << fast << " and " << slow);
        return fast;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(file_system_rooms)

BOOST_FIXTURE_TEST_CASE(nothing_is_opened_outside_the_folder, both_ways) {
    put_file(folder / "in/file", "x");
    BOOST_TEST(open("in/file", open_for::reading) == 0);
    BOOST_TEST(open("in", open_for::listing) == 0);
    BOOST_TEST(open("in/none", open_for::writing) == ENOENT);
    BOOST_TEST(open("none/file", open_for::writing_or_new) == ENOENT);
    BOOST_TEST(open("in/file/below", open_for::reading) == ENOTDIR);
    BOOST_TEST(open("/etc/passwd", open_for::reading) == EXDEV);
    BOOST_TEST(open("../escape", open_for::writing_or_new) == EXDEV);
    fs::create_symlink("/etc", folder / "link");
    fs::create_symlink("in", folder / "inner");
    fs::create_symlink("/etc/passwd", folder / "in/passwd");
    BOOST_TEST(open("link/passwd", open_for::reading) == ELOOP);
    BOOST_TEST(open("inner/file", open_for::reading) == ELOOP);
    BOOST_TEST(open("in/passwd", open_for::reading) == ELOOP);
    BOOST_TEST(open("in/passwd", open_for::writing_or_new) == ELOOP);
    BOOST_TEST(open("in", open_for::writing) == EISDIR);
}

BOOST_FIXTURE_TEST_CASE(looking_shows_a_link_as_a_link, both_ways) {
    fs::create_symlink("/etc/passwd", folder / "link");
    const auto opened = files.open_beneath(root.get(), "link", open_for::looking);
    BOOST_REQUIRE(opened);
    BOOST_TEST((files.facts(opened->get())->kind == file_kind::link));
    const auto slow = storage::detail::open_beneath_by_steps(root.get(), "link", open_for::looking);
    BOOST_REQUIRE(slow);
    BOOST_TEST((files.facts(slow->get())->kind == file_kind::link));
}

BOOST_FIXTURE_TEST_CASE(a_pipe_does_not_hold_us_up, both_ways) {
    BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    const auto opened = files.open_beneath(root.get(), "pipe", open_for::reading);
    BOOST_REQUIRE(opened);
    BOOST_TEST((files.facts(opened->get())->kind == file_kind::other));
}

BOOST_FIXTURE_TEST_CASE(no_way_of_renaming_replaces_anything, both_ways) {
    const auto ways = {+[](int from, const std::string& a, int to, const std::string& b) {
                           return system_files().rename_new(from, a, to, b);
                       },
                       +[](int from, const std::string& a, int to, const std::string& b) {
                           return storage::detail::rename_new_by_link(from, a, to, b);
                       },
                       +[](int from, const std::string& a, int to, const std::string& b) {
                           return storage::detail::rename_new_by_placeholder(from, a, to, b);
                       }};
    int way = 0;
    for (const auto rename : ways) {
        put_file(folder / "a", "a");
        put_file(folder / "taken", "taken");
        const auto refused = rename(root.get(), "a", root.get(), "taken");
        BOOST_REQUIRE(!refused);
        BOOST_TEST(refused.error().number == EEXIST);
        BOOST_TEST(file_content(folder / "taken").value() == "taken");
        const auto moved = rename(root.get(), "a", root.get(), "b");
        BOOST_REQUIRE(moved);
        BOOST_TEST(file_content(folder / "b").value() == "a");
        BOOST_TEST(!fs::exists(folder / "a"));
        fs::remove(folder / "b");
        if (++way == 2) continue;  // folders have no second names
        put_file(folder / "from/x", "x");
        put_file(folder / "to/y", "y");
        const auto kept = rename(root.get(), "from", root.get(), "to");
        BOOST_REQUIRE(!kept);
        BOOST_TEST(kept.error().number == EEXIST);
        BOOST_REQUIRE(rename(root.get(), "from", root.get(), "new"));
        BOOST_TEST(file_content(folder / "new/x").value() == "x");
        fs::remove_all(folder / "new");
    }
}

BOOST_FIXTURE_TEST_CASE(a_lock_ends_with_its_descriptor, both_ways) {
    put_file(folder / "file", "");
    {
        const auto first = std::move(*files.open_beneath(root.get(), "file", open_for::writing));
        const auto second = std::move(*files.open_beneath(root.get(), "file", open_for::writing));
        BOOST_TEST(files.lock(first.get()).has_value());
        BOOST_TEST(files.lock(second.get()).error().number == EWOULDBLOCK);
    }
    const auto third = std::move(*files.open_beneath(root.get(), "file", open_for::writing));
    BOOST_TEST(files.lock(third.get()).has_value());
}

BOOST_FIXTURE_TEST_CASE(holes_are_found, both_ways) {
    const auto file = std::move(*files.open_beneath(root.get(), "sparse", open_for::writing_or_new));
    constexpr std::uint64_t size = 4 << 20, middle = 1 << 20;
    BOOST_REQUIRE(files.resize(file.get(), size));
    BOOST_TEST(files.next_data(file.get(), 0, size).value() == size);
    BOOST_REQUIRE(files.write(file.get(), as_bytes("data"), middle));
    const auto data = files.next_data(file.get(), 0, size).value();
    BOOST_TEST(data <= middle);
    const auto hole = files.next_hole(file.get(), middle, size).value();
    BOOST_TEST((hole >= middle + 4 && hole <= size));
}

BOOST_AUTO_TEST_CASE(which_disks_spin_is_known_from_the_disk_of_a_partition_and_of_virtual_ones_not_at_all) {
    const temp_folder sys;
    const auto device = [&](const std::string& number, const std::string& place,
                            const std::string& rotational) {
        const auto path = sys / place;
        fs::create_directories(path);
        if (!rotational.empty()) put_file(path + "/queue/rotational", rotational + "\n");
        fs::create_directory_symlink(place, sys / number);
        return storage::detail::is_spinning(sys / number);
    };
    BOOST_TEST(device("8:0", "pci/block/sda", "1"));
    BOOST_TEST(device("8:1", "pci/block/sda/sda1", ""));
    BOOST_TEST(!device("259:0", "pci/block/nvme0n1", "0"));
    BOOST_TEST(!device("259:1", "pci/block/nvme0n1/nvme0n1p1", ""));
    BOOST_TEST(!device("254:0", "pci/virtio1/block/vda", "1"));
    BOOST_TEST(!storage::detail::is_spinning(sys / "0:42"));
}

BOOST_AUTO_TEST_SUITE_END()
