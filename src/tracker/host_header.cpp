#include "tracker/host_header.hpp"

#include <algorithm>
#include <optional>

#include "base/endpoint.hpp"
#include "base/text.hpp"

namespace bt::tracker {
namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/// Host without its port; nothing if the port is no number.
std::optional<std::string_view> without_port(std::string_view host) {
    const auto colon = host.rfind(':');
    if (colon == host.npos || host.ends_with(']')) return host;
    const auto port = parse_number(host.substr(colon + 1));
    if (!port || *port > 65535) return std::nullopt;
    return host.substr(0, colon);
}

}  // namespace

bool is_local_host_name(std::string_view header) {
    const auto host = without_port(header);
    if (!host || host->empty()) return false;
    if (host->front() == '[')
        return host->back() == ']' && ip_address::parse(host->substr(1, host->size() - 2)).has_value();
    if (ip_address::parse(*host)) return true;
    auto name = to_lower(*host);
    if (name.ends_with('.')) name.pop_back();
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_character)) return false;
    const auto last = name.substr(name.rfind('.') + 1);
    // "0x7f.1", "127.1": another way to write an address, by which a check of names could be passed
    if (last.empty() || (last.front() >= '0' && last.front() <= '9')) return false;
    if (name.find('.') == name.npos) return true;
    for (const std::string_view ending : {".localhost", ".local", ".lan", ".home.arpa", ".internal"})
        if (name.ends_with(ending)) return true;
    return false;
}

}  // namespace bt::tracker
