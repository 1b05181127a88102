// A torrent's files are looked for under the names their maker gave them first, then under the safe ones.
#pragma once

#include <optional>
#include <string>

#include "storage/file_system.hpp"
#include "torrent/metainfo.hpp"

namespace bt::storage {

/// The torrent with the paths under which its files lie below the folder, where some lie there under another
/// name than the safe one; else nothing.
std::optional<torrent::info> with_names_on_disk(const torrent::info& of, const std::string& folder,
                                                file_system& fs);

}  // namespace bt::storage
