#include "torrent/name_fit.hpp"

#include <fnmatch.h>

#include "base/name_key.hpp"
#include "base/text.hpp"
#include "torrent/folded_name.hpp"

namespace bt::torrent {

fit fit_of(const std::string& name, const std::string& wanted) {
    const auto is = name_key(name), looked_for = name_key(wanted);
    if (looked_for.empty()) return fit::none;
    if (is == looked_for) return fit::exact;
    const auto folded = folded_path(is), folded_wanted = folded_path(looked_for);
    if (folded == folded_wanted) return fit::other_spelling;
    const auto is_glob_for = [](const std::string& pattern, const std::string& text) {
        return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
    };
    // composed, one letter is one '?'
    if (looked_for.find_first_of("*?[") != looked_for.npos &&
        (is_glob_for(to_lower(looked_for), to_lower(is)) || is_glob_for(folded_wanted, folded)))
        return fit::glob;
    return fit::none;
}

}  // namespace bt::torrent
