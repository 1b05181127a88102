// The real file system with faults at chosen calls. Syncs are only counted: no test can see a power loss, and
// a real disk takes its time.
#pragma once

#include <atomic>
#include <cerrno>
#include <mutex>
#include <string>
#include <vector>

#include "storage/file_system.hpp"

namespace bt::storage::testing {

class faulty_files : public file_system {
  public:
    /// Call number `n` (from 1) of those that can fail answers `number`.
    void fail_call(std::uint64_t n, int number) {
        fail_at_ = n;
        errno_ = number;
        calls_ = 0;
    }
    /// Call number `n` and all after it fail: as of a process that is killed there.
    void stop_at(std::uint64_t n) {
        stop_at_ = n;
        calls_ = 0;
    }
    bool stopped() const { return stop_at_ != 0 && calls_ >= stop_at_; }
    /// From here on every call of this name fails.
    void fail_always(const std::string& name, int number) {
        const std::lock_guard lock(mutex_);
        always_ = name;
        errno_ = number;
    }
    void heal() {
        fail_at_ = stop_at_ = 0;
        const std::lock_guard lock(mutex_);
        always_.clear();
    }
    /// Reads and writes move at most this many bytes; 0: as many as asked.
    void move_at_most(std::size_t count) { at_most_ = count; }
    void allow_at_most(std::uint64_t size) { largest_ = size; }
    std::uint64_t largest_file(int folder) const override {
        return std::min(largest_.load(), real_.largest_file(folder));
    }
    /// Stands for FAT and the like: these names cannot be made.
    bool windows_names = false;
    std::size_t longest = 255;
    std::size_t longest_name(int) const override { return longest; }
    void claim_free(std::uint64_t count) { free_ = count; }

    std::uint64_t calls() const { return calls_; }
    std::uint64_t count_of(const std::string& name) const {
        const std::lock_guard lock(mutex_);
        std::uint64_t count = 0;
        for (const auto& seen : log_) count += seen == name ? 1u : 0u;
        return count;
    }
    void forget() {
        const std::lock_guard lock(mutex_);
        log_.clear();
    }
    bool fired() const { return fail_at_ != 0 && calls_ >= fail_at_; }

    os_result<descriptor> open(const std::string& path, open_for how) override {
        if (hit("open")) return failed();
        return real_.open(path, how);
    }
    os_result<descriptor> open_beneath(int folder, const std::string& path, open_for how) override {
        if (hit("open_beneath")) return failed();
        if (how == open_for::writing_or_new && !takes(path)) return unexpected<os_error>(os_error{EINVAL});
        return real_.open_beneath(folder, path, how);
    }
    os_result<file_facts> facts(int fd) override {
        if (hit("facts")) return failed();
        return real_.facts(fd);
    }
    os_result<std::size_t> read(int fd, std::span<const iovec> into, std::uint64_t offset) override {
        if (hit("read")) return failed();
        if (at_most_ == 0) return real_.read(fd, into, offset);
        const iovec one{into.front().iov_base, std::min(at_most_.load(), into.front().iov_len)};
        return real_.read(fd, {&one, 1}, offset);
    }
    os_result<std::size_t> write(int fd, byte_view data, std::uint64_t offset) override {
        if (hit("write")) return failed();
        return real_.write(fd, at_most_ == 0 ? data : data.first(std::min(at_most_.load(), data.size())),
                           offset);
    }
    os_result<void> resize(int fd, std::uint64_t size) override {
        if (hit("resize")) return failed();
        return real_.resize(fd, size);
    }
    os_result<void> set_mode(int fd, std::uint32_t mode) override {
        if (hit("set_mode")) return failed();
        return real_.set_mode(fd, mode);
    }
    /// Stands for a file system that can share bytes.
    bool clones = false;
    os_result<void> clone(int from, int to) override {
        if (hit("clone")) return failed();
        if (!clones) return unexpected<os_error>(os_error{EOPNOTSUPP});
        const auto size = real_.facts(from)->size;
        buffer all(size);
        const iovec into{all.data(), all.size()};
        (void)real_.read(from, {&into, 1}, 0);
        (void)real_.write(to, all.view(), 0);
        return {};
    }
    os_result<void> reserve(int fd, std::uint64_t offset, std::uint64_t length) override {
        if (hit("reserve")) return failed();
        return real_.reserve(fd, offset, length);
    }
    os_result<void> mark(int fd) override {
        if (hit("mark")) return failed();
        return real_.mark(fd);
    }
    os_result<std::uint64_t> next_data(int fd, std::uint64_t offset, std::uint64_t size) override {
        if (hit("next_data")) return failed();
        return real_.next_data(fd, offset, size);
    }
    os_result<std::uint64_t> next_hole(int fd, std::uint64_t offset, std::uint64_t size) override {
        if (hit("next_hole")) return failed();
        return real_.next_hole(fd, offset, size);
    }
    os_result<void> sync_data(int) override {
        if (hit("sync_data")) return failed();
        return {};
    }
    os_result<void> sync_folder(int) override {
        if (hit("sync_folder")) return failed();
        return {};
    }
    os_result<void> sync_everything(int) override {
        if (hit("sync_everything")) return failed();
        return {};
    }
    void drop_cache(int fd) override {
        (void)hit("drop_cache");
        real_.drop_cache(fd);
    }
    void read_ahead(int fd) override { real_.read_ahead(fd); }
    os_result<void> make_folder(int folder, const std::string& name) override {
        if (hit("make_folder")) return failed();
        if (!takes(name)) return unexpected<os_error>(os_error{EINVAL});
        return real_.make_folder(folder, name);
    }
    os_result<void> remove_file(int folder, const std::string& name) override {
        if (hit("remove_file")) return failed();
        return real_.remove_file(folder, name);
    }
    os_result<void> remove_folder(int folder, const std::string& name) override {
        if (hit("remove_folder")) return failed();
        return real_.remove_folder(folder, name);
    }
    os_result<void> rename_new(int from_folder, const std::string& from, int to_folder,
                               const std::string& to) override {
        if (hit("rename_new")) return failed();
        return real_.rename_new(from_folder, from, to_folder, to);
    }
    os_result<void> rename_over(int from_folder, const std::string& from, int to_folder,
                                const std::string& to) override {
        if (hit("rename_over")) return failed();
        return real_.rename_over(from_folder, from, to_folder, to);
    }
    os_result<void> lock(int fd) override {
        if (hit("lock")) return failed();
        return real_.lock(fd);
    }
    os_result<std::uint64_t> free_bytes(int fd) override {
        if (hit("free_bytes")) return failed();
        if (free_ != ~std::uint64_t{0}) return free_.load();
        return real_.free_bytes(fd);
    }
    bool keeps_files(int fd) override { return real_.keeps_files(fd); }
    std::int64_t now_ns() override { return real_.now_ns() + passed_ns_; }
    void pass_seconds(int count) { passed_ns_ += count * std::int64_t{1'000'000'000}; }
    /// As if the system had been started again.
    void start_system() { ++boots_; }
    std::string boot() override { return std::to_string(boots_); }

  private:
    bool takes(const std::string& path) const {
        const auto name = path.substr(path.rfind('/') + 1);
        return name.size() <= longest &&
               (!windows_names || name.find_first_of("\"*:<>?|\\") == std::string::npos);
    }
    bool hit(const char* name) {
        const auto call = ++calls_;
        const std::lock_guard lock(mutex_);
        log_.emplace_back(name);
        return call == fail_at_ || (stop_at_ != 0 && call >= stop_at_) || always_ == name;
    }
    unexpected<os_error> failed() const { return unexpected<os_error>(os_error{errno_}); }

    system_files real_;
    std::atomic<std::uint64_t> calls_{0}, fail_at_{0}, stop_at_{0}, free_{~std::uint64_t{0}};
    std::atomic<int> errno_{EIO};
    std::atomic<std::size_t> at_most_{0};
    std::atomic<std::uint64_t> largest_{~std::uint64_t{0}};
    std::atomic<int> boots_{0};
    std::atomic<std::int64_t> passed_ns_{0};
    mutable std::mutex mutex_;
    std::string always_;
    std::vector<std::string> log_;
};

}  // namespace bt::storage::testing
