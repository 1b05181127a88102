// What a service manager that started this process wants to know of it (sd_notify: a datagram to
// $NOTIFY_SOCKET).
#pragma once

#include <string_view>

namespace bt::app {

/// "READY=1\nSTATUS=…"; nothing where none asks.
void notify_starter(std::string_view state);

}  // namespace bt::app
