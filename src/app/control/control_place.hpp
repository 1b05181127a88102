// Where the running nodes of this user listen for his commands: a folder that nobody else can enter, with a
// socket for each process, named by its number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace bt::app {

/// "$XDG_RUNTIME_DIR/btnode", or "/tmp/btnode-1000" where that is unset or not ours.
std::string control_folder();

/// Where nodes of this user may listen, that of this process first: what cron, sudo or a service has started
/// is not where a login's variable points. A variable that names another place than a login's means that
/// place alone.
std::vector<std::string> control_folders();

/// The folder is there, ours, and closed to others; made if it is not there. errc::storage says what is
/// wrong: then nothing in it may be trusted.
result<void> claim_control_folder(const std::string& folder);

/// The same without making it: nothing there is no fault.
result<void> look_at_control_folder(const std::string& folder);

/// The socket of this process. Nothing is left at the path; errc::storage if somebody listens there.
result<std::string> own_control_socket(const std::string& folder);

/// The sockets in them, newest first. Those of processes that are gone are removed.
std::vector<std::string> control_sockets(const std::vector<std::string>& folders);

/// The number of the process that made it.
std::string process_of(const std::string& socket);

/// Nobody listens at it any more.
bool is_left(const std::string& socket);

/// Its process was stopped (Ctrl-Z, a debugger): it takes connections and answers none.
bool is_stopped(const std::string& socket);
/// The letter in /proc/PROCESS/stat: 'T' stopped, 'Z' has ended, and so on; 0: there is none.
char state_of_process(std::uint64_t process);

}  // namespace bt::app
