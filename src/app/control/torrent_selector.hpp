// Which running torrents a word of the user means: an info-hash or a prefix of one that is unique, a name, a
// glob on names, or `all`; any of these with @PROCESS behind it in one process only.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace bt::app {

struct named_torrent {
    info_hash hash;
    std::string name;
    std::string process{};  ///< its number
};

inline constexpr std::size_t shortest_prefix = 4;  ///< hex digits of a hash

/// Indices into `all`. One torrent may run in several processes: without @PROCESS they are meant together.
/// `one`: several torrents are too many. errc::not_found tells the candidates.
result<std::vector<std::size_t>> select_torrents(std::span<const named_torrent> all, const std::string& text,
                                                 bool one);

/// What all these words mean together; errc::not_found tells of every word that means nothing.
result<std::set<std::size_t>> select_torrents(std::span<const named_torrent> all,
                                              const std::vector<std::string>& words, bool one);

}  // namespace bt::app
