// Which bytes of which files a run of the torrent's bytes lies in.
//
//     pieces  |--0--|--1--|--2--|
//     files   |-a-|----b----|-c-|        piece 1 = the middle of b; piece 0 = all of a, the start of b
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "torrent/geometry.hpp"
#include "torrent/metainfo.hpp"

namespace bt::storage {

struct segment {
    file_index file;
    std::uint64_t offset = 0;  ///< bytes from the start of the file
    std::uint32_t length = 0;
};

class layout {
  public:
    explicit layout(const torrent::info& info) : shape_(info.shape), files_(info.files) {}

    const torrent::geometry& shape() const { return shape_; }
    std::uint32_t file_count() const { return static_cast<std::uint32_t>(files_.size()); }
    const torrent::file_entry& file(file_index index) const { return files_[index.value()]; }

    /// Appends the segments of a run inside one piece, in order. Empty files have none.
    void segments(const torrent::block_range& range, std::vector<segment>& out) const;
    std::vector<segment> segments(piece_index piece) const;

    struct piece_run {
        std::uint32_t first = 0, end = 0;  ///< half open
    };
    /// The pieces a file has bytes in; none for an empty file.
    piece_run pieces_of(file_index index) const;

  private:
    // Kept, because jobs under way may outlive the torrent they were begun for.
    torrent::geometry shape_;
    shared_list<torrent::file_entry> files_;
};

}  // namespace bt::storage
