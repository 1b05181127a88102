// A folder whose entries are shared while they lie in it. Looks at it on the session's other threads, at
// every news of the system and every few seconds, hashes one entry after the other there, and tells on the
// loop what is to be shared and ended.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/files/files.hpp"
#include "app/session.hpp"

namespace bt::app {

class folder_watcher {
  public:
    struct told {
        /// False: it is not shared, and whoever is told has said why.
        std::function<bool(made_torrent)> share;
        std::function<void(torrent_id)> end;
        std::function<void(const std::string& message)> warn;
    };

    /// `making`: all but the paths. Torrents of the session whose files lie in the folder already are its
    /// entries. The session outlives it.
    folder_watcher(session& node, std::string folder, make_request making, told who);
    /// Ends what is under way; what it shared stays with the session.
    ~folder_watcher();
    folder_watcher(const folder_watcher&) = delete;
    folder_watcher& operator=(const folder_watcher&) = delete;

    const std::string& folder() const;
    /// Nothing of it is shared any more.
    void end_all();

  private:
    struct impl;
    std::shared_ptr<impl> impl_;  // jobs on other threads keep it until they are over
};

/// A folder that can be watched, with its whole path. errc::not_found, errc::storage or errc::usage.
result<std::string> watchable_folder(const std::string& path);

}  // namespace bt::app
