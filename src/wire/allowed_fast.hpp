// The pieces a peer may ask for while it is choked (BEP 6, "Allowed Fast Set Generation").
#pragma once

#include <cstdint>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"

namespace bt::wire {

/// `count` different pieces (fewer if the torrent has fewer) that follow from the peer's IPv4 address and the
/// torrent. The BEP says nothing of IPv6: empty.
std::vector<piece_index> allowed_fast_set(const ip_address& peer, const info_hash& torrent,
                                          std::uint32_t piece_count, std::size_t count);

}  // namespace bt::wire
