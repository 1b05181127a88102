// The tracker's answers for people and programs: HTML, JSON, Prometheus and opentracker's text, from plain
// values (overview.hpp). Pure text; every text of a stranger is escaped here.
#pragma once

#include <string>

#include "tracker/page/overview.hpp"

namespace bt::tracker {

/// `/`: works without JavaScript, refreshes itself with it.
std::string front_page(const overview& all);
/// `/t/<hash>`: `all.torrents` holds the one.
std::string torrent_page(const overview& all);
/// `/peers`: which nodes are online and what each of them shares.
std::string peers_page(const overview& all);
/// `/stats` for a browser.
std::string stats_page(const overview& all);
/// An error or a short message as a page ("404", "no such torrent here").
std::string message_page(int status, std::string_view text);

/// `/stats` for everything else, in opentracker's form: "peers\nseeds\nopentracker serving N
/// torrents\nopentracker".
std::string stats_text(const tracker_totals& totals);
/// `/stats.json`: the keys of the npm package bittorrent-tracker, and ours.
std::string stats_json(const overview& all);
/// `/api/v1/torrents/<hash>`
std::string torrent_json(const overview& all);
/// `/api/v1/peers`
std::string peers_json(const overview& all);
/// `/metrics`, Prometheus text format 0.0.4. With `per_torrent`, `all.torrents` with their hash as a label.
std::string metrics_text(const overview& all, bool per_torrent);

}  // namespace bt::tracker
