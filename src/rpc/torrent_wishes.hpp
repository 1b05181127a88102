// Private to this room. What clients may set of a torrent and the node does not know: kept while the node
// runs, and told to whoever asks. docs/rpc.md says which are honoured.
#pragma once

#include <cstdint>

namespace bt::rpc {

struct torrent_wishes {
    std::int64_t bandwidth_priority = 0;
    bool honors_session_limits = true;
    std::int64_t peer_limit = 0;  ///< 0: the node's
    std::int64_t seed_idle_limit = 30, seed_idle_mode = 0, seed_ratio_mode = 0;
    double seed_ratio_limit = 2;
    bool ended = false;  ///< it rests since it reached a limit
    /// kB/s: what a limit was, or will be, while it is off.
    std::int64_t down_limit = 100, up_limit = 100;
};

}  // namespace bt::rpc
