#include "base/base64.hpp"

#include <array>

#include "base/assert.hpp"

namespace bt {
namespace {

constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t none = 0xff;

constexpr std::array<std::uint8_t, 256> values() {
    std::array<std::uint8_t, 256> all{};
    all.fill(none);
    for (std::size_t i = 0; i < letters.size(); ++i)
        all[static_cast<std::uint8_t>(letters[i])] = static_cast<std::uint8_t>(i);
    return all;
}

}  // namespace

void append_base64(std::string& to, byte_view three) {
    BT_ASSERT(!three.empty() && three.size() <= 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) bits = bits << 8 | (i < three.size() ? three[i] : 0u);
    for (std::size_t i = 0; i < 4; ++i) to += i <= three.size() ? letters[bits >> (18 - 6 * i) & 63] : '=';
}

std::string to_base64(byte_view raw) {
    std::string text;
    text.reserve((raw.size() + 2) / 3 * 4);
    for (; !raw.empty(); raw = raw.subspan(std::min<std::size_t>(3, raw.size())))
        append_base64(text, raw.first(std::min<std::size_t>(3, raw.size())));
    return text;
}

std::optional<bytes> from_base64(std::string_view text) {
    static constexpr auto value_of = values();
    bytes raw;
    raw.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    unsigned held = 0, padding = 0;
    std::size_t digits = 0;
    for (const char each : text) {
        if (each == ' ' || each == '\t' || each == '\r' || each == '\n') continue;
        if (each == '=') {
            if (++padding > 2) return std::nullopt;
            continue;
        }
        const auto value = value_of[static_cast<std::uint8_t>(each)];
        if (value == none || padding > 0) return std::nullopt;
        ++digits;
        bits = bits << 6 | value;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        raw.push_back(static_cast<std::uint8_t>(bits >> held));
        bits &= (1u << held) - 1;
    }
    // one digit alone is no byte, what is left over must be zero, and what is padded is padded to four
    if (digits % 4 == 1 || bits != 0 || (padding > 0 && (digits + padding) % 4 != 0)) return std::nullopt;
    return raw;
}

}  // namespace bt
