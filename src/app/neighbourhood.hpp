// Looking around on the LAN: who is online, which trackers, and what is shared. Asks every node it hears for
// its catalogue.json and every tracker for its list; works with no tracker at all.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "discovery/outputs.hpp"
#include "tracker/catalogue.hpp"

namespace bt::app {

struct look_options {
    bool ipv4 = true, ipv6 = true;
    std::string bind;
    std::uint16_t lan_port = 8001;
    std::string network;
    std::vector<std::string> trackers;  ///< "http://HOST:PORT/announce": asked as well
};

struct neighbour {
    discovery::node_info node;
    std::vector<tracker::catalogue_entry> shares;  ///< of its own catalogue
    bool asked = false, answered = false;
    std::string trouble;  ///< why it did not answer
};

struct found_tracker {
    std::string url;   ///< "http://192.168.1.5:6969"
    std::string host;  ///< its name, or empty
    std::vector<tracker::catalogue_entry> torrents;
    bool answered = false;
    std::string trouble;
};

/// A torrent somebody on the LAN shares, put together from all that was heard.
struct shared_torrent {
    tracker::catalogue_entry entry;
    std::vector<endpoint> peers;  ///< of the nodes that have it, to be tried at once
};

class neighbourhood : public program {
  public:
    static result<std::unique_ptr<neighbourhood>> start(const look_options& options);

    /// Something was heard.
    virtual void on_news(std::function<void()> listener) = 0;
    virtual std::vector<neighbour> nodes() const = 0;
    virtual std::vector<found_tracker> trackers() const = 0;
    /// Each once, by name.
    virtual std::vector<shared_torrent> torrents() const = 0;
    /// No question is open.
    virtual bool is_quiet() const = 0;
    /// Since start() or the first answer's question, whichever is later: how long it has listened.
    virtual duration listened() const = 0;
    /// Asks everybody again (`--watch`).
    virtual void refresh() = 0;
};

/// Those that a person may mean by `name`: an exact name, else one that differs in case only, else a glob.
std::vector<shared_torrent> matching(const std::vector<shared_torrent>& all, const std::string& name);

}  // namespace bt::app
