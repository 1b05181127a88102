// QR codes for telephones and cameras.
#pragma once

#include <string>
#include <string_view>

#include "markup/markup.hpp"

namespace bt::markup {

/// A text as a drawing, with the quiet zone the standard asks for (four modules on every side); nothing where
/// it is longer than the largest code holds. `label` says to a screen reader what it is.
html qr_code(std::string_view text, std::string_view label);
/// The same for a terminal: lines of half blocks, two rows of modules each. What is drawn is the light, for
/// terminals that are dark; with `draws_dark` the dark, for black on white.
std::string qr_lines(std::string_view text, bool draws_dark);

}  // namespace bt::markup
