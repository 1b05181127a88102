// Makes torrents with progress on the way; Ctrl-C ends the reading.
#pragma once

#include "app/files/files.hpp"
#include "cli/display/reporter.hpp"
#include "cli/interrupt.hpp"

namespace bt::cli {

struct hashed {
    result<app::made_torrent> made;
    int signal = 0;  ///< what ended it early
};
hashed hash_paths(app::make_request request, std::vector<std::string> paths, reporter& reports);

/// A progress callback that may be called often and from any thread; the reporter hears of it 5 times a
/// second.
std::function<void(std::uint64_t, std::uint64_t)> paced_progress(std::string name, reporter& reports);

}  // namespace bt::cli
