// The messages of the peer protocol (BEP 3, 5, 6, 10) and their codec: pure functions on spans.
//
//   handshake:  19 "BitTorrent protocol" | reserved 8 | info-hash 20 | peer id 20            = 68 bytes
//   message:    length 4 | id 1 | payload length-1          (length 0 is a keep-alive)
//
// Numbers in here are as they came; `wire::peer` turns them into checked indices.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace bt::wire {

inline constexpr std::size_t handshake_bytes = 68;
inline constexpr std::size_t piece_header_bytes =
    13;  ///< length, id, index, begin: what stands before a block

/// Why a peer is not worth talking to any more.
enum class violation : std::uint8_t {
    not_bittorrent,  ///< the handshake does not start as BEP 3 says
    message_too_long,
    wrong_length,        ///< a message whose length its type forbids
    bad_bitfield,        ///< wrong size or spare bits set
    bad_index,           ///< piece out of range
    unexpected_message,  ///< fast-extension message without the extension
    too_many_invalid_requests,
    bad_extension,  ///< malformed extension message
};
std::string_view to_string(violation v);

/// What the eight reserved bytes announce (BEP 4).
struct features {
    bool extended = false;  ///< BEP 10
    bool fast = false;      ///< BEP 6
    bool dht = false;       ///< BEP 5
    friend bool operator==(const features&, const features&) = default;
};

struct handshake {
    features offers;
    info_hash torrent;
    peer_id id;
};
bytes encode(const handshake& h);

struct keep_alive {};
struct choke {};
struct unchoke {};
struct interested {};
struct not_interested {};
struct have {
    std::uint32_t piece;
};
struct bitfield {
    byte_view bits;
};
struct request {
    std::uint32_t piece, begin, length;
};
struct piece {
    std::uint32_t piece, begin;
    byte_view data;
};
struct cancel {
    std::uint32_t piece, begin, length;
};
struct port {
    std::uint16_t number;
};
struct suggest {
    std::uint32_t piece;
};
struct have_all {};
struct have_none {};
struct reject {
    std::uint32_t piece, begin, length;
};
struct allowed_fast {
    std::uint32_t piece;
};
struct extended {
    std::uint8_t id;
    byte_view payload;
};
/// Ignored, as BEP 10 peers expect of each other.
struct unknown {
    std::uint8_t id;
};

using message =
    std::variant<keep_alive, choke, unchoke, interested, not_interested, have, bitfield, request, piece,
                 cancel, port, suggest, have_all, have_none, reject, allowed_fast, extended, unknown>;

template <class T>
struct decoded {
    T value;           ///< refers to the input
    std::size_t used;  ///< bytes of the input it took
};

/// Nothing when more bytes are needed; bad first bytes are refused as soon as they are seen.
result<std::optional<decoded<handshake>>, violation> decode_handshake(byte_view input);

/// The longest messages allowed right now; the length is checked against the type before the payload has
/// arrived.
struct decode_limits {
    std::size_t bitfield_bytes;  ///< exact when `bitfield_exact`
    bool bitfield_exact;
};
result<std::optional<decoded<message>>, violation> decode(byte_view input, const decode_limits& limits);
/// How many bytes from the start of a message decode() needs to get on, when `begun` was not enough for it:
/// first as many as tell whether type and length go together, then the whole message.
std::size_t bytes_wanted(byte_view begun);

/// Appends the encoded message.
void encode(const message& m, bytes& out);
/// Writes the header of a piece message in front of a block of `length` bytes.
void write_piece_header(std::span<std::uint8_t, piece_header_bytes> out, std::uint32_t piece,
                        std::uint32_t begin, std::uint32_t length);

}  // namespace bt::wire
