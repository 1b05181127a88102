// The folders that a daemon watches (`share -d --watch-folder`), kept over restarts as the file `watched` in
// the state folder. Control methods: folder_watch {"folder": PATH}, folder_unwatch {"folder": PATH} -> {}.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/watch/folder_watcher.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace bt::app {

class daemon;

class watched_folders {
  public:
    explicit watched_folders(daemon& owner);

    /// Those of earlier runs, once their torrents are there.
    void load();
    /// Kept when it returns. One that is watched already is no error.
    result<void> add(const std::string& folder);
    /// What lies in it is not shared any more. errc::not_found if it is not watched.
    result<void> remove(const std::string& folder);
    std::vector<std::string> names() const;
    /// Nothing is looked at after it; the list stays.
    void stop();

  private:
    void watch(const std::string& folder);
    result<void> keep() const;

    daemon& owner_;
    std::vector<std::unique_ptr<folder_watcher>> watchers_;
    bool stopped_ = false;
};

}  // namespace bt::app
