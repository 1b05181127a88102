#include "cli/display/bar.hpp"

#include <algorithm>

namespace bt::cli {

namespace {

bar_cell cell_of(std::span<const app::piece_state> pieces) {
    std::size_t have = 0, wanted = 0, unavailable = 0;
    bool busy = false;
    for (app::piece_state piece : pieces) {
        switch (piece) {
            case app::piece_state::failed:
                return bar_cell::failed;
            case app::piece_state::unwanted:
                continue;
            case app::piece_state::have:
                ++have;
                break;
            case app::piece_state::active:
                busy = true;
                break;
            case app::piece_state::unavailable:
                ++unavailable;
                break;
            case app::piece_state::missing:
                break;
        }
        ++wanted;
    }
    if (wanted == 0) return bar_cell::none;
    if (have == wanted) return bar_cell::all;
    if (have * 3 > wanted * 2) return bar_cell::most;
    if (have * 3 > wanted) return bar_cell::half;
    if (busy) return bar_cell::some_busy;
    if (have > 0) return bar_cell::some;
    return unavailable == wanted ? bar_cell::unavailable : bar_cell::none;
}

}  // namespace

std::vector<bar_cell> bar_cells(std::span<const app::piece_state> pieces, std::size_t width) {
    std::vector<bar_cell> cells(width, bar_cell::all);
    const std::size_t n = pieces.size();
    for (std::size_t i = 0; i < width && n > 0; ++i) {
        const std::size_t begin = i * n / width;
        const std::size_t end = std::max(begin + 1, (i + 1) * n / width);
        cells[i] = cell_of(pieces.subspan(begin, end - begin));
    }
    return cells;
}

std::vector<bar_cell> plain_bar(std::uint64_t done, std::uint64_t total, std::size_t width) {
    const double part =
        total == 0 ? 1 : static_cast<double>(std::min(done, total)) / static_cast<double>(total);
    const auto full = static_cast<std::size_t>(part * static_cast<double>(width));
    std::vector<bar_cell> cells(width, bar_cell::none);
    std::fill_n(cells.begin(), full, bar_cell::all);
    return cells;
}

std::string_view glyph(bar_cell cell, bool ascii) {
    switch (cell) {
        case bar_cell::none:
            return ascii ? " " : "·";
        case bar_cell::some:
        case bar_cell::some_busy:
            return ascii ? "." : "░";
        case bar_cell::half:
            return ascii ? "-" : "▒";
        case bar_cell::most:
            return ascii ? "=" : "▓";
        case bar_cell::all:
            return ascii ? "#" : "█";
        case bar_cell::unavailable:
            return ascii ? "x" : "×";
        case bar_cell::failed:
            return "!";
    }
    return " ";
}

}  // namespace bt::cli
