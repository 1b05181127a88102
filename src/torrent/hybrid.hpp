// The two lists of files of a hybrid torrent (BEP 52).
#pragma once

#include "base/bencode.hpp"

namespace bt::torrent {

/// `info` has a `file tree` beside its `length` or `files`. True if both name the same files and lengths in
/// the same order, padding and links apart.
bool hybrid_lists_agree(bencode_view info);

}  // namespace bt::torrent
