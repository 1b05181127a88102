// Looking at what is on disk before and after it is hashed.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/assert.hpp"
#include "base/size_text.hpp"
#include "base/text.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {
namespace {

bool is_missing(os_error cause) { return cause.number == ENOENT; }

constexpr int lock_rounds = 10;
constexpr auto lock_pause = std::chrono::milliseconds(20);

}  // namespace

result<void> torrent_files::locate() {
    table_.clear();
    {
        const std::lock_guard lock(mutex_);
        have_ = doubtful_ = not_in_old_ = torrent::piece_set(layout_.shape().piece_count());
        lost_.clear();
        found_.clear();
        changed_.clear();
        for (auto& state : states_) {
            state.exists = false;
            state.stamp.reset();
            state.allocated = 0;
            if (state.where == standing::final_name) state.where = standing::part;
        }
    }
    return folder_.empty() ? locate_shared() : locate_download();
}

result<void> torrent_files::locate_shared() {
    std::string looked_at,
        missing;  // folders: the last from which a file was absent, the last that was itself
    for (std::uint32_t i = 0; i < layout_.file_count(); ++i) {
        const file_index file(i);
        if (state_of(file).where == standing::padding) continue;
        const auto path = shared_path(file);
        const auto parent = std::string_view(path).substr(0, path.rfind('/'));
        if (!missing.empty() && parent == missing) continue;
        const auto opened = fs_.open(path, open_for::looking);
        os_result<file_facts> facts = unexpected(os_error{ENOENT});
        if (opened)
            facts = fs_.facts(opened->get());
        else if (opened.error().number != ENOENT && opened.error().number != ENOTDIR)
            return describe(opened.error(), "open", file);
        if (!facts && !is_missing(facts.error())) return describe(facts.error(), "open", file);
        if (!facts && parent != looked_at) {
            looked_at = parent;
            if (const auto above = fs_.open(looked_at, open_for::looking);
                !above && is_missing(above.error()))
                missing = looked_at;
        }
        if (!facts || facts->kind != file_kind::regular) continue;
        const std::lock_guard lock(mutex_);
        states_[i].exists = true;
        states_[i].stamp = facts->stamp();
        states_[i].allocated = facts->allocated;
    }
    return {};
}

// --- a download ------------------------------------------------------------------------------------

result<descriptor> open_download_folder(file_system& fs, const std::string& path) {
    auto folder = fs.open(path, open_for::listing);
    if (!folder && is_missing(folder.error()))
        return fail(errc::storage, "folder " + quoted_path(path) + " does not exist",
                    "create it first, or choose another");
    if (!folder && folder.error().number == ENOTDIR)
        return fail(errc::storage, quoted_path(path) + " is not a folder", "choose another");
    if (!folder) return storage_fail(folder.error(), "open folder", path);
    if (!fs.keeps_files(folder->get()))
        return fail(errc::storage, "nothing can be written in " + quoted_path(path),
                    "it shows what runs here and keeps no files; choose another folder");
    return std::move(*folder);
}

result<descriptor> make_download_folder(file_system& fs, const std::string& path) {
    std::error_code failed;
    if (!std::filesystem::exists(path, failed) && !failed) {
        std::filesystem::create_directories(path, failed);
        if (failed) return storage_fail({failed.value()}, "make the folder", path);
    }
    return open_download_folder(fs, path);
}

result<void> torrent_files::locate_download() {
    if (!tree_) {
        auto folder = open_download_folder(fs_, folder_);
        if (!folder) return unexpected<error>(folder.error());
        tree_.emplace(fs_, std::move(*folder));
    }

    const auto final_root = tree_->look(name_);
    if (!final_root && !is_missing(final_root.error()))
        return storage_fail(final_root.error(), "look at", final_path_);
    if (multi_file_ && final_root && final_root->kind != file_kind::folder)
        return in_the_way(final_path_, true);
    const auto part_root = tree_->look(part_root_);
    if (!part_root && !is_missing(part_root.error()))
        return storage_fail(part_root.error(), "look at", path_in(folder_, part_root_));

    if (lock_) {
        const auto held = fs_.facts(lock_.get());
        if (!held || !part_root || held->inode != part_root->inode || held->device != part_root->device)
            lock_ = {};  // another program took it away
    }

    std::vector<file_index> differing;
    bool complete = true;
    for (std::uint32_t i = 0; i < layout_.file_count(); ++i) {
        const file_index file(i);
        const auto state = state_of(file);
        if (state.where == standing::padding) continue;
        if (final_root && !state.ignore_final) {
            auto same = look_at_final(file);
            if (!same) return unexpected(same.error());
            if (!*same) differing.push_back(file);
        }
        if (part_root && state_of(file).where == standing::part)
            if (auto looked = look_at_part(file); !looked) return looked;
        if (state.wanted && state_of(file).where == standing::part) complete = false;
    }
    if (complete) {
        lock_ = {};  // nothing to write
    } else {
        beside_ = false;
        if (auto claimed = claim_part(); !claimed) return claimed;
    }
    for (const auto file : differing)
        if (auto replaced = replace_old(file); !replaced) return replaced;
    const std::lock_guard lock(mutex_);
    located_ = true;
    return {};
}

/// False: a file of another length stands there and may be replaced.
result<bool> torrent_files::look_at_final(file_index file) {
    const bool wanted = state_of(file).wanted;
    const auto path = layout_.file(file).path;
    const auto shown = path_in(folder_, path);
    const auto facts = tree_->look(path);
    if (!facts && is_missing(facts.error())) return true;
    if (!wanted && (!facts || facts->kind != file_kind::regular)) return true;  // not our business
    if (!facts) return storage_fail(facts.error(), "look at", shown);
    if (facts->kind != file_kind::regular) return in_the_way(shown, false);
    if (facts->size != layout_.file(file).size) {
        if (!wanted) return true;
        if (!overwrite_)
            return foreign_file(shown, "it has " + size_text(facts->size) + ", and should have " +
                                           size_text(layout_.file(file).size));
        return false;
    }
    const std::lock_guard lock(mutex_);
    auto& state = states_[file.value()];
    state.where = standing::final_name;
    state.exists = true;
    state.stamp = facts->stamp();
    return true;
}

result<void> torrent_files::look_at_part(file_index file) {
    const auto path = part_path(file);
    const auto facts = tree_->look(path);
    if (!facts && is_missing(facts.error())) return {};
    if (!facts) return storage_fail(facts.error(), "look at", path_in(folder_, path));
    if (facts->kind != file_kind::regular) return in_the_way(path_in(folder_, path), false);
    const std::lock_guard lock(mutex_);
    auto& state = states_[file.value()];
    // What a killed process wrote may still be in the cache alone: it is synced before it is called finished.
    state.exists = state.dirty = true;
    state.stamp = facts->stamp();
    state.allocated = facts->allocated;
    state.too_long = facts->size > layout_.file(file).size;
    return {};
}

// --- the .part and its lock ------------------------------------------------------------------------

result<void> torrent_files::claim_part() {
    const std::lock_guard one(claim_mutex_);
    if (lock_) return {};
    return claim_part_now();
}

result<void> torrent_files::claim_part_now() {
    BT_ASSERT(!lock_ && tree_ && !folder_.empty());
    const auto path = path_in(folder_, part_root_);
    for (int round = 0; round < lock_rounds; ++round) {
        auto opened = open_part_root();
        if (!opened) return storage_fail(opened.error(), "write to", path);
        const auto facts = fs_.facts(opened->get());
        if (!facts) return storage_fail(facts.error(), "look at", path);
        if (facts->kind != (multi_file_ ? file_kind::folder : file_kind::regular))
            return in_the_way(path, multi_file_);
        if (auto locked = fs_.lock(opened->get()); !locked) {
            if (locked.error().number != EWOULDBLOCK) return storage_fail(locked.error(), "lock", path);
            if (round + 1 < lock_rounds) {
                // One that was just given up may still be letting go.
                std::this_thread::sleep_for(lock_pause);
                continue;
            }
            return fail(errc::storage, "another process is downloading " + quoted_path(final_path_),
                        "wait for it, or choose another folder");
        }
        // Between opening and locking another process may have finished and renamed it.
        const auto named = tree_->look(part_root_);
        if (named && named->inode == facts->inode && named->device == facts->device) {
            lock_ = std::move(*opened);
            return {};
        }
        made_part_ = false;
    }
    return fail(errc::storage, "another process keeps changing " + quoted_path(path));
}

os_result<descriptor> torrent_files::open_part_root() {
    const auto how = multi_file_ ? open_for::listing : open_for::writing;
    auto opened = tree_->open(part_root_, how);
    if (opened || !is_missing(opened.error())) return opened;
    if (multi_file_) {
        if (auto made = tree_->make_folder(part_root_); !made) {
            if (made.error().number != EEXIST) return unexpected(made.error());
        } else {
            made_part_ = true;
        }
        opened = tree_->open(part_root_, how);
    } else {
        opened = tree_->open(part_root_, open_for::writing_or_new);
        made_part_ = opened.has_value();
    }
    if (opened) {
        const std::lock_guard lock(mutex_);
        changed_folders_.insert("");
        if (!multi_file_) states_[0].exists = states_[0].dirty = true;
    }
    return opened;
}

// --- after hashing ---------------------------------------------------------------------------------

result<bool> torrent_files::settle(torrent::piece_set& good, const std::vector<piece_index>& bad) {
    BT_ASSERT(good.size() == layout_.shape().piece_count());
    table_.clear();  // a torrent that is not asked for holds nothing open
    if (folder_.empty()) {
        held_.reset();
        const std::lock_guard lock(mutex_);
        have_ = good;
        located_ = true;
        return false;
    }
    bool ignores = false, replaces = false;
    // An unwanted file is adopted only when it is all there: no complaint about it was asked for.
    for_each_file([&](file_index file) {
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        if (state.wanted || state.where != standing::final_name) return;
        const auto [first, end] = layout_.pieces_of(file);
        for (auto i = first; i < end; ++i)
            if (!good.has(piece_index(i))) state.ignore_final = ignores = true;
    });
    if (ignores) {
        good = torrent::piece_set(good.size());
        if (auto located = locate(); !located) return unexpected(located.error());
        return true;
    }
    const auto differing = suspects(bad);
    for (const auto piece : bad) {
        const auto parts = layout_.segments(piece);
        const std::lock_guard lock(mutex_);
        if (std::all_of(parts.begin(), parts.end(), [this](const segment& part) {
                return states_[part.file.value()].where != standing::part;
            }))
            not_in_old_.insert(piece);
    }
    for (const auto file : differing) {
        if (!state_of(file).wanted) continue;
        if (!overwrite_) return foreign_file(path_in(folder_, layout_.file(file).path), extent_of(file, bad));
        if (auto replaced = replace_old(file); !replaced) return unexpected(replaced.error());
        const auto [first, end] = layout_.pieces_of(file);
        for (auto i = first; i < end; ++i) good.erase(piece_index(i));
        replaces = true;
    }
    if (replaces) return true;
    // a disk that became full while it runs is waited for
    if (!std::exchange(settled_, true))
        if (auto space = check_space(good); !space) return unexpected(space.error());
    held_.reset();
    const std::lock_guard lock(mutex_);
    have_ = good;
    for (auto& state : states_) state.lost_writes = false;
    return false;
}

/// "2 of 37 pieces differ"
std::string torrent_files::extent_of(file_index file, const std::vector<piece_index>& bad) const {
    const auto [first, end] = layout_.pieces_of(file);
    const auto differ =
        std::count_if(bad.begin(), bad.end(), [&, first = first, end = end](piece_index piece) {
            return piece.value() >= first && piece.value() < end;
        });
    return std::to_string(differ) + " of " + std::to_string(end - first) +
           (differ == 1 ? " pieces differs" : " pieces differ");
}

/// Files under their final name that a bad piece proves to be other ones. A piece that lies partly in an
/// unfinished file proves nothing.
std::vector<file_index> torrent_files::suspects(const std::vector<piece_index>& bad) const {
    std::set<file_index> alone, together;
    std::vector<std::vector<file_index>> shared;
    for (const auto piece : bad) {
        std::vector<file_index> files;
        bool all_final = true;
        for (const auto& part : layout_.segments(piece)) {
            const auto where = state_of(part.file).where;
            if (where == standing::final_name) files.push_back(part.file);
            all_final &= where == standing::final_name || where == standing::padding;
        }
        if (!all_final) continue;
        if (files.size() == 1)
            alone.insert(files.front());
        else
            shared.push_back(std::move(files));
    }
    // what one file explains says nothing of its neighbours
    for (const auto& files : shared)
        if (std::none_of(files.begin(), files.end(), [&](file_index file) { return alone.contains(file); }))
            together.insert(files.begin(), files.end());
    std::vector<file_index> out(alone.begin(), alone.end());
    out.insert(out.end(), together.begin(), together.end());
    return out;
}

result<void> torrent_files::check_space(const torrent::piece_set& good) const {
    std::uint64_t missing = 0, unallocated = 0, largest = 0;
    for (std::uint32_t i = 0; i < layout_.shape().piece_count(); ++i)
        if (const piece_index piece(i); !good.has(piece)) missing += layout_.shape().piece_size(piece);
    for_each_file([&](file_index file) {
        const auto state = state_of(file);
        if (state.where != standing::part || !state.wanted) return;
        const auto size = layout_.file(file).size;
        largest = std::max(largest, size);
        // what is written into a clone takes room of its own
        unallocated += state.cloned ? size : size - std::min(size, state.allocated);
    });
    if (const auto most = fs_.largest_file(tree_->folder()); largest > most)
        return too_large(folder_, largest, most);
    const auto needed = std::min(missing, unallocated);
    const auto free = fs_.free_bytes(tree_->folder());
    if (!free || *free >= needed) return {};
    return no_space(folder_, needed - *free, *free);
}

}  // namespace bt::storage
