#include "discovery/lsd_codec.hpp"

#include <algorithm>
#include <optional>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "discovery/link.hpp"

namespace bt::discovery {
namespace {

constexpr std::string_view request_line = "BT-SEARCH * HTTP/1.1";

/// The next line without its end; nothing if the text has no line end.
std::optional<std::string_view> take_line(std::string_view& text) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

void add_torrent(std::vector<info_hash>& torrents, std::string_view hex) {
    const auto raw = from_hex(hex);
    const auto torrent = raw ? info_hash::from(*raw) : std::nullopt;
    if (torrent && std::find(torrents.begin(), torrents.end(), *torrent) == torrents.end())
        torrents.push_back(*torrent);
}

}  // namespace

result<lsd_message, lsd_error> parse_lsd(byte_view datagram) {
    if (datagram.size() > limits::lsd_bytes) return unexpected(lsd_error::too_long);
    auto text = as_text(datagram);
    const auto first = take_line(text);
    if (!first || trimmed(*first) != request_line) return unexpected(lsd_error::not_search);

    lsd_message message;
    for (;;) {
        const auto line = take_line(text);
        // a number at the cut end of a packet would be another number
        if (!line) return unexpected(lsd_error::cut_short);
        if (line->empty()) break;
        const auto colon = line->find(':');
        if (colon == std::string_view::npos) continue;
        const auto name = to_lower(trimmed(line->substr(0, colon)));
        const auto value = trimmed(line->substr(colon + 1));
        if (name == "port") {
            const auto number = parse_number(value);
            if (message.port != 0 || !number || *number < 1 || *number > 65535)
                return unexpected(lsd_error::bad_port);
            message.port = static_cast<std::uint16_t>(*number);
        } else if (name == "infohash") {
            add_torrent(message.torrents, value);
        } else if (name == "cookie") {
            message.cookie = value;
        }
    }
    if (message.port == 0) return unexpected(lsd_error::bad_port);
    if (message.torrents.empty()) return unexpected(lsd_error::no_torrent);
    return message;
}

bytes encode_lsd(ip_family family, std::uint16_t port, const info_hash& torrent, std::string_view cookie) {
    BT_ASSERT(port != 0);
    std::string text(request_line);
    text += "\r\nHost: " + lsd_group(family).to_string();
    text += "\r\nPort: " + std::to_string(port);  // never through a locale: 51,413 is no port
    text += "\r\nInfohash: " + to_hex(torrent.span());
    if (!cookie.empty()) text += "\r\ncookie: " + lsd_cookie(cookie);
    text += "\r\n\r\n\r\n";
    BT_ASSERT(text.size() <= limits::lsd_sent_bytes);
    return to_bytes(text);
}

std::string lsd_cookie(std::string_view text) {
    std::string cookie(text.substr(0, lsd_cookie_bytes));
    std::replace_if(
        cookie.begin(), cookie.end(), [](char c) { return c <= ' ' || c > '~'; }, '_');
    return cookie;
}

}  // namespace bt::discovery
