#include "storage/file_table.hpp"

#include <fcntl.h>

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::storage;

namespace {
descriptor some_file() { return descriptor(::open("/dev/null", O_RDWR | O_CLOEXEC)); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
}  // namespace

BOOST_AUTO_TEST_SUITE(file_table_rooms)

BOOST_AUTO_TEST_CASE(the_least_recently_used_goes_first) {
    file_table table;
    for (std::uint32_t i = 0; i < file_table::capacity; ++i) table.insert(file_index(i), false, some_file());
    BOOST_TEST(table.find(file_index(0), false).has_value());  // now the most recent
    table.insert(file_index(1000), false, some_file());
    BOOST_TEST(table.size() == file_table::capacity);
    BOOST_TEST(table.find(file_index(0), false).has_value());
    BOOST_TEST(!table.find(file_index(1), false).has_value());
    BOOST_TEST(table.find(file_index(2), false).has_value());
}

BOOST_AUTO_TEST_CASE(a_writable_one_serves_readers_but_not_the_other_way_round) {
    file_table table;
    table.insert(file_index(1), false, some_file());
    BOOST_TEST(!table.find(file_index(1), true).has_value());
    const auto writer = table.insert(file_index(1), true, some_file());
    BOOST_TEST((table.find(file_index(1), false).value() == writer));
    table.insert(file_index(1), false, some_file());
    BOOST_TEST((table.find(file_index(1), true).value() == writer));
    BOOST_TEST(table.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_descriptor_in_use_outlives_its_place) {
    file_table table;
    auto held = table.insert(file_index(1), true, some_file());
    const int fd = held->get();
    table.drop(file_index(1));
    table.drop(file_index(1));
    BOOST_TEST(table.size() == 0u);
    BOOST_TEST(is_open(fd));
    held.reset();
    BOOST_TEST(!is_open(fd));
    table.insert(file_index(2), true, some_file());
    table.clear();
    BOOST_TEST(table.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
