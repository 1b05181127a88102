// Ids that a reader can tell apart: one letter all over.
#pragma once

#include "base/ids.hpp"

namespace bt::test {

template <class Id = peer_id>
Id id_of(char letter) {
    Id id;
    id.bytes.fill(static_cast<std::uint8_t>(letter));
    return id;
}

}  // namespace bt::test
