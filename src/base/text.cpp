#include "base/text.hpp"

#include <algorithm>
#include <limits>

namespace bt {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool unreserved(std::uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

constexpr bool is_joiner(char32_t c) { return c == 0x200c || c == 0x200d; }

struct code_range {
    char32_t first, last;
};

/// In ascending order. Unicode's default ignorable code points but those that shape, what Unicode calls
/// controls, line ends, direction marks, annotation marks, and what is drawn as nothing at all.
constexpr code_range hidden[] = {
    {0x0000, 0x001f},   {0x007f, 0x009f}, {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160},   {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200b},   {0x200e, 0x200f},
    {0x2028, 0x202e},   {0x2060, 0x206f}, {0x2800, 0x2800},   {0x3164, 0x3164},   {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},   {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff},
    {0xe01f0, 0xe0fff},
};

}  // namespace

std::string to_hex(byte_view raw) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(raw.size() * 2);
    for (auto byte : raw) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::optional<bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    bytes raw;
    raw.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        raw.push_back(static_cast<std::uint8_t>(high << 4 | low));
    }
    return raw;
}

std::optional<bytes> from_base32(std::string_view text) {
    if (text.size() * 5 % 8 >= 5) return std::nullopt;  // a last digit that adds no whole byte
    bytes raw;
    std::uint32_t bits = 0;
    int count = 0;
    for (char c : text) {
        std::uint32_t digit;
        if (c >= 'a' && c <= 'z')
            digit = static_cast<std::uint32_t>(c - 'a');
        else if (c >= 'A' && c <= 'Z')
            digit = static_cast<std::uint32_t>(c - 'A');
        else if (c >= '2' && c <= '7')
            digit = static_cast<std::uint32_t>(c - '2' + 26);
        else
            return std::nullopt;
        bits = bits << 5 | digit;
        if ((count += 5) >= 8) {
            count -= 8;
            raw.push_back(static_cast<std::uint8_t>(bits >> count));
        }
    }
    return raw;
}

std::string percent_encode(byte_view raw) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string text;
    for (auto byte : raw) {
        if (unreserved(byte)) {
            text += static_cast<char>(byte);
        } else {
            text += '%';
            text += digits[byte >> 4];
            text += digits[byte & 15];
        }
    }
    return text;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return out;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

std::string path_in(std::string_view folder, std::string_view name) {
    std::string path(folder);
    if (!path.ends_with('/')) path += '/';
    return path.append(name);
}

std::string_view trimmed(std::string_view text, std::string_view blanks) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string decimal_text(double number) {
    auto text = std::to_string(number);
    while (text.ends_with('0') && text[text.size() - 2] != '.') text.pop_back();
    return text;
}

std::optional<char32_t> take_code_point(std::string_view& text) {
    BT_ASSERT(!text.empty());
    const auto lead = static_cast<std::uint8_t>(text[0]);
    std::size_t length = 1;
    char32_t code = lead, smallest = 0;
    if (lead >= 0xf0 && lead < 0xf5)
        length = 4, code = lead & 0x07, smallest = 0x10000;
    else if (lead >= 0xe0 && lead < 0xf0)
        length = 3, code = lead & 0x0f, smallest = 0x800;
    else if (lead >= 0xc0 && lead < 0xe0)
        length = 2, code = lead & 0x1f, smallest = 0x80;
    else if (lead >= 0x80)
        length = 0;
    bool good = length != 0 && text.size() >= length;
    for (std::size_t i = 1; good && i < length; ++i) {
        const auto next = static_cast<std::uint8_t>(text[i]);
        good = (next & 0xc0) == 0x80;
        code = code << 6 | (next & 0x3f);
    }
    // overlong forms, surrogates and code points past Unicode's end are not UTF-8
    if (!good || code < smallest || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) {
        text.remove_prefix(1);
        return std::nullopt;
    }
    text.remove_prefix(length);
    return code;
}

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0 | c >> 6), put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
    } else {
        put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f)), put(0x80 | (c >> 6 & 0x3f)),
            put(0x80 | (c & 0x3f));
    }
}

bool is_hidden(char32_t c) {
    if (c >= 0x20 && c < 0x7f) return false;
    const auto* range = std::lower_bound(std::begin(hidden), std::end(hidden), c,
                                         [](const code_range& r, char32_t code) { return r.last < code; });
    return range != std::end(hidden) && range->first <= c;
}

bool is_shaping(char32_t c) {
    return is_joiner(c) || (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef);
}

std::string printable(std::string_view text, std::size_t limit) {
    std::string out;
    char32_t before = 0;
    while (!text.empty()) {
        std::size_t plain = 0;
        while (plain < text.size() && text[plain] >= 0x20 && text[plain] < 0x7f) ++plain;
        if (plain > 0) {
            const auto room = limit - out.size();
            out += text.substr(0, std::min(plain, room));
            if (plain > room) break;
            text.remove_prefix(plain);
            before = U'a';
            continue;
        }
        const auto size = out.size();
        auto code = take_code_point(text).value_or(U'?');
        // after nothing, ASCII or another of its kind it shapes nothing
        const bool shapes =
            before >= 0x80 && (!is_shaping(before) || (is_joiner(code) && !is_joiner(before)));
        if (is_hidden(code) || (is_shaping(code) && !shapes)) code = U'?';
        append_utf8(out, code);
        if (out.size() > limit) {
            out.resize(size);
            break;
        }
        before = code;
    }
    return out;
}

std::string to_lower(std::string_view ascii) {
    std::string out(ascii);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

}  // namespace bt
