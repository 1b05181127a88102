// Files that the user gave up for this torrent (--overwrite). Each stays as it is under its name until ours
// is complete and verified under the .part name; what is right of it is copied from it, never moved.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {

/// From here on it is fetched under the .part name, and finish() puts it in the place of what stands there
/// now.
result<void> torrent_files::replace_old(file_index file) {
    const auto& path = layout_.file(file).path;
    const auto facts = tree_->look(path);
    if (!facts) return storage_fail(facts.error(), "look at", path_in(folder_, path));
    if (facts->kind != file_kind::regular) return in_the_way(path_in(folder_, path), false);
    {
        const std::unique_lock still(moving_);
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        if (state.where == standing::part && state.replaces) return {};  // another piece of it came first
        state.where = standing::part;
        state.ignore_final = true;
        if (!state.replaces) state.replaces = facts->stamp();
        state.exists = state.marked = false;
        state.stamp.reset();
        state.allocated = 0;
        if (located_) doubt(file);  // what was held of it is not in the .part yet
    }
    table_.drop(file);
    if (auto looked = look_at_part(file); !looked) return looked;
    if (auto claimed = claim_part(); !claimed) return claimed;
    clone_old(file);
    return {};
}

/// Where the file system can, ours begins as a clone: that takes neither time nor room.
void torrent_files::clone_old(file_index file) {
    if (multi_file_ ? state_of(file).exists : !made_part_) return;  // what an earlier run has goes on
    const auto old = tree_->open(layout_.file(file).path, open_for::reading);
    if (!old) return;
    const std::lock_guard alone(writers_of(file));
    const auto ours = open(file, true);
    if (!ours || !fs_.clone(old->get(), (*ours)->get())) return;
    made_part_ = false;
    (void)fs_.resize((*ours)->get(), layout_.file(file).size);
    (void)restamp(file, **ours);
    const auto facts = fs_.facts((*ours)->get());
    const std::lock_guard lock(mutex_);
    auto& state = states_[file.value()];
    state.cloned = true;
    state.allocated = facts ? facts->allocated : 0;
}

std::vector<piece_index> torrent_files::sought_in_old_files(const torrent::piece_set& good) const {
    std::vector<piece_index> out;
    const std::lock_guard lock(mutex_);
    for_each_file([&](file_index file) {
        const auto& state = states_[file.value()];
        if (!state.replaces || state.cloned) return;
        const auto [first, end] = layout_.pieces_of(file);
        for (auto i = first; i < end; ++i)
            if (const piece_index piece(i); !good.has(piece) && !not_in_old_.has(piece)) out.push_back(piece);
    });
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

/// It is hashed in memory and written from there: what another program does to the old file meanwhile cannot
/// get into ours.
result<bool> torrent_files::take_from_old_files(piece_index piece) {
    const auto parts = layout_.segments(piece);
    const auto is_old = [this](const segment& part) {
        const auto state = state_of(part.file);
        return state.replaces && !state.cloned;
    };
    if (std::none_of(parts.begin(), parts.end(), is_old)) return false;
    buffer data(layout_.shape().piece_size(piece));
    auto rest = data.span();
    for (const auto& part : parts) {
        auto into = rest.first(part.length);
        rest = rest.subspan(part.length);
        if (layout_.file(part.file).padding) {
            std::memset(into.data(), 0, into.size());
            continue;
        }
        handle opened;
        if (is_old(part)) {
            auto old = tree_->open(layout_.file(part.file).path, open_for::reading);
            if (!old) return false;
            opened = std::make_shared<const descriptor>(std::move(*old));
        } else if (auto ours = open(part.file, false)) {
            opened = std::move(*ours);
        } else {
            return false;
        }
        for (auto at = part.offset; !into.empty();) {
            const iovec to{into.data(), into.size()};
            const auto got = fs_.read(opened->get(), {&to, 1}, at);
            if (!got || *got == 0) return false;
            at += *got;
            into = into.subspan(*got);
        }
    }
    if (judge(piece, crypto::sha1(data.view())) != piece_state::good) return false;
    if (auto written = write(piece, data.view()); !written) return unexpected(written.error());
    return true;
}

/// True: what the user gave up for ours stands there still. False: nothing does.
result<bool> torrent_files::may_replace(file_index file) const {
    const auto old = state_of(file).replaces;
    if (!old) return false;
    const auto path = path_in(folder_, layout_.file(file).path);
    const auto facts = tree_->look(layout_.file(file).path);
    if (!facts && (facts.error().number == ENOENT || facts.error().number == ENOTDIR)) return false;
    if (!facts) return storage_fail(facts.error(), "look at", path);
    if (facts->kind != file_kind::regular) return in_the_way(path, false);
    const auto now = facts->stamp();
    // rights and other names may change, and FAT gives a file a new inode number whenever it likes
    const bool same_file =
        (now.device == old->device && now.inode == old->inode) || now.changed_ns == old->changed_ns;
    if (!same_file || now.size != old->size || now.modified_ns != old->modified_ns)
        return changed_meanwhile(path);
    return true;
}

}  // namespace bt::storage
