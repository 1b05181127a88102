// The picture of an address that telephones read.
#pragma once

#include <string>

namespace bt::cli {

/// Lines of a QR code, or one that says why there is none.
std::string qr_picture(const std::string& address, bool color);

}  // namespace bt::cli
