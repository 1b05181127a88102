#include "guest/archive.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace bt;
using guest::archive;

namespace {

std::string made(archive::format how) {
    archive one(how);
    std::string all;
    const auto add = [&](const result<std::string>& part) {
        BOOST_REQUIRE(part.has_value());
        all += *part;
    };
    add(one.begin({"Fotos/Grüße.jpg", 5, 1'700'000'000}));
    add(one.add(as_bytes("hal")));
    add(one.add(as_bytes("lo")));
    add(one.begin({"Fotos/empty", 0, 1'700'000'000}));
    add(one.begin({"Fotos/run", 1, 1'700'000'000, true}));
    add(one.add(as_bytes("x")));
    add(one.end());
    return all;
}

std::size_t count(const std::string& text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(guest_archives)

// that unzip, Python and tar read them is seen in tests/cli/guest_test.py

BOOST_AUTO_TEST_CASE(a_zip_has_its_files_uncompressed_their_names_in_UTF8_and_a_directory) {
    const auto zip = made(archive::format::zip);
    BOOST_TEST(zip.starts_with("PK\x03\x04"));
    BOOST_TEST(count(zip, "hallo") == 1u);
    BOOST_TEST(count(zip, "Fotos/Grüße.jpg") == 2u);
    BOOST_TEST(count(zip, "PK\x01\x02") == 3u);
    BOOST_TEST(count(zip, "PK\x05\x06") == 1u);
}

BOOST_AUTO_TEST_CASE(a_tar_is_whole_blocks_and_has_names_as_they_are) {
    const auto tar = made(archive::format::tar);
    BOOST_TEST(tar.size() % 512 == 0u);
    BOOST_TEST(count(tar, "Fotos/Grüße.jpg") == 1u);
    BOOST_TEST(count(tar, "hallo") == 1u);
}

BOOST_AUTO_TEST_CASE(every_part_comes_when_its_bytes_are_given) {
    archive one(archive::format::zip);
    BOOST_TEST(!one.begin({"a", 3, 0})->empty());
    BOOST_TEST(*one.add(as_bytes("abc")) == "abc");
}

BOOST_AUTO_TEST_SUITE_END()
