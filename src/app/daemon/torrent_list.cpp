#include "app/daemon/torrent_list.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/session/torrent_record.hpp"
#include "base/text.hpp"
#include "storage/storage_error.hpp"

namespace bt::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view wish_ending = ".wish", lock_name = "/daemon";
constexpr const char *kind = "wish 1", *lock_kind = "daemon 1";

std::string folder_in(const std::string& state_folder) { return state_folder + "/torrents"; }

std::string name_of(const info_hash& hash) { return to_hex(hash.span()) + std::string(wish_ending); }

/// The hashes of what is kept there, also of what only the generation before is left of.
std::vector<info_hash> kept_in(const std::string& folder) {
    std::vector<info_hash> all;
    std::error_code failed;
    for (const auto& each : fs::directory_iterator(folder, failed)) {
        const auto name = each.path().filename().string();
        const auto digits = name.substr(0, 2 * info_hash::size), rest = name.substr(digits.size());
        if (rest != wish_ending && rest != std::string(wish_ending) + ".old") continue;
        const auto raw = from_hex(digits);
        if (const auto hash = raw ? info_hash::from(*raw) : std::nullopt) all.push_back(*hash);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

}  // namespace

result<std::unique_ptr<torrent_list>> torrent_list::open(const std::string& state_folder,
                                                         storage::file_system& fs, background work) {
    if (state_folder.empty())
        return fail(errc::storage, "there is no folder to keep the list of torrents in",
                    "set BTNODE_STATE_DIR or HOME");
    auto lock = storage::state_file::open(state_folder + std::string(lock_name), lock_kind, fs);
    if (!lock) {
        if (!storage::is_in_use(lock.error())) return unexpected<error>(lock.error());
        return fail(errc::storage, "a daemon runs already with " + storage::quoted_path(state_folder),
                    "'daemon status' tells how it stands; another one needs another BTNODE_STATE_DIR");
    }
    std::error_code failed;
    const auto path = folder_in(state_folder);
    fs::create_directories(path, failed);
    auto folder = fs.open(path, storage::open_for::listing);
    if (!folder) return fail(errc::storage, storage::quoted_path(path) + " cannot be opened");
    return std::make_unique<torrent_list>(state_folder, fs, std::move(work), std::move(*lock),
                                          std::move(*folder));
}

std::size_t torrent_list::count(const std::string& state_folder) {
    return kept_in(folder_in(state_folder)).size();
}

bool torrent_list::is_taken(const std::string& state_folder) {
    const auto path = state_folder + std::string(lock_name);
    std::error_code none;
    if (!fs::exists(path + ".lock", none)) return false;  // else asking would make one
    storage::system_files files;
    const auto lock = storage::state_file::open(path, lock_kind, files);
    return !lock && storage::is_in_use(lock.error());
}

/// Thousands of torrents, and none takes a descriptor while it rests.
result<torrent_list::kept*> torrent_list::open(const info_hash& hash) {
    if (const auto found = kept_.find(hash); found != kept_.end()) {
        if (auto held = found->second->file.hold(); !held) return unexpected<error>(held.error());
        return found->second.get();
    }
    auto file = storage::state_file::open(folder_in(state_folder_) + "/" + name_of(hash), kind, fs_,
                                          storage::if_foreign::set_aside);
    if (!file) return unexpected<error>(file.error());
    return (kept_[hash] = std::make_unique<kept>(std::move(*file))).get();
}

std::vector<saved_torrent> torrent_list::load(const std::function<void(const error&)>& damaged) {
    std::vector<saved_torrent> all;
    for (const auto& hash : kept_in(folder_in(state_folder_))) {
        const auto one = open(hash);
        if (!one) {
            damaged(one.error());
            continue;
        }
        auto content = (*one)->file.load();
        (*one)->file.release();
        if (!content || !*content) {
            damaged(content ? error{errc::bad_data, to_hex(hash.span()) + " is empty", {}} : content.error());
            continue;
        }
        auto read = bt::session::read_saved(**content, load_info(state_folder_, hash));
        if (!read) {
            auto why = read.error();
            why.message = to_hex(hash.span()) + ": " + why.message;
            damaged(why);
            continue;
        }
        (*one)->content = std::move(**content);
        all.push_back(std::move(*read));
    }
    const auto place = [](const saved_torrent& one) {  // that of an earlier version has seconds alone
        return std::pair(one.order != 0 ? one.order / 1'000'000 : one.added, one.order);
    };
    std::stable_sort(all.begin(), all.end(),
                     [&](const auto& a, const auto& b) { return place(a) < place(b); });
    return all;
}

result<void> torrent_list::keep(const saved_torrent& what) {
    const auto& hash = bt::session::hash_of(what.request);
    const auto one = open(hash);
    if (!one) return unexpected<error>(one.error());
    auto content = bt::session::write_saved(what);
    result<void> saved;
    if (content != (*one)->content) {
        const auto* info = bt::session::info_of(what.request);
        if (info != nullptr && !std::exchange((*one)->has_info, true) && !load_info(state_folder_, hash))
            keep_info(state_folder_, *info);
        saved = (*one)->file.save_soon(content);
        if (saved) (*one)->content = std::move(content);
        sync_soon();
    }
    (*one)->file.release();
    return saved;
}

std::optional<saved_torrent> torrent_list::last(const info_hash& hash) const {
    const auto found = kept_.find(hash);
    if (found == kept_.end()) return std::nullopt;
    auto read = bt::session::read_saved(found->second->content, load_info(state_folder_, hash));
    return read ? std::optional(std::move(*read)) : std::nullopt;
}

void torrent_list::forget(const info_hash& hash) {
    kept_.erase(hash);
    for (const auto* rest : {".tmp", ".old", "", ".lock"})
        (void)fs_.remove_file(folder_.get(), name_of(hash) + rest);
    sync_soon();
}

void torrent_list::sync_soon(std::function<void()> then) {
    if (then) wait_for_sync_.push_back(std::move(then));
    unsynced_ = true;
    if (std::exchange(syncing_, true)) return;
    work_([this]() -> std::function<void()> {
        const auto done = fs_.sync_everything(folder_.get());
        return [this, ok = done.has_value()] {
            syncing_ = false;
            if (ok) synced();
        };
    });
    unsynced_ = false;
}

/// Of what was kept while it went on, the next one tells.
void torrent_list::synced() {
    if (unsynced_) return sync_soon();
    for (auto& [hash, one] : kept_) one->file.was_synced();
    for (const auto& each : std::exchange(wait_for_sync_, {})) each();
}

result<void> torrent_list::settle() {
    if (const auto synced = fs_.sync_everything(folder_.get()); !synced)
        return storage::storage_fail(synced.error(), "write", folder_in(state_folder_));
    return {};
}

}  // namespace bt::app
