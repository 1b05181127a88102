// Every call fails once: the caller hears of it, and nothing is claimed that is not on disk.
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "bench_disk.hpp"
#include "faulty_files.hpp"
#include "samples.hpp"

using namespace bt;
using namespace bt::storage;
using namespace bt::storage::testing;

namespace {

made_torrent small_folder() {
    return make_torrent(
        "album",
        {{"a", noise(5000, 1)}, {"b", noise(30000, 2), true}, {"empty", ""}, {"d/e", noise(9000, 4)}});
}

struct run_report {
    bool failed = false;         // somebody was told
    torrent::piece_set claimed;  // pieces the storage said are here
    bool finished = false;
};

/// A whole download; goes on after errors as a program would.
run_report download(const made_torrent& made, const std::string& folder, file_system& files, bool overwrite) {
    run_report report;
    report.claimed = torrent::piece_set(made.pieces());
    bench disk(made, download_place{folder, overwrite, {}}, files, 1);
    auto there = disk.check();
    if (!there) {
        report.failed = true;
        return report;
    }
    report.claimed = *there;
    for (std::uint32_t i = 0; i < made.pieces(); ++i) {
        if (report.claimed.has(piece_index(i))) continue;
        auto written = disk.write(i);
        BOOST_TEST((written.outcome != write_outcome::hash_mismatch));
        if (written.outcome == write_outcome::ok)
            report.claimed.insert(piece_index(i));
        else
            report.failed = true;
        if (written.outcome == write_outcome::ok) {
            const auto back = disk.read_piece(i);
            if (back)
                BOOST_TEST((*back == as_text(made.piece(i).view())));
            else
                report.failed = true;
        }
    }
    if (!disk.hold()) report.failed = true;
    const auto finished = disk.finish();
    report.finished = finished.has_value();
    report.failed |= !finished;
    return report;
}

/// What is there before the download begins.
enum class before { nothing, some_finals, some_parts, other_finals };

void prepare(const made_torrent& made, const std::string& folder, before what) {
    const auto final_file = [&](std::size_t i) {
        const auto& file = made.info.files[i];
        put_file(folder + "/" + file.path, made.content.substr(file.begin, file.size));
    };
    if (what == before::some_finals) final_file(1);
    if (what == before::other_finals) put_file(folder + "/" + made.info.files[1].path, noise(30000, 66));
    if (what == before::some_parts) {
        put_file(folder + "/" + made.part_name() + "/b", made.content.substr(5000, 20000));
        final_file(0);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(each_call_of_a_download_may_fail_without_a_false_claim) {
    const auto made = small_folder();
    unsigned rounds = 0;
    for (const auto what : {before::nothing, before::some_finals, before::some_parts, before::other_finals})
        for (const int number : {EIO, ENOSPC, EMFILE, EACCES}) {
            if (what != before::nothing && number != EIO) continue;
            for (std::uint64_t n = 1;; ++n) {
                BOOST_REQUIRE(n < 2000);
                temp_folder folder;
                prepare(made, folder.path(), what);
                faulty_files files;
                files.fail_call(n, number);
                BOOST_TEST_CONTEXT("call " << n << " errno " << number << " before "
                                           << static_cast<int>(what)) {
                    const auto report = download(made, folder.path(), files, what == before::other_finals);
                    const bool fired = files.fired();
                    if (report.finished) require_content(made, folder.path());
                    BOOST_TEST((report.finished || report.failed));
                    // Somebody with a working disk looks at what was left.
                    files.heal();
                    bench again(made, download_place{folder.path(), what == before::other_finals, {}}, files,
                                1);
                    const auto there = again.check();
                    BOOST_REQUIRE_MESSAGE(there.has_value(), (there ? std::string() : there.error().message));
                    BOOST_TEST(!there->lacks_any_of(report.claimed));
                    BOOST_REQUIRE(again.write_all());
                    const auto finished = again.finish();
                    BOOST_REQUIRE_MESSAGE(finished.has_value(),
                                          (finished ? std::string() : finished.error().message));
                    require_content(made, folder.path());
                    BOOST_TEST(!fs::exists(folder / made.part_name()));
                    ++rounds;
                    if (!fired) {
                        BOOST_TEST(report.finished);
                        break;
                    }
                }
            }
        }
    BOOST_TEST_MESSAGE(rounds << " rounds");
    BOOST_TEST(rounds > 300u);
}

BOOST_FIXTURE_TEST_CASE(after_a_failed_sync_its_pieces_are_read_from_the_disk,
                        download_folder<faulty_files>) {
    const auto made = small_folder();
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
    BOOST_REQUIRE(disk.write_all());
    files.fail_always("sync_data", EIO);
    BOOST_TEST((disk.hold().error().code == errc::storage));
    files.heal();
    // the kernel would call the next one good
    require_finished(disk, made);
    BOOST_TEST(files.count_of("drop_cache") > 0u);  // the cache may hold what the disk does not
}

BOOST_AUTO_TEST_CASE(errors_are_told_in_words_with_the_path) {
    const auto made = one_file();
    struct {
        int number;
        const char* words;
    } const cases[] = {{ENOSPC, "no space left on"},
                       {EDQUOT, "quota"},
                       {EFBIG, "larger than"},
                       {EIO, "input/output error"},
                       {EROFS, "read-only"},
                       {EACCES, "permission denied"},
                       {ENAMETOOLONG, "name is too long"},
                       {EMFILE, "too many open files"}};
    for (const auto& one : cases) {
        temp_folder folder;
        faulty_files files;
        bench disk(made, download_place{folder.path(), false, {}}, files);
        BOOST_REQUIRE(disk.check());
        files.fail_always("write", one.number);
        const auto written = disk.write(0);
        BOOST_TEST((written.outcome == write_outcome::failed));
        BOOST_TEST((written.how.error().code == errc::storage));
        BOOST_TEST_INFO(written.how.error().message);
        BOOST_TEST(written.how.error().message.find(one.words) != std::string::npos);
        BOOST_TEST(written.how.error().message.find(folder.path()) != std::string::npos);
        BOOST_TEST(!disk.read_piece(0));
        files.heal();
        BOOST_TEST((disk.write(0).outcome == write_outcome::ok));
    }
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_too_large_for_the_file_system_is_told_before_anything_is_written,
                        download_folder<faulty_files>) {
    const auto made = one_file();
    files.allow_at_most(99'999);
    {
        auto disk = download(made);
        const auto there = disk.check();
        BOOST_REQUIRE(!there);
        BOOST_TEST(there.error().message ==
                   "a file of it has 100.0 kB, and one may have 100.0 kB at most in '" + folder.path() + "'");
    }
    files.allow_at_most(100'000);
    auto disk = download(made);
    BOOST_REQUIRE(disk.check());
}

BOOST_FIXTURE_TEST_CASE(too_little_space_is_told_before_anything_is_written, download_folder<faulty_files>) {
    const auto made = one_file();
    files.claim_free(99'000);
    {
        auto disk = download(made);
        const auto there = disk.check();
        BOOST_REQUIRE(!there);
        BOOST_TEST((there.error().code == errc::storage));
        BOOST_TEST(there.error().message ==
                   "no space left on '" + folder.path() + "': 1.0 kB more are needed, 99.0 kB are free");
    }
    files.claim_free(100'000);
    {
        auto disk = download(made);
        BOOST_REQUIRE(disk.check());
        require_written(disk, {0});
    }
    files.claim_free(84'000);  // what is there needs no room again
    auto disk = download(made);
    BOOST_TEST(disk.check().has_value());
}

BOOST_AUTO_TEST_CASE(a_merge_that_is_cut_short_goes_on_at_the_next_start) {
    const auto made = small_folder();
    // As if it had been killed after so many files.
    for (std::size_t moved = 0; moved <= made.info.files.size(); ++moved) {
        temp_folder folder;
        put_file(folder / "album/mine", "mine");
        system_files files;
        {
            bench disk(made, download_place{folder.path(), false, {}}, files);
            BOOST_REQUIRE(disk.check());
            BOOST_REQUIRE(disk.write_all());
        }
        put_file(folder / (made.part_name() + "/empty"), "");
        for (std::size_t i = 0; i < moved; ++i) {
            const auto& path = made.info.files[i].path;
            fs::create_directories(fs::path(folder / path).parent_path());
            fs::rename(folder / (made.part_name() + path.substr(5)), folder / path);
        }
        bench disk(made, download_place{folder.path(), false, {}}, files);
        BOOST_TEST(disk.check().value().all());
        BOOST_REQUIRE(disk.finish());
        require_content(made, folder.path());
        BOOST_TEST(file_content(folder / "album/mine").value() == "mine");
        BOOST_TEST(!fs::exists(folder / made.part_name()));
    }
}

BOOST_AUTO_TEST_CASE(a_full_disk_goes_on_when_there_is_room_again) {
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("skipped: mounting a small disk needs root");
        return;
    }
    temp_folder folder;
    const auto disk_path = folder / "disk";
    fs::create_directory(disk_path);
    if (::mount("tmpfs", disk_path.c_str(), "tmpfs", 0, "size=1m") != 0) {
        BOOST_TEST_MESSAGE("skipped: mounting is not allowed here");
        return;
    }
    struct unmount {
        std::string path;
        ~unmount() { ::umount2(path.c_str(), MNT_DETACH); }
    } const at_end{disk_path};
    system_files files;
    const auto made = make_torrent("film.bin", {{"", noise(700'000, 9)}});
    bench disk(made, download_place{disk_path, false, {}}, files);
    BOOST_REQUIRE(disk.check());
    put_file(disk_path + "/hog", std::string(600'000, 'x'));
    unsigned written = 0, refused = 0;
    for (std::uint32_t i = 0; i < made.pieces(); ++i) {
        auto outcome = disk.write(i);
        if (outcome.outcome == write_outcome::ok) {
            ++written;
            BOOST_TEST(disk.read_piece(i).has_value());
        } else {
            ++refused;
            BOOST_TEST(outcome.how.error().message.find("no space left on") != std::string::npos);
            BOOST_TEST(!disk.read_piece(i));
        }
    }
    BOOST_TEST(written > 10u);
    BOOST_TEST(refused > 5u);
    BOOST_TEST((disk.finish().error().code == errc::unfinished));
    {
        bench early(made, download_place{disk_path, false, {}}, files);
        BOOST_TEST(!early.check());
    }
    fs::remove(disk_path + "/hog");
    for (std::uint32_t i = 0; i < made.pieces(); ++i)
        if (!disk.read_piece(i)) BOOST_REQUIRE((disk.write(i).outcome == write_outcome::ok));
    BOOST_REQUIRE(disk.finish());
    require_content(made, disk_path);
}

BOOST_FIXTURE_TEST_CASE(folders_that_cannot_be_used_are_told_apart, real_folder) {
    const auto made = make_torrent("film.bin", {{"", noise(1000, 9)}});
    put_file(folder / "file", "x");
    const std::pair<std::string, std::string> cases[] = {{folder / "missing", "does not exist"},
                                                         {folder / "file", "is not a folder"},
                                                         {folder / "file/below", "is not a folder"},
                                                         {"/proc", "nothing can be written in '/proc'"}};
    for (const auto& [path, words] : cases) {
        bench disk(made, download_place{path, false, {}}, files);
        require_storage_error(disk.check(), words);
        BOOST_TEST((disk.write(0).outcome == write_outcome::refused));
        BOOST_TEST(!disk.finish());
        BOOST_TEST(!disk.hold().has_value());
    }
}

BOOST_FIXTURE_TEST_CASE(errors_while_sharing_are_errors_and_not_missing_pieces,
                        download_folder<faulty_files>) {
    const auto made = one_file();
    put_file(folder / "film.bin", made.content);
    bench disk(made, shared_place{{folder / "film.bin"}}, files);
    files.fail_always("read", EIO);
    BOOST_TEST((disk.check().error().code == errc::storage));
    BOOST_TEST((disk.read_piece(0).error().code == errc::storage));
    files.heal();
    BOOST_TEST(disk.check().value().all());
}

BOOST_AUTO_TEST_SUITE_END()
