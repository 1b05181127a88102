#include "tracker/url.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace bt::tracker {
namespace {

constexpr std::size_t host_bytes_max = 253;  // RFC 1035
const ip_address cloud_metadata = ip_address::v4(169, 254, 169, 254);

unexpected<error> refuse(const std::string& why) { return fail(errc::usage, "unusable tracker URL: " + why); }

std::optional<scheme> take_scheme(std::string_view& text) {
    const auto end = text.find("://");
    if (end == std::string_view::npos) return std::nullopt;
    const auto name = to_lower(text.substr(0, end));
    text.remove_prefix(end + 3);
    if (name == "http") return scheme::http;
    if (name == "https") return scheme::https;
    if (name == "udp") return scheme::udp;
    return std::nullopt;
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= host_bytes_max &&
           std::all_of(host.begin(), host.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
           });
}

/// RFC 3986. Any other sign may end the host for one reader and begin it for the next.
bool is_user_info(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~%!$&'()*+,;=:").find(c) != std::string_view::npos;
}

bool has_punycode(std::string_view host) {
    return host.starts_with("xn--") || host.find(".xn--") != std::string_view::npos;
}

/// Host and port out of "host", "host:port", "[v6]", "[v6]:port"; false if it is none of these.
bool split_authority(std::string_view authority, url& into) {
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return false;
        into.host = to_lower(authority.substr(1, end - 1));
        if (const auto zone = into.host.find("%25"); zone != std::string::npos)
            into.host.erase(zone + 1, 2);  // RFC 6874: the zone's '%' is escaped inside a URL
        const auto literal = ip_address::parse(into.host);
        if (into.host.find(':') == std::string::npos || !literal) return false;
        port = authority.substr(end + 1);
        if (!port.empty() && port.front() != ':') return false;
    } else {
        const auto colon = authority.find(':');
        into.host = to_lower(authority.substr(0, colon));
        if (!is_host_name(into.host)) return false;
        if (colon != std::string_view::npos) port = authority.substr(colon);
    }
    if (port.size() <= 1) {  // RFC 3986: a lone colon is no port
        into.port = into.how == scheme::https ? 443 : into.how == scheme::http ? 80 : 0;
        return into.port != 0;  // BEP 15 has no port of its own
    }
    const auto number = parse_number(port.substr(1));
    if (!number || *number == 0 || *number > 65535) return false;
    into.port = static_cast<std::uint16_t>(*number);
    return true;
}

bool carries_our_arguments(std::string_view target) {
    const auto question = target.find('?');
    if (question == std::string_view::npos) return false;
    auto rest = target.substr(question + 1);
    while (!rest.empty()) {
        const auto end = std::min(rest.find_first_of("&;"), rest.size());
        const auto name = percent_decode(rest.substr(0, std::min(rest.substr(0, end).find('='), end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!name) return true;  // a broken escape may mean anything to the server
        const auto lower = to_lower(*name);
        if (lower == "info_hash" || lower == "event") return true;
    }
    return false;
}

/// A path that begins with /announce and stays there.
bool is_announce_path(std::string_view path) {
    return path.starts_with("/announce") && path.find("..") == std::string_view::npos &&
           path.find('%') == std::string_view::npos && path.find('\\') == std::string_view::npos;
}

/// Not multicast, broadcast, reserved or "this host", and not where a cloud's machines find their secrets.
bool may_ever_be_asked(const ip_address& address) {
    return address.scope() != address_scope::unusable && address != cloud_metadata;
}

}  // namespace

result<url> url::parse(std::string_view text) {
    if (text.size() > limits::url_bytes)
        return refuse("longer than " + std::to_string(limits::url_bytes) + " bytes");
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; }))
        return refuse("only printable ASCII is allowed");
    url parsed;
    const auto how = take_scheme(text);
    if (!how) return refuse("only http, https and udp are spoken");
    parsed.how = *how;
    text = text.substr(0, text.find('#'));
    const auto end = std::min(text.find_first_of("/?"), text.size());
    auto authority = text.substr(0, end);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        if (parsed.how == scheme::udp) return refuse("a user name is for http and https");
        parsed.user_info = authority.substr(0, at);
        if (!std::all_of(parsed.user_info.begin(), parsed.user_info.end(), is_user_info))
            return refuse("its user name holds a sign that must be escaped");
        authority.remove_prefix(at + 1);
    }
    if (!split_authority(authority, parsed)) return refuse("no valid host and port");
    if (has_punycode(parsed.host)) return refuse("internationalized host names are not allowed");
    parsed.target = text.substr(end);
    if (!parsed.target.starts_with('/')) parsed.target.insert(0, "/");
    if (carries_our_arguments(parsed.target)) return refuse("its query carries announce arguments already");
    const auto literal = ip_address::parse(parsed.host);
    if (literal && !may_ever_be_asked(*literal)) return refuse("nobody can be a tracker at this address");
    if (parsed.is_loopback() && !parsed.may_be_on_this_machine())
        return refuse("on this machine only a path that begins with /announce is asked");
    return parsed;
}

url url::at(scheme how, const endpoint& where, std::string target) {
    return {how, where.address.to_string(), where.port, std::move(target), {}};
}

std::string url::authority() const {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::string url::to_string() const {
    const char* name = how == scheme::http ? "http://" : how == scheme::https ? "https://" : "udp://";
    auto place = authority();
    if (const auto zone = place.find('%'); zone != std::string::npos) place.insert(zone + 1, "25");
    return name + (user_info.empty() ? "" : user_info + '@') + place + target;
}

std::string_view url::path() const { return std::string_view(target).substr(0, target.find('?')); }

bool url::is_loopback() const {
    auto name = std::string_view(host);
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name == "localhost" || name.ends_with(".localhost")) return true;
    const auto literal = ip_address::parse(name);
    return literal && literal->scope() == address_scope::loopback;
}

bool url::may_be_on_this_machine() const {
    // a UDP tracker hears nothing of ours but 16 fixed bytes until it has answered as a tracker does
    if (how == scheme::udp && target == "/") return true;
    return is_announce_path(path());
}

bool url::allowed_at(const ip_address& address, bool on_our_link) const {
    if (!may_ever_be_asked(address)) return false;
    if (address.scope() == address_scope::loopback) return may_be_on_this_machine();
    return address.scope() != address_scope::link_local || address.is_v6() || on_our_link;
}

}  // namespace bt::tracker
