// How torrents stand, on its way between a running node and a command. Names are those of Transmission's
// control protocol where it has one; rates and limits are bytes per second.
#pragma once

#include "app/session.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace bt::app {

/// Without the pieces. `peers`: each of them, too; else only how many.
json to_json(const torrent_status& status, bool peers);
/// errc::bad_data if it is not from to_json().
result<torrent_status> read_torrent_status(const json& from);

/// Without "size" it is not there.
json to_json(const bad_file& bad);
/// "file" is the first of "files", "more_files" how many are not named.
json to_json(const bad_run& run);
/// "kept": [{"path", "why"}] of what stays, "folder_left" where other files lie in it.
json to_json(const deleted_files& deleted);
result<deleted_files> read_deleted(const json& from);
json to_json(const check_standing& check);
result<check_standing> read_check(const json& from);

}  // namespace bt::app
