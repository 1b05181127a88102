// Private to this room. What `recently-active` means: which torrents stand otherwise than when they were
// looked at last, and which are gone. It is found out when somebody asks: nobody is told of changes while no
// client looks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rpc/host.hpp"

namespace bt::rpc {

class changes {
  public:
    /// A change counts as one of now for so long, in seconds.
    static constexpr std::int64_t recent = 60;

    struct times {
        std::int64_t changed = 0;
        std::int64_t moved = 0;  ///< a byte of it was seen to go or come; 0: not yet
        std::int64_t done = 0;   ///< it was seen to become complete; 0: not in this run
    };

    /// Looks at all of them.
    void look(const host& node);
    times of(std::uint32_t number) const;
    bool is_recent(std::uint32_t number, std::int64_t now) const;
    std::vector<std::uint32_t> removed(std::int64_t now) const;

  private:
    struct seen {
        std::vector<std::uint64_t> numbers;
        std::vector<std::string> texts;
        bool complete = false;
        times when;
    };
    std::map<std::uint32_t, seen> seen_;
    std::map<std::uint32_t, std::int64_t> removed_;
};

}  // namespace bt::rpc
