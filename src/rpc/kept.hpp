// Private to this room. What clients set, as text for the next run:
//
//   {"session": {NAME: [value the node was started with, value]}, "torrents": [{"hash": HASH, …}, …],
//    "order": [HASH, …]}
//
// A setting counts again where the node is started with the same value as then; else what it was started with
// does.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/json.hpp"
#include "rpc/session_settings.hpp"
#include "rpc/torrent_wishes.hpp"

namespace bt::rpc {

using wishes_by_hash = std::map<info_hash, torrent_wishes>;

/// `order`: the torrents, where they do not stand as they were added.
std::string write_kept(const session_settings& settings, const wishes_by_hash& wishes,
                       const std::vector<info_hash>& order);
/// What cannot be read of it is left out. Gives the order.
std::vector<info_hash> read_kept(const std::string& text, session_settings& settings, wishes_by_hash& wishes);

}  // namespace bt::rpc
