// Extension protocol (BEP 10) and metadata exchange (BEP 9): the payloads inside `extended` messages. Those
// of peer exchange and claims have files of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "wire/messages.hpp"

namespace bt::wire {

/// The ids we assign to extensions in our own handshake: what the other side puts into messages to us.
inline constexpr std::uint8_t handshake_extension_id = 0;
inline constexpr std::uint8_t our_metadata_id = 1;  ///< ut_metadata
inline constexpr std::uint8_t our_exchange_id = 2;  ///< ut_pex (BEP 11)
inline constexpr std::uint8_t our_donthave_id = 3;  ///< lt_donthave (BEP 54)
inline constexpr std::uint8_t our_claim_id = 4;     ///< bn_claim (wire/claim.hpp)

struct extension_handshake {
    /// Their ids of the extensions; 0: they do not speak it (any more).
    std::uint8_t metadata_id = 0, exchange_id = 0, donthave_id = 0, claim_id = 0;
    std::optional<std::uint32_t> metadata_bytes;  ///< 1 … limits::metadata_bytes, else absent
    std::optional<std::uint16_t> listen_port;
    std::uint32_t request_queue = 250;  ///< `reqq`: how many requests they hold, 1 … 5000
    std::string client;                 ///< `v`, printable, at most 64 bytes
    bool upload_only = false;
    std::optional<ip_address> your_address;  ///< `yourip`
};
bytes encode(const extension_handshake& h);
/// Later handshakes of a connection add to what is `known` from the earlier ones; values out of range are as
/// if absent.
result<extension_handshake, violation> decode_extension_handshake(byte_view payload,
                                                                  extension_handshake known = {});

inline constexpr std::uint32_t metadata_piece_bytes = 16 * 1024;
/// Bytes of this piece of metadata of that size; the last one may be shorter; 0 past the end.
std::uint32_t metadata_piece_size(std::uint32_t total_bytes, std::uint32_t piece);

struct metadata_request {
    std::uint32_t piece;
};
struct metadata_data {
    std::uint32_t piece;
    std::uint32_t total_bytes;
    byte_view data;
};
struct metadata_reject {
    std::uint32_t piece;
};
struct metadata_unknown {};  ///< a msg_type we do not know: ignored
using metadata_message = std::variant<metadata_request, metadata_data, metadata_reject, metadata_unknown>;
/// Not for metadata_unknown.
bytes encode(const metadata_message& m);
/// The data of a metadata_data message has exactly the size its piece has.
result<metadata_message, violation> decode_metadata(byte_view payload);

}  // namespace bt::wire
