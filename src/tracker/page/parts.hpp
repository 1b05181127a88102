// What the pages have in common.
#pragma once

#include <initializer_list>
#include <vector>

#include "tracker/page/overview.hpp"
#include "tracker/page/words.hpp"

namespace bt::tracker {

/// The pages one gets to by the links at the top.
enum class page_kind { torrents, peers, numbers, other };

/// A whole page around its content.
std::string page(page_kind kind, std::string_view title, std::string_view host, const html& content);

/// Where there is nothing yet: what to do about it.
html empty_state(std::string_view what, std::string_view todo, std::string_view command);

/// The magnet link of a torrent, with this tracker in it.
torrent::magnet magnet_of(const torrent_row& torrent, const overview& all);
/// Where "Get" leads.
link best_link(const torrent_row& torrent, const overview& all);
/// That and the .torrent, as links.
html get_links(const torrent_row& torrent, const overview& all);
/// The machines that are online; `with_torrents`: each with all it shares, not the number alone.
html hosts_table(const overview& all, bool with_torrents);

}  // namespace bt::tracker
