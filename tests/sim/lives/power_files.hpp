// The real file system with what can go wrong beneath a process: a full disk, errors, and a power cut, which
// takes what was not made durable. Names go in the order they were made, as on a file system with a journal:
// of those that were not made durable the first few are still there. Of written bytes any part may be, or
// other ones in their place.
//
// File times count the changes and not the clock, so that one seed gives one run: a microsecond each, and a
// minute where another program made it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.hpp"
#include "storage/file_system.hpp"

namespace bt::sim {

class power_files final : public storage::file_system {
  public:
    /// `attic`: an empty folder beside the one that is worked in, for what a power cut may bring back.
    explicit power_files(std::string attic) : attic_(std::move(attic)) {}

    bool full = false;        ///< no byte more is taken
    bool unreadable = false;  ///< reads of content fail
    bool unwritable = false;  ///< so do writes
    /// The process is gone: what its last objects still try comes to nothing.
    bool dead = false;
    /// The machine lost its power. Only while no process works on the files.
    void cut_power(rng& random);
    /// Another program changed a file: it has another time.
    void touched(const std::string& path);
    /// What another program does to files is durable at once.
    void make_durable();

    storage::os_result<storage::descriptor> open(const std::string& path, storage::open_for how) override;
    storage::os_result<storage::descriptor> open_beneath(int folder, const std::string& path,
                                                         storage::open_for how) override;
    storage::os_result<storage::file_facts> facts(int fd) override;
    storage::os_result<std::size_t> read(int fd, std::span<const iovec> into, std::uint64_t offset) override;
    storage::os_result<std::size_t> write(int fd, byte_view data, std::uint64_t offset) override;
    storage::os_result<void> resize(int fd, std::uint64_t size) override;
    storage::os_result<void> set_mode(int fd, std::uint32_t mode) override;
    storage::os_result<void> mark(int) override { return {}; }  // no two changes have one time here
    storage::os_result<std::uint64_t> next_data(int fd, std::uint64_t offset, std::uint64_t size) override;
    storage::os_result<std::uint64_t> next_hole(int fd, std::uint64_t offset, std::uint64_t size) override;
    storage::os_result<void> sync_data(int fd) override;
    storage::os_result<void> sync_folder(int fd) override;
    storage::os_result<void> sync_everything(int fd) override;
    void drop_cache(int) override {}
    void read_ahead(int) override {}
    storage::os_result<void> make_folder(int folder, const std::string& name) override;
    storage::os_result<void> remove_file(int folder, const std::string& name) override;
    storage::os_result<void> remove_folder(int folder, const std::string& name) override;
    storage::os_result<void> rename_new(int from_folder, const std::string& from, int to_folder,
                                        const std::string& to) override;
    storage::os_result<void> rename_over(int from_folder, const std::string& from, int to_folder,
                                         const std::string& to) override;
    storage::os_result<void> lock(int fd) override { return real_.lock(fd); }
    storage::os_result<std::uint64_t> free_bytes(int fd) override;
    bool keeps_files(int fd) override { return real_.keeps_files(fd); }
    std::int64_t now_ns() override { return clock_ + change_time; }
    std::int64_t steady_ns() const override { return steady(); }
    std::function<std::int64_t()> steady;  ///< the world's time
    std::string boot() override { return "boot " + std::to_string(boots_); }

  private:
    using inode = std::pair<std::uint64_t, std::uint64_t>;
    /// A change of a file's bytes that may be lost.
    struct write_record {
        std::uint64_t offset = 0;
        bytes before;              // as far as there was something
        std::uint64_t length = 0;  // that was written
        std::uint64_t size_before = 0;
    };
    struct unsynced {
        storage::descriptor file;
        std::vector<write_record> records;
    };

    static inode inode_of(int fd);
    std::string path_of(int folder, const std::string& name) const;
    /// A name that can be taken back.
    void note(std::function<void()> undo) { names_.push_back(std::move(undo)); }
    void note_data(int fd, std::uint64_t offset, std::uint64_t length);
    static constexpr std::int64_t change_time = 1'000, foreign_time = 60'000'000'000;
    void changed(int fd, std::int64_t time = change_time) { times_[inode_of(fd)].now = clock_ += time; }
    std::string to_attic(const std::string& path);
    storage::os_result<void> refuses(bool writes) const;

    storage::system_files real_;
    std::string attic_;
    std::uint64_t in_attic_ = 0;
    std::int64_t clock_ = 1;
    std::uint64_t boots_ = 0;
    struct file_time {
        std::int64_t now = 0, durable = 0;
    };
    std::map<inode, file_time> times_;
    std::map<inode, std::uint64_t> numbers_;  // inodes in the order they were seen
    std::map<inode, unsynced> data_;
    std::vector<std::function<void()>> names_;  // how to take them back, the last first
};

}  // namespace bt::sim
