// Tracker URLs: what we are willing to ask. A URL comes from a stranger's torrent, so it must not turn us
// into a tool against this machine's own services (server-side request forgery).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/endpoint.hpp"
#include "base/result.hpp"

namespace bt::tracker {

enum class scheme : std::uint8_t { http, https, udp };

struct url {
    scheme how = scheme::http;
    std::string host;  ///< lower case; v6 literals without brackets
    std::uint16_t port = 0;
    std::string target;          ///< path and query as given, begins with '/'
    std::string user_info = {};  ///< "name:password" as given (http, https), never shown

    /// Only http, https and udp; a host in ASCII that is no punycode; no user name for udp; no query that
    /// carries our own arguments (info_hash, event) already; no address that allowed_at() never allows; a
    /// host known to be this machine only if may_be_on_this_machine(). errc::usage says which rule was
    /// broken, without repeating the path.
    static result<url> parse(std::string_view text);
    /// The URL of a neighbour, whose address was heard and not read; with its zone.
    static url at(scheme how, const endpoint& where, std::string target);

    /// "tracker.example:6969": what may be shown; a path can hold a passkey.
    std::string authority() const;
    std::string to_string() const;  ///< with the user info: for the request alone
    std::string_view path() const;
    bool has_query() const { return target.find('?') != std::string::npos; }
    /// This machine, by its name or a literal.
    bool is_loopback() const;
    /// Its path begins with /announce, or it is a UDP URL without path: no harm to a service of this machine.
    bool may_be_on_this_machine() const;
    /// Once the host's address is known, for every one of them: never multicast, reserved, unspecified or
    /// 169.254.169.254; loopback only if may_be_on_this_machine(); 169.254/16 only on a link of ours. What
    /// came by hello, as an address, is not asked here.
    bool allowed_at(const ip_address& address, bool on_our_link = false) const;
};

}  // namespace bt::tracker
