// What `add`, `share -d` and `get -d` give to the daemon of this user.
#pragma once

#include <string>
#include <vector>

#include "app/daemon/daemon_remote.hpp"
#include "app/session.hpp"
#include "cli/display/output.hpp"

namespace bt::cli {

/// A line for each: "added 4 lecture.mp4", or "exists 4 lecture.mp4" for one that it has, "resumed" for one
/// that was paused and is shared again; of a share also its address for browsers, with a picture of it where
/// that is wanted. `wishes`: options that say how a torrent is added, for people; they change none that it
/// has.
exit_code hand_over(output& out, std::vector<app::saved_torrent> all, bool qr, const std::string& wishes);

/// The daemon of this user. errc::no_node if none runs.
result<app::daemon_standing> running_daemon();

/// The daemon of this user shares what lies in this folder, from now on or not any more.
ending hand_over_folder(output& out, const std::string& folder, bool on);

/// Says once that the daemon could keep what ends with this terminal, where one runs.
void mention_daemon(output& out, std::string_view command);

}  // namespace bt::cli
