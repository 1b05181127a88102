// From the .part name to the final one, never over something that the user did not give up for it.
#include <algorithm>
#include <cerrno>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {
namespace {

bool is_taken(os_error cause) { return cause.number == EEXIST || cause.number == ENOTEMPTY; }

}  // namespace

result<std::string> torrent_files::finish(bool& lasting) {
    lasting = true;
    if (folder_.empty()) return final_path_;
    {
        const std::lock_guard lock(mutex_);
        if (!located_) return fail(errc::failure, "the download was not checked");
    }
    for (std::uint32_t i = 0; i < layout_.shape().piece_count(); ++i) {
        const piece_index piece(i);
        if (!wants_piece(piece)) continue;
        const std::lock_guard lock(mutex_);
        if (!have_.has(piece))
            return fail(errc::unfinished, quoted_path(name_) + " is not complete: piece " +
                                              std::to_string(i) + " is missing or could not be made durable");
    }
    keep_whole_files();
    if (auto looked = look(true); !looked) return unexpected(looked.error());
    if (doubt_what_others_wrote_to())
        return fail(errc::unfinished,
                    quoted_path(name_) + " was changed by another program: it is hashed as a whole");
    lasting = false;
    if (auto completed = complete_the_small_things(); !completed) return unexpected(completed.error());
    if (auto synced = sync(); !synced) return unexpected(synced.error());
    // What gets the final name is what we wrote and nothing else.
    lasting = true;
    if (auto looked = look(true); !looked) return unexpected(looked.error());
    if (has_news())
        return fail(errc::unfinished,
                    quoted_path(name_) + " was changed by another program: it is hashed again");

    lasting = false;
    drop_useless();
    bool moves = false, beside = false;
    for_each_file([&](file_index file) {
        const auto state = state_of(file);
        moves |= state.where == standing::part && state.wanted;
        beside |= state.where == standing::part && !state.wanted && state.exists;
    });
    if (moves)
        if (auto moved = !multi_file_ ? move_single() : beside ? merge_folder() : move_folder(); !moved) {
            if (auto looked = look(true); !looked) lasting = true;  // something came into its place
            return unexpected(moved.error());
        }
    if (beside)
        lock_ = {};  // whoever wants more of it may go on with it
    else
        clean_part();
    beside_ = beside;
    journal_.rest();
    for_each_file([&](file_index file) {
        const auto state = state_of(file);
        BT_ASSERT(state.where != standing::part || !state.wanted);
    });
    return final_path_;
}

bool torrent_files::wants_piece(piece_index piece) const {
    for (const auto& part : layout_.segments(piece))
        if (!layout_.file(part.file).padding && state_of(part.file).wanted) return true;
    return false;
}

void torrent_files::keep_whole_files() {
    for_each_file([&](file_index file) {
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        state.wanted = state.wanted || (state.kept && state.where == standing::part && is_whole(file));
    });
}

/// What no piece sees to: empty files, bytes after the end, the executable bit.
result<void> torrent_files::complete_the_small_things() {
    for (std::uint32_t i = 0; i < layout_.file_count(); ++i) {
        const file_index file(i);
        const auto state = state_of(file);
        if (state.where != standing::part || !state.wanted) continue;
        if (auto claimed = claim_part(); !claimed) return claimed;
        const auto& entry = layout_.file(file);
        if (entry.size == 0 || state.too_long)
            if (auto made = cut_to_length(file); !made) return describe(made.error(), "create", file);
        if (!entry.executable) continue;
        const std::lock_guard alone(writers_of(file));
        auto opened = open(file, false);
        if (!opened) return describe(opened.error(), "open", file);
        const auto facts = fs_.facts((*opened)->get());
        if (!facts) return describe(facts.error(), "look at", file);
        const auto mode = facts->mode | (facts->mode & 0444u) >> 2;  // a user who may read may run
        if (mode == facts->mode) continue;
        const auto set = fs_.set_mode((*opened)->get(), mode);
        // A file system without such a bit is no reason to fail.
        if (!set && set.error().number != EPERM && set.error().number != ENOTSUP)
            return describe(set.error(), "make executable", file);
        if (auto stamped = restamp(file, **opened); !stamped)
            return describe(stamped.error(), "look at", file);
    }
    return {};
}

os_result<void> torrent_files::cut_to_length(file_index file) {
    const std::lock_guard alone(writers_of(file));
    auto opened = open(file, true);
    if (!opened) return unexpected(opened.error());
    if (auto cut = fs_.resize((*opened)->get(), layout_.file(file).size); !cut) return cut;
    {
        const std::lock_guard lock(mutex_);
        states_[file.value()].too_long = false;
        states_[file.value()].dirty = true;
    }
    return restamp(file, **opened);
}

/// Removes unwanted files, except those that lie in a piece we have: they are of use to others.
void torrent_files::drop_useless() {
    std::vector<file_index> useless;
    for_each_file([&](file_index file) {
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        if (state.where != standing::part || state.wanted || !state.exists) return;
        const auto [first, end] = layout_.pieces_of(file);
        for (auto i = first; i < end; ++i)
            if (have_.has(piece_index(i))) return;
        state.exists = false;
        useless.push_back(file);
    });
    if (useless.empty() || !claim_part()) return;  // or another process has it now
    for (const auto file : useless) {
        table_.drop(file);
        (void)tree_->remove_file(part_path(file));
    }
    if (multi_file_) remove_empty_folders();
}

/// It was moved: what has the final name is what was written.
result<void> torrent_files::now_final(file_index file) {
    table_.drop(file);
    const auto path = layout_.file(file).path;
    const auto facts = tree_->look(path);
    {
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        BT_ASSERT(state.where == standing::part && state.wanted);
        state.where = standing::final_name;
        state.dirty = state.ignore_final = state.cloned = false;
        state.replaces.reset();
        if (!facts) return storage_fail(facts.error(), "look at", path_in(folder_, path));
        // a new name is a change of its own
        if (facts->kind != file_kind::regular || !state.stamp || !facts->stamp().same_content(*state.stamp))
            return fail(errc::storage,
                        quoted_path(path_in(folder_, path)) +
                            " was changed by another program while it was moved there",
                        "the same command again says what is right of it");
        state.stamp = facts->stamp();
    }
    note_stamp(file);
    return {};
}

result<void> torrent_files::move_file(file_index file, const std::string& from) {
    const auto& to = layout_.file(file).path;
    const std::unique_lock still(moving_);
    const auto replaces = may_replace(file);
    if (!replaces) return unexpected(replaces.error());
    const auto moved = *replaces ? tree_->rename_over(from, to) : tree_->rename_new(from, to);
    if (!moved && is_taken(moved.error())) return appeared(path_in(folder_, to));
    if (!moved) return storage_fail(moved.error(), "move the finished download to", path_in(folder_, to));
    return now_final(file);
}

result<void> torrent_files::move_single() {
    BT_ASSERT(!multi_file_ && states_.size() == 1);
    if (auto moved = move_file(file_index(0), part_root_); !moved) return moved;
    lock_ = {};
    if (auto synced = tree_->sync_folder(""); !synced) return storage_fail(synced.error(), "write", folder_);
    return {};
}

result<void> torrent_files::move_folder() {
    bool some_there = false;
    for_each_file([&](file_index file) {
        const auto state = state_of(file);
        some_there |= state.where == standing::final_name || state.replaces;
    });
    if (some_there) return merge_folder();
    {
        const std::unique_lock still(moving_);
        const auto moved = tree_->rename_new(part_root_, name_);
        if (moved) {
            result<void> all;
            for_each_file([&](file_index file) {
                const auto state = state_of(file);
                if (state.where != standing::part || !state.wanted) return;
                if (auto final = now_final(file); !final) all = final;
            });
            if (!all) return all;
        } else if (!is_taken(moved.error())) {
            return storage_fail(moved.error(), "move the finished download to", final_path_);
        }
        if (!moved) some_there = true;
    }
    if (some_there) return merge_folder();
    lock_ = {};
    if (auto synced = tree_->sync_folder(""); !synced) return storage_fail(synced.error(), "write", folder_);
    return {};
}

/// The folder exists and has other things in it: one file after the other. When this is cut short the next
/// check finds each file in one of the two places.
result<void> torrent_files::merge_folder() {
    std::vector<std::string> made;
    std::set<std::string> changed{""};
    for (std::uint32_t i = 0; i < layout_.file_count(); ++i) {
        const file_index file(i);
        const auto state = state_of(file);
        if (state.where != standing::part || !state.wanted) continue;
        const auto from = part_path(file), to = layout_.file(file).path;
        if (auto parents = tree_->make_parents(to, made); !parents)
            return storage_fail(parents.error(), "create a folder for", path_in(folder_, to));
        if (auto moved = move_file(file, from); !moved) return moved;
        changed.insert(tree::parent_of(to));
    }
    changed.insert(made.begin(), made.end());
    if (changed.size() > 1000) {
        if (auto all = fs_.sync_everything(tree_->folder()); !all)
            return storage_fail(all.error(), "write", folder_);
        return {};
    }
    for (const auto& folder : changed)
        if (auto synced = tree_->sync_folder(folder); !synced)
            return storage_fail(synced.error(), "write", path_in(folder_, folder));
    return {};
}

/// All that is wanted is under its final name. What is left under the .part name is ours and of no use.
void torrent_files::clean_part() {
    if (!tree_->look(part_root_)) {
        lock_ = {};
        return;
    }
    if (!claim_part()) return;                               // another process has it now
    if (multi_file_ && !tree_->remove_folder(part_root_)) {  // else nothing was in it
        for_each_file([&](file_index file) {
            if (state_of(file).where != standing::padding) (void)tree_->remove_file(part_path(file));
        });
        remove_empty_folders();
        (void)tree_->remove_folder(part_root_);
    } else if (!multi_file_) {
        (void)tree_->remove_file(part_root_);
    }
    lock_ = {};
}

void torrent_files::remove_empty_folders() {
    std::set<std::string> folders;
    for_each_file([&](file_index file) {
        for (auto path = tree::parent_of(part_path(file)); path.size() > part_root_.size();
             path = tree::parent_of(path))
            folders.insert(path);
    });
    // a folder sorts before what is in it
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
        (void)tree_->remove_folder(*folder);  // stays when something is in it
}

}  // namespace bt::storage
