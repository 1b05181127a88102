// The open connections of a torrent, and which of them the input at hand has touched. Private to this room.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "swarm/link.hpp"

namespace bt::swarm {

class links {
  public:
    link& open(connection_id id, link fresh);
    void close(connection_id id);

    link* find(connection_id id);
    const link* find(connection_id id) const;
    link& at(connection_id id) { return open_.at(id); }
    const link& at(connection_id id) const { return open_.at(id); }
    auto begin() { return open_.begin(); }
    auto end() { return open_.end(); }
    auto begin() const { return open_.begin(); }
    auto end() const { return open_.end(); }
    std::size_t size() const { return open_.size(); }
    bool empty() const { return open_.empty(); }

    /// Its events are to be handled and its bytes to be collected.
    void touch(connection_id id, link& l);
    /// One that was touched, once; it may be closed by now.
    std::optional<connection_id> next_touched();
    bool any_touched() const { return !touched_.empty(); }
    /// Every link once, each time beginning with another, so that none is always first where something is
    /// scarce.
    std::vector<connection_id> in_turn();

    /// Between two inputs.
    bool is_sound() const;

  private:
    std::map<connection_id, link> open_;
    std::vector<connection_id> touched_;
    connection_id turn_{};  // in_turn() begins behind it
};

}  // namespace bt::swarm
