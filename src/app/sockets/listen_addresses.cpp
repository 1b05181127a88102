#include "app/sockets/listen_addresses.hpp"

#include <optional>

#include "base/text.hpp"
#include "net/port_in_use.hpp"

namespace bt::app {

result<std::vector<ip_address>> listen_addresses(bool ipv4, bool ipv6, const std::string& bind) {
    std::vector<ip_address> addresses;
    if (!bind.empty()) {
        const auto address = ip_address::parse(bind);
        if (!address)
            return fail(errc::usage, "not an IP address: '" + printable(bind, 80) + "'",
                        "--bind takes an address of this machine");
        addresses = {*address};
        return addresses;
    }
    if (ipv4) addresses.push_back(ip_address::v4(0, 0, 0, 0));
    if (ipv6) addresses.push_back(*ip_address::parse("::"));
    return addresses;
}

outgoing outgoing_by(bool ipv4, bool ipv6, const std::string& bind) {
    outgoing rule{ipv4, ipv6, std::nullopt};
    const auto address = ip_address::parse(bind);
    if (!address) return rule;
    if (!address->is_unspecified()) rule.from = *address;
    rule.ipv4 = rule.ipv4 && address->is_v4();
    rule.ipv6 = rule.ipv6 && address->is_v6();
    return rule;
}

result<std::uint16_t> listen_at(const std::vector<ip_address>& addresses, std::uint16_t port,
                                const std::function<result<std::uint16_t>(const endpoint&)>& listen) {
    std::optional<error> trouble;
    bool any = false, taken = false;
    for (const auto& address : addresses) {
        const auto got = listen({address, port});
        if (got) {
            port = *got;
            any = true;
            continue;
        }
        const bool in_use = net::is_port_in_use(got.error());
        if (!trouble || (in_use && !taken)) trouble = got.error();
        taken = taken || in_use;
    }
    if (any && !taken) return port;
    if (!trouble) return fail(errc::network, "no address family to listen on");
    return unexpected<error>(std::move(*trouble));
}

}  // namespace bt::app
