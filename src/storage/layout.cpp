#include "storage/layout.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bt::storage {

void layout::segments(const torrent::block_range& range, std::vector<segment>& out) const {
    std::uint64_t at = shape_.piece_begin(range.piece) + range.offset;
    std::uint64_t left = range.length;
    BT_ASSERT(at + left <= shape_.total_bytes());
    auto file = std::upper_bound(
        files_.begin(), files_.end(), at,
        [](std::uint64_t position, const torrent::file_entry& entry) { return position < entry.begin; });
    BT_ASSERT(file != files_.begin());
    --file;  // the last that begins at or before `at`: empty files at the same place come before it
    while (left > 0) {
        const std::uint64_t offset = at - file->begin;
        if (offset < file->size) {
            const auto length = std::min(left, file->size - offset);
            out.push_back({file_index(static_cast<std::uint32_t>(file - files_.begin())), offset,
                           static_cast<std::uint32_t>(length)});
            at += length;
            left -= length;
        }
        ++file;
        BT_ASSERT(left == 0 || file != files_.end());
    }
}

std::vector<segment> layout::segments(piece_index piece) const {
    std::vector<segment> out;
    segments({piece, 0, shape_.piece_size(piece)}, out);
    return out;
}

layout::piece_run layout::pieces_of(file_index index) const {
    const auto& entry = file(index);
    if (entry.size == 0) return {};
    const auto piece_bytes = shape_.piece_bytes();
    return {static_cast<std::uint32_t>(entry.begin / piece_bytes),
            static_cast<std::uint32_t>((entry.begin + entry.size - 1) / piece_bytes + 1)};
}

}  // namespace bt::storage
