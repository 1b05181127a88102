// Numbers for people, and people's numbers. Sizes and rates are decimal (1 kB = 1000 bytes), piece lengths
// binary.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/size_text.hpp"
#include "base/time.hpp"

namespace bt::cli {

std::string part_text(std::uint64_t part, std::uint64_t whole);     ///< "3.9 of 6.1 GB", "900.0 MB of 6.1 GB"
std::string rate_text(std::uint64_t bytes_per_second);              ///< "118.2 MB/s", "0.0 kB/s"
std::string rate_cell(std::uint64_t bytes_per_second);              ///< the same, and "0"
std::string piece_size_text(std::uint64_t bytes);                   ///< "1 MiB", "300 KiB", "12345 bytes"
std::string duration_text(duration time);                           ///< "1s", "2m14s", "1h02m", "3d04h"
std::string grouped(std::uint64_t number);                          ///< "5 835"
std::string counted(std::uint64_t number, std::string_view thing);  ///< "1 peer", "2 peers"
/// Whole percent, 100 only when everything is there.
unsigned percent(std::uint64_t part, std::uint64_t whole);

/// "500k" = 500,000, "1Gi" = 2^30, "1.5M"; letters of either case, a final B is allowed. With `binary`, k is
/// 1024 too.
std::optional<std::uint64_t> parse_size(std::string_view text, bool binary = false);
/// As parse_size, with an optional "/s".
std::optional<std::uint64_t> parse_rate(std::string_view text);
/// "30s", "5m", "2h", "1d", "1h30m", "250ms"; a plain number is seconds.
std::optional<duration> parse_duration(std::string_view text);
/// A decimal fraction such as "1.5", not negative.
std::optional<double> parse_decimal(std::string_view text);

/// The next lower (or higher) step of a ladder of rates from `now`; 0 is "no limit" and lies above the top.
std::uint64_t lower_limit(std::uint64_t now, std::uint64_t current_rate);
std::uint64_t higher_limit(std::uint64_t now);

/// Columns a terminal needs for this UTF-8 text.
std::size_t text_width(std::string_view text);
/// Cut to `width` columns, the cut marked with '~' (ASCII) or an ellipsis.
std::string fit_text(std::string_view text, std::size_t width, bool ascii);
/// Cut to `width` columns in its middle: of an address both ends tell something.
std::string fit_middle(std::string_view text, std::size_t width, bool ascii);
/// Lines of at most `width` columns, broken at blanks; what has none is cut.
std::vector<std::string> fold_text(std::string_view text, std::size_t width, bool ascii);
/// Filled with blanks on the right (or left) to `width` columns.
std::string pad_right(std::string text, std::size_t width);
std::string pad_left(std::string text, std::size_t width);

/// The texts one after another, with `between` between two; each fit to be shown, and cut.
std::string joined(const std::vector<std::string>& texts, std::string_view between,
                   std::size_t longest = 4'096);

}  // namespace bt::cli
