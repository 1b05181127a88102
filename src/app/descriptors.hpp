// What the descriptors of this process are for. The system allows so many (ulimit -n); without a plan peers
// would take those that their files need.
#pragma once

#include <cstddef>

#include "base/result.hpp"

namespace bt::app {

/// Before anything else: raises the limit as far as it goes. Fails, in words, with too few for one torrent
/// and one peer.
result<void> prepare_descriptors();

class descriptor_plan {
  public:
    descriptor_plan() = default;
    /// Of `limit` so many are in use: sockets and pipes that stay.
    descriptor_plan(std::size_t limit, std::size_t in_use);

    /// Connections to the page that the network may ask for.
    static std::size_t page_connections(std::size_t limit);
    /// Each download holds its folder and its lock from the first look at its files on; a share holds
    /// nothing.
    bool allows_downloads(std::size_t count) const;
    /// Kept open between two uses, of all torrents.
    std::size_t files(std::size_t downloads) const;
    std::size_t peers(std::size_t downloads) const;

  private:
    std::size_t left(std::size_t downloads) const;

    std::size_t free_ = 0;  // for downloads, files and peers
};

}  // namespace bt::app
