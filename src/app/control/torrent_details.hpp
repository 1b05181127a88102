// What of a running torrent is long, page by page: its files and its pieces.
//
//   torrent_files   {"hash": HEX, "from": I}  -> {"files": [from the I-th on], "count": N}
//   torrent_pieces  {"hash": HEX, "from": I}  -> {"states": one letter a piece from the I-th on, "count": N,
//                                                 "piece_size": B}
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/session.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace bt::app {

struct file_standing {
    std::string name;  ///< its path, the torrent's name in front
    std::uint64_t size = 0, have = 0;
    std::string priority;  ///< "high", "normal", "low", "skip"
};
struct piece_standing {
    std::uint32_t piece_bytes = 0;
    std::vector<piece_state> pieces;
};
/// "have", "missing", …
std::string_view to_string(piece_state state);

/// `status` with its pieces. Padding is no file.
json files_page(const torrent_status& status, const torrent::info& info, std::uint64_t from);
json pieces_page(const torrent_status& status, std::uint64_t from);

/// Appends a page; gives how many there are in all. errc::bad_data if it is none.
result<std::uint64_t> read_files_page(const json& from, std::vector<file_standing>& to);
result<std::uint64_t> read_pieces_page(const json& from, piece_standing& to);

}  // namespace bt::app
