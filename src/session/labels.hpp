// Words by which a user finds torrents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace bt::session {

/// One that is there already changes nothing. errc::usage: it is empty or too long, has a comma, which parts
/// labels in clients, or there are too many.
result<void> add_label(std::vector<std::string>& to, std::string_view label);

}  // namespace bt::session
