// Under which names a torrent's files lie, or will lie, in a folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/file_system.hpp"
#include "torrent/metainfo.hpp"

namespace bt::storage {

/// The torrent with the paths under which its files lie below the folder, where some lie there under another
/// name than the safe one: the one their maker gave them, or one that a file system took that takes fewer.
/// Else nothing.
std::optional<torrent::info> with_names_on_disk(const torrent::info& of, const std::string& folder,
                                                file_system& fs);

/// What a download is called until it is complete: a file, or the torrent's folder.
std::string part_name(const torrent::info& of);

struct names_for_folder {
    std::optional<torrent::info> named;  ///< nothing: as they are
    std::string remark;                  ///< for people: which names of wanted files had to be others
};
/// The same for a download. Where the folder takes fewer names than ours, which is tried only for a torrent
/// that has such ones, the others are changed so that it takes them. errc::storage: a path of a wanted file
/// is longer than the system takes.
result<names_for_folder> names_for_download(const torrent::info& of, const std::string& folder,
                                            const std::vector<bool>& wanted, file_system& fs);

}  // namespace bt::storage
