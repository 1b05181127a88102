// `get NAME`: from the name of a share on this network to its magnet link.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/lan/lan_browser.hpp"
#include "app/session.hpp"
#include "base/result.hpp"
#include "torrent/magnet.hpp"

namespace bt::cli {

/// A `who` goes out at 0, 1 and 3 s; a node that has not answered by now is not there.
inline constexpr duration name_time = 5s;

inline constexpr std::string_view torrent_ending = ".torrent";

/// True for what can only be a name: no link, no hash, no path.
bool looks_like_name(const std::string& text);

/// A name is a claim until the metadata has proved it: what was asked for goes with the link.
struct named_target {
    torrent::magnet link;
    app::asked_name asked;
};

/// Which of several shares.
struct share_choice {
    bool all = false;     ///< each that fits
    bool newest = false;  ///< the one that was created last
    std::string from;     ///< of this host alone, by its name or address; empty: of any
};

/// Listens for all of them at once until each is known and all that were heard have answered, at most
/// `patience`. An answer for each name, in their order: errc::not_found names the candidates where several
/// fit, and what is near where none does. No choice: the user has none to make.
std::vector<result<std::vector<named_target>>> find_by_name(const std::vector<std::string>& names,
                                                            const app::look_options& where, duration patience,
                                                            const std::optional<share_choice>& choice = {});

}  // namespace bt::cli
