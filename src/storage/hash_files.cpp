#include "storage/hash_files.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "storage/file_system.hpp"
#include "storage/lane_hasher.hpp"
#include "storage/storage_error.hpp"

namespace bt::storage {
namespace {

/// A read that is under way cannot be given up.
constexpr std::size_t longest_read = limits::MiB;
/// Files, of all threads.
constexpr unsigned most_open = 512;

/// The files as one run of bytes, shared by the threads that hash pieces of it.
class tree_hasher {
  public:
    tree_hasher(const found_tree& tree, const hash_options& options) : tree_(tree), options_(options) {
        std::uint64_t at = 0;
        for (const auto& found : tree.files) {
            begins_.push_back(at);
            at += found.file.size;
        }
        total_ = at;
        pieces_ = total_ / options.piece_bytes + (total_ % options.piece_bytes != 0 ? 1 : 0);
        hashes_.resize(pieces_ * sha1_digest::size);
    }

    result<bytes> run() {
        auto threads = options_.threads > 0 ? options_.threads : std::thread::hardware_concurrency();
        plan_ = plan_hashing(options_.piece_bytes, pieces_, threads, options_.threads == 0 && is_spinning());
        running_ = plan_.workers;
        std::vector<std::thread> workers;
        for (unsigned i = 0; i < plan_.workers; ++i) workers.emplace_back([this] { work(); });
        wait();
        for (auto& worker : workers) worker.join();
        if (trouble_) return unexpected(std::move(*trouble_));
        if (cancelled()) return given_up();
        if (options_.progress) options_.progress(total_);
        return std::move(hashes_);
    }

  private:
    bool cancelled() const { return options_.cancel && options_.cancel->load(std::memory_order_relaxed); }
    bool stopping() const { return stop_.load(std::memory_order_relaxed) || cancelled(); }
    static unexpected<error> given_up() { return fail(errc::failure, "hashing was given up"); }

    bool is_spinning() {
        for (const auto& found : tree_.files)
            if (found.file.size > 0)
                if (const auto opened = fs_.open(found.path, open_for::reading))
                    return fs_.is_spinning(opened->get());
        return false;
    }

    void wait() {
        std::unique_lock lock(mutex_);
        while (!ended_.wait_for(lock, std::chrono::milliseconds(100), [this] { return running_ == 0; })) {
            if (!options_.progress) continue;
            lock.unlock();
            options_.progress(done_.load(std::memory_order_relaxed));
            lock.lock();
        }
    }

    void work() {
        auto worked = hash_pieces();
        const std::lock_guard lock(mutex_);
        if (!worked) {
            if (!trouble_ && !stopping()) trouble_ = std::move(worked.error());
            stop_ = true;
        }
        if (--running_ == 0) ended_.notify_all();
    }

    result<void> hash_pieces() {
        lane_hasher lanes(plan_);
        buffer scratch;
        files_in_use files(*this);
        for (;;) {
            while (!lanes.is_full()) {
                const auto piece = next_.fetch_add(1);
                if (piece >= pieces_) break;
                const auto begin = piece * options_.piece_bytes;
                lanes.add(piece, std::min(options_.piece_bytes, total_ - begin));
            }
            if (lanes.is_empty()) return files.check_all();
            const auto ended = lanes.step(
                scratch, [&](std::uint64_t piece, std::uint64_t offset, std::span<std::uint8_t> into) {
                    return read(files, piece * options_.piece_bytes + offset, into);
                });
            if (!ended) return unexpected<error>(ended.error());
            for (const auto& [piece, digest] : *ended)
                std::memcpy(hashes_.data() + piece * sha1_digest::size, digest.bytes.data(),
                            sha1_digest::size);
        }
    }

    /// What one thread has open: each lane is somewhere else, and may leave one file for the next in a step.
    class files_in_use {
      public:
        explicit files_in_use(tree_hasher& hasher)
            : hasher_(hasher),
              most_(std::clamp(most_open / hasher.plan_.workers, 1u, 2 * hasher.plan_.lanes)) {}

        result<int> open(std::size_t file) {
            for (auto& used : open_)
                if (used.file == file) {
                    used.turn = ++turn_;
                    return used.opened.get();
                }
            if (open_.size() >= most_) {
                const auto oldest = std::min_element(
                    open_.begin(), open_.end(), [](const auto& a, const auto& b) { return a.turn < b.turn; });
                if (auto same = check(*oldest); !same) return unexpected(std::move(same.error()));
                std::swap(*oldest, open_.back());
                open_.pop_back();
            }
            const auto& found = hasher_.tree_.files[file];
            auto opened = hasher_.fs_.open(found.path, open_for::reading);
            if (!opened) return storage_fail(opened.error(), "read", found.path);
            open_.push_back({file, ++turn_, std::move(*opened)});
            const int fd = open_.back().opened.get();
            if (auto same = check(open_.back()); !same) return unexpected(std::move(same.error()));
            if (found.file.size > longest_read) hasher_.fs_.read_ahead(fd);
            return fd;
        }
        result<void> check_all() {
            for (const auto& used : open_)
                if (auto same = check(used); !same) return same;
            return {};
        }

      private:
        struct in_use {
            std::size_t file;
            std::uint64_t turn;
            descriptor opened;
        };
        result<void> check(const in_use& used) {
            const auto& found = hasher_.tree_.files[used.file];
            const auto facts = hasher_.fs_.facts(used.opened.get());
            if (!facts) return storage_fail(facts.error(), "read", found.path);
            if (facts->kind != file_kind::regular || facts->size != found.file.size) return changed(found);
            return {};
        }

        tree_hasher& hasher_;
        const std::size_t most_;
        std::uint64_t turn_ = 0;
        std::vector<in_use> open_;
    };

    result<bool> read(files_in_use& files, std::uint64_t at, std::span<std::uint8_t> into) {
        auto file = static_cast<std::size_t>(std::upper_bound(begins_.begin(), begins_.end(), at) -
                                             begins_.begin() - 1);
        while (!into.empty()) {
            if (stopping()) return given_up();
            const auto& found = tree_.files[file];
            const auto left = begins_[file] + found.file.size - at;
            if (left == 0) {  // an empty file, or the end of one
                ++file;
                continue;
            }
            const auto fd = files.open(file);
            if (!fd) return unexpected<error>(fd.error());
            const iovec part{into.data(), static_cast<std::size_t>(
                                              std::min<std::uint64_t>({left, into.size(), longest_read}))};
            const auto got = fs_.read(*fd, {&part, 1}, at - begins_[file]);
            if (!got) return storage_fail(got.error(), "read", found.path);
            if (*got == 0) return changed(found);
            done_.fetch_add(*got, std::memory_order_relaxed);
            at += *got;
            into = into.subspan(*got);
        }
        return true;
    }

    static unexpected<error> changed(const found_file& found) {
        return fail(errc::storage, quoted_path(found.path) + " changed while it was read",
                    "share it again when nothing writes to it");
    }

    const found_tree& tree_;
    const hash_options& options_;
    system_files fs_;
    std::vector<std::uint64_t> begins_;  // of each file in the torrent
    std::uint64_t total_ = 0, pieces_ = 0;
    hash_plan plan_;
    bytes hashes_;

    std::atomic<std::uint64_t> next_{0}, done_{0};
    std::atomic<bool> stop_{false};
    std::mutex mutex_;
    std::condition_variable ended_;
    unsigned running_ = 0;
    std::optional<error> trouble_;
};

}  // namespace

result<bytes> hash(const found_tree& tree, const hash_options& options) {
    if (options.piece_bytes == 0) return fail(errc::usage, "the piece length is 0");
    return tree_hasher(tree, options).run();
}

}  // namespace bt::storage
