// Where the files of torrents are on their way to another folder, as HASH.move in the folder `torrents` of
// the state folder: what a killed process left is brought to an end by the next one.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "storage/file_move.hpp"
#include "storage/file_system.hpp"

namespace bt::app {

/// Durable when it returns; gone where it names no files.
result<void> keep_move(const std::string& state_folder, const info_hash& hash, storage::file_system& fs,
                       const storage::move_record& record);
/// Those that are whole.
std::vector<std::pair<info_hash, storage::move_record>> left_moves(const std::string& state_folder,
                                                                   storage::file_system& fs);

/// What a torrent that lies in its new place left in the old one: files that were copied go, then the record.
/// Gives the paths of those that stay, since they are not as they were.
std::vector<std::string> leave_old_files(const std::string& state_folder, const info_hash& hash,
                                         storage::file_system& fs);

}  // namespace bt::app
