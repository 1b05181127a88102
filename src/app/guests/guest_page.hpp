// The page that browsers of the network have of a torrent here.
#pragma once

#include <string>

#include "app/session.hpp"

namespace bt::app {

/// "http://192.168.1.5:6980/s/9f3c0d5a"; empty where browsers do not see it.
std::string guest_page(const session& of, const info_hash& hash);
/// What other clients may fetch it from (BEP 19); empty as before.
std::string guest_web_seed(const session& of, const info_hash& hash);

}  // namespace bt::app
