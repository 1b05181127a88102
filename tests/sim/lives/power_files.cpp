#include "sim/lives/power_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace bt::sim {
namespace {

namespace fs = std::filesystem;
using storage::os_error;
using storage::os_result;

unexpected<os_error> failed(int number) { return unexpected<os_error>(os_error{number}); }

struct stat stat_of(int fd) {
    struct stat raw {};
    ::fstat(fd, &raw);
    return raw;
}

}  // namespace

power_files::inode power_files::inode_of(int fd) {
    const auto raw = stat_of(fd);
    return {raw.st_dev, raw.st_ino};
}

std::string power_files::path_of(int folder, const std::string& name) const {
    return fs::read_symlink("/proc/self/fd/" + std::to_string(folder)).string() + "/" + name;
}

os_result<void> power_files::refuses(bool writes) const {
    if (dead) return failed(EIO);
    if (writes && unwritable) return failed(EIO);
    if (writes && full) return failed(ENOSPC);
    return {};
}

std::string power_files::to_attic(const std::string& path) {
    auto place = attic_ + "/" + std::to_string(++in_attic_);
    std::error_code ignored;
    fs::rename(path, place, ignored);
    return place;
}

// --- what a power cut does ---------------------------------------------------------------------------

void power_files::cut_power(rng& random) {
    for (auto& [which, file] : data_) {
        const bool all = random.chance(0.5);
        for (auto each = file.records.rbegin(); each != file.records.rend(); ++each) {
            if (!all && random.chance(0.5)) continue;
            bytes old = each->before;
            old.resize(each->length);  // beyond what there was: zeros
            if (!all && random.chance(0.2)) random.fill(old);
            (void)::pwrite(file.file.get(), old.data(), old.size(), static_cast<off_t>(each->offset));
            if (all) (void)::ftruncate(file.file.get(), static_cast<off_t>(each->size_before));
        }
    }
    data_.clear();
    for (auto& [which, time] : times_)
        if (random.chance(0.5)) time.now = time.durable;
    ++boots_;
    const auto kept = random.below(static_cast<std::uint32_t>(names_.size()) + 1);
    while (names_.size() > kept) {
        names_.back()();
        names_.pop_back();
    }
    make_durable();
}

void power_files::make_durable() {
    for (auto& [which, time] : times_) time.durable = time.now;
    data_.clear();
    names_.clear();
    std::error_code ignored;
    for (const auto& each : fs::directory_iterator(attic_, ignored)) fs::remove_all(each.path(), ignored);
}

void power_files::touched(const std::string& path) {
    const storage::descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return;
    changed(file.get(), foreign_time);
    auto& time = times_[inode_of(file.get())];
    time.durable = time.now;  // as are its bytes
}

void power_files::note_data(int fd, std::uint64_t offset, std::uint64_t length) {
    auto& file = data_[inode_of(fd)];
    if (!file.file)
        file.file =
            storage::descriptor(::open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDWR | O_CLOEXEC));
    write_record record{offset, bytes(length), length, static_cast<std::uint64_t>(stat_of(fd).st_size)};
    const auto count = ::pread(fd, record.before.data(), length, static_cast<off_t>(offset));
    record.before.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    file.records.push_back(std::move(record));
}

// --- files -------------------------------------------------------------------------------------------

os_result<storage::descriptor> power_files::open(const std::string& path, storage::open_for how) {
    if (auto no = refuses(false); !no) return unexpected<os_error>(no.error());
    return real_.open(path, how);
}

os_result<storage::descriptor> power_files::open_beneath(int folder, const std::string& path,
                                                         storage::open_for how) {
    const bool makes = how == storage::open_for::writing_or_new;
    const auto full_path = path_of(folder, path);
    const bool fresh = makes && !fs::exists(fs::symlink_status(full_path));
    if (auto no = refuses(fresh); !no) return unexpected<os_error>(no.error());
    auto opened = real_.open_beneath(folder, path, how);
    if (opened && fresh) {
        changed(opened->get());
        note([full_path] {
            std::error_code ignored;
            fs::remove(full_path, ignored);
        });
    }
    return opened;
}

os_result<storage::file_facts> power_files::facts(int fd) {
    if (auto no = refuses(false); !no) return unexpected<os_error>(no.error());
    auto facts = real_.facts(fd);
    if (!facts) return facts;
    const auto which = inode_of(fd);
    facts->modified_ns = facts->changed_ns = times_[which].now;
    facts->inode = numbers_.emplace(which, numbers_.size() + 1).first->second;
    return facts;
}

os_result<std::size_t> power_files::read(int fd, std::span<const iovec> into, std::uint64_t offset) {
    if (dead || unreadable) return failed(EIO);
    return real_.read(fd, into, offset);
}

os_result<std::size_t> power_files::write(int fd, byte_view data, std::uint64_t offset) {
    if (auto no = refuses(true); !no) return unexpected<os_error>(no.error());
    note_data(fd, offset, data.size());
    changed(fd);
    return real_.write(fd, data, offset);
}

os_result<void> power_files::resize(int fd, std::uint64_t size) {
    if (auto no = refuses(true); !no) return no;
    const auto old = static_cast<std::uint64_t>(stat_of(fd).st_size);
    if (size < old) note_data(fd, size, old - size);
    changed(fd);
    return real_.resize(fd, size);
}

os_result<void> power_files::set_mode(int fd, std::uint32_t mode) {
    if (auto no = refuses(true); !no) return no;
    changed(fd);
    return real_.set_mode(fd, mode);
}

os_result<std::uint64_t> power_files::next_data(int fd, std::uint64_t offset, std::uint64_t size) {
    return real_.next_data(fd, offset, size);
}

os_result<std::uint64_t> power_files::next_hole(int fd, std::uint64_t offset, std::uint64_t size) {
    return real_.next_hole(fd, offset, size);
}

// --- what lasts --------------------------------------------------------------------------------------

os_result<void> power_files::sync_data(int fd) {
    if (auto no = refuses(true); !no) return no;
    data_.erase(inode_of(fd));
    auto& time = times_[inode_of(fd)];
    time.durable = time.now;
    return {};
}

/// The journal goes as a whole.
os_result<void> power_files::sync_folder(int) {
    if (auto no = refuses(true); !no) return no;
    names_.clear();
    return {};
}

os_result<void> power_files::sync_everything(int) {
    if (auto no = refuses(true); !no) return no;
    make_durable();
    return {};
}

os_result<std::uint64_t> power_files::free_bytes(int fd) {
    if (auto no = refuses(false); !no) return unexpected<os_error>(no.error());
    (void)fd;
    return full ? 0 : std::uint64_t{1} << 40;
}

// --- names -------------------------------------------------------------------------------------------

os_result<void> power_files::make_folder(int folder, const std::string& name) {
    if (auto no = refuses(true); !no) return no;
    auto made = real_.make_folder(folder, name);
    if (made)
        note([path = path_of(folder, name)] {
            std::error_code ignored;
            fs::remove(path, ignored);
        });
    return made;
}

os_result<void> power_files::remove_file(int folder, const std::string& name) {
    if (auto no = refuses(false); !no) return no;
    const auto path = path_of(folder, name);
    if (!fs::is_regular_file(fs::symlink_status(path))) return real_.remove_file(folder, name);
    const auto place = to_attic(path);
    note([place, path] {
        std::error_code ignored;
        fs::rename(place, path, ignored);
    });
    return {};
}

os_result<void> power_files::remove_folder(int folder, const std::string& name) {
    if (auto no = refuses(false); !no) return no;
    auto gone = real_.remove_folder(folder, name);
    if (gone)
        note([path = path_of(folder, name)] {
            std::error_code ignored;
            fs::create_directory(path, ignored);
        });
    return gone;
}

os_result<void> power_files::rename_new(int from_folder, const std::string& from, int to_folder,
                                        const std::string& to) {
    if (auto no = refuses(false); !no) return no;
    auto moved = real_.rename_new(from_folder, from, to_folder, to);
    if (moved)
        note([old = path_of(from_folder, from), now = path_of(to_folder, to)] {
            std::error_code ignored;
            fs::rename(now, old, ignored);
        });
    return moved;
}

os_result<void> power_files::rename_over(int from_folder, const std::string& from, int to_folder,
                                         const std::string& to) {
    if (auto no = refuses(false); !no) return no;
    const auto old = path_of(from_folder, from), now = path_of(to_folder, to);
    const bool replaces = fs::exists(fs::symlink_status(now));
    const auto place = replaces ? to_attic(now) : std::string();
    auto moved = real_.rename_over(from_folder, from, to_folder, to);
    note([old, now, place] {
        std::error_code ignored;
        fs::rename(now, old, ignored);
        if (!place.empty()) fs::rename(place, now, ignored);
    });
    return moved;
}

}  // namespace bt::sim
