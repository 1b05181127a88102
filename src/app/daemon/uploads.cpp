#include "app/daemon/uploads.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/size_text.hpp"
#include "base/text.hpp"
#include "net/loop.hpp"
#include "storage/file_system.hpp"
#include "torrent/file_names.hpp"

namespace bt::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view hidden = ".btnode-upload-";
constexpr std::size_t most_uploads = 16, most_files = 100'000, most_depth = 64;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 50;
constexpr duration idle_time = 10min;
constexpr int most_names = 1'000;  // of one that is taken: "name (2)"

unexpected<error> trouble_with(const std::string& what) {
    return fail(errc::storage, what + ": " + std::strerror(errno));
}

std::vector<std::string_view> elements_of(std::string_view path) {
    std::vector<std::string_view> all;
    for (;;) {
        const auto end = path.find('/');
        all.push_back(path.substr(0, end));
        if (end == path.npos) return all;
        path.remove_prefix(end + 1);
    }
}

/// Below `name`, or `name` itself, with nothing in it that is no plain name.
bool is_plain_path(std::string_view path, std::string_view name) {
    const auto all = elements_of(path);
    return all.size() <= most_depth && all.front() == name &&
           std::all_of(all.begin(), all.end(), [](std::string_view each) {
               return !each.starts_with('.') && torrent::safe_element(each) == each;
           });
}

/// A file below an open folder, with the folders above it; never through a symbolic link.
storage::descriptor open_below(int folder, std::string_view path) {
    const auto all = elements_of(path);
    storage::descriptor held;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        const std::string name(all[i]);
        ::mkdirat(folder, name.c_str(), 0755);
        held = storage::descriptor(
            ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (held.get() < 0) return held;
        folder = held.get();
    }
    const std::string name(all.back());
    return storage::descriptor(
        ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
}

result<void> write_part(int folder, std::string_view path, std::uint64_t offset, const bytes& data) {
    const auto file = open_below(folder, path);
    if (file.get() < 0) return trouble_with("the file cannot be made");
    for (std::size_t at = 0; at < data.size();) {
        const auto wrote =
            ::pwrite(file.get(), data.data() + at, data.size() - at, static_cast<off_t>(offset + at));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return trouble_with("the file cannot be written");
        at += static_cast<std::size_t>(wrote);
    }
    return {};
}

/// The place that is free: NAME, "NAME (2)", …
result<std::string> put_in_place(int from, const std::string& folder, const std::string& name, bool is_file) {
    for (int i = 1; i <= most_names; ++i) {
        auto wanted = name;
        if (i > 1) {
            const auto ending = is_file ? fs::path(name).extension().string() : std::string();
            wanted = name.substr(0, name.size() - ending.size()) + " (" + std::to_string(i) + ")" + ending;
        }
        const auto to = (fs::path(folder) / wanted).string();
        if (::renameat2(from, name.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return to;
        if (errno != EEXIST) return trouble_with("it cannot be put in place");
    }
    return fail(errc::storage, "there are too many of this name");
}

}  // namespace

struct uploads::one {
    std::string name;
    fs::path place;            // hidden; deleted with this
    storage::descriptor held;  // that folder, wherever it is now
    std::map<std::string, std::uint64_t> files;
    std::map<std::string, std::uint64_t> received;  // bytes
    time_point used{};

    ~one() {
        std::error_code ignored;
        fs::remove_all(place, ignored);
    }
    /// Files without bytes too, and all of it durable and as it was given; then its place.
    result<std::string> finish(const std::string& folder) const {
        for (const auto& [path, size] : files) {
            const auto file = open_below(held.get(), path);
            struct stat facts {};
            if (file.get() < 0 || ::fsync(file.get()) != 0 || ::fstat(file.get(), &facts) != 0)
                return trouble_with("a file cannot be kept");
            if (!S_ISREG(facts.st_mode) || static_cast<std::uint64_t>(facts.st_size) != size)
                return fail(errc::storage, "'" + printable(path) + "' was changed by another program");
        }
        return put_in_place(held.get(), folder, name, files.contains(name));
    }
};

uploads::uploads(session& node, std::string folder) : node_(node), folder_(std::move(folder)) {
    node_.in_background([folder = folder_]() -> std::function<void()> {
        std::error_code trouble;
        for (const auto& each : fs::directory_iterator(folder, trouble))
            if (each.path().filename().string().starts_with(hidden)) fs::remove_all(each.path(), trouble);
        return [] {};
    });
}

uploads::~uploads() = default;

uploads::one* uploads::find(std::uint32_t number) {
    const auto found = all_.find(number);
    if (found == all_.end()) return nullptr;
    found->second->used = node_.loop().now();
    return found->second.get();
}

void uploads::forget_idle() {
    std::erase_if(all_, [&](const auto& each) { return node_.loop().now() - each.second->used > idle_time; });
}

result<std::uint32_t> uploads::begin(const rpc::upload_wish& what) {
    forget_idle();
    if (all_.size() >= most_uploads)
        return fail(errc::usage, "too many uploads at a time", "wait until one has ended");
    if (what.files.empty() || what.files.size() > most_files)
        return fail(errc::usage, "an upload has between 1 and 100,000 files");
    auto made = std::make_shared<one>();
    made->name = what.name;
    std::uint64_t total = 0;
    for (const auto& [path, size] : what.files) {
        if (!is_plain_path(path, what.name) || size > most_bytes - total)
            return fail(errc::usage, "'" + printable(path) + "' cannot be the name of a file here");
        total += size;
        if (!made->files.emplace(path, size).second)
            return fail(errc::usage, "'" + printable(path) + "' is given twice");
    }
    std::error_code trouble;
    const auto room = fs::space(folder_, trouble);
    if (trouble) return fail(errc::storage, folder_ + ": " + trouble.message());
    if (room.available < total)
        return fail(errc::storage, size_text(total) + " are needed in " + folder_ + ", " +
                                       size_text(room.available) + " are free");
    const auto number = ++last_;
    auto place =
        fs::path(folder_) / (std::string(hidden) + std::to_string(::getpid()) + "-" + std::to_string(number));
    if (!fs::create_directory(place, trouble))
        return fail(errc::storage, folder_ + ": " + (trouble ? trouble.message() : "it is in use"));
    made->held = storage::descriptor(::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    made->place = std::move(place);
    if (made->held.get() < 0) return trouble_with(folder_);
    made->used = node_.loop().now();
    all_[number] = std::move(made);
    return number;
}

void uploads::part(std::uint32_t number, const std::string& path, std::uint64_t offset, bytes data,
                   rpc::host::done_fn<void> done) {
    auto* to = find(number);
    if (to == nullptr) return done(fail(errc::not_found, "there is no such upload"));
    const auto file = to->files.find(path);
    if (file == to->files.end() || offset > file->second || data.size() > file->second - offset)
        return done(fail(errc::usage, "the upload has no such part"));
    node_.in_background([kept = all_.at(number), path, offset, data = std::move(data), done = std::move(done),
                         alive = std::weak_ptr(alive_)]() -> std::function<void()> {
        auto outcome = write_part(kept->held.get(), path, offset, data);
        return [kept, path, size = data.size(), done, alive, outcome] {
            if (alive.expired()) return;
            if (outcome) kept->received[path] += size;
            done(outcome);
        };
    });
}

void uploads::end(std::uint32_t number, rpc::host::done_fn<std::string> done) {
    auto* which = find(number);
    if (which == nullptr) return done(fail(errc::not_found, "there is no such upload"));
    for (const auto& [path, size] : which->files)
        if (which->received[path] != size)
            return done(fail(errc::usage, "'" + printable(path) + "' has not been given as a whole"));
    const auto kept = all_.extract(number).mapped();
    node_.in_background([kept, folder = folder_, done = std::move(done),
                         alive = std::weak_ptr(alive_)]() -> std::function<void()> {
        auto outcome = kept->finish(folder);
        return [kept, done, alive, outcome] {
            if (!alive.expired()) done(outcome);
        };
    });
}

void uploads::cancel(std::uint32_t number) { all_.erase(number); }

}  // namespace bt::app
