// Looking around on the LAN: which nodes are online, which trackers, and what is shared. Asks every node it
// hears for its catalogue.json and every tracker for its list; works with no tracker at all.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/lan/lan_pages.hpp"
#include "app/program.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace bt::app {

struct look_options : network_options {
    std::vector<std::string> trackers;  ///< "http://HOST:PORT/announce": asked as well
};

class lan_browser : public program {
  public:
    static result<std::unique_ptr<lan_browser>> start(const look_options& options);
    /// Use start().
    explicit lan_browser(const look_options& options);
    ~lan_browser() override;

    /// Something was heard.
    void on_news(std::function<void()> listener);
    /// One for a process with all its addresses; one that speaks under its id and says other things is
    /// another.
    std::vector<neighbour> nodes() const;
    std::vector<found_tracker> trackers() const;
    /// Each once, by name.
    std::vector<shared_torrent> torrents() const;
    /// No host that is worth waiting for owes an answer.
    bool is_quiet() const;
    /// Since start() or the first answer's question, whichever is later: how long it has listened.
    duration listened() const;
    /// Asks all of them again (`--watch`).
    void refresh();
    void stop() override;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::app
