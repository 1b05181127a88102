#include "torrent/urls.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace bt::torrent {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::optional<std::string> usable_url(std::string_view text,
                                      std::initializer_list<std::string_view> schemes) {
    text = trimmed(text);
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

void add_unique(std::vector<std::string>& list, std::optional<std::string> url, std::size_t limit) {
    if (!url || list.size() >= limit || std::find(list.begin(), list.end(), *url) != list.end()) return;
    list.push_back(std::move(*url));
}

}  // namespace bt::torrent
