#include "storage/file_system.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>

namespace bt::storage {
namespace {

unexpected<os_error> os_fail(int number) { return unexpected<os_error>(os_error{number}); }

/// Repeats an interrupted call.
template <class F>
auto repeat(F call) {
    auto got = call();
    while (got < 0 && errno == EINTR) got = call();
    return got;
}

template <class F>
os_result<void> done(F call) {
    if (repeat(call) < 0) return os_fail(errno);
    return {};
}

// O_NONBLOCK: a pipe planted under the name of a file must not stop us; it means nothing for regular files.
constexpr int common_flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

int flags_of(open_for how) {
    switch (how) {
        case open_for::looking:
            return O_CLOEXEC | O_PATH;
        case open_for::listing:
            return common_flags | O_RDONLY | O_DIRECTORY;
        case open_for::reading:
            return common_flags | O_RDONLY;
        case open_for::writing:
            return common_flags | O_RDWR;
        case open_for::writing_or_new:
            return common_flags | O_RDWR | O_CREAT;
    }
    return O_RDONLY;
}

constexpr mode_t new_file_mode = 0666, new_folder_mode = 0777;  // less the user's umask

bool kernel_lacks(int number) { return number == ENOSYS || number == EPERM; }  // EPERM: some sandboxes say so

file_kind kind_of(mode_t mode) {
    if (S_ISREG(mode)) return file_kind::regular;
    if (S_ISDIR(mode)) return file_kind::folder;
    if (S_ISLNK(mode)) return file_kind::link;
    return file_kind::other;
}

os_result<std::uint64_t> seek(int fd, std::uint64_t offset, std::uint64_t size, int whence) {
    const auto at = ::lseek(fd, static_cast<off_t>(offset), whence);
    if (at >= 0) return static_cast<std::uint64_t>(at);
    if (errno == ENXIO) return size;  // nothing of that sort up to the end
    return os_fail(errno);
}

}  // namespace

void descriptor::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

// --- opening ---------------------------------------------------------------------------------------

os_result<descriptor> system_files::open(const std::string& path, open_for how) {
    const int fd = repeat([&] { return ::open(path.c_str(), flags_of(how), new_file_mode); });
    if (fd < 0) return os_fail(errno);
    return descriptor(fd);
}

os_result<descriptor> system_files::open_beneath(int folder, const std::string& path, open_for how) {
    static std::atomic<bool> has_openat2{true};  // a fact about the kernel
    if (has_openat2.load(std::memory_order_relaxed)) {
        struct open_how request = {};
        request.flags = static_cast<__u64>(flags_of(how) | O_NOFOLLOW);
        if (how == open_for::writing_or_new) request.mode = new_file_mode;
        request.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
        for (int round = 0; round < 16; ++round) {
            const auto fd = ::syscall(SYS_openat2, folder, path.c_str(), &request, sizeof request);
            if (fd >= 0) return descriptor(static_cast<int>(fd));
            // EAGAIN: the tree was moved about while the kernel looked
            if (errno != EINTR && errno != EAGAIN) break;
        }
        if (!kernel_lacks(errno)) return os_fail(errno);
        if (errno == ENOSYS) has_openat2.store(false, std::memory_order_relaxed);
    }
    return detail::open_beneath_by_steps(folder, path, how);
}

os_result<descriptor> detail::open_beneath_by_steps(int folder, const std::string& path, open_for how) {
    descriptor held;
    int at = folder;
    std::size_t begin = 0;
    if (path.empty()) return os_fail(ENOENT);
    if (path.front() == '/') return os_fail(EXDEV);
    for (;;) {
        const auto end = path.find('/', begin);
        const auto element = path.substr(begin, end == std::string::npos ? end : end - begin);
        if (element == "..") return os_fail(EXDEV);
        const bool last = end == std::string::npos;
        const int flags = last ? flags_of(how) : O_CLOEXEC | O_PATH | O_DIRECTORY;
        const int fd =
            repeat([&] { return ::openat(at, element.c_str(), flags | O_NOFOLLOW, new_file_mode); });
        if (fd < 0) {
            // With O_DIRECTORY a link shows as "no folder"; say what it is.
            struct stat facts = {};
            const int number = errno;
            if (number == ENOTDIR && ::fstatat(at, element.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISLNK(facts.st_mode))
                return os_fail(ELOOP);
            return os_fail(number);
        }
        descriptor next(fd);
        if (last) return next;
        held = std::move(next);
        at = held.get();
        begin = end + 1;
    }
}

os_result<file_facts> system_files::facts(int fd) {
    struct stat raw = {};
    if (::fstat(fd, &raw) != 0) return os_fail(errno);
    return facts_of(raw);
}

file_facts facts_of(const struct stat& raw) {
    file_facts out;
    out.kind = kind_of(raw.st_mode);
    out.size = static_cast<std::uint64_t>(raw.st_size);
    out.allocated = static_cast<std::uint64_t>(raw.st_blocks) * 512;
    out.device = raw.st_dev;
    out.inode = raw.st_ino;
    out.modified_ns = std::int64_t{raw.st_mtim.tv_sec} * 1'000'000'000 + raw.st_mtim.tv_nsec;
    out.changed_ns = std::int64_t{raw.st_ctim.tv_sec} * 1'000'000'000 + raw.st_ctim.tv_nsec;
    out.mode = raw.st_mode & 07777u;
    out.links = raw.st_nlink;
    return out;
}

// --- bytes -----------------------------------------------------------------------------------------

os_result<std::size_t> system_files::read(int fd, std::span<const iovec> into, std::uint64_t offset) {
    const auto got = repeat(
        [&] { return ::preadv(fd, into.data(), static_cast<int>(into.size()), static_cast<off_t>(offset)); });
    if (got < 0) return os_fail(errno);
    return static_cast<std::size_t>(got);
}

os_result<std::size_t> system_files::write(int fd, byte_view data, std::uint64_t offset) {
    const auto put =
        repeat([&] { return ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset)); });
    if (put < 0) return os_fail(errno);
    return static_cast<std::size_t>(put);
}

os_result<void> system_files::resize(int fd, std::uint64_t size) {
    return done([&] { return ::ftruncate(fd, static_cast<off_t>(size)); });
}

os_result<void> system_files::set_mode(int fd, std::uint32_t mode) {
    return done([&] { return ::fchmod(fd, mode); });
}

os_result<void> file_system::clone(int, int) { return os_fail(EOPNOTSUPP); }
os_result<void> file_system::reserve(int, std::uint64_t, std::uint64_t) { return os_fail(EOPNOTSUPP); }

os_result<void> system_files::clone(int from, int to) {
    return done([&] { return ::ioctl(to, FICLONE, from); });
}

os_result<void> system_files::reserve(int fd, std::uint64_t offset, std::uint64_t length) {
    auto reserved =
        done([&] { return ::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(length)); });
    if (!reserved && reserved.error().number == ENOSYS) return os_fail(EOPNOTSUPP);
    return reserved;
}

os_result<std::uint64_t> system_files::next_data(int fd, std::uint64_t offset, std::uint64_t size) {
    return seek(fd, offset, size, SEEK_DATA);
}

os_result<std::uint64_t> system_files::next_hole(int fd, std::uint64_t offset, std::uint64_t size) {
    return seek(fd, offset, size, SEEK_HOLE);
}

void system_files::drop_cache(int fd) { ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); }
void system_files::read_ahead(int fd) { ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); }

// --- durability ------------------------------------------------------------------------------------

os_result<void> system_files::sync_data(int fd) {
    return done([&] { return ::fdatasync(fd); });
}

os_result<void> system_files::sync_folder(int fd) {
    auto synced = done([&] { return ::fsync(fd); });
    // Some network file systems cannot do this to a folder; they keep names themselves.
    if (!synced && (synced.error().number == EINVAL || synced.error().number == ENOTSUP)) return {};
    return synced;
}

os_result<void> system_files::sync_everything(int fd) {
    return done([&] { return ::syncfs(fd); });
}

// --- names -----------------------------------------------------------------------------------------

os_result<void> system_files::make_folder(int folder, const std::string& name) {
    return done([&] { return ::mkdirat(folder, name.c_str(), new_folder_mode); });
}

os_result<void> system_files::remove_file(int folder, const std::string& name) {
    return done([&] { return ::unlinkat(folder, name.c_str(), 0); });
}

os_result<void> system_files::remove_folder(int folder, const std::string& name) {
    return done([&] { return ::unlinkat(folder, name.c_str(), AT_REMOVEDIR); });
}

os_result<void> system_files::rename_new(int from_folder, const std::string& from, int to_folder,
                                         const std::string& to) {
    auto renamed = done([&] {
        return ::syscall(SYS_renameat2, from_folder, from.c_str(), to_folder, to.c_str(), RENAME_NOREPLACE);
    });
    if (renamed) return renamed;
    const int number = renamed.error().number;
    if (number != EINVAL && number != ENOSYS && number != ENOTSUP) return renamed;
    auto linked = detail::rename_new_by_link(from_folder, from, to_folder, to);
    if (linked || linked.error().number == EEXIST) return linked;
    return detail::rename_new_by_placeholder(from_folder, from, to_folder, to);
}

os_result<void> detail::rename_new_by_link(int from_folder, const std::string& from, int to_folder,
                                           const std::string& to) {
    auto linked = done([&] { return ::linkat(from_folder, from.c_str(), to_folder, to.c_str(), 0); });
    if (!linked) return linked;  // folders and some file systems have no second names
    return done([&] { return ::unlinkat(from_folder, from.c_str(), 0); });
}

os_result<void> detail::rename_new_by_placeholder(int from_folder, const std::string& from, int to_folder,
                                                  const std::string& to) {
    // Something empty and ours is put at the new name, which fails when the name is taken; the rename
    // replaces it.
    struct stat facts = {};
    if (::fstatat(from_folder, from.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return os_fail(errno);
    const bool is_folder = S_ISDIR(facts.st_mode);
    if (is_folder) {
        if (::mkdirat(to_folder, to.c_str(), 0700) != 0) return os_fail(errno);
    } else {
        descriptor placeholder(repeat(
            [&] { return ::openat(to_folder, to.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600); }));
        if (!placeholder) return os_fail(errno);
    }
    auto renamed = done([&] { return ::renameat(from_folder, from.c_str(), to_folder, to.c_str()); });
    if (!renamed) ::unlinkat(to_folder, to.c_str(), is_folder ? AT_REMOVEDIR : 0);
    return renamed;
}

os_result<void> system_files::rename_over(int from_folder, const std::string& from, int to_folder,
                                          const std::string& to) {
    return done([&] { return ::renameat(from_folder, from.c_str(), to_folder, to.c_str()); });
}

// --- the rest --------------------------------------------------------------------------------------

os_result<void> system_files::lock(int fd) {
    auto locked = done([&] { return ::flock(fd, LOCK_EX | LOCK_NB); });
    // A file system without locks, or one that cannot lock a folder: better unprotected than not at all.
    if (!locked && locked.error().number != EWOULDBLOCK) return {};
    return locked;
}

os_result<std::uint64_t> system_files::free_bytes(int fd) {
    struct statvfs raw = {};
    if (::fstatvfs(fd, &raw) != 0) return os_fail(errno);
    if (raw.f_blocks == 0) return std::numeric_limits<std::uint64_t>::max();
    const auto blocks = ::geteuid() == 0 ? raw.f_bfree : raw.f_bavail;
    return std::uint64_t{blocks} * raw.f_frsize;
}

std::int64_t file_system::steady_ns() const {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::uint64_t file_system::largest_file(int folder) const {
    rlimit allowed{};
    struct statfs raw = {};
    std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    if (::getrlimit(RLIMIT_FSIZE, &allowed) == 0 && allowed.rlim_cur != RLIM_INFINITY)
        most = allowed.rlim_cur;
    if (::fstatfs(folder, &raw) == 0 && raw.f_type == MSDOS_SUPER_MAGIC)
        most = std::min<std::uint64_t>(most, std::numeric_limits<std::uint32_t>::max());
    return most;
}

std::size_t file_system::longest_name(int folder) const {
    struct statvfs raw = {};
    return ::fstatvfs(folder, &raw) == 0 && raw.f_namemax > 0 ? raw.f_namemax : NAME_MAX;
}

os_result<void> system_files::mark(int fd) {
    timespec times[2] = {{0, UTIME_OMIT}, {}};
    ::clock_gettime(CLOCK_REALTIME, &times[1]);
    if (times[1].tv_nsec % 1'000 == 0) ++times[1].tv_nsec;  // never what a coarse file system makes of it
    return done([&] { return ::futimens(fd, times); });
}

std::int64_t system_files::now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);  // what the kernel takes for files
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::string system_files::boot() {
    const auto file = open("/proc/sys/kernel/random/boot_id", open_for::reading);
    if (!file) return {};
    std::string id(36, '\0');
    const iovec into{id.data(), id.size()};
    const auto got = read(file->get(), {&into, 1}, 0);
    return got && *got == id.size() ? id : std::string();
}

bool file_system::is_spinning(int) { return false; }

bool system_files::is_spinning(int fd) {
    struct stat raw = {};
    return ::fstat(fd, &raw) == 0 &&
           detail::is_spinning("/sys/dev/block/" + std::to_string(major(raw.st_dev)) + ':' +
                               std::to_string(minor(raw.st_dev)));
}

/// A partition asks its disk. Virtual disks of virtio say that they spin, whatever is below them.
bool detail::is_spinning(const std::string& device) {
    std::error_code ignored;
    if (std::filesystem::read_symlink(device, ignored).string().find("/virtio") != std::string::npos)
        return false;
    for (const auto* place : {"/queue/rotational", "/../queue/rotational"})
        if (std::ifstream said(device + place); said) return said.get() == '1';
    return false;
}

bool system_files::keeps_files(int fd) {
    struct statfs raw = {};
    return ::fstatfs(fd, &raw) != 0 || raw.f_type != PROC_SUPER_MAGIC;
}

}  // namespace bt::storage
