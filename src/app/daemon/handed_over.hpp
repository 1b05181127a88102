// A torrent on its way from a command to the daemon: a file in the daemon's state folder, since a description
// may be larger than a control call. Bencoded {info, wish}.
#pragma once

#include <string>

#include "base/result.hpp"
#include "session/saved_torrent.hpp"

namespace bt::app {

/// Gives the path. errc::storage if it cannot be written.
result<std::string> hand_over(const std::string& state_folder, const bt::session::saved_torrent& what);
/// errc::bad_data if it is not from hand_over().
result<bt::session::saved_torrent> take_over(const std::string& path);

}  // namespace bt::app
