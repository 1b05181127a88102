// The connected peers of a torrent: `peers TORRENT`, and the end of the page that `status TORRENT` shows.
#pragma once

#include <string>
#include <vector>

#include "cli/display/output.hpp"
#include "session/status.hpp"

namespace bt::cli {

/// A row each; nothing where there is none.
void print_peers(const std::vector<bt::session::peer_status>& peers, output& out);

/// TORRENT as for `status`.
ending peers_of(output& out, const std::string& word);

}  // namespace bt::cli
