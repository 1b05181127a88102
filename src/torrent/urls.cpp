#include "torrent/urls.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace bt::torrent {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::optional<std::string> usable_url(std::string_view text,
                                      std::initializer_list<std::string_view> schemes) {
    text = trimmed(text, blanks);
    if (text.size() > limits::url_bytes) return std::nullopt;
    const auto scheme = to_lower(text.substr(0, 8));
    const auto starts = [&](std::string_view s) { return std::string_view(scheme).starts_with(s); };
    if (std::none_of(schemes.begin(), schemes.end(), starts)) return std::nullopt;
    std::string url;
    for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x20 || byte == 0x7f) return std::nullopt;
        if (byte == 0x20 || byte >= 0x80)
            url += percent_encode({&byte, 1});
        else
            url += c;
    }
    if (url.size() > limits::url_bytes) return std::nullopt;
    return url;
}

}  // namespace

std::optional<std::string> tracker_url(std::string_view text) {
    return usable_url(text, {"http://", "https://", "udp://"});
}

std::optional<std::string> web_seed_url(std::string_view text) {
    return usable_url(text, {"http://", "https://"});
}

std::string public_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::string(url);
    const auto begin = scheme + 3;
    const auto authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
    const auto at = authority.rfind('@');
    const auto rest = at == std::string_view::npos ? begin : begin + at + 1;
    return std::string(url.substr(0, begin)).append(url.substr(rest));
}

void unused_sources::tracker(std::string_view url) {
    url = trimmed(url, blanks);
    const auto scheme = to_lower(url.substr(0, 6));
    if (url.size() > limits::url_bytes)
        too_long_ = true;
    else if (scheme.starts_with("ws://") || scheme == "wss://")
        websocket_ = true;
    else
        unknown_ = unknown_ || !url.empty();
}

std::vector<std::string> unused_sources::remarks(bool has_trackers, bool has_web_seeds) const {
    std::vector<std::string> all;
    if (has_trackers) return all;
    if (websocket_) all.push_back("its tracker is one for browsers (ws, wss); these are not supported yet");
    if (too_long_)
        all.push_back("its tracker's URL is longer than " + std::to_string(limits::url_bytes) +
                      " bytes and is not used");
    if (unknown_) all.push_back("its tracker is of an unsupported kind; http, https and udp are supported");
    if (has_web_seeds) all.push_back("it names web seeds; these are not fetched from yet");
    if (http_seeds_) all.push_back("it names HTTP seeds (httpseeds); these are not supported");
    return all;
}

void add_unique(std::vector<std::string>& list, std::optional<std::string> url, std::size_t limit) {
    if (!url || list.size() >= limit || std::find(list.begin(), list.end(), *url) != list.end()) return;
    list.push_back(std::move(*url));
}

}  // namespace bt::torrent
