// The segmented bar: where the data is, not only how much of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/session.hpp"

namespace bt::cli {

/// One cell of the bar, by what the pieces it covers have come to.
enum class bar_cell : std::uint8_t {
    none,         ///< nothing yet
    some,         ///< some verified, at most a third
    some_busy,    ///< the same or nothing verified, and a block is on its way
    half,         ///< more than a third
    most,         ///< more than two thirds
    all,          ///< all verified
    unavailable,  ///< nothing verified, and no connected peer has a piece of it
    failed,       ///< a piece failed its check and is fetched again
};

/// `width` cells; cell i covers the pieces [i*n/w, max(that + 1, (i+1)*n/w)). No pieces at all: a full bar.
std::vector<bar_cell> bar_cells(std::span<const app::piece_state> pieces, std::size_t width);
/// The first part of `width` cells full, for work whose pieces are not known.
std::vector<bar_cell> plain_bar(std::uint64_t done, std::uint64_t total, std::size_t width);

std::string_view glyph(bar_cell cell, bool ascii);

}  // namespace bt::cli
