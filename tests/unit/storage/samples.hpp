// The torrents that several of the storage tests use.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

#include "bench_disk.hpp"

namespace bt::storage::testing {

// piece 0 = a (whole) + start of b; 1 = middle of b; 2 = end of b + empty + c + start of d/e; 3 = the rest
inline made_torrent four_files() {
    return make_torrent("album", {{"a", noise(5000, 1)},
                                  {"b", noise(30000, 2)},
                                  {"empty", ""},
                                  {"c", noise(1, 3)},
                                  {"d/e", noise(20000, 4), true}});
}
inline made_torrent one_file() { return make_torrent("film.bin", {{"", noise(100'000, 9)}}); }

inline bool says(const error& failure, const std::string& text) {
    return failure.message.find(text) != std::string::npos;
}

template <class T>
void require_storage_error(const result<T>& outcome, const std::string& text) {
    BOOST_REQUIRE(!outcome);
    BOOST_TEST(is_about_files(outcome.error()));
    BOOST_TEST_INFO(outcome.error().message);
    BOOST_TEST(says(outcome.error(), text));
}

}  // namespace bt::storage::testing
