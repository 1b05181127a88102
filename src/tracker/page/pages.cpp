// What is sent with the pages, and the plainest of them.
#include "tracker/page/pages.hpp"

#include "tracker/page/assets.hpp"

namespace bt::tracker {

// Peers, seeds, torrents: three lines and a name that existing mrtg scripts read. No line end after the last.
std::string stats_text(const tracker_totals& totals) {
    return std::to_string(totals.peers) + "\n" + std::to_string(totals.seeders) + "\nopentracker serving " +
           std::to_string(totals.torrents) + " torrents\nopentracker";
}

std::string_view page_script() { return script_file; }
std::string_view page_style() { return style_file; }

std::string_view page_headers() {
    return "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
           "data:; "
           "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n"
           "X-Content-Type-Options: nosniff\r\n"
           "X-Frame-Options: DENY\r\n"
           "Referrer-Policy: no-referrer\r\n"
           "Cache-Control: no-store\r\n";
}

}  // namespace bt::tracker
