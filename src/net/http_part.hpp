// A run of bytes of an HTTP body, in whichever memory it was made.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bt::net {

struct http_part {
    std::string text = {};
    buffer data = {};                ///< in place of the text,
    std::size_t skip = 0, size = 0;  ///< of which this is meant

    std::string_view view() const {
        return data.empty() ? std::string_view(text) : as_text(data.view().subspan(skip, size));
    }
    std::size_t memory() const { return text.capacity() + data.size(); }
};

}  // namespace bt::net
