#include "torrent/folded_name.hpp"

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "torrent/folding_tables.hpp"

namespace bt::torrent {
namespace {

bool is_dropped(char32_t c) {
    static constexpr char32_t ranges[][2] = {
        {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},   {0x115f, 0x1160},  {0x17b4, 0x17b5},
        {0x180b, 0x180f}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f},  {0x3164, 0x3164},
        {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xe0000, 0xe0fff}};
    return std::any_of(std::begin(ranges), std::end(ranges),
                       [c](const auto& range) { return c >= range[0] && c <= range[1]; });
}

char32_t folded(char32_t c) {
    const auto range = std::lower_bound(std::begin(fold_ranges), std::end(fold_ranges), c,
                                        [](const fold_range& each, char32_t at) { return each.last < at; });
    if (range == std::end(fold_ranges) || c < range->first || (c - range->first) % range->step != 0) return c;
    return static_cast<char32_t>(static_cast<std::int32_t>(c) + range->by);
}

bool is_mark(char32_t c) {
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x1dc0 && c <= 0x1dff) ||
           (c >= 0x20d0 && c <= 0x20ff) || (c >= 0x591 && c <= 0x5c7) || (c >= 0x64b && c <= 0x65f);
}

void decompose(char32_t c, std::u32string& out) {
    if (c >= 0xac00 && c <= 0xd7a3) {  // Hangul
        const auto at = c - 0xac00;
        out += 0x1100 + at / 588;
        out += 0x1161 + at % 588 / 28;
        if (at % 28 != 0) out += 0x11a7 + at % 28;
        return;
    }
    const auto found =
        std::lower_bound(std::begin(decompositions), std::end(decompositions), c,
                         [](const decomposition& each, char32_t at) { return each.from < at; });
    if (found == std::end(decompositions) || found->from != c) {
        if (!is_dropped(c)) out += folded(c);
        return;
    }
    decompose(found->first, out);
    if (found->second != 0) decompose(found->second, out);
}

/// Marks of one letter may come in any order.
void sort_marks(std::u32string& text) {
    for (auto at = text.begin(); at != text.end();) {
        at = std::find_if(at, text.end(), is_mark);
        const auto end = std::find_if_not(at, text.end(), is_mark);
        std::sort(at, end);
        at = end;
    }
}

std::string folded_element(std::string_view element) {
    std::string out;
    const bool ascii = std::all_of(element.begin(), element.end(), [](char c) { return (c & 0x80) == 0; });
    if (ascii) {
        out = to_lower(element);
    } else {
        std::u32string letters;
        while (!element.empty())
            if (const auto code = take_code_point(element)) decompose(*code, letters);
        sort_marks(letters);
        for (const auto letter : letters) append_utf8(out, letter);
    }
    while (!out.empty() && (out.back() == '.' || out.back() == ' ')) out.pop_back();
    return out;
}

}  // namespace

std::string folded_path(std::string_view path) {
    std::string out;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        if (begin > 0) out += '/';
        out += folded_element(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return out;
}

}  // namespace bt::torrent
