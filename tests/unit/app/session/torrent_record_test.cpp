#include "app/session/torrent_record.hpp"

#include "../temp_folder.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "net/loop.hpp"

using namespace bt;
using namespace bt::app;
using bt::session::read_resume;
using bt::session::resume_data;
using bt::session::write_resume;
namespace fs = std::filesystem;

namespace {

endpoint at(const char* text) { return *endpoint::parse(text); }

resume_data some() {
    return {
        6'000'000'000, 123, 1'763'661'600, {at("192.0.2.1:6881"), at("[2001:db8::1]:1"), at("10.0.0.9:2")}};
}

info_hash hash_of(unsigned number) {
    info_hash hash;
    hash.bytes[0] = static_cast<std::uint8_t>(number);
    hash.bytes[1] = static_cast<std::uint8_t>(number >> 8);
    return hash;
}

struct fixture {
    testing::temp_folder folder;
    net::loop loop;
    storage::system_files files;
    storage::disk_pool disk{2, loop.make_poster()};

    auto open(unsigned number = 1) {
        return torrent_record::open(folder.path(), hash_of(number), files, disk);
    }
    void save(torrent_record& record, const resume_data& memory) {
        record.save(memory, [this](const result<void>& saved) {
            BOOST_TEST(saved.has_value());
            loop.stop();
        });
        loop.run();
    }
    std::string path(unsigned number, const std::string& ending = "") const {
        return folder.path() + "/torrents/" + to_hex(hash_of(number).span()) + ending;
    }
    void age(unsigned number, std::chrono::hours by) {
        for (const char* ending : {"", ".old", ".lock"})
            if (fs::exists(path(number, ending)))
                fs::last_write_time(path(number, ending), fs::file_time_type::clock::now() - by);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(what_a_run_learnt_of_a_torrent_is_there_for_the_next, fixture) {
    auto memory = some();
    {
        auto record = open();
        BOOST_REQUIRE(record);
        BOOST_TEST(!(*record)->load()->has_value());
        save(**record, memory);
        memory.uploaded = 456;
        save(**record, memory);
    }
    const auto record = open();
    BOOST_REQUIRE(record);
    const auto left = (*record)->load();
    BOOST_REQUIRE(left);
    // the families apart, each in its order
    memory.peers = {at("192.0.2.1:6881"), at("10.0.0.9:2"), at("[2001:db8::1]:1")};
    BOOST_TEST((*left == memory));
}

BOOST_FIXTURE_TEST_CASE(of_several_words_under_way_the_last_counts, fixture) {
    {
        auto record = open();
        BOOST_REQUIRE(record);
        int done = 0;
        for (std::uint64_t i = 1; i <= 20; ++i)
            (*record)->save({i, 0, 0, {}}, [&](const result<void>&) {
                if (++done == 20) loop.stop();
            });
        loop.run();
    }
    BOOST_TEST((*open())->load()->value().downloaded == 20u);
}

BOOST_FIXTURE_TEST_CASE(one_process_at_a_time_has_it, fixture) {
    const auto first = open();
    BOOST_REQUIRE(first);
    BOOST_TEST(!open());
    BOOST_TEST(open(2).has_value());
}

BOOST_FIXTURE_TEST_CASE(without_a_folder_there_is_no_record, fixture) {
    BOOST_TEST(!torrent_record::open("", hash_of(1), files, disk));
    BOOST_TEST(!torrent_record::open("/proc/nowhere", hash_of(1), files, disk));
}

BOOST_FIXTURE_TEST_CASE(a_damaged_record_is_an_error_of_loading_and_written_anew, fixture) {
    fs::create_directories(folder.path() + "/torrents");
    testing::put_file(path(1), "btstate\nand no more");
    auto record = open();
    BOOST_REQUIRE(record);
    const auto left = (*record)->load();
    BOOST_REQUIRE(!left);
    BOOST_TEST((left.error().code == errc::bad_data));
    save(**record, some());
    BOOST_TEST((*record)->load()->value().downloaded == some().downloaded);
}

BOOST_FIXTURE_TEST_CASE(whatever_stands_in_its_place_is_moved_aside_and_life_goes_on, fixture) {
    for (const std::string& rubbish : {std::string(100, '\0'), std::string("x"), std::string("btstate\nx")}) {
        for (const bool before : {false, true}) {
            if (before) {
                auto record = open();
                save(**record, some());
                save(**record, some());
            } else {
                fs::remove_all(folder.path() + "/torrents");
                fs::create_directories(folder.path() + "/torrents");
            }
            testing::put_file(path(1), rubbish);
            auto record = open();
            BOOST_REQUIRE(record);
            const auto left = (*record)->load();
            BOOST_TEST((left && left->has_value()) == before);
            BOOST_TEST((*record)->damaged() == path(1, ".damaged"));
            BOOST_TEST(testing::content_of(path(1, ".damaged")) == rubbish);
            save(**record, some());
            record->reset();
            record = open();
            BOOST_TEST((*record)->load()->value().downloaded == some().downloaded);
            BOOST_TEST((*record)->damaged() == "");
        }
    }
}

BOOST_FIXTURE_TEST_CASE(what_is_whole_but_makes_no_sense_is_moved_aside_too, fixture) {
    {
        auto file = storage::state_file::open(path(1), "torrent 1", files);
        BOOST_REQUIRE(file->save(as_bytes(std::string_view("d4:downi-1ee"))));
    }
    auto record = open();
    BOOST_TEST(!(*record)->load());
    BOOST_TEST(fs::exists(path(1, ".damaged")));
    BOOST_TEST(!fs::exists(path(1)));
}

BOOST_AUTO_TEST_CASE(every_truncation_of_a_record_is_damage) {
    const auto whole = write_resume(some());
    BOOST_REQUIRE(read_resume(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        BOOST_TEST(!read_resume(byte_view(whole).first(size)), size);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_damage) {
    for (const char* text :
         {"le", "de", "d4:downi-1e4:seeni0e2:upi0ee", "d4:downi1e4:seen1:x2:upi0ee", "d4:downi1e4:seeni0ee",
          "d4:downi1e5:peers5:12345"
          "4:seeni0e2:upi0ee",
          "d4:downi1e5:peersi7e4:seeni0e2:upi0ee"})
        BOOST_TEST(!read_resume(as_bytes(std::string_view(text))), text);
    BOOST_TEST(read_resume(as_bytes(std::string_view("d4:downi1e4:seeni0e2:upi0ee"))).has_value());
    resume_data many;
    many.peers.assign(limits::saved_peers + 50, at("192.0.2.1:1"));
    BOOST_TEST(read_resume(write_resume(many))->peers.size() == limits::saved_peers);
}

BOOST_AUTO_TEST_CASE(addresses_that_mean_nothing_later_are_not_kept) {
    const resume_data memory{0, 0, 0, {at("[fe80::1%2]:1"), at("192.168.1.2:1"), at("0.0.0.0:1")}};
    BOOST_TEST((read_resume(write_resume(memory))->peers == std::vector<endpoint>{at("192.168.1.2:1")}));
}

BOOST_FIXTURE_TEST_CASE(records_go_when_nobody_has_asked_for_90_days, fixture) {
    for (const unsigned i : {1u, 2u, 3u}) {
        auto record = open(i);
        BOOST_REQUIRE(record);
        save(**record, some());
    }
    age(1, std::chrono::hours(91 * 24));
    age(2, std::chrono::hours(89 * 24));
    age(3, std::chrono::hours(91 * 24));
    const auto held = open(3);
    testing::put_file(folder.path() + "/torrents/a letter", "dear");
    forget_old_records(folder.path());
    BOOST_TEST(!fs::exists(path(1)));
    BOOST_TEST(!fs::exists(path(1, ".lock")));
    BOOST_TEST(fs::exists(path(2)));
    BOOST_TEST(fs::exists(path(3)));
    BOOST_TEST(fs::exists(folder.path() + "/torrents/a letter"));
    forget_old_records(folder.path() + "/nowhere");
}

BOOST_FIXTURE_TEST_CASE(of_more_than_ten_thousand_records_the_oldest_go, fixture) {
    fs::create_directories(folder.path() + "/torrents");
    for (unsigned i = 0; i < 10'003; ++i) {
        testing::put_file(path(i), "btstate\n");
        age(i, std::chrono::hours(i / 10));
    }
    forget_old_records(folder.path());
    BOOST_TEST(fs::exists(path(9'999)));
    for (const unsigned i : {10'000u, 10'001u, 10'002u}) BOOST_TEST(!fs::exists(path(i)));
}
