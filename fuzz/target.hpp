// The targets of fuzzing: functions that take any bytes. What they assert holds for every input, so a finding
// is an assertion, a report of a sanitizer, or time and memory without end.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"

namespace bt::fuzz {

struct target {
    std::string_view id;  ///< "F1"
    std::string_view about;
    void (*run)(byte_view input);
    /// Good inputs to begin with.
    std::vector<bytes> (*seeds)();
    /// What parsers look for.
    std::span<const std::string_view> words;
};

extern const target bencode, torrent_file, links, peer_stream, datagrams, http_requests, state_files;

/// The files of tests/regress whose names end so.
std::vector<bytes> regress_files(std::string_view ending);

/// Takes one byte off the front, 0 where there is none: by it an input chooses.
inline std::uint8_t take_byte(byte_view& input) {
    if (input.empty()) return 0;
    const auto first = input.front();
    input = input.subspan(1);
    return first;
}
inline bytes with_choice(std::uint8_t choice, byte_view input) {
    bytes whole{choice};
    whole.insert(whole.end(), input.begin(), input.end());
    return whole;
}

}  // namespace bt::fuzz
