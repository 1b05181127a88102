// The torrents of all nodes of this user that run, asked and told over their control sockets. Each call here
// waits for the answers: a command has nothing else to do.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/control/control_place.hpp"
#include "app/control/torrent_details.hpp"
#include "app/session.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace bt::app {

struct remote_torrent {
    std::string socket;  ///< of the node it runs in
    torrent_status status;
};

class running_nodes {
  public:
    running_nodes();
    ~running_nodes();

    /// Of those that answer, in the order they were begun. errc::no_node if none runs.
    result<std::vector<remote_torrent>> torrents();
    /// The processes that did not answer the last torrents(), where others did.
    const std::vector<std::string>& silent() const { return silent_; }
    /// One with its peers.
    result<torrent_status> look(const remote_torrent& which);
    /// errc::not_found: they are not known yet.
    result<std::vector<file_standing>> files(const remote_torrent& which);
    result<piece_standing> pieces(const remote_torrent& which);
    /// torrent_… (torrent_control.hpp); `params` without the hash.
    result<json> tell(const remote_torrent& which, const std::string& method, json params = json::object{});
    /// Off its node, with its files; waits until they are gone.
    result<deleted_files> remove_with_files(const remote_torrent& which);
    /// Its files to another folder, an absolute path; waits until they are there. errc::failure: it is no
    /// daemon's.
    result<void> move(const remote_torrent& which, const std::string& folder, bool finds);
    /// Its file or folder gets another name; as move().
    result<void> rename(const remote_torrent& which, const std::string& name);
    /// These labels in the place of those it has; else as move().
    result<void> label(const remote_torrent& which, const std::vector<std::string>& labels);
    /// Some time goes by.
    void wait(duration time);

  private:
    result<void> of_daemon(const remote_torrent& which, const std::string& method, json params);
    struct impl;
    std::unique_ptr<impl> impl_;
    std::vector<std::string> silent_;
};

}  // namespace bt::app
