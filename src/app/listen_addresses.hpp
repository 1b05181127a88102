// What `--bind`, `-4` and `-6` mean for a socket that listens.
#pragma once

#include <string>
#include <vector>

#include "base/endpoint.hpp"
#include "base/result.hpp"

namespace bt::app {

/// The one address given, or that of "all" in each family. errc::usage if `bind` is no address.
result<std::vector<ip_address>> listen_addresses(bool ipv4, bool ipv6, const std::string& bind);

}  // namespace bt::app
