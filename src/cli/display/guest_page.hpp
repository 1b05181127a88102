// The page of a share for browsers: its address, and the picture that telephones read.
#pragma once

#include <string>

#include "app/session.hpp"
#include "torrent/metainfo.hpp"

namespace bt::cli {

/// "http://192.168.1.5:6980/s/9f3c0d5a"; empty where browsers do not see it.
std::string guest_page(const app::session& session, const torrent::info& of);

/// Lines of a QR code, or one that says why there is none.
std::string qr_picture(const std::string& address, bool color);

}  // namespace bt::cli
