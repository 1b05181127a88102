// Local service discovery (BEP 14): an HTTP-like multicast datagram.
//
//   BT-SEARCH * HTTP/1.1\r\n
//   Host: 239.192.152.143:6771\r\n
//   Port: 51413\r\n
//   Infohash: 0123...\r\n
//   cookie: ...\r\n
//   \r\n
//   \r\n
//
// We write exactly this, one torrent in each packet: other clients want Host on the second line and Port on
// the third, keep only the last Infohash, or read no more than 200 bytes. We read what any of them writes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace bt::discovery {

inline constexpr std::size_t lsd_cookie_bytes = 32;

struct lsd_message {
    std::uint16_t port = 0;
    std::vector<info_hash> torrents;  ///< at least one, none twice
    std::string cookie;               ///< as it came; empty if there was none

    friend bool operator==(const lsd_message&, const lsd_message&) = default;
};

enum class lsd_error : std::uint8_t {
    too_long,    ///< more than limits::lsd_bytes
    not_search,  ///< the first line is another one
    cut_short,   ///< no empty line ends the header
    bad_port,    ///< none, several, or not 1 to 65535
    no_torrent,  ///< no Infohash of 40 hex digits
};

/// Header names in any case and order, CRLF or LF, unknown headers and malformed info-hashes passed over.
result<lsd_message, lsd_error> parse_lsd(byte_view datagram);

/// At most limits::lsd_sent_bytes, whatever the arguments. Port must not be 0.
bytes encode_lsd(ip_family family, std::uint16_t port, const info_hash& torrent, std::string_view cookie);

/// A cookie fit for a header line: visible ASCII, at most 32 bytes.
std::string lsd_cookie(std::string_view text);

}  // namespace bt::discovery
