// Private to this room. Lists of files by a client's numbers, in the words of --select.
#pragma once

#include <vector>

#include "rpc/dialect.hpp"
#include "session/selection.hpp"
#include "torrent/metainfo.hpp"

namespace bt::rpc {

/// True if one of the lists of files is among the arguments.
bool chooses_files(const arguments& with);
/// What is chosen after `before`. An empty list means all files.
result<session::file_choice> choice_of(const arguments& with, const torrent::info& info,
                                       const session::file_choice& before);

}  // namespace bt::rpc
