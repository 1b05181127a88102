#include "app/control/torrent_selector.hpp"

#include <fnmatch.h>

#include "base/name_key.hpp"
#include "base/text.hpp"

namespace bt::app {
namespace {

constexpr std::size_t candidates_shown = 8;
constexpr const char* no_such = "no such torrent is running: ";
constexpr const char* see_status = "'status' lists them";

std::string candidates(std::span<const named_torrent> all, const std::vector<std::size_t>& found) {
    std::set<std::string> lines;
    for (const auto i : found)
        lines.insert(to_hex(all[i].hash.span()).substr(0, 12) + " " + printable(all[i].name, 60));
    std::string text;
    std::size_t shown = 0;
    for (const auto& line : lines) {
        if (shown++ == candidates_shown) return text + ", and others";
        text += (text.empty() ? "" : ", ") + line;
    }
    return text;
}

template <class Fits>
std::vector<std::size_t> where(std::span<const named_torrent> all, Fits&& fits) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (fits(all[i])) found.push_back(i);
    return found;
}

bool is_prefix(const std::string& text) {
    return text.size() >= shortest_prefix && text.size() <= 2 * info_hash::size &&
           text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Nothing else is meant by more than one of different torrents.
bool may_be_several(const std::string& text) {
    return text == "all" || text.starts_with("all@") || text.find_first_of("*?[") != std::string::npos;
}

std::vector<std::size_t> find_anywhere(std::span<const named_torrent> all, const std::string& text) {
    const auto lower = to_lower(text);
    const bool prefix = is_prefix(lower);
    const auto by_hash = [&] {
        return where(all, [&](const auto& t) { return to_hex(t.hash.span()).starts_with(lower); });
    };
    if (prefix && lower.size() == 2 * info_hash::size) return by_hash();
    if (text == "all") return where(all, [](const auto&) { return true; });
    if (auto found = where(all, [&](const auto& t) { return t.name == text; }); !found.empty()) return found;
    if (prefix)
        if (auto found = by_hash(); !found.empty()) return found;
    if (auto found = where(all, [&](const auto& t) { return fnmatch(text.c_str(), t.name.c_str(), 0) == 0; });
        !found.empty())
        return found;
    const auto shown = name_key(text);  // as `status` and `discover` show it
    return where(all, [&](const auto& t) { return name_key(t.name) == shown; });
}

/// A name may have an @ itself.
std::vector<std::size_t> find(std::span<const named_torrent> all, const std::string& text) {
    auto found = find_anywhere(all, text);
    const auto at = text.rfind('@');
    if (!found.empty() || at == std::string::npos || at == 0) return found;
    found = find_anywhere(all, text.substr(0, at));
    std::erase_if(found, [&](std::size_t i) { return all[i].process != text.substr(at + 1); });
    return found;
}

}  // namespace

result<std::vector<std::size_t>> select_torrents(std::span<const named_torrent> all, const std::string& text,
                                                 bool one) {
    auto found = find(all, text);
    if (found.empty()) return fail(errc::not_found, no_such + ("'" + printable(text, 80) + "'"), see_status);
    std::set<info_hash> different;
    for (const auto i : found) different.insert(all[i].hash);
    if (different.size() > 1 && (one || !may_be_several(text)))
        return fail(errc::not_found, "'" + printable(text, 80) + "' means several torrents",
                    "name one of them: " + candidates(all, found));
    return found;
}

result<std::set<std::size_t>> select_torrents(std::span<const named_torrent> all,
                                              const std::vector<std::string>& words, bool one) {
    std::set<std::size_t> chosen;
    std::string unknown;
    std::size_t unknown_count = 0;
    std::vector<error> troubles;
    for (const auto& word : words) {
        const auto found = find(all, word);
        if (found.empty()) {
            unknown += (unknown.empty() ? "'" : ", '") + printable(word, 80) + "'";
            ++unknown_count;
        } else if (auto some = select_torrents(all, word, one); some) {
            chosen.insert(some->begin(), some->end());
        } else {
            troubles.push_back(some.error());
        }
    }
    if (unknown_count > 0)
        troubles.insert(
            troubles.begin(),
            {errc::not_found, (unknown_count > 1 ? "no such torrents are running: " : no_such) + unknown,
             see_status});
    if (troubles.empty()) return chosen;
    auto why = troubles.front();
    for (std::size_t i = 1; i < troubles.size(); ++i) {
        why.message += "; " + troubles[i].message;
        why.hint += "; " + troubles[i].hint;
    }
    return unexpected<error>(std::move(why));
}

}  // namespace bt::app
