#include "storage/hash_files.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "base/limits.hpp"
#include "crypto/hash.hpp"
#include "storage/file_system.hpp"
#include "storage/storage_error.hpp"

namespace bt::storage {
namespace {

constexpr std::uint64_t read_bytes = limits::MiB;

/// The files as one run of bytes, shared by the threads that hash parts of it.
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
        threads =
            static_cast<unsigned>(std::clamp<std::uint64_t>(threads, 1, std::max<std::uint64_t>(1, pieces_)));
        // Long enough that a disk reads on and on, short enough that no thread is left with much at the end.
        const auto run_bytes =
            std::clamp(total_ / (std::uint64_t{threads} * 8), 4 * limits::MiB, 64 * limits::MiB);
        run_pieces_ = std::max<std::uint64_t>(1, run_bytes / options_.piece_bytes);
        running_ = threads;
        std::vector<std::thread> workers;
        for (unsigned i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
        wait();
        for (auto& worker : workers) worker.join();
        if (trouble_) return unexpected(std::move(*trouble_));
        if (cancelled()) return fail(errc::failure, "hashing was given up");
        if (options_.progress) options_.progress(total_);
        return std::move(hashes_);
    }

  private:
    bool cancelled() const { return options_.cancel && options_.cancel->load(std::memory_order_relaxed); }
    bool stopping() const { return stop_.load(std::memory_order_relaxed) || cancelled(); }

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
        buffer scratch(read_bytes);
        for (;;) {
            const auto first = next_.fetch_add(run_pieces_);
            if (first >= pieces_ || stopping()) break;
            if (auto hashed = hash_run(first, std::min(pieces_, first + run_pieces_), scratch); !hashed) {
                const std::lock_guard lock(mutex_);
                if (!trouble_) trouble_ = std::move(hashed.error());
                stop_ = true;
            }
        }
        const std::lock_guard lock(mutex_);
        if (--running_ == 0) ended_.notify_all();
    }

    result<void> hash_run(std::uint64_t first, std::uint64_t end, buffer& scratch) {
        const auto begin_byte = first * options_.piece_bytes;
        const auto end_byte = std::min(total_, end * options_.piece_bytes);
        auto file = static_cast<std::size_t>(std::upper_bound(begins_.begin(), begins_.end(), begin_byte) -
                                             begins_.begin() - 1);
        position at{first, 0, {}};
        for (auto byte = begin_byte; byte < end_byte && !stopping(); ++file) {
            const auto offset = byte - begins_[file];
            const auto size = tree_.files[file].file.size;
            if (offset >= size) continue;  // an empty file
            const auto length = std::min(size - offset, end_byte - byte);
            if (auto read = hash_file(tree_.files[file], offset, length, at, scratch); !read) return read;
            byte += length;
        }
        return {};
    }

    struct position {
        std::uint64_t piece;
        std::uint64_t filled;  // bytes of it hashed
        crypto::sha1_hasher hasher;
    };

    result<void> hash_file(const found_file& found, std::uint64_t offset, std::uint64_t length, position& at,
                           buffer& scratch) {
        auto opened = fs_.open(found.path, open_for::reading);
        if (!opened) return storage_fail(opened.error(), "read", found.path);
        if (auto same = check_size(found, opened->get()); !same) return same;
        fs_.read_ahead(opened->get());
        while (length > 0 && !stopping()) {
            const iovec into{scratch.data(), static_cast<std::size_t>(std::min(length, read_bytes))};
            const auto got = fs_.read(opened->get(), {&into, 1}, offset);
            if (!got) return storage_fail(got.error(), "read", found.path);
            if (*got == 0) return changed(found);
            add(scratch.view().first(*got), at);
            offset += *got;
            length -= *got;
        }
        return check_size(found, opened->get());
    }

    void add(byte_view data, position& at) {
        done_.fetch_add(data.size(), std::memory_order_relaxed);
        while (!data.empty()) {
            const auto size = std::min(options_.piece_bytes, total_ - at.piece * options_.piece_bytes);
            const auto part =
                data.first(static_cast<std::size_t>(std::min<std::uint64_t>(data.size(), size - at.filled)));
            at.hasher.update(part);
            at.filled += part.size();
            data = data.subspan(part.size());
            if (at.filled < size) continue;
            const auto digest = at.hasher.finish();
            std::memcpy(hashes_.data() + at.piece * sha1_digest::size, digest.bytes.data(),
                        sha1_digest::size);
            ++at.piece;
            at.filled = 0;
        }
    }

    result<void> check_size(const found_file& found, int fd) {
        const auto facts = fs_.facts(fd);
        if (!facts) return storage_fail(facts.error(), "read", found.path);
        if (facts->kind != file_kind::regular || facts->size != found.file.size) return changed(found);
        return {};
    }

    unexpected<error> changed(const found_file& found) const {
        return fail(errc::storage, quoted(found.path) + " changed while it was read",
                    "share it again when nothing writes to it");
    }

    const found_tree& tree_;
    const hash_options& options_;
    system_files fs_;
    std::vector<std::uint64_t> begins_;  // of each file in the torrent
    std::uint64_t total_ = 0, pieces_ = 0, run_pieces_ = 1;
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
