// What a name looks like to a person: two names that look the same have the same key.
#pragma once

#include <string>
#include <string_view>

namespace bt {

/// Without the characters that show nothing (Unicode: controls and "default ignorable"), every blank a space,
/// none at the ends. For comparing, never for a file's name: joiners mean something there.
std::string name_key(std::string_view name);

}  // namespace bt
