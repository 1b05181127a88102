// The narrow seam between this room and the operating system: each member is one thing a kernel does, so that
// tests can put a failing disk in its place. Calls are made from many threads at once.
//
// Sizes and offsets are bytes. Errors are errno values; an interrupted call is repeated, never reported.
#pragma once

#include <sys/stat.h>
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "torrent/file_stamp.hpp"

namespace bt::storage {

using torrent::file_stamp;

struct os_error {
    int number;  ///< an errno value
};
template <class T>
using os_result = result<T, os_error>;

/// Owns an open file descriptor.
class descriptor {
  public:
    descriptor() = default;
    explicit descriptor(int fd) : fd_(fd) {}
    ~descriptor() { close(); }
    descriptor(descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    descriptor& operator=(descriptor&& other) noexcept {
        if (this != &other) {
            close();
            fd_ = other.fd_;
            other.fd_ = -1;
        }
        return *this;
    }
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    void close();
    int fd_ = -1;
};

enum class file_kind : std::uint8_t { regular, folder, link, other };

struct file_facts {
    file_kind kind = file_kind::other;
    std::uint64_t size = 0;
    std::uint64_t allocated = 0;  ///< bytes the file really takes; holes take none
    std::uint64_t device = 0, inode = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;
    std::uint32_t mode = 0;  ///< permission bits
    std::uint64_t links = 0;

    file_stamp stamp() const { return {device, inode, size, modified_ns, changed_ns}; }
};

file_facts facts_of(const struct stat& raw);

enum class open_for : std::uint8_t {
    looking,  ///< facts() only; also works on what cannot be read, and shows a link instead of following it
    listing,  ///< a folder: to work beneath it and to make it durable
    reading,
    writing,         ///< reading too; the file must exist
    writing_or_new,  ///< reading too
};

class file_system {
  public:
    virtual ~file_system() = default;

    /// A path its owner chose: links are followed. `how` is listing or reading.
    virtual os_result<descriptor> open(const std::string& path, open_for how) = 0;
    /// A relative path that may hold names from strangers: never leaves `folder`, never passes a symbolic
    /// link (ELOOP or EXDEV), never waits for a pipe.
    virtual os_result<descriptor> open_beneath(int folder, const std::string& path, open_for how) = 0;
    virtual os_result<file_facts> facts(int fd) = 0;

    /// May read less than asked for; 0 at the end of the file.
    virtual os_result<std::size_t> read(int fd, std::span<const iovec> into, std::uint64_t offset) = 0;
    /// May write less than asked for.
    virtual os_result<std::size_t> write(int fd, byte_view data, std::uint64_t offset) = 0;
    virtual os_result<void> resize(int fd, std::uint64_t size) = 0;
    virtual os_result<void> set_mode(int fd, std::uint32_t mode) = 0;
    /// `to` gets all the bytes of `from` without a copy: the two share them until one is written to.
    /// EOPNOTSUPP and others where the file system cannot.
    virtual os_result<void> clone(int from, int to);
    /// Takes room on the disk for a part of the file, which becomes that long and reads as zeros where
    /// nothing was written. EOPNOTSUPP where the file system cannot.
    virtual os_result<void> reserve(int fd, std::uint64_t offset, std::uint64_t length);
    /// Gives the file the exact time as its time of modification. The kernel's own goes in ticks: two changes
    /// within one look like one. What another program changes after this shows.
    virtual os_result<void> mark(int fd) = 0;
    /// The first offset at or after this one that is no hole, or that is one; `size` of the file when there
    /// is none.
    virtual os_result<std::uint64_t> next_data(int fd, std::uint64_t offset, std::uint64_t size) = 0;
    virtual os_result<std::uint64_t> next_hole(int fd, std::uint64_t offset, std::uint64_t size) = 0;

    virtual os_result<void> sync_data(int fd) = 0;
    virtual os_result<void> sync_folder(int fd) = 0;
    /// Everything of the file system this descriptor lies on.
    virtual os_result<void> sync_everything(int fd) = 0;
    /// Forgets cached pages, so that the next read asks the disk. Best effort.
    virtual void drop_cache(int fd) = 0;
    virtual void read_ahead(int fd) = 0;

    // `name` is one element, without '/'
    virtual os_result<void> make_folder(int folder, const std::string& name) = 0;
    virtual os_result<void> remove_file(int folder, const std::string& name) = 0;
    virtual os_result<void> remove_folder(int folder, const std::string& name) = 0;
    /// Fails with EEXIST when something stands at the new name, on every kind of file system.
    virtual os_result<void> rename_new(int from_folder, const std::string& from, int to_folder,
                                       const std::string& to) = 0;
    virtual os_result<void> rename_over(int from_folder, const std::string& from, int to_folder,
                                        const std::string& to) = 0;

    /// An exclusive lock that ends with the descriptor; EWOULDBLOCK when another one has it.
    virtual os_result<void> lock(int fd) = 0;
    /// What this user may still write to the file system the descriptor lies on; the largest number where it
    /// does not say.
    virtual os_result<std::uint64_t> free_bytes(int fd) = 0;
    /// The time that a file gets that is changed now.
    virtual std::int64_t now_ns() = 0;
    /// A clock that only goes forward.
    virtual std::int64_t steady_ns() const;
    /// Names the run of the system: another one after it was started again. Empty where it does not say.
    virtual std::string boot() = 0;
    /// Its disk has a head that moves, as far as the system tells.
    virtual bool is_spinning(int fd);
    /// No file may be larger there: by the kind of file system (FAT), or by the limit of this process (ulimit
    /// -f).
    virtual std::uint64_t largest_file(int folder) const;
    /// Bytes that a name may have there.
    virtual std::size_t longest_name(int folder) const;
    /// False where every new name fails as if the folder were gone: it shows what runs (/proc).
    virtual bool keeps_files(int fd) = 0;
};

/// The kernel's own.
class system_files : public file_system {
  public:
    os_result<descriptor> open(const std::string& path, open_for how) override;
    os_result<descriptor> open_beneath(int folder, const std::string& path, open_for how) override;
    os_result<file_facts> facts(int fd) override;
    os_result<std::size_t> read(int fd, std::span<const iovec> into, std::uint64_t offset) override;
    os_result<std::size_t> write(int fd, byte_view data, std::uint64_t offset) override;
    os_result<void> resize(int fd, std::uint64_t size) override;
    os_result<void> set_mode(int fd, std::uint32_t mode) override;
    os_result<void> clone(int from, int to) override;
    os_result<void> reserve(int fd, std::uint64_t offset, std::uint64_t length) override;
    os_result<void> mark(int fd) override;
    os_result<std::uint64_t> next_data(int fd, std::uint64_t offset, std::uint64_t size) override;
    os_result<std::uint64_t> next_hole(int fd, std::uint64_t offset, std::uint64_t size) override;
    os_result<void> sync_data(int fd) override;
    os_result<void> sync_folder(int fd) override;
    os_result<void> sync_everything(int fd) override;
    void drop_cache(int fd) override;
    void read_ahead(int fd) override;
    os_result<void> make_folder(int folder, const std::string& name) override;
    os_result<void> remove_file(int folder, const std::string& name) override;
    os_result<void> remove_folder(int folder, const std::string& name) override;
    os_result<void> rename_new(int from_folder, const std::string& from, int to_folder,
                               const std::string& to) override;
    os_result<void> rename_over(int from_folder, const std::string& from, int to_folder,
                                const std::string& to) override;
    os_result<void> lock(int fd) override;
    os_result<std::uint64_t> free_bytes(int fd) override;
    std::int64_t now_ns() override;
    std::string boot() override;
    bool keeps_files(int fd) override;
    bool is_spinning(int fd) override;
};

namespace detail {
// The ways around kernels and file systems that lack a call; apart so that they can be tested everywhere.
os_result<descriptor> open_beneath_by_steps(int folder, const std::string& path, open_for how);
os_result<void> rename_new_by_link(int from_folder, const std::string& from, int to_folder,
                                   const std::string& to);
os_result<void> rename_new_by_placeholder(int from_folder, const std::string& from, int to_folder,
                                          const std::string& to);
/// `device` is its entry below /sys/dev/block.
bool is_spinning(const std::string& device);
}  // namespace detail

}  // namespace bt::storage
