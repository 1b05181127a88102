#include "app/daemon/upload.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "base/size_text.hpp"
#include "base/text.hpp"
#include "storage/storage_error.hpp"
#include "torrent/file_names.hpp"

namespace bt::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 100'000, most_depth = 64, most_stretches = 10'000;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 50;
constexpr int most_names = 1'000;       // of one that is taken: "name (2)"
constexpr std::size_t many_files = 64;  // one sync for all of them

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

}  // namespace

upload::upload(std::shared_ptr<storage::file_system> files, std::string folder, std::string name)
    : fs_(std::move(files)), folder_(std::move(folder)), name_(std::move(name)) {}

upload::~upload() {
    std::error_code ignored;
    if (tree_) fs::remove_all(place_, ignored);
}

result<std::unique_ptr<upload>> upload::begin(std::shared_ptr<storage::file_system> files,
                                              const std::string& folder, std::uint32_t number,
                                              const rpc::upload_wish& what) {
    if (what.files.empty() || what.files.size() > most_files)
        return fail(errc::usage, "an upload has between 1 and 100,000 files");
    auto made = std::make_unique<upload>(std::move(files), folder, what.name);
    std::uint64_t total = 0;
    for (const auto& [path, size] : what.files) {
        if (!is_plain_path(path, what.name) || size > most_bytes - total)
            return fail(errc::usage, "'" + printable(path) + "' cannot be the name of a file here");
        total += size;
        if (!made->files_.emplace(path, known_file{size, {}}).second)
            return fail(errc::usage, "'" + printable(path) + "' is given twice");
    }
    auto& fs = *made->fs_;
    const auto above = fs.open(folder, storage::open_for::listing);
    if (!above) return storage::storage_fail(above.error(), "open", folder);
    const auto free = fs.free_bytes(above->get());
    if (!free) return storage::storage_fail(free.error(), "read", folder);
    if (*free < total)
        return fail(errc::storage,
                    size_text(total) + " are needed in " + folder + ", " + size_text(*free) + " are free");
    const auto place = std::string(hidden) + std::to_string(::getpid()) + "-" + std::to_string(number);
    if (auto done = fs.make_folder(above->get(), place); !done)
        return storage::storage_fail(done.error(), "write", folder);
    auto held = fs.open_beneath(above->get(), place, storage::open_for::listing);
    if (!held) return storage::storage_fail(held.error(), "open", folder);
    made->place_ = folder + "/" + place;
    made->tree_ = std::make_unique<storage::tree>(fs, std::move(*held));
    return made;
}

bool upload::has_part(const std::string& path, std::uint64_t offset, std::uint64_t size) const {
    const auto found = files_.find(path);
    return found != files_.end() && offset <= found->second.size && size <= found->second.size - offset;
}

/// With the folders above it.
storage::os_result<storage::descriptor> upload::open(const std::string& path) const {
    constexpr auto how = storage::open_for::writing_or_new;
    auto opened = tree_->open(path, how);
    if (opened || opened.error().number != ENOENT) return opened;
    std::vector<std::string> changed;
    if (auto made = tree_->make_parents(path, changed); !made) return unexpected(made.error());
    return tree_->open(path, how);
}

result<void> upload::write(const std::string& path, std::uint64_t offset, byte_view data) const {
    const auto file = open(path);
    if (!file) return storage::storage_fail(file.error(), "write", path);
    while (!data.empty()) {
        const auto wrote = fs_->write(file->get(), data, offset);
        if (!wrote) return storage::storage_fail(wrote.error(), "write", path);
        data = data.subspan(*wrote);
        offset += *wrote;
    }
    return {};
}

result<void> upload::written(const std::string& path, std::uint64_t offset, std::uint64_t size) {
    auto& given = files_.at(path).given;
    auto end = offset + size;
    auto at = given.upper_bound(offset);
    if (at != given.begin() && std::prev(at)->second >= offset) {
        --at;
        offset = at->first;
    }
    while (at != given.end() && at->first <= end) {
        end = std::max(end, at->second);
        at = given.erase(at);
    }
    if (given.size() >= most_stretches)
        return fail(errc::usage, "'" + printable(path) + "' comes in too many pieces: give it in order");
    given[offset] = end;
    return {};
}

result<void> upload::check_whole() const {
    for (const auto& [path, file] : files_)
        if (file.size > 0 && file.given != stretches{{0, file.size}})
            return fail(errc::usage, "'" + printable(path) + "' has not been given as a whole");
    return {};
}

result<std::string> upload::finish() const {
    for (const auto& [path, known] : files_) {
        const auto file = open(path);
        if (!file) return storage::storage_fail(file.error(), "write", path);
        const auto facts = fs_->facts(file->get());
        if (!facts || facts->kind != storage::file_kind::regular || facts->size != known.size)
            return fail(errc::storage, "'" + printable(path) + "' was changed by another program");
        if (files_.size() > many_files) continue;
        if (auto synced = fs_->sync_data(file->get()); !synced)
            return storage::storage_fail(synced.error(), "write", path);
    }
    if (auto synced = sync(); !synced) return unexpected<error>(synced.error());
    return put_in_place();
}

/// The names, and of many files all.
result<void> upload::sync() const {
    if (files_.size() > many_files) {
        if (auto all = fs_->sync_everything(tree_->folder()); !all)
            return storage::storage_fail(all.error(), "write", place_);
        return {};
    }
    std::set<std::string> folders;
    for (const auto& [path, file] : files_)
        for (auto above = storage::tree::parent_of(path); !above.empty();
             above = storage::tree::parent_of(above))
            folders.insert(above);
    for (const auto& each : folders)
        if (auto synced = tree_->sync_folder(each); !synced)
            return storage::storage_fail(synced.error(), "write", each);
    return {};
}

result<std::string> upload::put_in_place() const {
    const auto folder = fs_->open(folder_, storage::open_for::listing);
    if (!folder) return storage::storage_fail(folder.error(), "open", folder_);
    const auto ending = files_.contains(name_) ? fs::path(name_).extension().string() : std::string();
    const auto stem = name_.substr(0, name_.size() - ending.size());
    for (int i = 1; i <= most_names; ++i) {
        const auto wanted = i == 1 ? name_ : stem + " (" + std::to_string(i) + ")" + ending;
        auto put = fs_->rename_new(tree_->folder(), name_, folder->get(), wanted);
        if (!put && put.error().number == EEXIST) continue;
        if (put) put = fs_->sync_folder(folder->get());
        if (!put) return storage::storage_fail(put.error(), "write", folder_ + "/" + wanted);
        return folder_ + "/" + wanted;
    }
    return fail(errc::storage, "there are too many of this name");
}

}  // namespace bt::app
