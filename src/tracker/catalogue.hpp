// The catalogue: what a LAN shares, by name. One JSON document for a tracker's `GET /api/v1/torrents` and a
// node's `GET /catalogue.json`; both are written and read here. Names are data from strangers (protocols:
// "Catalogue").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace bt::tracker {

/// What a torrent is called, and by which hosts.
struct catalogue_name {
    std::string name;
    std::vector<std::string> hosts;  ///< at most limits::catalogue_hosts
};

struct catalogue_entry {
    info_hash hash;
    std::string name;              ///< fit to be shown; never a path: '/' and '\' are replaced
    std::uint64_t total_size = 0;  ///< bytes
    std::uint32_t file_count = 1;
    std::uint32_t seeders = 0, leechers = 0;
    std::vector<std::string> hosts;     ///< that share it, names for people; at most limits::catalogue_hosts
    std::vector<catalogue_name> names;  ///< where hosts disagree: all that is said; limits::catalogue_names
    std::optional<std::int64_t> created = {};  ///< Unix seconds, where it is known
};

/// A name as the catalogue carries it: what can be seen of it (name_key), no path; may be empty.
std::string listed_name(std::string_view raw);

/// {"schema":1,"torrents":[{"hash_string","name","total_size","file_count","seeders","leechers","hosts":[…],
/// "names":[{"name","hosts":[…]}],"date_created"}]}; `names` only where hosts disagree, the date where it is
/// known.
std::string catalogue_json(const std::vector<catalogue_entry>& entries);

/// The answer of a host: at most limits::catalogue_entries are taken, texts are cleaned and cut, entries
/// without a valid hash or name are dropped. errc::bad_data if the whole is no such document.
result<std::vector<catalogue_entry>> parse_catalogue(std::string_view text);

/// What a node posts to `POST /api/v1/torrents` when the .torrent itself is larger than
/// limits::lan_body_bytes:
/// {"hash_string","name","total_size","file_count"}.
std::string registration_json(const catalogue_entry& entry);
result<catalogue_entry> parse_registration(std::string_view text);

}  // namespace bt::tracker
