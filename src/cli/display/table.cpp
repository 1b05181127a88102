#include "cli/display/table.hpp"

#include <algorithm>
#include <numeric>

#include "cli/display/format.hpp"

namespace bt::cli {
namespace {
constexpr std::size_t gap = 2, least = 8;
}

void table::row(std::vector<std::string> shown, std::vector<std::string> raw) {
    lines_.push_back({std::move(shown), std::move(raw)});
}

void table::print(output& out) const {
    if (!out.out().is_terminal) {
        for (const auto& each : lines_) {
            std::string text;
            for (const auto& cell : each.raw)
                text += (text.empty() && &cell == &each.raw.front() ? "" : "\t") + cell;
            out.result(text);
        }
        return;
    }
    if (lines_.empty()) return;
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        std::size_t width = columns_[i].title.size();
        for (const auto& each : lines_) width = std::max(width, text_width(each.shown[i]));
        widths.push_back(width);
    }
    const auto columns = size_of(1).columns;
    auto total = std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
    std::vector<bool> shown(columns_.size(), true);
    while (total > columns) {
        // the widest of those that give room
        std::size_t best = columns_.size();
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (shown[i] && columns_[i].gives && widths[i] > least &&
                (best == columns_.size() || widths[i] > widths[best]))
                best = i;
        if (best < columns_.size()) {
            --widths[best];
            --total;
            continue;
        }
        auto last = columns_.size();
        while (last > 0 && !(shown[last - 1] && columns_[last - 1].leaves)) --last;
        if (last == 0) break;
        shown[last - 1] = false;
        total -= widths[last - 1] + gap;
    }
    auto end = columns_.size();  // behind the last that is shown
    while (!shown[end - 1]) --end;
    const auto print = [&](const auto& cell_of) {
        std::string text;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (!shown[i]) continue;
            auto cell = columns_[i].both_ends ? fit_middle(cell_of(i), widths[i], out.out().ascii)
                                              : fit_text(cell_of(i), widths[i], out.out().ascii);
            if (i > 0) text += std::string(gap, ' ');
            if (columns_[i].right)
                text += pad_left(std::move(cell), widths[i]);
            else
                text += i + 1 == end ? cell : pad_right(std::move(cell), widths[i]);
        }
        out.result(text);
    };
    print([&](std::size_t i) { return columns_[i].title; });
    for (const auto& each : lines_) print([&](std::size_t i) { return each.shown[i]; });
}

}  // namespace bt::cli
