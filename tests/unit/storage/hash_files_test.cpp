#include "storage/hash_files.hpp"

#include <boost/test/unit_test.hpp>

#include "bench_disk.hpp"
#include "samples.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

std::vector<made_file> uneven_files() {
    std::vector<made_file> files{{"0", ""}};
    for (int i = 1; i < 60; ++i)
        files.push_back({std::to_string(100 + i),
                         noise(static_cast<std::size_t>(i * i * 17 % 70000), static_cast<std::uint64_t>(i))});
    return files;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hashing)

BOOST_AUTO_TEST_CASE(the_hashes_are_those_of_the_pieces_whatever_the_threads) {
    temp_folder folder;
    const auto made = make_torrent("t", uneven_files());
    put_content(made, folder.path());
    const auto tree = walk({folder / "t"}, "", {}).value();
    for (const unsigned threads : {0u, 1u, 3u, 200u}) {
        const auto hashes = hash(tree, {16384, threads, {}, nullptr});
        BOOST_REQUIRE(hashes);
        BOOST_TEST((*hashes == made.info.piece_hashes));
    }
}

BOOST_AUTO_TEST_CASE(long_files_are_hashed_in_parts) {
    temp_folder folder;
    const auto made = make_torrent("t", {{"", noise((20 << 20) + 12345, 6)}}, 1 << 18);
    put_file(folder / "t", made.content);
    const auto tree = walk({folder / "t"}, "", {}).value();
    std::uint64_t last = 0;
    const auto hashes = hash(tree, {1 << 18, 3,
                                    [&](std::uint64_t done) {
                                        BOOST_TEST(done >= last);
                                        last = done;
                                    },
                                    nullptr});
    BOOST_TEST((hashes.value() == made.info.piece_hashes));
    BOOST_TEST(last == made.content.size());
}

BOOST_AUTO_TEST_CASE(a_file_that_changed_size_is_an_error_that_names_it) {
    temp_folder folder;
    put_file(folder / "t/a", noise(50000, 1));
    put_file(folder / "t/b", noise(50000, 2));
    const auto tree = walk({folder / "t"}, "", {}).value();
    for (const std::uintmax_t size : {49'999u, 50'001u, 0u}) {
        fs::resize_file(folder / "t/b", size);
        require_storage_error(hash(tree, {16384, 2, {}, nullptr}), "t/b' changed");
    }
    fs::remove(folder / "t/b");
    BOOST_TEST((hash(tree, {16384, 2, {}, nullptr}).error().code == errc::storage));
}

BOOST_AUTO_TEST_CASE(hashing_can_be_given_up) {
    temp_folder folder;
    put_file(folder / "t", noise(5 << 20, 1));
    const auto tree = walk({folder / "t"}, "", {}).value();
    const std::atomic<bool> cancel{true};
    BOOST_TEST(!hash(tree, {16384, 2, {}, &cancel}));
}

BOOST_AUTO_TEST_SUITE_END()
