// QR codes for telephones and cameras.
#pragma once

#include <string_view>

#include "tracker/page/markup.hpp"

namespace bt::tracker {

/// A text as a drawing, with the quiet zone the standard asks for (four modules on every side); nothing where
/// it is longer than the largest code holds. `label` says to a screen reader what it is.
html qr_code(std::string_view text, std::string_view label);

}  // namespace bt::tracker
