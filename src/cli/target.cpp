#include "cli/target.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "app/files.hpp"
#include "base/text.hpp"
#include "cli/output.hpp"

namespace bt::cli {

namespace {

constexpr const char* what_a_target_is =
    "a target is a magnet link, magnet:HASH, a bare HASH, a .torrent file, an http(s) URL of one, or for get "
    "the "
    "name of a share";

// A bare v2 hash says more to the magnet parser than "no such file" would to its owner.
bool is_v2_hash(const std::string& text) { return text.size() == 64 && from_hex(text).has_value(); }

result<target> read_magnet(const std::string& text) {
    auto link = torrent::parse_magnet(text);
    if (!link) return unexpected(link.error());
    return target(std::move(*link));
}

result<target> read_file(result<torrent::metainfo> torrent) {
    if (!torrent) return unexpected(torrent.error());
    return target(std::move(*torrent));
}

}  // namespace

result<target> read_target(const std::string& text, const outgoing& way) {
    const std::string scheme = to_lower(text.substr(0, 8));
    if (scheme.starts_with("http://") || scheme == "https://")
        return read_file(app::fetch_torrent(text, way));
    if (text == "-") return read_file(app::read_torrent(text));
    if (is_v2_hash(text)) return read_magnet("magnet:?xt=urn:btmh:1220" + text);
    if (torrent::looks_like_magnet(text)) return read_magnet(text);

    struct stat facts {};
    if (::stat(text.c_str(), &facts) != 0)
        return fail(errc::not_found, fmt::format("no such file: '{}'", printable(text)), what_a_target_is);
    if (S_ISDIR(facts.st_mode))
        return fail(errc::not_found, fmt::format("'{}' is a folder, not a .torrent file", printable(text)),
                    what_a_target_is);
    return read_file(app::read_torrent(text));
}

std::string first_name(const target& what) {
    if (const auto* torrent = std::get_if<torrent::metainfo>(&what)) return printable(torrent->info.name);
    const auto& link = std::get<torrent::magnet>(what);
    return link.name.empty() ? short_hash(link.hash) : printable(link.name, 200);
}

info_hash hash_of(const target& what) {
    if (const auto* torrent = std::get_if<torrent::metainfo>(&what)) return torrent->info.hash;
    return std::get<torrent::magnet>(what).hash;
}

}  // namespace bt::cli
