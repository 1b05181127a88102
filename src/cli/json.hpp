// The JSON side of the commands; docs/schema has a schema for each document and event.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/files.hpp"
#include "app/session.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace bt::cli {

std::string error_json(const error& why, const info_hash* hash);
std::string warning_json(std::string_view text);

std::string show_json(const torrent::metainfo& torrent);
std::string create_json(const app::made_torrent& made, std::string_view torrent_file);
std::string verify_json(const torrent::metainfo& torrent, const app::verify_report& report);
/// Of a torrent that runs.
json running_verify_json(const app::torrent_status& status, const app::check_standing& report);
std::string files_json(std::span<const torrent::metainfo> torrents);
/// Any bencoding; strings that are no text become {"base64": …}.
result<std::string> tree_json(byte_view file);

/// magnet:?… of a whole torrent.
std::string magnet_link(const torrent::metainfo& torrent);

}  // namespace bt::cli
