#include "storage/state_file.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "bench_disk.hpp"
#include "faulty_files.hpp"

using namespace bt;
using namespace bt::storage;

namespace {

struct fixture {
    testing::temp_folder folder;
    testing::faulty_files fs;
    std::string path = folder.path() + "/state/tracker.state";

    result<state_file> open(const std::string& kind = "test 1") { return state_file::open(path, kind, fs); }
    std::string stored() const { return *testing::file_content(path); }
    void store(const std::string& content) const { testing::put_file(path, content); }
};

byte_view view(std::string_view text) { return as_bytes(text); }
std::string text_of(const result<std::optional<bytes>>& loaded) {
    if (!loaded) return "error: " + loaded.error().message;
    return *loaded ? std::string(as_text(**loaded)) : "nothing";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state_file_suite)

BOOST_FIXTURE_TEST_CASE(what_was_saved_is_loaded_by_the_next_run, fixture) {
    {
        auto file = open();
        BOOST_REQUIRE(file);
        BOOST_TEST(text_of(file->load()) == "nothing");
        BOOST_REQUIRE(file->save(view("first")));
        BOOST_REQUIRE(file->save(view("second")));
    }
    BOOST_TEST(text_of(open()->load()) == "second");
}

BOOST_FIXTURE_TEST_CASE(a_second_process_is_told_that_the_file_is_in_use, fixture) {
    const auto first = open();
    const auto second = open();
    BOOST_REQUIRE(!second);
    BOOST_TEST(second.error().message.find("in use") != std::string::npos);
    BOOST_TEST(is_in_use(second.error()));
    BOOST_TEST(!is_in_use(state_file::open("/dev/null/x", "test 1", fs).error()));
}

BOOST_FIXTURE_TEST_CASE(every_cut_and_every_flipped_byte_falls_back_to_the_generation_before, fixture) {
    auto file = open();
    BOOST_REQUIRE(file->save(view("before")));
    BOOST_REQUIRE(file->save(view("after")));
    const auto good = stored();
    for (std::size_t size = 0; size < good.size(); ++size) {
        store(good.substr(0, size));
        BOOST_TEST(text_of(file->load()) == "before");
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
        if (at >= 12 && at < 20) continue;  // the sequence is no part of the archive
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        store(bad);
        BOOST_TEST(text_of(file->load()) == "before", "byte " << at);
    }
    store(good + "x");
    BOOST_TEST(text_of(file->load()) == "before");
}

BOOST_FIXTURE_TEST_CASE(damage_everywhere_is_an_error_that_names_the_file, fixture) {
    auto file = open();
    BOOST_REQUIRE(file->save(view("one")));
    store("btstate\nrubbish");
    BOOST_TEST(text_of(file->load()).find("tracker.state' is damaged") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(one_that_was_set_aside_is_not_missed, fixture) {
    store("btstate\nrubbish");
    auto file = state_file::open(path, "test 1", fs, if_foreign::set_aside);
    BOOST_REQUIRE(file);
    BOOST_TEST(!file->load());
    BOOST_TEST(file->set_aside().has_value());
    BOOST_TEST(!file->stuck());
    BOOST_TEST(file->damaged() == std::vector<std::string>{path + ".damaged"},
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(one_that_cannot_be_set_aside_says_why, fixture) {
    std::filesystem::create_directories(path + ".damaged");
    store("btstate\nrubbish");
    auto file = state_file::open(path, "test 1", fs, if_foreign::set_aside);
    BOOST_REQUIRE(file);
    BOOST_TEST(!file->stuck());
    BOOST_TEST(!file->load());
    BOOST_REQUIRE(file->stuck());
    BOOST_TEST(file->stuck()->message.find(path + ".damaged") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_damaged_one_that_is_set_aside_never_takes_the_place_of_a_whole_one, fixture) {
    {
        auto file = open();
        BOOST_REQUIRE(file->save(view("before")));
        BOOST_REQUIRE(file->save(view("after")));
    }
    store("btstate\nrubbish");
    auto file = state_file::open(path, "test 1", fs, if_foreign::set_aside);
    BOOST_REQUIRE(file);
    BOOST_TEST(text_of(file->load()) == "before");
    BOOST_TEST(file->damaged() == std::vector<std::string>{path + ".damaged"},
               boost::test_tools::per_element());
    BOOST_TEST(*testing::file_content(path + ".damaged") == "btstate\nrubbish");
    BOOST_TEST(text_of(file->load()) == "before");
    BOOST_REQUIRE(file->save(view("next")));
    BOOST_TEST(text_of(file->load()) == "next");
}

BOOST_FIXTURE_TEST_CASE(something_else_of_its_name_is_set_aside_where_the_name_is_ours, fixture) {
    for (const std::string ending : {"", ".old", ".tmp"}) {
        testing::put_file(path + ending, "precious");
        auto file = state_file::open(path, "test 1", fs, if_foreign::set_aside);
        BOOST_REQUIRE(file);
        BOOST_TEST(*testing::file_content(path + ".damaged") == "precious");
        BOOST_TEST(file->save(view("one")).has_value());
        BOOST_TEST(text_of(file->load()) == "one");
    }
}

BOOST_FIXTURE_TEST_CASE(a_file_of_somebody_else_is_refused_and_stays, fixture) {
    for (const std::string ending : {"", ".old", ".tmp"}) {
        testing::put_file(path + ending, "precious");
        const auto refused = open();
        BOOST_REQUIRE(!refused);
        BOOST_TEST(refused.error().message.find("no state file") != std::string::npos,
                   refused.error().message);
        BOOST_TEST(*testing::file_content(path + ending) == "precious");
        testing::fs::remove(path + ending);
    }
    testing::fs::create_directories(path + "/folder");
    BOOST_TEST(!open());
    BOOST_TEST(testing::fs::is_directory(path + "/folder"));
}

BOOST_FIXTURE_TEST_CASE(an_empty_file_is_taken, fixture) {
    testing::put_file(path, "");
    BOOST_TEST(open()->save(view("x")).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_record_of_another_kind_is_not_read, fixture) {
    BOOST_REQUIRE(open()->save(view("one")));
    BOOST_TEST(!open("test 2")->load());
}

BOOST_FIXTURE_TEST_CASE(whatever_call_fails_one_whole_generation_stays, fixture) {
    for (std::uint64_t call = 1; call < 40; ++call) {
        {
            auto file = open();
            BOOST_REQUIRE(file);
            BOOST_REQUIRE(file->save(view("old")));
            fs.fail_call(call, ENOSPC);
            const auto saved = file->save(view("new"));
            const bool failed = fs.fired();
            fs.heal();
            const auto found = text_of(file->load());
            BOOST_TEST((saved ? found == "new" : found == "old" || found == "new"), found);
            if (!failed) return;
        }
    }
    BOOST_ERROR("the calls did not end");
}

BOOST_AUTO_TEST_SUITE_END()
