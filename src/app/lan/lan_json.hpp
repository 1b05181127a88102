// What was found on the LAN, as JSON: the same to a command's caller and to a client of the control port.
#pragma once

#include <vector>

#include "app/lan/lan_pages.hpp"
#include "base/json.hpp"

namespace bt::app {

json torrents_json(const std::vector<shared_torrent>& torrents);
json trackers_json(const std::vector<found_tracker>& trackers);

/// A machine: its processes are those that are heard from a common address.
struct machine {
    std::string host;                   ///< as its first process names it
    std::vector<ip_address> addresses;  ///< what a person can use best first
    std::vector<neighbour> nodes;
};
/// Each torrent once, complete (a seeder) if one of them has all of it.
std::vector<tracker::catalogue_entry> shares_of(const std::vector<neighbour>& nodes);
std::vector<machine> machines_of(const std::vector<neighbour>& nodes);
json machines_json(const std::vector<machine>& machines);

}  // namespace bt::app
