// What `doctor` makes of what it has seen: a pure function. A finding is data, for the command, for JSON, for
// whatever shows it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/doctor/observations.hpp"

namespace bt::app {

enum class grade : std::uint8_t {
    ok,
    warn,  ///< may be in the way, or could not be looked at
    fail,  ///< is in the way
};
std::string_view to_string(grade);

struct finding {
    grade how = grade::ok;
    std::string_view check;  ///< a word for programs: "broadcast", "tcp-in"
    std::string what;        ///< what was found
    std::string advice;      ///< what to do; empty where nothing is
    std::string command;     ///< a line to paste into a shell of root's; empty where none does it
};

/// In the order of the way to others: this machine, its firewall, the network, the other machine.
std::vector<finding> judge(const observations& seen);

/// The interface by its name, and whether it is one end of a tunnel.
interface_kind kind_of_interface(std::string_view name, bool point_to_point);

/// A line for a shell of root's that lets neighbours of `network` in: to the ports of nodes. Empty for none.
std::string firewall_line(firewall_tool tool, const observations& seen);

}  // namespace bt::app
