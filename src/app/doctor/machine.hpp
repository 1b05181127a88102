// What `doctor` looks at on this machine: interfaces, firewall programs, disks, limits.
#pragma once

#include <string>

#include "app/doctor/observations.hpp"
#include "app/program.hpp"

namespace bt::app {

/// Fills in what needs no network. `downloads`: the folder whose disk is looked at beside that of the state.
void look_at_machine(const network_options& options, const std::string& downloads, observations& to);

}  // namespace bt::app
