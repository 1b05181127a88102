// What is on this network, for whoever looks at it through the control port: nothing is asked of others while
// none looks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/lan/lan_pages.hpp"
#include "app/session.hpp"
#include "base/json.hpp"

namespace bt::app {

class lan_watch {
  public:
    /// `node` outlives it. `first`: numbers of changes begin there.
    lan_watch(session& node, std::uint64_t first);

    /// {"change", "lan", "quiet", "machines", "torrents", "trackers"}; only the first where nothing is new
    /// since that change. Pages are asked again at a request, every few seconds at most.
    json::object look(std::uint64_t since);

  private:
    void meet_neighbours();
    void compose();

    session& node_;
    lan_pages pages_;
    std::vector<discovery::node_info> known_;
    std::vector<std::string> trackers_;  // URLs
    time_point refreshed_at_ = time_point::min();
    bool news_ = true;
    bool was_quiet_ = false, was_on_lan_ = true;
    json::object shown_;
    std::string shown_text_;
    std::uint64_t change_;
};

}  // namespace bt::app
