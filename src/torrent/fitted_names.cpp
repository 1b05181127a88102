#include "torrent/fitted_names.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "torrent/file_list.hpp"
#include "torrent/file_names.hpp"

namespace bt::torrent {
namespace {

/// A name that is cut has room for a number that tells it from another.
constexpr std::size_t number_bytes = 6;

std::string fitted(std::string element, const name_rules& rules, std::size_t suffix) {
    if (rules.windows) element = windows_name(std::move(element));
    const auto longest = std::max<std::size_t>(rules.longest, 32) - suffix;
    return element.size() <= longest ? element : shorten_name(element, longest - number_bytes);
}

std::string fitted_path(const std::string& path, const name_rules& rules) {
    std::string out;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        if (begin > 0) out += '/';
        out += fitted(path.substr(begin, end - begin), rules, begin == 0 ? part_suffix_bytes : 0);
        begin = end + 1;
    }
    return out;
}

}  // namespace

result<std::optional<info>> with_fitted_names(const info& of, const name_rules& rules) {
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < of.files.size(); ++i) {
        if (of.files[i].padding) continue;
        auto path = fitted_path(of.files[i].path, rules);
        if (path == of.files[i].path) continue;
        paths.resize(of.files.size());
        paths[i] = std::move(path);
    }
    if (paths.empty()) return std::optional<info>();
    auto files = of.files.copy();
    for (std::size_t i = 0; i < files.size(); ++i)
        if (!paths[i].empty()) files[i].path = std::move(paths[i]);
    if (auto unique = make_paths_unique(files); !unique) return unexpected<error>(std::move(unique.error()));
    std::optional<info> named = of;
    named->name = fitted(of.name, rules, part_suffix_bytes);
    named->files = shared_list(std::move(files));
    return named;
}

}  // namespace bt::torrent
