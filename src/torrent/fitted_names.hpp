// A torrent's names as a folder takes them, where its file system takes fewer than ours.
#pragma once

#include <cstddef>
#include <optional>

#include "base/result.hpp"
#include "torrent/metainfo.hpp"

namespace bt::torrent {

struct name_rules {
    bool windows = false;       ///< windows_name()
    std::size_t longest = 255;  ///< bytes of an element
    friend bool operator==(const name_rules&, const name_rules&) = default;
};

/// What a download's own name has after the torrent's.
inline constexpr std::size_t part_suffix_bytes = 14;

/// The torrent with names that the rules allow, unique among each other, the same for the same torrent and
/// rules; nothing where all of them are allowed as they are. Errors as of read_file_list().
result<std::optional<info>> with_fitted_names(const info& of, const name_rules& rules);

}  // namespace bt::torrent
