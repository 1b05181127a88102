// Uploads of a control client: what counts as given, what is made durable, when one is given up.
#include "app/daemon/uploads.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "unit/app/temp_folder.hpp"

using namespace bt;
using namespace bt::app;
namespace fs = std::filesystem;

namespace {

struct counted_files : storage::system_files {
    int files = 0, everything = 0;

    storage::os_result<void> sync_data(int fd) override {
        ++files;
        return system_files::sync_data(fd);
    }
    storage::os_result<void> sync_everything(int) override {
        ++everything;
        return {};
    }
};

/// Uploads into a folder, with a thread that is done at once.
struct desk {
    app::testing::temp_folder folder;
    std::shared_ptr<counted_files> disk = std::make_shared<counted_files>();
    time_point now{1000s};
    uploads all{disk, folder.path(), [](auto job) { job()(); }};

    std::uint32_t begin(const std::string& name, decltype(rpc::upload_wish::files) files) {
        const auto number = all.begin(now, {name, std::move(files)});
        BOOST_REQUIRE_MESSAGE(number, number.error().message);
        return *number;
    }
    bool part(std::uint32_t number, const std::string& path, std::uint64_t offset, std::string_view data) {
        bool taken = false;
        all.part(now, number, path, offset, bytes(as_bytes(data).begin(), as_bytes(data).end()),
                 [&](const result<void>& outcome) { taken = outcome.has_value(); });
        return taken;
    }
    /// The name it got; empty: it was refused.
    std::string end(std::uint32_t number) {
        std::string name;
        all.end(number, [&](const result<std::string>& path) {
            if (path) name = path->substr(folder.path().size() + 1);
        });
        return name;
    }
    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(uploads_of_clients)

BOOST_AUTO_TEST_CASE(a_part_that_is_given_twice_counts_once) {
    desk d;
    const auto one = d.begin("a", {{"a", 10}});
    BOOST_TEST(d.part(one, "a", 0, "01234"));
    BOOST_TEST(d.part(one, "a", 0, "01234"));
    BOOST_TEST(d.end(one) == "");
    BOOST_TEST(d.part(one, "a", 7, "789"));
    BOOST_TEST(d.part(one, "a", 3, "345"));
    BOOST_TEST(d.end(one) == "");  // the byte at 6 is missing
    BOOST_TEST(d.part(one, "a", 4, "456"));
    BOOST_TEST(d.end(one) == "a");
    BOOST_TEST(app::testing::content_of(d.folder.path() + "/a") == "0123456789");
}

BOOST_AUTO_TEST_CASE(one_that_is_left_alone_is_given_up_and_its_files_go) {
    desk d;
    const auto left = d.begin("a", {{"a", 10}}), used = d.begin("b", {{"b", 10}});
    BOOST_TEST(d.part(left, "a", 0, "01234"));
    d.now += uploads::idle_time - 1s;
    BOOST_TEST(d.part(used, "b", 0, "01234"));
    d.all.tick(d.now);
    BOOST_TEST(d.entries() == 2u);
    BOOST_TEST((d.all.next_deadline() == d.now + 1s));
    d.now += 1s;
    d.all.tick(d.now);
    BOOST_TEST(d.entries() == 1u);
    BOOST_TEST(!d.part(left, "a", 5, "56789"));
    BOOST_TEST(d.part(used, "b", 5, "56789"));
    BOOST_TEST((d.all.next_deadline() == d.now + uploads::idle_time));
    BOOST_TEST(d.end(used) == "b");
    BOOST_TEST((d.all.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(few_files_are_made_durable_one_by_one_many_at_once) {
    desk d;
    BOOST_TEST(d.end(d.begin("few", {{"few/x/1", 0}, {"few/2", 0}})) == "few");
    BOOST_TEST(d.disk->files == 2);
    BOOST_TEST(d.disk->everything == 0);
    decltype(rpc::upload_wish::files) files;
    for (int i = 0; i < 2'000; ++i)
        files.emplace_back("many/" + std::to_string(i % 7) + "/" + std::to_string(i), 0);
    BOOST_TEST(d.end(d.begin("many", files)) == "many");
    BOOST_TEST(d.disk->files == 2);
    BOOST_TEST(d.disk->everything == 1);
    BOOST_TEST(fs::exists(d.folder.path() + "/many/4/1999"));
}

BOOST_AUTO_TEST_SUITE_END()
