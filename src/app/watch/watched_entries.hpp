// What is to be shared of a watched folder: each entry that has been quiet for some seconds, as long as it is
// there and stays as it was. A value that time is handed to; whoever looks at the disk hands it what is
// there.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "torrent/file_stamp.hpp"

namespace bt::app {

/// The files of one entry by path, as they were at one look. Their order means nothing.
using entry_files = std::vector<std::pair<std::string, torrent::file_stamp>>;

struct watched_entry {
    std::string name;
    entry_files files;
};

struct watch_change {
    enum class kind : std::uint8_t {
        share,  ///< it is quiet
        end,    ///< it is gone, or not any more what was shared
    };
    kind what;
    std::string name;

    friend bool operator==(const watch_change&, const watch_change&) = default;
};

class watched_entries {
  public:
    /// Until an entry that does not change counts as written to its end.
    static constexpr duration quiet_time = 4s;

    /// It is shared already, with these files (from an earlier run).
    void begin(watched_entry shared);
    /// All that is there now. What is told to be shared or ended counts as done.
    std::vector<watch_change> look(time_point now, std::vector<watched_entry> all);

    /// Hidden ones, and what programs call a file that they have not finished, are never shared.
    static bool is_meant(std::string_view name);

  private:
    struct known {
        entry_files files;
        time_point since;  ///< they are so
        bool shared = false;
    };
    std::map<std::string, known> known_;
};

}  // namespace bt::app
