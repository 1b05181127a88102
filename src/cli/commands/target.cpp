#include "cli/commands/target.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <optional>

#include "app/files/files.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {

namespace {

constexpr const char* what_a_target_is =
    "a target is a magnet link, magnet:HASH, a bare HASH, a .torrent file, an http(s) URL of one, or for get "
    "the "
    "name of a share";

bool is_url(std::string_view text) {
    const auto scheme = to_lower(text.substr(0, 8));
    return scheme.starts_with("http://") || scheme == "https://";
}

result<target> read_magnet(const std::string& text) {
    auto link = torrent::parse_magnet(text);
    if (!link) return unexpected(link.error());
    return target(std::move(*link));
}

result<target> read_file(result<torrent::metainfo> torrent) {
    if (!torrent) return unexpected(torrent.error());
    return target(std::move(*torrent));
}

/// A link or URL, if that is what it is.
std::optional<result<target>> read_link(std::string_view text, duration timeout, const outgoing& way) {
    const std::string bare(torrent::without_wrapping(text));
    if (is_url(bare)) return app::fetch_torrent(bare, timeout, way);
    if (torrent::looks_like_magnet(bare)) return read_magnet(bare);
    return std::nullopt;
}

/// A torrent, or a link as `echo LINK |` writes it.
result<target> read_standard_input(duration timeout, const outgoing& way) {
    auto content = app::read_torrent_bytes("-");
    if (!content) return unexpected(content.error());
    if (content->size() <= limits::magnet_bytes)
        if (auto link = read_link(as_text(*content), timeout, way)) return std::move(*link);
    auto parsed = torrent::parse_torrent(shared_bytes(std::move(*content)));
    if (!parsed) return fail(parsed.error().code, "standard input: " + parsed.error().message);
    return target(std::move(*parsed));
}

}  // namespace

result<target> read_target(const std::string& text, duration timeout, const outgoing& way) {
    if (text == "-") return read_standard_input(timeout, way);
    if (auto link = read_link(text, timeout, way)) return std::move(*link);

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

}  // namespace bt::cli
