// Other files of a torrent are wanted than before.
#include <algorithm>
#include <cerrno>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {

result<void> torrent_files::select(const std::vector<bool>& wanted) {
    if (folder_.empty()) return fail(errc::failure, "what is shared is shared as a whole");
    const auto wants = [&](std::size_t i) { return i >= wanted.size() || wanted[i]; };
    std::vector<file_state> before;
    bool located = false;
    {
        const std::lock_guard lock(mutex_);
        before = states_;
        located = located_;
        for (std::size_t i = 0; i < states_.size(); ++i) {
            // what was chosen, fetched whole and then left out is not thrown away at the end
            if (states_[i].wanted && located_)
                states_[i].kept = is_whole(file_index(static_cast<std::uint32_t>(i)));
            states_[i].wanted = wants(i);
        }
    }
    const auto prepare = [&]() -> result<void> {
        if (!located || !tree_) return {};  // locate() will see to it
        bool writes = false;
        for (std::uint32_t i = 0; i < layout_.file_count(); ++i) {
            if (before[i].where != standing::part || !wants(i)) continue;
            writes = true;
            if (before[i].wanted) continue;
            if (auto free = make_way(file_index(i)); !free) return free;
        }
        if (!writes) return {};
        beside_ = false;
        if (auto claimed = claim_part(); !claimed) return claimed;
        const auto have = [this] {
            const std::lock_guard lock(mutex_);
            return have_;
        }();
        if (auto space = check_space(have); !space) return space;
        reserving at;
        for (;;)
            if (auto more = reserve(at); !more || !*more)
                return more ? result<void>() : unexpected(more.error());
    };
    auto prepared = prepare();
    if (prepared) return {};
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < states_.size(); ++i) {
        const bool kept = states_[i].kept;
        states_[i] = before[i];
        states_[i].kept = kept;
    }
    return prepared;
}

/// Every piece of it is there. With the lock held.
bool torrent_files::is_whole(file_index file) const {
    const auto [first, end] = layout_.pieces_of(file);
    for (auto i = first; i < end; ++i)
        if (!have_.has(piece_index(i))) return false;
    return first < end;
}

/// What stands where a newly wanted file will be is adopted if it is right, as at the start, and else none of
/// ours.
result<void> torrent_files::make_way(file_index file) {
    const auto path = layout_.file(file).path;
    const auto facts = tree_->look(path);
    if (!facts && (facts.error().number == ENOENT || facts.error().number == ENOTDIR)) return {};
    if (!facts) return storage_fail(facts.error(), "look at", path_in(folder_, path));
    if (facts->kind != file_kind::regular) return foreign_file(path_in(folder_, path));
    if (facts->size == layout_.file(file).size) {
        auto adopted = adopt(file, *facts);
        if (adopted || !overwrite_ || adopted.error().code != errc::occupied) return adopted;
    }
    if (!overwrite_) return foreign_file(path_in(folder_, path));
    if (auto replaced = replace_old(file); !replaced) return replaced;
    const auto have = [this] {
        const std::lock_guard lock(mutex_);
        return have_;
    }();
    cursor at;
    const auto [first, end] = layout_.pieces_of(file);
    for (auto i = first; i < end; ++i) {
        const piece_index piece(i);
        if (have.has(piece)) continue;
        const auto there = verify(piece, at);  // in a clone, or of an earlier run
        const bool good = there && *there == piece_state::good;
        if (!good && !take_from_old_files(piece).value_or(false)) continue;
        const std::lock_guard lock(mutex_);
        have_.insert(piece);
        note_found(piece, file);
    }
    return {};
}

/// The caller holds the lock.
void torrent_files::note_found(piece_index piece, file_index file) {
    if (changed_.empty()) changed_path_ = path_in(folder_, layout_.file(file).path);
    changed_.insert(file);
    found_.push_back(piece);
}

/// A file under its final name that was not wanted before. On an error the caller puts its state back.
result<void> torrent_files::adopt(file_index file, const file_facts& facts) {
    {
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        BT_ASSERT(state.where == standing::part && state.wanted);
        state.where = standing::final_name;
        state.exists = true;
        state.ignore_final = false;
        state.stamp = facts.stamp();
    }
    table_.drop(file);
    cursor at;
    std::vector<piece_index> good, bad, others;
    const auto [first, end] = layout_.pieces_of(file);
    for (auto i = first; i < end; ++i) {
        const auto found = verify(piece_index(i), at);
        if (!found) return unexpected(found.error());
        (*found == piece_state::good ? good : *found == piece_state::bad ? bad : others).emplace_back(i);
    }
    const auto wrong = suspects(bad);
    if (std::find(wrong.begin(), wrong.end(), file) != wrong.end())
        return foreign_file(path_in(folder_, layout_.file(file).path), extent_of(file, bad));
    const std::lock_guard lock(mutex_);
    for (const auto piece : good)
        if (have_.insert(piece)) note_found(piece, file);
    bad.insert(bad.end(), others.begin(), others.end());
    for (const auto piece : bad)  // a part of it lay elsewhere
        if (have_.has(piece)) doubtful_.insert(piece);
    return {};
}

}  // namespace bt::storage
