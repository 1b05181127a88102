// The JSON side of the commands; docs/schema has a schema for each document and event.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/files/files.hpp"
#include "app/session.hpp"
#include "base/bencode.hpp"
#include "base/ids.hpp"
#include "base/json_writer.hpp"
#include "base/result.hpp"

namespace bt::cli {

/// The version that every document and event carries.
inline constexpr int json_schema = 1;

std::string error_json(const error& why, const info_hash* hash);
std::string warning_json(std::string_view text);

// parts of documents and events
json basics(const torrent::metainfo& torrent);
json runs_of(const std::vector<app::bad_run>& bad);
/// `wanted`: only these, where it is given.
void write_files(json_writer& to, const torrent::info& info, const std::vector<bool>* wanted = nullptr);

// what has a line for each file or piece is written as it goes
void write_show(json_writer& to, const torrent::metainfo& torrent);
void write_create(json_writer& to, const app::made_torrent& made, std::string_view torrent_file);
void write_verify(json_writer& to, const torrent::metainfo& torrent, const app::verify_report& report);
void write_lists(json_writer& to, std::span<const torrent::metainfo> torrents);
/// The same for a torrent that runs.
json running_verify_json(const app::torrent_status& status, const app::check_standing& report);
/// Any bencoding; strings that are no text become {"base64": …}.
void write_tree(json_writer& to, const bencode_view& value, bool always_bytes = false);
result<bencode_document> parse_tree(byte_view file);

/// What a person should know of it beforehand, in words.
std::vector<std::string> remarks_on(const torrent::metainfo& torrent);
/// magnet:?… of a whole torrent.
/// `web_seed`: one more; empty: none.
std::string magnet_link(const torrent::metainfo& torrent, const std::string& web_seed = {});

}  // namespace bt::cli
