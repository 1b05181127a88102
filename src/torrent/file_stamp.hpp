// What a file was like when its content was known. Another program that writes, cuts, replaces or moves it
// leaves another stamp; what differs is hashed again before it is believed.
#pragma once

#include <cstdint>

namespace bt::torrent {

struct file_stamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_ns = 0;  ///< any program can set it back
    std::int64_t changed_ns = 0;   ///< cannot: also moves with names and permissions

    friend bool operator==(const file_stamp&, const file_stamp&) = default;
    /// The same file with the same bytes, as far as can be seen, under another name or with other rights.
    bool same_content(const file_stamp& other) const {
        return device == other.device && inode == other.inode && size == other.size &&
               modified_ns == other.modified_ns;
    }
};

}  // namespace bt::torrent
