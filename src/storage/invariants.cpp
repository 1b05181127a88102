// What holds for a torrent's files between two jobs.
#include <algorithm>

#include "storage/torrent_files.hpp"

namespace bt::storage {

bool torrent_files::is_sound() const {
    const std::lock_guard lock(mutex_);
    const bool only_read = folder_.empty();
    const auto count = layout_.shape().piece_count();
    if (states_.size() != layout_.file_count() || have_.size() != count || doubtful_.size() != count)
        return false;
    if (located_ && !only_read && !tree_) return false;
    for (std::uint32_t i = 0; i < states_.size(); ++i) {
        const auto& state = states_[i];
        const bool padding = layout_.file(file_index(i)).padding;
        if ((state.where == standing::padding) != padding) return false;
        if (!padding && (state.where == standing::shared) != only_read) return false;
        if (only_read && (state.foreign_writes || state.replaces || state.ignore_final)) return false;
        if (state.stamp && padding) return false;
        if (state.replaces && (state.where != standing::part || !state.ignore_final)) return false;
    }
    bool sound = true;
    // only what we have can be in doubt, or what may be right again in a file that is only read
    doubtful_.for_each([&](piece_index piece) {
        const auto parts = layout_.segments(piece);
        sound =
            sound && (have_.has(piece) || std::any_of(parts.begin(), parts.end(), [&](const segment& part) {
                          const auto where = states_[part.file.value()].where;
                          return where == standing::shared || where == standing::final_name;
                      }));
    });
    // what we have, beyond doubt, lies in files that are there
    have_.for_each([&](piece_index piece) {
        if (!sound || doubtful_.has(piece)) return;
        const auto parts = layout_.segments(piece);
        sound = std::all_of(parts.begin(), parts.end(), [&](const segment& part) {
            const auto& state = states_[part.file.value()];
            return state.where == standing::padding || state.exists;
        });
    });
    return sound;
}

}  // namespace bt::storage
