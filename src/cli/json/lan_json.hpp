// The JSON of the commands that look around, of scrapes and of the tracker.
#pragma once

#include <string>
#include <vector>

#include "app/doctor/findings.hpp"
#include "app/lan/lan_browser.hpp"
#include "app/lan/lan_json.hpp"
#include "app/tracker/scrape.hpp"
#include "app/tracker/tracker_service.hpp"

namespace bt::cli {

std::string discover_json(const std::vector<app::shared_torrent>& torrents,
                          const std::vector<app::found_tracker>& trackers);
std::string doctor_json(const std::vector<app::finding>& findings);
std::string who_json(const std::vector<app::machine>& machines);

std::string scrape_json(const info_hash& torrent, const std::string& name,
                        const std::vector<app::scrape_result>& counts);

/// One event of a running command, with time and name first.
std::string tracker_listening_event(const app::tracker_service& tracker);
std::string tracker_stats_event(const app::tracker_view& view);
std::string plain_event(std::string_view name);
std::string discover_event(const std::vector<app::shared_torrent>& torrents,
                           const std::vector<app::found_tracker>& trackers);

}  // namespace bt::cli
