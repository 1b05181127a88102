#include "torrent/renamed.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "torrent/file_list.hpp"
#include "torrent/file_names.hpp"

namespace bt::torrent {
namespace {

bool is_safe(std::string_view path) {
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto element = path.substr(begin, end - begin);
        if (safe_element(element) != element) return false;
        begin = end + 1;
    }
    return true;
}

bool is_or_is_below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

unexpected<error> taken() { return fail(errc::occupied, "another file of the torrent has that name"); }

std::string_view top_of(std::string_view path) { return path.substr(0, path.find('/')); }

}  // namespace

result<info> with_renamed(const info& of, const std::string& path, const std::string& name) {
    if (name.find('/') != name.npos || safe_element(name) != name)
        return fail(errc::usage, "not a name for a file");
    const auto slash = path.rfind('/');
    const auto fresh = (slash == path.npos ? "" : path.substr(0, slash + 1)) + name;
    auto paths = paths_of(of);
    bool any = false;
    for (auto& each : paths) {
        if (!is_or_is_below(each, path)) {
            if (is_or_is_below(each, fresh)) return taken();
            continue;
        }
        each.replace(0, path.size(), fresh);
        any = true;
    }
    if (!any || path.empty()) return fail(errc::not_found, "the torrent has no such file");
    auto named = with_paths(of, paths);
    if (!named) return taken();
    return std::move(*named);
}

std::vector<std::string> paths_of(const info& of) {
    std::vector<std::string> paths;
    for (const auto& file : of.files) paths.push_back(file.path);
    return paths;
}

std::optional<info> with_paths(const info& of, const std::vector<std::string>& paths) {
    if (paths.size() != of.files.size()) return std::nullopt;
    auto files = of.files.copy();
    for (std::size_t i = 0; i < files.size(); ++i) {
        const bool fits = is_safe(paths[i]) && top_of(paths[i]) == top_of(paths[0]) &&
                          (paths[i].find('/') != std::string::npos) == of.multi_file;
        if (!fits) return std::nullopt;
        files[i].path = paths[i];
    }
    const auto wished = files;
    if (!make_paths_unique(files)) return std::nullopt;
    for (std::size_t i = 0; i < files.size(); ++i)
        if (files[i].path != wished[i].path) return std::nullopt;
    std::optional<info> named = of;
    named->name = top_of(paths[0]);
    named->files = shared_list(std::move(files));
    named->renamed = true;
    return named;
}

}  // namespace bt::torrent
