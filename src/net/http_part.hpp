// A run of bytes of an HTTP body, in whichever memory it was made.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bt::net {

struct http_part {
    std::string text = {};
    buffer data = {};  ///< in place of the text

    std::string_view view() const { return data.empty() ? std::string_view(text) : as_text(data.view()); }
    std::size_t memory() const { return text.capacity() + data.size(); }
};

}  // namespace bt::net
