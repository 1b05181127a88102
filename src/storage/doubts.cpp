// What other programs do to the files while we work with them. Each file has a stamp of when its pieces were
// hashed or written; where it differs, every piece of the file is in doubt until it is hashed once more.
#include <cerrno>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {
namespace {

/// Files compared by name at a time: some tens of milliseconds of one thread.
constexpr std::uint32_t files_a_look = 4'000;
constexpr std::int64_t compare_pause_ns = 1'000'000'000;

bool is_gone(os_error cause) {
    return cause.number == ENOENT || cause.number == ENOTDIR || cause.number == ELOOP;
}

/// File systems that round it do so to ten milliseconds and more.
bool is_exact(const file_stamp& stamp) { return stamp.modified_ns % 1'000 != 0; }

std::optional<file_stamp> stamp_of(const file_facts& facts) {
    if (facts.kind != file_kind::regular || facts.links == 0) return std::nullopt;
    return facts.stamp();
}

}  // namespace

// --- comparing -------------------------------------------------------------------------------------

void torrent_files::compare(file_index file, const std::optional<file_stamp>& now) {
    bool replaced = false;
    {
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        if (state.where == standing::padding || state.stamp == now) return;
        replaced =
            !now || !state.stamp || now->inode != state.stamp->inode || now->device != state.stamp->device;
        if (located_ && state.stamp && state.where == standing::part) state.foreign_writes = true;
        const bool known = state.stamp.has_value() || state.exists;
        state.stamp = now;
        state.marked = false;
        state.exists = now.has_value();
        state.too_long = now && now->size > layout_.file(file).size;
        if (state.where == standing::part) state.dirty = state.exists;
        const bool is_owners = state.where == standing::shared || state.where == standing::final_name;
        if (located_ && (known || is_owners)) doubt(file);
    }
    if (replaced) table_.drop(file);
}

/// Once nothing more is to be written. While we write to a file, what another program writes into it between
/// our look and our next stamp passes for ours; where it was seen to write at all, the file is hashed as a
/// whole. First it is made durable: a page that another program has mapped and changed takes its next change
/// without a new time until it is written back.
bool torrent_files::doubt_what_others_wrote_to() {
    std::vector<file_index> written_to;
    for_each_file([&](file_index file) {
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        if (std::exchange(state.foreign_writes, false) && state.where == standing::part && state.wanted)
            written_to.push_back(file);
    });
    for (const auto file : written_to) {
        const std::lock_guard alone(writers_of(file));
        if (const auto opened = open(file, true)) {
            (void)fs_.sync_data((*opened)->get());
            (void)restamp(file, **opened);
        }
        const std::lock_guard lock(mutex_);
        doubt(file);
    }
    const std::lock_guard lock(mutex_);
    return !doubtful_.none();
}

/// The caller holds the lock.
void torrent_files::doubt(file_index file) {
    const auto where = states_[file.value()].where;
    // of what is only read nothing else tells when it is right again
    const bool read_only = where == standing::shared || where == standing::final_name;
    const auto [first, end] = layout_.pieces_of(file);
    bool any = false;
    states_[file.value()].ours_since = number_ + 1;
    for (auto i = first; i < end; ++i)
        if (read_only || have_.has(piece_index(i))) any = doubtful_.insert(piece_index(i)) || any;
    ++doubts_;
    if (!any) return;
    if (changed_.empty())
        changed_path_ =
            where == standing::shared ? shared_path(file) : path_in(folder_, path_of(file, where));
    changed_.insert(file);
}

os_result<void> torrent_files::compare(file_index file, const descriptor& opened) {
    const auto facts = fs_.facts(opened.get());
    if (!facts) return unexpected(facts.error());
    if (facts->kind != file_kind::regular) return unexpected(os_error{EISDIR});
    compare(file, stamp_of(*facts));
    return {};
}

/// Looks at a file that is open. While we write to it, the changes are ours.
void torrent_files::compare_now_and_then(file_index file, const handle& opened) {
    const auto now = fs_.steady_ns();
    const std::unique_lock alone(writers_of(file), std::try_to_lock);
    if (!alone) return;
    {
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        if (now - state.looked_ns < compare_pause_ns) return;
        state.looked_ns = now;
    }
    (void)compare(file, *opened);
}

/// We changed it ourselves.
os_result<void> torrent_files::restamp(file_index file, const descriptor& opened) {
    const auto marked = fs_.mark(opened.get());  // of a file of another user it cannot be
    const auto facts = fs_.facts(opened.get());
    if (!facts) return unexpected(facts.error());
    {
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        BT_ASSERT(state.where != standing::shared);
        state.stamp = facts->stamp();
        state.marked = marked && is_exact(*state.stamp);
    }
    note_stamp(file);
    return {};
}

// --- looking by name -------------------------------------------------------------------------------

result<void> torrent_files::look(bool all) {
    {
        const std::lock_guard lock(mutex_);
        if (!located_) return {};
    }
    bool final_root = false;
    if (!folder_.empty()) {
        if (auto there = look_at_folders(); !there) return there;
        final_root = tree_->look(name_).has_value();
    }
    const auto count = layout_.file_count();
    for (std::uint32_t n = all ? count : std::min(count, files_a_look); n > 0; --n) {
        if (looked_until_ >= count) looked_until_ = 0;
        if (auto looked = look_at(file_index(looked_until_++), final_root); !looked) return looked;
    }
    return {};
}

/// The folder the user named is still the one we write to, and the .part the one we hold.
result<void> torrent_files::look_at_folders() {
    const auto ours = fs_.facts(tree_->folder());
    const auto opened = fs_.open(folder_, open_for::listing);
    const auto named = opened ? fs_.facts(opened->get()) : unexpected(opened.error());
    if (!ours || (!named && !is_gone(named.error()))) return {};  // the disk is in trouble: others tell
    if (!named || named->inode != ours->inode || named->device != ours->device)
        return fail(
            errc::storage, quoted_path(folder_) + " is not the folder any more in which the download began",
            "it was moved, replaced or unmounted; run the same command where the .part is to continue");
    const std::lock_guard one(claim_mutex_);
    if (!lock_) return {};
    const auto held = fs_.facts(lock_.get());
    const auto part = tree_->look(part_root_);
    if (!held || (!part && !is_gone(part.error()))) return {};
    if (part && part->kind != held->kind) return in_the_way(path_in(folder_, part_root_), multi_file_);
    if (!part || part->inode != held->inode || part->device != held->device) lock_ = {};
    return {};
}

result<void> torrent_files::look_at(file_index file, bool final_root) {
    const std::lock_guard alone(writers_of(file));
    const std::shared_lock still(moving_);
    const auto state = state_of(file);
    if (state.where == standing::padding) return {};
    BT_ASSERT(state.where == standing::shared || tree_);
    const auto path = path_of(file, state.where);
    os_result<file_facts> facts = unexpected(os_error{ENOENT});
    if (state.where == standing::shared) {
        const auto opened = fs_.open(path, open_for::looking);
        facts = opened ? fs_.facts(opened->get()) : unexpected(opened.error());
    } else {
        facts = tree_->look(path);
    }
    if (!facts && !is_gone(facts.error())) return {};  // reading it says why
    if (facts && facts->kind != file_kind::regular && state.where == standing::part && state.wanted)
        return in_the_way(path_in(folder_, path), false);
    compare(file, facts ? stamp_of(*facts) : std::nullopt);
    if (state.where != standing::part || !state.wanted || !final_root) return {};
    if (state.replaces) {
        const auto may = may_replace(file);
        return may ? result<void>() : unexpected(may.error());
    }
    if (state.ignore_final) return {};
    const auto& final_path = layout_.file(file).path;
    if (tree_->look(final_path)) return appeared(path_in(folder_, final_path));
    return {};
}

std::vector<misfit> torrent_files::misfits() const {
    std::vector<misfit> out;
    const std::lock_guard lock(mutex_);
    for_each_file([&](file_index file) {
        const auto& state = states_[file.value()];
        if (state.where == standing::padding || (!folder_.empty() && !state.wanted)) return;
        if (!state.stamp || !state.exists)
            out.push_back({file, std::nullopt});
        else if (state.stamp->size != layout_.file(file).size)
            out.push_back({file, state.stamp->size});
    });
    return out;
}

// --- hashing once more -----------------------------------------------------------------------------

bool torrent_files::has_news() const {
    const std::lock_guard lock(mutex_);
    return !doubtful_.none() || !lost_.empty() || !found_.empty();
}

/// True if the piece is right.
bool torrent_files::settle_doubt(piece_index piece, cursor& at) {
    for (;;) {
        std::uint64_t doubts = 0;
        bool had = false;
        {
            const std::lock_guard lock(mutex_);
            had = have_.has(piece);
            if (!doubtful_.has(piece)) return had;
            doubts = doubts_;
        }
        const auto state = verify(piece, at);
        const bool good =
            (state && *state == piece_state::good) || take_from_old_files(piece).value_or(false);
        const std::lock_guard lock(mutex_);
        if (doubts_ != doubts) {  // changed again while we read
            at = cursor{};
            continue;
        }
        doubtful_.erase(piece);
        if (good && have_.insert(piece)) found_.push_back(piece);
        if (!good && (have_.erase(piece) || had)) lost_.push_back(piece);
        return good;
    }
}

std::optional<piece_index> torrent_files::next_doubt() {
    const std::lock_guard lock(mutex_);
    if (doubtful_.none()) return std::nullopt;
    while (!doubtful_.has(piece_index(settled_until_)))
        settled_until_ = (settled_until_ + 1) % doubtful_.size();
    return piece_index(settled_until_);
}

doubts_settled torrent_files::settle_doubts(std::uint64_t most_bytes) {
    cursor at;
    std::uint64_t seen = 0;
    while (seen < most_bytes) {
        const auto piece = next_doubt();
        if (!piece) break;
        settle_doubt(*piece, at);
        seen += layout_.shape().piece_size(*piece);
    }
    doubts_settled out;
    const std::lock_guard lock(mutex_);
    out.file = changed_path_;
    out.more_files = changed_.empty() ? 0 : changed_.size() - 1;
    out.lost.swap(lost_);
    out.found.swap(found_);
    out.more = !doubtful_.none();
    if (!out.more) {
        changed_.clear();
        for (auto& state : states_) state.lost_writes = false;
    }
    return out;
}

}  // namespace bt::storage
