// The daemon of this user, over its control socket (daemon.hpp). Each call here waits for the answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/session.hpp"
#include "base/result.hpp"

namespace bt::app {

struct daemon_standing {
    std::string socket, state_folder, download_folder, version, rpc, page;
    std::uint64_t process = 0, torrents = 0;
    double since = 0;                       ///< Unix seconds
    std::vector<std::string> watched = {};  ///< folders
    std::string network = {};               ///< where it looks for others
    std::uint16_t lan_port = 0;
};

struct given_torrent {
    std::uint64_t number = 0;
    std::string name;
    bool duplicate = false;
    bool resumed = false;   ///< it was there, and paused
    std::string page = {};  ///< for browsers of the network; empty where they do not see it
};

/// Torrents on the list of a daemon that does not run; 0 while one does.
std::size_t torrents_at_rest();

/// A daemon runs with the state folder of this user, as the lock of its list tells: no process is asked.
bool daemon_runs_here();

class daemon_remote {
  public:
    daemon_remote();
    ~daemon_remote();

    /// errc::no_node if none runs.
    result<daemon_standing> find();
    result<given_torrent> give(const daemon_standing& to, const saved_torrent& what);
    /// What lies in this folder is shared from now on, or not any more.
    result<void> watch(const daemon_standing& to, const std::string& folder, bool on);
    /// It is gone when this returns; errc::unfinished if it did not go in time.
    result<void> stop(const daemon_standing& which);

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::app
