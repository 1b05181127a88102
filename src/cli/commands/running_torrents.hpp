// What the commands for running torrents have in common: which torrents a word means, and what is said when
// there are none.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/control/torrent_remote.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {

/// Those that the words mean, each once, in the order they run; without words all. errc::not_found tells the
/// candidates, errc::no_node that nothing runs; processes that do not answer beside others are a warning.
/// `one`: a word means one torrent (in however many processes it runs).
result<std::vector<app::remote_torrent>> running_torrents(app::running_nodes& nodes, output& out,
                                                          const std::vector<std::string>& words,
                                                          bool one = false);
/// The same for what is done to several: where one word means nothing, the error says that none was touched.
result<std::vector<app::remote_torrent>> all_or_none(app::running_nodes& nodes, output& out,
                                                     const std::vector<std::string>& words);
/// Shows something once or, where it is watched, each second until it fails or is interrupted: on a terminal
/// in the place of what it showed before. `show` gives why there is nothing to show.
ending watch(output& out, app::running_nodes& nodes, bool again,
             const std::function<std::optional<error>()>& show);
/// The beginning of its hash and its name, and the process where another one has it, too.
std::string torrent_label(const std::vector<app::remote_torrent>& all, const app::remote_torrent& one);
/// Fit for a terminal; the beginning of the hash where there is no name yet.
std::string shown_name(const app::torrent_status& status);

}  // namespace bt::cli
