// What a browser is told of a file it downloads.
#pragma once

#include <string>
#include <string_view>

namespace bt::guest {

/// By the ending of the name; "application/octet-stream" where that says nothing.
std::string_view content_type(std::string_view name);

/// The whole header line: a download under this name, in ASCII for old clients and in UTF-8 (RFC 6266).
std::string content_disposition(std::string_view name);

/// Whether a list of entity tags (If-None-Match) names this one, or all.
bool names_tag(std::string_view header, std::string_view tag);
/// Whether If-Range, which is one tag or a date, says that this is what the client has a part of.
bool is_same_by(std::string_view if_range, std::string_view tag);

}  // namespace bt::guest
