// What Prometheus's client libraries tell of every process: memory, CPU, files, start.
#pragma once

#include <string>

namespace bt::app {

/// The standard process_* metrics in the text format; what the system does not tell is left out.
std::string process_metrics();

}  // namespace bt::app
