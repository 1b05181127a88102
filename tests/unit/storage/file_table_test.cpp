#include "storage/file_table.hpp"

#include <fcntl.h>

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::storage;

namespace {
descriptor some_file() { return descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC)); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
bool has(file_table& table, std::uint32_t file) { return table.find(file_index(file), false).has_value(); }
}  // namespace

BOOST_AUTO_TEST_SUITE(file_table_rooms)

BOOST_AUTO_TEST_CASE(the_least_recently_used_goes_first_whatever_torrent_it_is_of) {
    const auto all = std::make_shared<open_files>();
    all->set_capacity(3);
    file_table one(all), other(all);
    one.insert(file_index(0), false, some_file());
    other.insert(file_index(0), false, some_file());
    one.insert(file_index(1), false, some_file());
    BOOST_TEST(has(one, 0));  // now the most recent
    one.insert(file_index(2), false, some_file());
    BOOST_TEST(all->size() == 3u);
    BOOST_TEST(!has(other, 0));
    BOOST_TEST(has(one, 0));
    BOOST_TEST(has(one, 1));
}

BOOST_AUTO_TEST_CASE(a_lower_bound_counts_at_once_and_one_file_is_always_held) {
    const auto all = std::make_shared<open_files>();
    file_table table(all);
    for (std::uint32_t i = 0; i < 10; ++i) table.insert(file_index(i), false, some_file());
    all->set_capacity(0);
    BOOST_TEST(all->size() == 1u);
    BOOST_TEST(has(table, 9));
    table.insert(file_index(10), false, some_file());
    BOOST_TEST(all->size() == 1u);
    BOOST_TEST(has(table, 10));
}

BOOST_AUTO_TEST_CASE(a_writable_one_serves_readers_but_not_the_other_way_round) {
    const auto all = std::make_shared<open_files>();
    file_table table(all);
    table.insert(file_index(1), false, some_file());
    BOOST_TEST(!table.find(file_index(1), true).has_value());
    const auto writer = table.insert(file_index(1), true, some_file());
    BOOST_TEST((table.find(file_index(1), false).value() == writer));
    table.insert(file_index(1), false, some_file());
    BOOST_TEST((table.find(file_index(1), true).value() == writer));
    BOOST_TEST(all->size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_descriptor_in_use_outlives_its_place) {
    const auto all = std::make_shared<open_files>();
    file_table table(all);
    auto held = table.insert(file_index(1), true, some_file());
    const int fd = held->get();
    table.drop(file_index(1));
    table.drop(file_index(1));
    BOOST_TEST(all->size() == 0u);
    BOOST_TEST(is_open(fd));
    held.reset();
    BOOST_TEST(!is_open(fd));
    table.insert(file_index(2), true, some_file());
    table.close_all();
    BOOST_TEST(all->size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_torrent_that_ends_closes_its_own_files_alone) {
    const auto all = std::make_shared<open_files>();
    file_table stays(all);
    stays.insert(file_index(1), true, some_file());
    {
        file_table ends(all);
        ends.insert(file_index(1), true, some_file());
        ends.insert(file_index(2), true, some_file());
        ends.clear();
        BOOST_TEST(all->size() == 1u);
        ends.insert(file_index(2), true, some_file());
    }
    BOOST_TEST(all->size() == 1u);
    BOOST_TEST(has(stays, 1));
}

BOOST_AUTO_TEST_SUITE_END()
