#include "torrent/file_names.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace bt::torrent {
namespace {

constexpr std::size_t extension_bytes = 10;  // its dot included

bool is_separator(char32_t c) { return c == '/' || c == '\\'; }

bool is_control(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;  // C0, DEL, C1, line ends
}

/// Direction marks and invisible operators: they only serve to make one name look like another.
bool is_invisible(char32_t c) {
    return c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2061 && c <= 0x2069) ||
           c == 0x061c;
}

/// Characters without width that are part of words in many scripts and of emoji: they stay, but name nothing.
bool is_joiner(char32_t c) { return (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff; }

/// Longest start of at most `limit` bytes that does not end inside a character.
std::string_view cut(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
    return text.substr(0, limit);
}

bool names_nothing(std::string_view element) { return element.empty() || element == "." || element == ".."; }

/// Devices of DOS, with whatever extension.
bool is_reserved(std::string_view name) {
    auto stem = to_lower(name.substr(0, name.find('.')));
    while (!stem.empty() && stem.back() == ' ') stem.pop_back();
    if (stem == "con" || stem == "prn" || stem == "aux" || stem == "nul") return true;
    return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem[3] >= '1' &&
           stem[3] <= '9';
}

}  // namespace

std::string shorten_name(const std::string& name, std::size_t limit) {
    if (name.size() <= limit) return name;
    const std::string_view whole = name;
    const auto dot = whole.rfind('.');
    const bool keep =
        dot != std::string_view::npos && whole.size() - dot <= std::min(extension_bytes, limit / 2);
    const auto extension = keep ? whole.substr(dot) : std::string_view{};
    const auto stem = keep ? whole.substr(0, dot) : whole;
    return std::string(cut(stem, limit - extension.size())).append(extension);
}

std::string windows_name(std::string name) {
    for (auto& c : name)
        if (static_cast<unsigned char>(c) < 0x20 ||
            std::string_view("\"*:<>?|\\").find(c) != std::string_view::npos)
            c = '_';
    for (auto end = name.size(); end > 0 && (name[end - 1] == '.' || name[end - 1] == ' '); --end)
        name[end - 1] = '_';
    return is_reserved(name) ? "_" + name : name;
}

namespace {

/// The element without what must not be in it; may be empty, "." or "..".
std::string clean(std::string_view element) {
    std::string out, bare;
    bool after_bad = false;
    while (!element.empty()) {
        const auto code = take_code_point(element);
        if (!code) {
            // one mark for a run of broken bytes: an overlong "." must not become anything like a dot
            if (!after_bad) bare += '_', out += '_';
            after_bad = true;
            continue;
        }
        after_bad = false;
        if (is_separator(*code) || is_invisible(*code)) continue;
        const auto kept = is_control(*code) ? U'_' : *code;
        append_utf8(out, kept);
        if (!is_joiner(kept)) append_utf8(bare, kept);
    }
    // some file systems do not see joiners: ".", joiner, "." must not be the folder above
    return names_nothing(bare) ? bare : shorten_name(out, limits::name_element_bytes);
}

}  // namespace

std::string safe_element(std::string_view element) {
    auto name = clean(element);
    return names_nothing(name) ? "_" : name;
}

std::vector<std::string> safe_path(const std::vector<std::string_view>& elements) {
    std::vector<std::string> path;
    path.reserve(elements.size());
    for (const auto element : elements)
        if (auto name = clean(element); !names_nothing(name)) path.push_back(std::move(name));
    return path;
}

bool is_utf8(std::string_view text) {
    while (!text.empty())
        if (!take_code_point(text)) return false;
    return true;
}

}  // namespace bt::torrent
