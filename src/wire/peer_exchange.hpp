// Peer exchange, `ut_pex` (BEP 11): the payload of its messages.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "wire/messages.hpp"

namespace bt::wire {

/// BEP 11's flags of an added peer.
struct exchange_flags {
    bool encryption = false;  ///< 0x01 prefers it
    bool seed = false;        ///< 0x02 seed or upload-only
    bool utp = false;         ///< 0x04
    bool holepunch = false;   ///< 0x08
    bool reachable = false;   ///< 0x10 a peer connected to it
    friend bool operator==(const exchange_flags&, const exchange_flags&) = default;
};

struct exchange_peer {
    endpoint address;
    exchange_flags flags;
    friend bool operator==(const exchange_peer&, const exchange_peer&) = default;
};

struct exchange_message {
    std::vector<exchange_peer> added;  ///< of both families
    std::vector<endpoint> dropped;
};

bytes encode(const exchange_message& m);
/// At most limits::exchange_peers of each list are read; entries with port 0 or an unusable address are left
/// out, and flags of another length than their list are as if absent. A list of a wrong length, or a payload
/// over limits::exchange_bytes, is a violation.
result<exchange_message, violation> decode_exchange(byte_view payload);

}  // namespace bt::wire
