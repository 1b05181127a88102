#include "app/daemon/rpc_gate.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/bytes.hpp"
#include "base/text.hpp"
#include "rpc/server.hpp"

namespace bt::app {
namespace {

constexpr int most_failures = 10;
constexpr duration lock_time = 60s;
constexpr std::size_t most_hosts = 1'000;

rpc_gate::answer says(int status, std::string_view why, std::string headers = {}) {
    return {status, std::move(headers),
            "<h1>" + std::to_string(status) + "</h1><p>" + std::string(why) + "</p>\n"};
}

/// The same time for every text of the same length as what is tried.
bool same_secret(std::string_view tried, std::string_view right) {
    const auto number = [](char c) { return static_cast<unsigned>(static_cast<unsigned char>(c)); };
    unsigned differs = tried.size() != right.size();
    for (std::size_t i = 0; i < tried.size(); ++i)
        differs |= number(tried[i]) ^ (right.empty() ? 0u : number(right[i % right.size()]));
    return differs == 0;
}

/// Without the port. An IPv6 address stands in brackets.
std::string_view name_in(std::string_view host) {
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        return end == host.npos ? std::string_view() : host.substr(0, end + 1);
    }
    return host.substr(0, host.find(':'));
}

bool is_port(std::string_view rest) {
    return rest.empty() || (rest.front() == ':' && rest.size() > 1 && rest.size() <= 6 &&
                            rest.find_first_not_of("0123456789", 1) == rest.npos);
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

}  // namespace

std::optional<rpc_gate::answer> rpc_gate::refuses(time_point now, const request& what) {
    const bool asks_password = !options_.login.empty();
    if (asks_password && is_locked_out(now, what))
        return says(429, "Too many wrong passwords from there. Wait a minute.", "Retry-After: 60\r\n");
    if (what.method == "OPTIONS") return says(405, "Nothing of another origin may ask.", "Allow: POST\r\n");
    if (asks_password && !has_password(now, what))
        return says(401, "A user name and a password are needed.",
                    "WWW-Authenticate: Basic realm=\"Transmission\"\r\n");
    if (!asks_password && !what.is_own_user)
        return says(403, "Another user of this machine runs this node, and set no password.");
    const auto path = path_of(what.target);
    if (path == "/" || path == "/transmission" || path == "/transmission/" || path == "/transmission/web")
        return says(301, "The page.", "Location: /transmission/web/\r\n");
    if (!asks_password && !is_name_of_ours(what.host))
        return says(421, "This machine is not called so. Ask by its address, or name it with --rpc-host.");
    if (path.starts_with("/transmission/web/")) {
        if (what.method == "GET" || what.method == "HEAD") return std::nullopt;
        return says(405, "Only GET.", "Allow: GET, HEAD\r\n");
    }
    if (!same_secret(what.session_id, options_.session_id))
        return says(409, "Ask again with this header: X-Transmission-Session-Id: " + options_.session_id,
                    "X-Transmission-Session-Id: " + options_.session_id +
                        "\r\nX-Transmission-Rpc-Version: " + std::string(rpc::protocol_version) + "\r\n");
    if (path != "/transmission/rpc" && path != "/transmission/rpc/")
        return says(404, "There is /transmission/rpc.");
    if (what.method != "POST") return says(405, "Only POST.", "Allow: POST\r\n");
    return std::nullopt;
}

/// All users of a machine ask from one address: another one's guesses must not keep its own user out.
bool rpc_gate::is_locked_out(time_point now, const request& what) const {
    if (what.is_own_user) return false;
    const auto found = failed_.find(what.from.network_of_host());
    return found != failed_.end() && found->second.count >= most_failures &&
           now - found->second.last < lock_time;
}

bool rpc_gate::has_password(time_point now, const request& what) {
    constexpr std::string_view basic = "basic ";
    const auto host = what.from.network_of_host();
    const bool is_basic = to_lower(what.authorization.substr(0, basic.size())) == basic;
    const auto given = is_basic ? from_base64(what.authorization.substr(basic.size())) : std::nullopt;
    if (given && same_secret(as_text(*given), options_.login)) {
        failed_.erase(host);
        return true;
    }
    if (what.authorization.empty()) return false;  // as every browser asks first
    std::erase_if(failed_, [&](const auto& each) { return now - each.second.last >= lock_time; });
    if (failed_.size() >= most_hosts) failed_.erase(failed_.begin());
    auto& one = failed_[host];
    ++one.count;
    one.last = now;
    return false;
}

bool rpc_gate::is_name_of_ours(std::string_view host) const {
    auto name = name_in(host);
    if (name.empty() || !is_port(host.substr(name.size()))) return false;
    if (name.front() == '[') return ip_address::parse(name.substr(1, name.size() - 2)).has_value();
    if (ip_address::parse(name)) return true;
    const auto lower = to_lower(name);
    return lower == "localhost" || std::any_of(options_.names.begin(), options_.names.end(),
                                               [&](const auto& ours) { return to_lower(ours) == lower; });
}

}  // namespace bt::app
