// What the operating system said, in words for people.
#pragma once

#include <string>

#include "base/result.hpp"
#include "storage/file_system.hpp"

namespace bt::storage {

/// `what` is the verb of the thing that failed ("write", "read", "open", …); the message names `path`.
unexpected<error> storage_fail(os_error cause, const std::string& what, const std::string& path);
/// `missing`: bytes still needed beyond what is free; 0: not known.
unexpected<error> no_space(const std::string& folder, std::uint64_t missing, std::uint64_t free);
/// A file of the torrent has more bytes than one may have there.
unexpected<error> too_large(const std::string& folder, std::uint64_t size, std::uint64_t most);
/// Something else stands where a file or folder of ours has to be.
unexpected<error> in_the_way(const std::string& path, bool folder_expected);
/// A file of another program came to the place meanwhile.
unexpected<error> appeared(const std::string& path);
unexpected<error> changed_meanwhile(const std::string& path);
/// `extent`: how far it differs, in words.
unexpected<error> foreign_file(const std::string& path, const std::string& extent = {});
/// Nothing stands at that place.
bool is_absent(os_error cause);
/// 'path', fit for a terminal. (Not 'quoted': the one of <iomanip> takes such calls.)
std::string quoted_path(const std::string& path);

}  // namespace bt::storage
