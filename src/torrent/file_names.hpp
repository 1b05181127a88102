// Names from strangers become names that are safe to create.
//
// Characters that only Windows refuses (: * ? " < > |) are kept, so that a file has the same name here as
// with every other client on the same kind of system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bt::torrent {

/// One path element that is safe to create: never empty, ".", "..", no separator of any system, no control or
/// bidirectional characters, valid UTF-8, at most limits::name_element_bytes (an extension of up to 10 bytes
/// is kept). What names nothing becomes "_". A safe element is left as it is.
std::string safe_element(std::string_view element);
/// The elements of a path, each safe; those that are or become ".", ".." or empty are dropped.
std::vector<std::string> safe_path(const std::vector<std::string_view>& elements);
/// A safe element as Windows, FAT, exFAT and most shares of a network take it: `"*:<>?|` and dots and blanks
/// at the end become "_", the name of a device (CON, COM1) gets one in front.
std::string windows_name(std::string element);
/// At most so many bytes, its extension is kept.
std::string shorten_name(const std::string& element, std::size_t limit);
/// Valid UTF-8 from end to end.
bool is_utf8(std::string_view text);

}  // namespace bt::torrent
