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
    std::vector<std::string> web_seeds;  ///< ws
    std::vector<endpoint> peers;  ///< x.pe with an address (names are dropped); at most limits::magnet_peers
    std::vector<std::pair<std::uint32_t, std::uint32_t>>
        select_only;                      ///< so: closed ranges of file indices, below 3,000,000
    std::optional<std::uint64_t> length;  ///< xl, bytes

    /// magnet:?xt=urn:btih:<hex>&dn=…&tr=…&x.pe=…
    std::string to_uri() const;
};

/// True if the text starts like a magnet link or is a bare 40-hex / 32-base32 hash.
bool looks_like_magnet(std::string_view text);
/// The text is taken as it is, white space and all. Keys in any case, values percent-encoded or not; what is
/// unknown, unusable or beyond its limit is dropped, but a malformed info-hash or escape fails the link. Of
/// several v1 hashes the first counts. Errors are `bad_data` with a message for people; a v2-only link
/// (urn:btmh) says that v2 is not supported yet, a hybrid one is read as v1.
result<magnet> parse_magnet(std::string_view text);

}  // namespace bt::torrent
