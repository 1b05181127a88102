// Private to this room. How clients change the trackers of a torrent: trackerAdd, trackerRemove,
// trackerReplace, trackerList.
#pragma once

#include <optional>
#include <vector>

#include "rpc/dialect.hpp"
#include "rpc/host.hpp"

namespace bt::rpc {

/// Nothing: they stay as they are. errc::not_found: a number that none has; errc::usage: it is no list, or no
/// URL.
result<std::optional<torrent::tracker_tiers>> trackers_after(const std::vector<host::tracker>& now,
                                                             const arguments& with);

}  // namespace bt::rpc
