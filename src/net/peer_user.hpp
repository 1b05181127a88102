// Which user of this machine is on the other end of a connection over the loopback: TCP does not say, the
// kernel's table of sockets does (sock_diag(7)).
#pragma once

#include <optional>

#include "base/endpoint.hpp"

namespace bt::net {

/// The user id behind `client`, connected to `server`, both as this end sees them. Nothing where that is not
/// known, as of another machine.
std::optional<unsigned> user_behind(const endpoint& client, const endpoint& server);

}  // namespace bt::net
