// This program run once more, with other words.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace bt::cli {

struct child_way {
    bool stays = false;  ///< out of reach of the terminal's Ctrl-C; SIGTERM ends it when this process ends
    bool takes_keys = true;  ///< it has our standard input
    bool outlives = false;   ///< it goes on when this process and its terminal end, and says nothing here
};

/// The process id; -1 with errno set.
pid_t start_child(const std::string& program, const std::vector<std::string>& words, child_way how);
/// Waits for its end: the exit code, or 128 and the signal. Ctrl-C is the child's while it runs.
int await_child(pid_t child);
/// Whether it has ended; then it is no child any more.
bool child_ended(pid_t child);

}  // namespace bt::cli
