#include "app/listen_addresses.hpp"

#include "base/text.hpp"

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

}  // namespace bt::app
