// A part of the table of commands (command_table.hpp): those that watch and control what runs.
#pragma once

#include "cli/arguments/command_table.hpp"

namespace bt::cli {

command_spec status_spec();
command_spec files_spec();
command_spec pieces_spec();
command_spec speeds_spec();
command_spec pause_spec();
command_spec resume_spec();
command_spec remove_spec();
command_spec reannounce_spec();
command_spec move_spec();
command_spec set_spec();
command_spec add_spec();

}  // namespace bt::cli
