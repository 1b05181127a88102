// Whether a listen() or bind() of this room failed because of another program: then the next port may be
// free.
#pragma once

#include "base/result.hpp"

namespace bt::net {

bool is_port_in_use(const error& why);

}  // namespace bt::net
