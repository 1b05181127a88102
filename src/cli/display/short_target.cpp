#include "cli/display/short_target.hpp"

#include <algorithm>
#include <cctype>

#include "app/lan/shared_names.hpp"
#include "base/text.hpp"
#include "torrent/magnet.hpp"

namespace bt::cli {
namespace {

constexpr std::string_view safe_signs = "-._+@%,=:";

bool is_one_word(const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c >= 0x80 || safe_signs.find(static_cast<char>(c)) != safe_signs.npos;
    });
}

}  // namespace

std::string short_target(const torrent::info& of, bool unlisted) {
    const auto& name = of.name;
    const bool is_taken_for_another = name.empty() || name.front() == '-' ||
                                      name.find_first_of("/*?[") != name.npos || name.ends_with(".torrent") ||
                                      torrent::looks_like_magnet(name) || app::looks_like_beginning(name);
    const bool can_be_typed = printable(name, name.size()) == name && name.find('\'') == name.npos;
    if (unlisted || is_taken_for_another || !can_be_typed) return to_hex(of.hash.span());
    return is_one_word(name) ? name : "'" + name + "'";
}

}  // namespace bt::cli
