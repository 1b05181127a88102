// Private to this room. Lists of files by a client's numbers, in the words of --select.
#pragma once

#include <cstdint>

#include <vector>

#include "rpc/dialect.hpp"
#include "session/selection.hpp"
#include "torrent/metainfo.hpp"

namespace bt::rpc {

/// torrent-set means all files by an empty list, torrent-add none: some clients send all lists of it.
enum class empty_list : std::uint8_t { all, none };
/// True if one of the lists of files is among the arguments.
bool chooses_files(const arguments& with, empty_list empty);
/// What is chosen after `before`.
result<session::file_choice> choice_of(const arguments& with, const torrent::info& info,
                                       const session::file_choice& before, empty_list empty);

}  // namespace bt::rpc
