// Whether a folder may become the new one of a torrent's files.
#pragma once

#include <string>

#include "base/result.hpp"
#include "storage/file_system.hpp"
#include "torrent/metainfo.hpp"

namespace bt::storage {

/// `finds`: the files lie there already. errc::not_found: not one of them does, or there is no such folder.
/// errc::usage: the folder is the torrent's own, which lies in `old_folder`, or one in it, and the files are
/// to be moved there.
result<void> check_new_folder(const torrent::info& of, const std::string& old_folder,
                              const std::string& folder, bool finds, file_system& fs);

}  // namespace bt::storage
