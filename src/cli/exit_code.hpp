// What the shell sees. The one place where kinds of errors become exit codes.
#pragma once

#include "base/result.hpp"

namespace bt::cli {

enum class exit_code : int {
    done = 0,
    failure = 1,
    usage = 2,
    not_found = 3,  ///< no such torrent or file; no metadata or no peers before the timeout
    no_node = 4,    ///< no running share or get, or it does not answer
    bad_data = 5,   ///< malformed torrent or magnet; verification found bad or missing pieces
    storage = 6,    ///< no space, no permission, I/O error, would overwrite
    network = 7,    ///< cannot bind or listen, no usable interface
    unfinished = 8  ///< stopped or timed out with part of the data
};

exit_code exit_code_of(errc code);
/// The name of an error kind in JSON.
const char* name_of(errc code);
/// The one of two results that a command with several torrents ends with.
exit_code worse(exit_code a, exit_code b);

}  // namespace bt::cli
