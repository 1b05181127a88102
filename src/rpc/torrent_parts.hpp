// Private to this room. The parts of a torrent as clients see them: files, peers, trackers, pieces.
#pragma once

#include <vector>

#include "rpc/torrent_fields.hpp"

namespace bt::rpc {

// Files that are padding have no place in the lists; a client's number of a file counts the others, from 0.
json files_of(const torrent_at_hand& t);
json file_stats_of(const torrent_at_hand& t);
json priorities_of(const torrent_at_hand& t);
json wanted_of(const torrent_at_hand& t);

json peers_of(const torrent_at_hand& t);
json peer_sources_of(const torrent_at_hand& t);

json trackers_of(const torrent_at_hand& t);
json tracker_stats_of(const torrent_at_hand& t);
/// One a line, an empty line between tiers.
json tracker_list_of(const torrent_at_hand& t);
json web_seeds_of(const torrent_at_hand& t);

json pieces_of(const torrent_at_hand& t);         ///< base64 of a bitfield
json availability_of(const torrent_at_hand& t);   ///< per piece: -1 we have it, else how many connected peers
json active_pieces_of(const torrent_at_hand& t);  ///< numbers of those that are being fetched
/// Of connected peers, however many addresses each has; `near_alone`: on links of ours.
json machines_of(const torrent_at_hand& t, bool near_alone);
/// What another machine of the network can type to get it.
json command_of(const torrent_at_hand& t);
std::uint64_t desired_available(const torrent_at_hand& t);

/// 0 none, 2 a tracker's, 3 ours.
int error_of(const torrent_at_hand& t);
/// 0 stopped, 2 checking, 3 queued to download, 4 downloading, 5 queued to seed, 6 seeding.
int status_of(const torrent_at_hand& t);

}  // namespace bt::rpc
