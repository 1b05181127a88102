// Piece hashes of what was shared before, in the folder `hashes` of the state folder: a tree whose files are
// as they were when it was hashed need not be read again. A file of it is named by the SHA-1 over the piece
// length and, of each file, its path, place and stamp; it is SHA-256 of the hashes | the hashes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "storage/hash_files.hpp"

namespace bt::app {

class known_hashes {
  public:
    /// `walked_ns`: when the tree was walked, in the time of file stamps. An empty folder: nothing is known.
    known_hashes(std::string state_folder, const storage::found_tree& tree, std::uint64_t piece_bytes,
                 std::int64_t walked_ns);

    std::optional<bytes> find() const;
    /// Best effort. A tree of which a file was changed a moment before is not kept: it may have been changed
    /// again, and its stamp would not show it.
    void keep(byte_view hashes) const;

  private:
    std::string folder_, name_;
    std::uint64_t hash_bytes_;
    bool certain_ = true;
};

}  // namespace bt::app
