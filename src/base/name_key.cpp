#include "base/name_key.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bt {
namespace {

struct range {
    char32_t first, last;
};

/// Unicode's Default_Ignorable_Code_Point, controls, line separators, and interlinear annotation.
constexpr range shows_nothing[] = {
    {0x00, 0x1f},     {0x7f, 0x9f},       {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
    {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
    {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};
constexpr range blanks[] = {
    {0x20, 0x20},     {0xa0, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
    {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
};

template <std::size_t N>
bool within(const range (&ranges)[N], char32_t c) {
    return std::any_of(std::begin(ranges), std::end(ranges),
                       [&](const range& one) { return c >= one.first && c <= one.last; });
}

}  // namespace

std::string name_key(std::string_view name) {
    std::string key;
    while (!name.empty()) {
        const auto code = take_code_point(name);
        if (!code) {
            key += '?';  // as it is shown
        } else if (within(blanks, *code)) {
            if (!key.empty()) key += ' ';
        } else if (!within(shows_nothing, *code)) {
            append_utf8(key, *code);
        }
    }
    key.erase(key.find_last_not_of(' ') + 1);
    return key;
}

}  // namespace bt
