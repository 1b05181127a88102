// Torrents as text: `'...'` quoted strings get their length, so that a test reads like the torrent it is.
#pragma once

#include <string>
#include <string_view>

namespace bt {

/// d'length'i5e'name''x'e becomes d6:lengthi5e4:name1:xe
inline std::string bencoded(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        if (text.front() != '\'') {
            out += text.front();
            text.remove_prefix(1);
            continue;
        }
        text.remove_prefix(1);
        const auto end = text.find('\'');
        out += std::to_string(end) + ':' + std::string(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace bt
