// Base64 (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bt {

/// The four characters of up to three bytes, padded with '='.
void append_base64(std::string& to, byte_view three);
std::string to_base64(byte_view raw);
/// Nothing if it is none. White space is read over, as lines of mail have it; the '=' at the end may be
/// missing.
std::optional<bytes> from_base64(std::string_view text);

}  // namespace bt
