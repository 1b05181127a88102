#include "sim/lives/lives.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/lives/machine.hpp"

namespace {

using namespace bt;
using namespace bt::sim;

BOOST_AUTO_TEST_CASE(whatever_happens_to_a_torrent_its_promises_hold) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const auto outcome = live(seed);
        for (const auto& broken : outcome.broken) BOOST_TEST(false, "seed " << seed << ": " << broken);
    }
}

BOOST_AUTO_TEST_CASE(what_is_done_to_a_complete_download_is_noticed_and_what_is_put_back_is_given_again) {
    world w(1);
    const auto what = album::make(1, 16'384);
    machine sharer(w, what), getter(w, what);
    sharer.share();
    session::get_request wish;
    torrent::magnet link;
    link.hash = what.torrent.info.hash;
    wish.target = link;
    getter.get(wish);
    BOOST_REQUIRE(w.run_until([&] { return getter.is_complete(); }, 60s));
    w.run_for(2s);
    const auto status = [&] { return getter.session().brief_status(w.now(), getter.torrent()); };
    const auto all = status().pieces_have;
    const auto path = what.paths_below(getter.folder())[0];
    for (const bool gone : {false, true}) {
        if (gone)
            std::filesystem::rename(path, path + ".away");
        else
            getter.overwrite(path, 0, bytes(10, 'x'));
        w.run_for(10s);
        BOOST_TEST(status().pieces_have < all);
        BOOST_TEST(status().reason.starts_with("changed, "), status().reason);
        if (gone) std::filesystem::rename(path + ".away", path);
        getter.overwrite(path, 0, what.content[0]);
        w.run_for(10s);
        BOOST_TEST(status().pieces_have == all);
        BOOST_TEST(status().reason == "");
        for (const auto& line : getter.log) BOOST_TEST(line.find(".part") == std::string::npos, line);
    }
}

bytes content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(in), {}};
    return bytes(all.begin(), all.end());
}

/// What stood there before: much of it right, longer or shorter, or something else.
bytes old_content(const bytes& right, rng& random) {
    if (random.chance(0.2)) return bytes(random.below(100'000), 'o');
    auto old = right;
    for (auto changes = random.below(4); changes > 0 && !old.empty(); --changes)
        old[random.below(old.size())] ^= 1;
    if (random.chance(0.5)) old.resize(old.size() / 2 + random.below(old.size() + 20'000), 'o');
    return old;
}

void overwrite_and_die_often(std::uint64_t seed) {
    world w(seed);
    rng random(seed * 3 + 1);
    w.link.bytes_per_second = 100'000 + random.below(400'000);
    const auto what = album::make(seed, 16'384);
    machine sharer(w, what), getter(w, what);
    sharer.share();
    const auto paths = what.paths_below(getter.folder());
    std::vector<bytes> old;
    std::filesystem::create_directories(getter.folder() + "/album");
    for (std::size_t i = 0; i < paths.size(); ++i) {
        old.push_back(old_content(what.content[i], random));
        std::ofstream(paths[i], std::ios::binary)
            .write(reinterpret_cast<const char*>(old[i].data()), static_cast<std::streamsize>(old[i].size()));
        getter.files().touched(paths[i]);
    }
    session::get_request wish;
    wish.target = what.torrent;
    wish.overwrite = true;
    getter.get(wish);
    for (auto deaths = random.below(12); deaths > 0; --deaths) {
        w.run_for(
            duration(static_cast<duration::rep>(random.below(random.chance(0.5) ? 100'000 : 3'000'000))));
        random.chance(0.5) ? getter.kill() : getter.cut_power();
        for (std::size_t i = 0; i < paths.size(); ++i) {
            const auto there = content_of(paths[i]);
            BOOST_TEST((there == old[i] || there == what.content[i]), "seed " << seed << ": " << paths[i]);
        }
        getter.start();
    }
    BOOST_TEST(w.run_until([&] { return getter.is_complete(); }, 10min), "seed " << seed);
    for (const auto& wrong : what.wrong_files(getter.folder(), {}))
        BOOST_TEST(false, "seed " << seed << ": " << wrong);
    for (const auto& line : getter.broken) BOOST_TEST(false, "seed " << seed << ": " << line);
}

BOOST_AUTO_TEST_CASE(whenever_an_overwriting_get_dies_each_old_file_is_whole_or_the_new_one_is) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) overwrite_and_die_often(seed);
}

/// What a user wants of the place of a torrent.
void wish_another_place(machine& m, rng& random, time_point now) {
    const auto choose = [&](std::initializer_list<const char*> some) {
        return std::string(some.begin()[random.below(some.size())]);
    };
    m.with_torrent([&](session::core& s) {
        const auto* torrent = s.torrent(m.torrent());
        if (random.chance(0.5) || torrent == nullptr)
            (void)s.move(now, m.torrent(), m.folder_beside(choose({"files", "second", "third"})), false);
        else if (random.chance(0.5))
            (void)s.rename(now, m.torrent(), torrent->info.name, choose({"album", "disc", "x"}));
        else
            (void)s.rename(now, m.torrent(), torrent->info.files[random.below(5)].path,
                           choose({"a.bin", "b.bin", "new", "other"}));
    });
}

/// Files that are shared: never lost, and in one place.
void move_a_share_and_die_often(std::uint64_t seed) {
    world w(seed);
    rng random(seed * 7 + 1);
    const auto what = album::make(seed, 16'384);
    machine m(w, what);
    m.share();
    for (int step = 0; step < 20; ++step) {
        wish_another_place(m, random, w.now());
        w.run_for(duration(static_cast<duration::rep>(random.below(random.chance(0.7) ? 3'000 : 100'000))));
        if (random.chance(0.7)) random.chance(0.5) ? m.kill() : m.cut_power();
        m.start();
        w.run_for(2s);
        for (const auto& wrong : m.wrong_files())
            BOOST_TEST(false, "seed " << seed << " step " << step << ": " << wrong);
        BOOST_TEST(m.is_complete(), "seed " << seed << " step " << step);
    }
    std::size_t files = 0;
    for (const auto* folder : {"files", "second", "third"})
        for (const auto& each : std::filesystem::recursive_directory_iterator(m.folder_beside(folder)))
            if (each.is_regular_file()) ++files;
    BOOST_TEST(files == what.content.size(), "seed " << seed);
}

/// A download ends whole, wherever it was meanwhile.
void move_a_download_and_die_often(std::uint64_t seed) {
    world w(seed);
    rng random(seed * 11 + 1);
    w.link.bytes_per_second = 50'000 + random.below(200'000);
    const auto what = album::make(seed, 16'384);
    machine sharer(w, what), getter(w, what);
    sharer.share();
    session::get_request wish;
    wish.target = what.torrent;
    getter.get(wish);
    for (int step = 0; step < 15; ++step) {
        w.run_for(duration(static_cast<duration::rep>(random.below(1'500'000))));
        wish_another_place(getter, random, w.now());
        w.run_for(duration(static_cast<duration::rep>(random.below(3'000))));
        if (random.chance(0.7)) random.chance(0.5) ? getter.kill() : getter.cut_power();
        getter.start();
    }
    BOOST_TEST(w.run_until([&] { return getter.is_complete(); }, 10min), "seed " << seed);
    for (const auto& wrong : getter.wrong_files()) BOOST_TEST(false, "seed " << seed << ": " << wrong);
    for (const auto& line : getter.broken) BOOST_TEST(false, "seed " << seed << ": " << line);
}

BOOST_AUTO_TEST_CASE(whenever_a_process_dies_that_moves_or_renames_files_none_is_lost) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        move_a_share_and_die_often(seed);
        move_a_download_and_die_often(seed);
    }
}

BOOST_AUTO_TEST_CASE(a_life_comes_out_the_same_from_the_same_seed) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto one = live(seed), other = live(seed);
        BOOST_TEST(one.trace == other.trace, "seed " << seed);
        BOOST_TEST(one.log == other.log, "seed " << seed);
    }
}

}  // namespace
