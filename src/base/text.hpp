// Text forms of bytes, and text that came from strangers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace bt {

std::string to_hex(byte_view raw);
/// Exactly an even number of hex digits of either case, else nothing.
std::optional<bytes> from_hex(std::string_view text);
/// RFC 4648 base32 of either case, no padding, only whole bytes.
std::optional<bytes> from_base32(std::string_view text);
/// RFC 3986: everything but the unreserved characters becomes %XX.
std::string percent_encode(byte_view raw);
/// Nothing if an escape is cut short or no hex.
std::optional<std::string> percent_decode(std::string_view text);

/// Decimal digits only, the whole text, no overflow.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// One code point taken off the front of `text`; nothing (and one byte taken) where it is not valid UTF-8.
std::optional<char32_t> take_code_point(std::string_view& text);
void append_utf8(std::string& out, char32_t code_point);

/// Drives a terminal, turns the direction of text, or shows nothing: controls, bidirectional and zero width
/// characters, fillers, tags. Not what shapes the character before it (is_shaping).
bool is_hidden(char32_t code_point);
/// Joiners and variation selectors: parts of words in Persian or Hindi, and of emoji.
bool is_shaping(char32_t code_point);

/// Safe to show on a terminal or a page: valid UTF-8, nothing hidden, joiners and selectors only where
/// they shape something, cut to `limit` bytes between characters. Bad parts become '?'.
std::string printable(std::string_view text, std::size_t limit = 1024);

/// The name below the folder, which may be "/".
std::string path_in(std::string_view folder, std::string_view name);

/// Without what of `blanks` is around it; those of an HTTP header (RFC 9110, 5.6.3) where nothing else is
/// said.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t");

/// "2.0", "0.75": as few digits as it takes, one after the point at least.
std::string decimal_text(double number);

std::string to_lower(std::string_view ascii);

}  // namespace bt
