// What a peer that says it has everything is asked for, to prove it. Private to this room.
#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "torrent/geometry.hpp"

namespace bt::swarm {

struct examination {
    torrent::block_range question;
    bytes answer{};  ///< compared with ours when that is read
    bool asked = false;
    bool spoiled = false;  ///< another peer was given that block meanwhile
};

}  // namespace bt::swarm
