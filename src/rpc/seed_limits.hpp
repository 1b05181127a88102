// Private to this room. When torrents have been given for long enough: what clients set by seedRatioLimit,
// seedIdleLimit and their modes, and by the session's. One that is done is stopped and told as finished. A
// user who starts it again, with no other limit, wants it given without end.
#pragma once

#include <cstdint>
#include <map>

#include "rpc/host.hpp"
#include "rpc/kept.hpp"
#include "rpc/session_settings.hpp"

namespace bt::rpc {

/// What was given of what was fetched, or lies here; -1: nothing lies here.
double ratio_of(const session::torrent_status& s);

class seed_limits {
  public:
    /// From time to time. It costs nothing for torrents without a limit. True: `wishes` were changed.
    bool look(host& node, const session_settings& settings, wishes_by_hash& wishes);

  private:
    struct giving {
        std::uint64_t uploaded = 0;
        std::int64_t since = 0;  ///< Unix seconds: nothing was given since
    };
    std::map<std::uint32_t, giving> giving_;
};

}  // namespace bt::rpc
