// What is sent with the pages, and the plainest of them.
#include "tracker/page/pages.hpp"

namespace bt::tracker {

// Peers, seeds, torrents: three lines and a name that existing mrtg scripts read. No line end after the last.
std::string stats_text(const tracker_totals& totals) {
    return std::to_string(totals.peers) + "\n" + std::to_string(totals.seeders) + "\nopentracker serving " +
           std::to_string(totals.torrents) + " torrents\nopentracker";
}

}  // namespace bt::tracker
