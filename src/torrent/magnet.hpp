// Magnet links (BEP 9, 53), the short form magnet:<hash>, and bare hashes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace bt::torrent {

struct magnet {
    info_hash hash;
    std::string name;  ///< dn, as given: for people, not a path
    std::vector<std::string>
        trackers;  ///< tr: http, https, udp only; no duplicates; at most limits::magnet_trackers
    std::vector<std::string> web_seeds;       ///< ws, as
    std::vector<endpoint> peers;              ///< x.pe with an address; at most limits::magnet_peers
    std::vector<named_endpoint> named_peers;  ///< x.pe with a host name; the same
    std::vector<std::pair<std::uint32_t, std::uint32_t>>
        select_only;                      ///< so: closed ranges of file indices, below 3,000,000
    std::optional<std::uint64_t> length;  ///< xl, bytes
    std::vector<std::string> remarks;     ///< sources it names that are not used, in words

    /// magnet:?xt=urn:btih:<hex>&dn=…&tr=…&x.pe=…, without passwords of trackers.
    std::string to_uri() const;
};

/// The link, hash, URL or name without what came along when it was copied: white space, a byte order mark,
/// quotes or <…> around it.
std::string_view without_wrapping(std::string_view text);
/// True if the text, whatever is wrapped around it, starts like a magnet link or is a bare hash: 40 hex or 32
/// base32 digits, or one of version 2.
bool looks_like_magnet(std::string_view text);
/// Keys in any case, values percent-encoded or not, "&amp;" and its like out of HTML for '&'; what is
/// unknown, unusable or beyond its limit is dropped, a broken escape is text; a malformed info-hash or one of
/// zeros fails the link. Of several v1 hashes the first counts. Errors are `bad_data` with a message for
/// people; a v2-only link (urn:btmh) says that v2 is not supported yet, a hybrid one is read as v1.
result<magnet> parse_magnet(std::string_view text);

}  // namespace bt::torrent
