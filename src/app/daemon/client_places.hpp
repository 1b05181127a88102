// Where clients of the control port may read and write: whoever has the password is not the user of this
// machine. What is asked for by name counts as what it really is, behind every link.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace bt::app {

/// Below `folders`, and of these what is neither hidden nor below `records`, where this node keeps its own.
struct client_places {
    std::vector<std::string> folders;
    std::string records;
};

/// The real path of what may be shared. errc::usage or errc::not_found says what is wrong.
result<std::string> path_to_share(const std::string& path, const client_places& from);
/// What of it is left out, as globs of a walk.
std::vector<std::string> left_out_of(const std::string& path, const client_places& from);
/// Whether files may lie under that path, which need not be there yet. errc::usage names the folders where
/// they may.
result<void> may_put_at(const std::string& path, const client_places& to);

}  // namespace bt::app
