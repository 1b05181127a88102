#include "guest/target.hpp"

#include "base/text.hpp"

namespace bt::guest {
namespace {

constexpr std::size_t hash_digits = 40;

target::kind kind_of(std::string_view ending) {
    if (ending.empty()) return target::kind::page_without_slash;
    if (ending == "/") return target::kind::page;
    if (ending == ".zip") return target::kind::zip;
    if (ending == ".tar") return target::kind::tar;
    if (ending == ".torrent") return target::kind::torrent;
    return ending.starts_with('/') ? target::kind::file : target::kind::none;
}

bool is_beginning(std::string_view text) {
    return text.size() >= 4 && text.size() < hash_digits &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

target parse_target(std::string_view text) {
    constexpr std::string_view base = "/s/";
    text = text.substr(0, text.find_first_of("?#"));
    if (text == "/s" || text == base) return {target::kind::list, {}, {}};
    if (!text.starts_with(base)) return {};
    text.remove_prefix(base.size());
    const auto digits = text.substr(0, text.find('/'));
    if (is_beginning(digits) && (text.size() == digits.size() || text.substr(digits.size()) == "/"))
        return {target::kind::beginning, {}, to_lower(digits)};
    const auto raw = from_hex(text.substr(0, hash_digits));
    const auto hash = raw ? info_hash::from(*raw) : std::nullopt;
    if (!hash) return {};
    const auto ending = text.substr(hash_digits);
    target found{kind_of(ending), *hash, {}};
    if (found.what != target::kind::file) return found;
    auto path = percent_decode(ending.substr(1));
    if (!path) return {};
    found.path = std::move(*path);
    return found;
}

}  // namespace bt::guest
