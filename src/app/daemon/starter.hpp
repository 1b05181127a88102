// A service manager that started this process: what it gives (sd_listen_fds(3): sockets that listen already,
// so that no client is refused while the process starts) and what it wants to know (sd_notify(3): a datagram
// to $NOTIFY_SOCKET). Both are a few lines, and no library.
#pragma once

#include <string_view>
#include <vector>

namespace bt::app {

/// Descriptors, which are the caller's from now on; none where nothing was given, and none the second time.
std::vector<int> sockets_of_starter();

/// "READY=1\nSTATUS=…"; nothing where none asks.
void notify_starter(std::string_view state);

}  // namespace bt::app
