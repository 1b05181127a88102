// The value of a header without the blanks around it (RFC 9110, 5.6.3). Private to this room.
#pragma once

#include <algorithm>
#include <string_view>

namespace bt::guest {

inline std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace bt::guest
