// What is known of the files from one run to the next.
#include <algorithm>

#include "base/limits.hpp"
#include "storage/racy_stamp.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {
namespace {

/// After a power cut nothing tells our writes from those of others but their time: what is held is taken so
/// often while we write.
constexpr std::int64_t unheld_ns = 15'000'000'000;

/// What is hashed of files that are believed by their time.
constexpr std::uint64_t sample_bytes = 64 * limits::MiB;
constexpr std::size_t most_samples = 16;

/// Devices may get other numbers when the system starts.
bool is_same(const file_stamp& now, file_stamp then, bool same_boot) {
    if (!same_boot) then.device = now.device;
    return now == then;
}

}  // namespace

result<torrent::held_files> torrent_files::hold() {
    torrent::held_files held;
    {
        const std::lock_guard lock(mutex_);
        if (!located_) return fail(errc::failure, "the files were not checked");
        held.number = ++number_;
        held.pieces = have_;
    }
    if (auto synced = sync(); !synced) return unexpected(synced.error());
    held.taken_ns = fs_.now_ns();
    held.boot = fs_.boot();
    std::vector<std::optional<file_stamp>> files(layout_.file_count());
    const std::lock_guard lock(mutex_);
    for (std::uint32_t i = 0; i < held.pieces.size(); ++i)
        if (const piece_index piece(i); !have_.has(piece) || doubtful_.has(piece)) held.pieces.erase(piece);
    for_each_file([&](file_index file) {
        const auto& state = states_[file.value()];
        if (state.where == standing::padding || !state.exists || !state.stamp) return;
        if (state.marked || !is_racy(*state.stamp, held.taken_ns)) files[file.value()] = state.stamp;
    });
    held.files = shared_list(std::move(files));
    return held;
}

void torrent_files::believe_what_is_known() {
    if (auto held = hold()) held_ = std::move(*held);
}

torrent::piece_set torrent_files::believed() {
    const auto count = layout_.shape().piece_count();
    torrent::piece_set pieces(count);
    if (!held_ || held_->pieces.size() != count || held_->files.size() != states_.size()) return pieces;
    {
        const std::lock_guard lock(mutex_);
        number_ = std::max(number_, held_->number);
    }
    const bool same_boot = !held_->boot.empty() && held_->boot == fs_.boot();
    std::vector<belief> files(states_.size());
    std::uint64_t to_sample = sample_bytes;
    for_each_file([&](file_index file) {
        auto& of_file = files[file.value()] = belief_in(file, same_boot);
        if (of_file == belief::where_written && !sample_is_good(file, to_sample)) of_file = belief::none;
        const std::lock_guard lock(mutex_);
        auto& state = states_[file.value()];
        state.ours_since = held_->number + (of_file == belief::none ? 1 : 0);
        // a stamp that was relied on is relied on in the next run, too, however soon that comes
        state.marked = of_file == belief::whole;
    });
    journal_.rest();
    held_->pieces.for_each([&](piece_index piece) {
        for (const auto& part : layout_.segments(piece)) {
            const auto of_file = files[part.file.value()];
            if (of_file == belief::none || (of_file == belief::where_written && has_hole(part))) return;
        }
        pieces.insert(piece);
    });
    return pieces;
}

torrent_files::belief torrent_files::belief_in(file_index file, bool same_boot) {
    const auto state = state_of(file);
    if (state.where == standing::padding) return belief::whole;
    const auto& then = held_->files[file.value()];
    auto believed = belief::none;
    if (then && state.exists && state.stamp && state.stamp->inode == then->inode) {
        const auto& now = *state.stamp;
        const bool may_be_ours = state.where != standing::shared && now.size == then->size;
        if (is_same(now, *then, same_boot))
            believed = belief::whole;
        else if (may_be_ours && same_boot && was_changed_by_us(file, now))
            believed = belief::whole;
        else if (may_be_ours && !same_boot &&
                 std::max(now.modified_ns, now.changed_ns) <= held_->taken_ns + unheld_ns)
            believed = belief::where_written;
    }
    return believed;
}

/// The first, the last and some between of the pieces that are held of it, as long as `to_sample` lasts:
/// whether it is that file at all, and not one of another machine or time with the same number.
bool torrent_files::sample_is_good(file_index file, std::uint64_t& to_sample) {
    std::vector<piece_index> pieces;
    const auto [first, end] = layout_.pieces_of(file);
    for (auto i = first; i < end; ++i)
        if (held_->pieces.has(piece_index(i))) pieces.push_back(piece_index(i));
    cursor at;
    const auto count = std::min(pieces.size(), most_samples);
    for (std::size_t i = 0; i < count; ++i) {
        const auto piece = pieces[i * (pieces.size() - 1) / std::max<std::size_t>(count - 1, 1)];
        const auto size = layout_.shape().piece_size(piece);
        if (size > to_sample) return true;
        to_sample -= size;
        const auto found = verify(piece, at);
        // what is missing lies in another file of the piece
        if (!found || *found == piece_state::bad) return false;
    }
    return true;
}

/// Nothing was written there: it is another file that got the number of one that was removed.
bool torrent_files::has_hole(const segment& part) {
    const auto opened = open(part.file, false);
    if (!opened) return true;
    const auto end = part.offset + part.length;
    const auto hole = fs_.next_hole((*opened)->get(), part.offset, layout_.file(part.file).size);
    return hole && *hole < end;
}

bool torrent_files::was_changed_by_us(file_index file, const file_stamp& now) {
    const auto noted = journal_.find(file);
    return noted && noted->since <= held_->number && noted->size == now.size &&
           noted->modified_ns == now.modified_ns && noted->changed_ns == now.changed_ns;
}

/// After a change of ours. One that would not tell itself from the next is not to be believed.
void torrent_files::note_stamp(file_index file) {
    const auto state = state_of(file);
    if (!state.stamp || state.where == standing::shared) return;
    journal_.note(file, {state.marked ? state.ours_since : 0, state.stamp->size, state.stamp->modified_ns,
                         state.stamp->changed_ns});
}

}  // namespace bt::storage
