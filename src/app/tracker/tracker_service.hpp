// `node tracker`: the tracker core (src/tracker) on sockets, with its state on disk and its hello on the LAN.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "base/result.hpp"
#include "tracker/server/server.hpp"

namespace bt::app {

struct tracker_options : network_options {
    std::optional<std::uint16_t> port;  ///< nothing: 6969, or the next free one, since hello carries it
    bool http = true, udp = true;
    std::optional<duration> interval;
    tracker::stats_access stats = tracker::stats_access::lan;
    tracker::access_mode access = tracker::access_mode::open;
    std::string list;  ///< file of info-hashes for access; read again on reload()
    bool metrics_per_torrent = false;
    std::optional<std::string> state;  ///< file for the snapshot, "": none; nothing: tracker_state_path()
    bool lan = true;                   ///< says hello
};

struct tracker_view {
    tracker::tracker_totals totals;
    std::vector<tracker::torrent_row> torrents;  ///< those with most peers first
};

class tracker_service : public program {
  public:
    /// Listens and has read its state and lists. errc::network if the port is taken.
    static result<std::unique_ptr<tracker_service>> start(const tracker_options& options);
    /// Use start().
    explicit tracker_service(const tracker_options& options);
    ~tracker_service() override;

    /// Where it is reached: "http://192.168.1.5:6969/announce", one of each kind.
    std::vector<std::string> announce_urls() const;
    std::string page_url() const;
    tracker_view view(std::size_t most_torrents) const;
    /// Reads the list of info-hashes again; an error leaves the old one in force.
    result<std::size_t> reload();
    void on_warning(std::function<void(const std::string&)> listener);
    void run() override;
    void stop() override;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

/// Where the snapshot of a tracker at this port lies unless told otherwise; empty where there is no home.
std::string tracker_state_path(std::uint16_t port);

/// One info-hash a line, hex; '#' begins a comment. errc::bad_data names the line.
result<std::vector<info_hash>> read_hash_list(const std::string& path);

}  // namespace bt::app
