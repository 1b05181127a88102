// Whole lives of torrents: some machines share and get one torrent while their users pause, choose, check,
// remove and add it, disks fill up, fail and lose power, processes are killed and start again, and other
// programs write into files. At the end all of it stops, and then everything that is wanted must be there,
// exactly.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bt::sim {

struct lived {
    std::vector<std::string> broken;  ///< promises that were false, in words; empty: all were kept
    std::vector<std::string> log;
    std::uint64_t trace = 0;  ///< the same for the same seed
};

lived live(std::uint64_t seed);

}  // namespace bt::sim
