#include "app/dht/dht_state.hpp"

#include <memory>
#include <vector>

#include "../temp_folder.hpp"
#include "app/dht_options.hpp"

using namespace bt;
using namespace bt::app;
namespace fs = std::filesystem;

namespace {

dht::saved_state knowing(const char* node) {
    dht::saved_state state;
    state.id_v4.emplace();
    state.id_v4->bytes[0] = 7;
    state.nodes.push_back({{}, *endpoint::parse(node)});
    return state;
}

struct fixture {
    testing::temp_folder folder;
    net::loop loop;
    std::vector<std::string> warnings;

    result<std::unique_ptr<dht_state>> open() {
        return dht_state::open(loop, folder.path() + "/state",
                               [this](const std::string& text) { warnings.push_back(text); });
    }
    void run(const dht::saved_state& state) {
        auto opened = open();
        BOOST_REQUIRE(opened);
        (*opened)->keep([&] { return state; });
        (*opened)->save_last();
    }
    std::optional<dht::saved_state> left() {
        const auto loaded = (*open())->load();
        BOOST_REQUIRE(loaded);
        return *loaded;
    }
    bool is_there(const std::string& name) const { return fs::exists(folder.path() + "/state/" + name); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_a_run_learnt_is_there_for_the_next, fixture) {
    BOOST_TEST(!left());
    const auto state = knowing("192.0.2.7:6881");
    run(state);
    BOOST_TEST((left() == state));
    BOOST_TEST(warnings.empty());
}

BOOST_FIXTURE_TEST_CASE(eight_nodes_have_a_file_each_and_the_ninth_none, fixture) {
    std::vector<std::unique_ptr<dht_state>> running;
    for (int i = 1; i <= 8; ++i) {
        auto opened = open();
        BOOST_REQUIRE(opened);
        running.push_back(std::move(*opened));
        BOOST_TEST(is_there(i == 1 ? "dht.lock" : "dht-" + std::to_string(i) + ".lock"));
    }
    const auto ninth = open();
    BOOST_REQUIRE(!ninth);
    BOOST_TEST((ninth.error().code == errc::storage));
    // the first that is free again
    running[2].reset();
    running[5].reset();
    auto next = open();
    BOOST_REQUIRE(next);
    (*next)->keep([] { return knowing("192.0.2.7:6881"); });
    (*next)->save_last();
    BOOST_TEST(is_there("dht-3"));
    BOOST_TEST(!is_there("dht-6"));
}

BOOST_FIXTURE_TEST_CASE(a_run_that_met_nobody_keeps_what_an_earlier_one_knew, fixture) {
    const auto state = knowing("192.0.2.7:6881");
    run(state);
    run({});
    BOOST_TEST((left() == state));
}

BOOST_FIXTURE_TEST_CASE(a_damaged_file_is_an_error_of_loading_and_written_anew, fixture) {
    fs::create_directories(folder.path() + "/state");
    testing::put_file(folder.path() + "/state/dht", "btstate\nand no more");
    {
        const auto opened = open();
        BOOST_REQUIRE(opened);
        const auto loaded = (*opened)->load();
        BOOST_REQUIRE(!loaded);
        BOOST_TEST((loaded.error().code == errc::bad_data));
    }
    run(knowing("192.0.2.7:6881"));
    BOOST_TEST(left().has_value());
}

BOOST_FIXTURE_TEST_CASE(somebody_elses_file_of_that_name_stays_and_the_next_is_taken, fixture) {
    fs::create_directories(folder.path() + "/state");
    testing::put_file(folder.path() + "/state/dht", "a letter");
    run(knowing("192.0.2.7:6881"));
    BOOST_TEST(is_there("dht-2"));
    BOOST_TEST(fs::file_size(folder.path() + "/state/dht") == 8u);
}

BOOST_AUTO_TEST_CASE(without_a_folder_there_is_no_state) {
    net::loop loop;
    BOOST_TEST(!dht_state::open(loop, "", [](const std::string&) {}));
    BOOST_TEST(!dht_state::open(loop, "/proc/nowhere", [](const std::string&) {}));
}

BOOST_AUTO_TEST_CASE(who_stays_on_this_network_forgets_the_nodes_of_the_internet) {
    auto state = knowing("192.0.2.7:6881");
    for (const char* local : {"192.168.1.2:1", "[fe80::1]:1", "127.0.0.1:1"})
        state.nodes.push_back({{}, *endpoint::parse(local)});
    BOOST_TEST((usable_state(state, {}) == state));
    const auto left = usable_state(state, {false, {}});
    BOOST_TEST(left.nodes.size() == 3u);
    BOOST_TEST((left.id_v4 == state.id_v4));
}

BOOST_AUTO_TEST_CASE(named_nodes_come_instead_of_the_public_routers) {
    using words = std::vector<std::string>;
    BOOST_TEST(dht_routers({}).size() == 4u);
    BOOST_TEST(dht_routers({false, {}}).empty());
    BOOST_TEST((dht_routers({true, {"a:1"}}) == words{"a:1"}));
    BOOST_TEST((dht_routers({false, {"a:1"}}) == words{"a:1"}));
}
