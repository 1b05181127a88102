// The drawings of the pages: SVG inside the page, coloured by the style sheet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tracker/page/overview.hpp"
#include "tracker/page/words.hpp"

namespace bt::tracker {

/// How far a swarm is: a tick for every peer, and a warning where something is missing. `in_words`: with
/// what the ticks say.
html swarm_bar(const torrent_row& torrent, bool in_words);
/// One peer's part, 0…1.
html progress_bar(double part, bool complete);
/// A number beside others: its length is part of the largest.
html measure_bar(double value, double largest);
/// Seeders and leechers of the last 24 hours.
html history_strip(std::span<const history_step> steps);

}  // namespace bt::tracker
