// A temporary folder, torrents made of given files, and a loop whose turn it is when the test says so.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "crypto/hash.hpp"
#include "storage/torrent_storage.hpp"
#include "torrent/create.hpp"
#include "torrent/metainfo.hpp"

namespace bt::storage::testing {

namespace fs = std::filesystem;
using names = std::vector<std::string>;
constexpr auto per_element = boost::test_tools::per_element();

class temp_folder {
  public:
    temp_folder() {
        std::string name = fs::temp_directory_path() / "storage-test-XXXXXX";
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~temp_folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    temp_folder(const temp_folder&) = delete;
    temp_folder& operator=(const temp_folder&) = delete;
    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

inline void put_file(const std::string& path, const std::string& content) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
}

inline std::optional<std::string> file_content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// Every path below a folder, folders with a '/' at the end, sorted.
inline names listing(const std::string& folder) {
    names out;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        out.push_back(fs::relative(entry.path(), folder).string() +
                      (entry.is_directory() && !entry.is_symlink() ? "/" : ""));
    std::sort(out.begin(), out.end());
    return out;
}

inline std::string noise(std::size_t size, std::uint64_t seed) {
    rng random(seed);
    std::string out(size, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
    return out;
}

struct made_file {
    std::string path;  // below the torrent's folder; empty for a single file
    std::string content;
    bool executable = false;
    bool padding = false;
};

/// A torrent and all its bytes.
struct made_torrent {
    torrent::info info;
    std::string content;

    buffer piece(std::uint32_t index) const {
        const auto at = info.shape.piece_begin(piece_index(index));
        buffer out(info.shape.piece_size(piece_index(index)));
        std::copy_n(content.data() + at, out.size(), out.data());
        return out;
    }
    std::string text(std::uint32_t index) const { return std::string(as_text(piece(index).view())); }
    std::uint32_t pieces() const { return info.shape.piece_count(); }
    std::string part_name() const;
};

inline std::string made_torrent::part_name() const {
    static const char digits[] = "0123456789abcdef";
    std::string hex;
    for (int i = 0; i < 4; ++i) {
        const auto byte = info.hash.bytes[static_cast<std::size_t>(i)];
        hex += {digits[byte >> 4], digits[byte & 15]};
    }
    return info.name + "." + hex + ".part";
}

inline made_torrent make_torrent(const std::string& name, const std::vector<made_file>& files,
                                 std::uint32_t piece_bytes = 16384) {
    made_torrent out;
    auto& info = out.info;
    info.name = name;
    info.multi_file = !(files.size() == 1 && files.front().path.empty());
    std::vector<torrent::file_entry> entries;
    for (const auto& file : files) {
        torrent::file_entry entry;
        entry.path = info.multi_file ? name + "/" + file.path : name;
        entry.begin = out.content.size();
        entry.size = file.content.size();
        entry.padding = file.padding;
        entry.executable = file.executable;
        entries.push_back(entry);
        out.content += file.content;
    }
    info.files = shared_list(std::move(entries));
    info.shape = *torrent::geometry::make(out.content.size(), piece_bytes);
    bytes hashes;
    for (std::uint32_t i = 0; i < info.shape.piece_count(); ++i) {
        const auto digest = crypto::sha1(out.piece(i).view());
        hashes.insert(hashes.end(), digest.bytes.begin(), digest.bytes.end());
    }
    info.piece_hashes = shared_bytes(std::move(hashes));
    info.hash.bytes = crypto::sha1(as_bytes(name + out.content)).bytes;
    return out;
}

/// Collects what the pool posts and runs it when asked, as the loop would.
class test_loop {
  public:
    disk_pool::poster poster() {
        return [this](std::function<void()> call) {
            const std::lock_guard lock(mutex_);
            calls_.push_back(std::move(call));
            ready_.notify_one();
        };
    }
    /// Runs posted calls until `until` holds.
    template <class F>
    void run(F until) {
        while (!until()) {
            std::function<void()> call;
            {
                std::unique_lock lock(mutex_);
                const bool came =
                    ready_.wait_for(lock, std::chrono::seconds(60), [this] { return !calls_.empty(); });
                BOOST_REQUIRE_MESSAGE(came, "the pool never answered");
                call = std::move(calls_.front());
                calls_.pop_front();
            }
            call();
        }
    }
    void drain() {
        for (;;) {
            std::function<void()> call;
            {
                const std::lock_guard lock(mutex_);
                if (calls_.empty()) return;
                call = std::move(calls_.front());
                calls_.pop_front();
            }
            call();
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::function<void()>> calls_;
};

/// A storage whose calls wait for their result.
class bench {
  public:
    bench(const made_torrent& made, download_place place, file_system& files, unsigned threads = 2)
        : made_(made), pool_(threads, loop_.poster()) {
        storage_ = std::make_unique<torrent_storage>(made.info, std::move(place), pool_, files);
    }
    bench(const made_torrent& made, shared_place place, file_system& files, unsigned threads = 2)
        : made_(made), pool_(threads, loop_.poster()) {
        storage_ = std::make_unique<torrent_storage>(made.info, std::move(place), pool_, files);
    }

    result<torrent::piece_set> check(bool all = true) {
        return wait_for<result<torrent::piece_set>>([&](auto done) { storage_->check({}, done, all); });
    }
    struct written {
        write_outcome outcome;
        result<void> how;
        buffer data;
    };
    written write(std::uint32_t piece) { return write(piece, made_.piece(piece)); }
    written write(std::uint32_t piece, buffer data) {
        std::optional<written> got;
        storage_->write(piece_index(piece), std::move(data),
                        [&](write_outcome outcome, result<void> how, buffer back) {
                            got.emplace(written{outcome, std::move(how), std::move(back)});
                        });
        run([&] { return got.has_value(); });
        return std::move(*got);
    }
    bool write_all() {
        bool good = true;
        for (std::uint32_t i = 0; i < made_.pieces(); ++i) good &= write(i).outcome == write_outcome::ok;
        return good;
    }
    result<std::string> read(std::vector<torrent::block_range> ranges, std::size_t gap = 0) {
        std::optional<result<std::string>> got;
        storage_->read(std::move(ranges), gap, [&](result<void> how, buffer frames) {
            if (how)
                got.emplace(std::string(as_text(frames.view())));
            else
                got.emplace(unexpected(how.error()));
        });
        run([&] { return got.has_value(); });
        return std::move(*got);
    }
    result<std::string> read_piece(std::uint32_t piece) {
        std::vector<torrent::block_range> ranges;
        for (std::uint32_t i = 0; i < made_.info.shape.block_count(piece_index(piece)); ++i)
            ranges.push_back(made_.info.shape.block(piece_index(piece), block_index(i)));
        return read(std::move(ranges));
    }
    bool looks_good(std::uint32_t piece) {
        return wait_for<bool>([&](auto done) { storage_->look_at(piece_index(piece), done); });
    }
    result<torrent::held_files> hold() {
        return wait_for<result<torrent::held_files>>([&](auto done) { storage_->hold(done); });
    }
    result<void> select(std::vector<bool> wanted) {
        return wait_for<result<void>>([&](auto done) { storage_->select(std::move(wanted), done); });
    }
    result<std::string> finish() {
        return wait_for<result<std::string>>([&](auto done) {
            storage_->finish([this, done](finish_outcome outcome, result<std::string> path) {
                last_finish = outcome;
                done(std::move(path));
            });
        });
    }
    result<void> look() {
        return wait_for<result<void>>([&](auto done) { storage_->look(done); });
    }
    /// Looks, and waits until what is in doubt has been hashed.
    files_changed look_and_settle() {
        files_changed all;
        listen(all);
        BOOST_REQUIRE(look());
        run([&] { return all.over; });
        storage_->on_change({});
        return all;
    }
    void listen(files_changed& all) {
        storage_->on_change([&all](const files_changed& some) {
            if (all.file.empty()) all.file = some.file;
            all.lost.insert(all.lost.end(), some.lost.begin(), some.lost.end());
            all.found.insert(all.found.end(), some.found.begin(), some.found.end());
            all.over = some.over;
        });
    }
    finish_outcome last_finish = finish_outcome::ok;

    torrent_storage& storage() { return *storage_; }
    test_loop& loop() { return loop_; }
    disk_pool& pool() { return pool_; }
    void abandon() { storage_.reset(); }

  private:
    template <class Condition>
    void run(Condition until) {
        loop_.run(until);
        BOOST_TEST(storage_->is_sound());
    }
    template <class R, class F>
    R wait_for(F begin) {
        std::optional<R> got;
        begin([&got](R outcome) { got.emplace(std::move(outcome)); });
        run([&] { return got.has_value(); });
        return std::move(*got);
    }

    const made_torrent& made_;
    test_loop loop_;
    disk_pool pool_;  // joined before the loop goes
    std::unique_ptr<torrent_storage> storage_;
};

inline file_stamp stamp_at(const std::string& path) {
    struct stat facts = {};
    BOOST_REQUIRE(::stat(path.c_str(), &facts) == 0);
    return facts_of(facts).stamp();
}

/// The bytes below a folder are the torrent's.
inline void require_content(const made_torrent& made, const std::string& folder) {
    for (const auto& file : made.info.files) {
        if (file.padding) continue;
        const auto content = file_content(folder + "/" + file.path);
        BOOST_REQUIRE_MESSAGE(content, file.path + " is missing");
        BOOST_REQUIRE_MESSAGE(*content == made.content.substr(file.begin, file.size), file.path + " differs");
    }
}

/// A folder of its own for each test, and downloads into it.
template <class Files>
struct download_folder {
    temp_folder folder;
    Files files;

    bench download(const made_torrent& made, std::vector<bool> wanted = {}, unsigned threads = 2) {
        return {made, download_place{folder.path(), false, std::move(wanted)}, files, threads};
    }
    bench overwrite(const made_torrent& made, std::vector<bool> wanted = {}) {
        return {made, download_place{folder.path(), true, std::move(wanted)}, files};
    }
    /// The download ends with all its bytes in the folder. What another program wrote to is hashed as a whole
    /// first.
    void require_finished(bench& disk, const made_torrent& made) const {
        files_changed all;
        disk.listen(all);
        if (!disk.finish()) {
            BOOST_REQUIRE((disk.last_finish == finish_outcome::unfinished));
            disk.loop().run([&] { return all.over; });
            BOOST_REQUIRE(all.lost.empty());
            BOOST_REQUIRE(disk.finish());
        }
        require_content(made, folder.path());
    }
};
using real_folder = download_folder<system_files>;

inline void require_written(bench& disk, std::initializer_list<std::uint32_t> pieces) {
    for (const auto i : pieces) BOOST_REQUIRE((disk.write(i).outcome == write_outcome::ok));
}

/// All its files, where sharing finds them.
inline shared_place put_content(const made_torrent& made, const std::string& folder) {
    shared_place place;
    for (const auto& file : made.info.files) {
        place.paths.push_back(folder + "/" + file.path);
        put_file(place.paths.back(), made.content.substr(file.begin, file.size));
    }
    return place;
}

/// The disk refuses, or something else stands in the place.
inline bool is_about_files(const error& failure) {
    return failure.code == errc::storage || failure.code == errc::occupied;
}

}  // namespace bt::storage::testing
