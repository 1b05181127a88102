// Which bytes of a file a browser asks for (RFC 9110, 14).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bt::guest {

struct byte_range {
    std::uint64_t begin = 0, size = 0;
    friend bool operator==(const byte_range&, const byte_range&) = default;
};

struct range_asked {
    enum class kind {
        whole,  ///< no range, several, or one that is not understood: RFC 9110 lets a server ignore those
        part,
        beyond,  ///< it begins after the end
    };
    kind what = kind::whole;
    byte_range range;  ///< of a part
};

/// `header`: the value of Range; `size`: of the file, bytes.
range_asked parse_range(std::string_view header, std::uint64_t size);

/// "bytes 0-99/200"; without a range "bytes */200"
std::string content_range(const std::optional<byte_range>& range, std::uint64_t size);

}  // namespace bt::guest
