// The files of web/, as they were when the program was built.
#pragma once

#include <string_view>

namespace bt::markup {

extern const std::string_view script_file;  ///< web/page.js
extern const std::string_view style_file;   ///< web/page.css

}  // namespace bt::markup
