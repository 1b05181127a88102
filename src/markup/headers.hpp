// What is sent to a browser beside a page.
#pragma once

#include <string_view>

namespace bt::markup {

/// Header lines, each ended by CRLF, that every answer to a browser carries: content security policy,
/// nosniff, …
std::string_view page_headers();

}  // namespace bt::markup
