// What `add`, `share -d` and `get -d` give to the daemon of this user.
#pragma once

#include <string>
#include <vector>

#include "app/session.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {

/// A line for each: "added 4 lecture.mp4", or "exists 4 lecture.mp4" for one that it has; of a share also its
/// address for browsers, with a picture of it where that is wanted.
exit_code hand_over(output& out, std::vector<app::saved_torrent> all, bool qr = false);

/// errc::no_node where there is none to take anything.
result<void> find_daemon();

/// The daemon of this user shares what lies in this folder, from now on or not any more.
ending hand_over_folder(output& out, const std::string& folder, bool on);

/// Says once that the daemon could keep what ends with this terminal, where one runs.
void mention_daemon(output& out, std::string_view command);

/// Where the daemon of this user puts what it is not told another place for. errc::no_node if none runs.
result<std::string> daemon_downloads();

}  // namespace bt::cli
