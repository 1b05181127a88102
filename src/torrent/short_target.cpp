#include "torrent/short_target.hpp"

#include <algorithm>
#include <cctype>

#include "base/text.hpp"
#include "torrent/magnet.hpp"

namespace bt::torrent {
namespace {

constexpr std::string_view safe_signs = "-._+@%,=:";

bool is_one_word(const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c >= 0x80 || safe_signs.find(static_cast<char>(c)) != safe_signs.npos;
    });
}

}  // namespace

std::string short_target(const info& of, bool unlisted) {
    const auto& name = of.name;
    const bool is_taken_for_another = name.empty() || name.front() == '-' ||
                                      name.find_first_of("/*?[") != name.npos || name.ends_with(".torrent") ||
                                      looks_like_magnet(name) || looks_like_beginning(name);
    const bool can_be_typed = printable(name, name.size()) == name && name.find('\'') == name.npos;
    if (unlisted || of.renamed || is_taken_for_another || !can_be_typed) return to_hex(of.hash.span());
    return is_one_word(name) ? name : "'" + name + "'";
}

bool looks_like_beginning(const std::string& text) {
    return text.size() >= 4 && text.size() < 2 * info_hash::size &&
           text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

}  // namespace bt::torrent
