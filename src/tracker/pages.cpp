#include "tracker/pages.hpp"

namespace bt::tracker {

std::string front_page(const overview&) { return {}; }
std::string torrent_page(const overview&) { return {}; }
std::string peers_page(const overview&) { return {}; }
std::string stats_page(const overview&) { return {}; }
std::string message_page(int, std::string_view) { return {}; }
std::string stats_text(const tracker_totals&) { return {}; }
std::string stats_json(const overview&) { return {}; }
std::string torrent_json(const overview&) { return {}; }
std::string peers_json(const overview&) { return {}; }
std::string metrics_text(const overview&, bool) { return {}; }
std::string_view page_script() { return {}; }
std::string_view page_style() { return {}; }
std::string_view page_headers() { return {}; }

}  // namespace bt::tracker
