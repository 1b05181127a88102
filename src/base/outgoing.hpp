// From where a process may speak: what `--bind`, `-4` and `-6` mean for all that leaves it.
#pragma once

#include <optional>

#include "base/endpoint.hpp"

namespace bt {

struct outgoing {
    bool ipv4 = true, ipv6 = true;
    std::optional<ip_address> from;  ///< the only source address; then its family alone is used

    bool uses(const ip_address& to) const {
        return (to.is_v4() ? ipv4 : ipv6) && (!from || from->is_v4() == to.is_v4());
    }
};

}  // namespace bt
