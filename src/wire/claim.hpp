// `bn_claim`, an extension message of our own: which pieces the sender fetches from outside the link. Clients
// that do not know it never see it (BEP 10: only a peer that names an extension is sent it).
//
//   kind 1 (0 claimed, 1 released) | piece 4, big endian | piece 4 | …        at most
//   limits::claims_in_message pieces
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "wire/messages.hpp"

namespace bt::wire {

struct claim_message {
    bool released = false;
    std::vector<std::uint32_t> pieces;
    friend bool operator==(const claim_message&, const claim_message&) = default;
};

bytes encode(const claim_message& m);
/// An unknown kind has no pieces; a length that is no list of pieces, or too long, is a violation.
result<claim_message, violation> decode_claim(byte_view payload);

}  // namespace bt::wire
