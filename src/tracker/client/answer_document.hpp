// What every answer of an HTTP tracker is, announce or scrape: one bencoded dictionary, within the limit.
// Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bencode.hpp"
#include "base/result.hpp"

namespace bt::tracker {

/// Of a text that a tracker gives, so much is shown.
inline constexpr std::size_t shown_bytes = 512;

/// errc::bad_data: "the answer is not a tracker's: …".
unexpected<error> no_answer(const std::string& why);
/// Refers to `body`; its root is a dictionary.
result<bencode_document> answer_document(byte_view body);

/// A number that counts something; nothing if it is negative or none.
std::optional<std::uint64_t> find_count(const bencode_view& in, std::string_view key);

}  // namespace bt::tracker
