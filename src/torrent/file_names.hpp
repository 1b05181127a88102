// Names from strangers become names that are safe to create. Rules and vectors: docs/protocol.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bt::torrent {

/// One path element, safe on every common file system: never empty, ".", "..", no separator, no control or
/// bidirectional characters, valid UTF-8, at most limits::name_element_bytes (an extension of up to 10 bytes is kept).
std::string safe_element(std::string_view element);
/// The elements of a path, each safe; "." and ".." and empty ones are dropped.
std::vector<std::string> safe_path(const std::vector<std::string_view>& elements);

}  // namespace bt::torrent
