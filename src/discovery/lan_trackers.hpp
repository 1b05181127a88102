// Which neighbours' trackers we use: the first few found, kept while their node is online.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/limits.hpp"
#include "discovery/outputs.hpp"
#include "discovery/presence.hpp"

namespace bt::discovery {

class lan_trackers {
  public:
    using change = std::variant<tracker_found, tracker_gone>;

    /// Brings the choice in line with what is online; call it after any change there. A process takes one
    /// place: with both its trackers, HTTP and UDP, and at the address that was heard first.
    std::vector<change> update(const presence& online);
    /// Those chosen are online with these ports, each process once; no place is free while one more could be
    /// used.
    bool is_sound(const presence& online) const;

  private:
    struct place {
        node_key node;
        std::optional<std::uint16_t> http_port, udp_port;
    };

    void fill(const presence& online, std::vector<change>& changes);
    bool is_used(const node_info& node) const;
    static void move(place& current, const place& wanted, std::vector<change>& changes);

    std::vector<place> places_;
};

}  // namespace bt::discovery
