#include "torrent/file_list.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <optional>
#include <set>
#include <string_view>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "torrent/file_names.hpp"
#include "torrent/folded_name.hpp"

namespace bt::torrent {
namespace {

constexpr std::string_view bitcomet_padding = "_____padding_file_";

/// The strings of a list, or nothing if it is no list of strings or an empty one.
std::optional<std::vector<std::string_view>> strings_of(std::optional<bencode_view> list) {
    if (!list) return std::nullopt;
    std::vector<std::string_view> strings;
    for (const auto element : *list) {
        const auto text = element.string();
        if (!text) return std::nullopt;
        strings.push_back(*text);
    }
    if (strings.empty()) return std::nullopt;
    return strings;
}

result<std::string> safe_full_path(const std::vector<std::string_view>& path, const std::string& folder) {
    auto elements = safe_path(path);
    if (elements.empty()) elements.push_back("_");
    // the folders are the torrent's own and all elements but the last
    if (elements.size() > limits::directory_depth)
        return fail(errc::bad_data, "a path of " + std::to_string(elements.size()) +
                                        " folders; the limit is " + std::to_string(limits::directory_depth));
    std::string joined = folder;
    for (const auto& element : elements) joined.append("/").append(element);
    return joined;
}

result<file_entry> read_file(bencode_view file, const std::string& folder) {
    const auto attributes = file.find_string("attr").value_or("");
    const auto has = [&](char c) { return attributes.find(c) != std::string_view::npos; };
    auto path = given_path(file);
    if (!path && has('p')) path = std::vector{std::string_view(".pad")};  // BEP 47: its path has no use
    if (!path) return fail(errc::bad_data, "no path");
    auto safe = safe_full_path(*path, folder);
    if (!safe) return unexpected<error>(std::move(safe.error()));

    file_entry entry;
    entry.path = std::move(*safe);
    entry.executable = has('x');
    entry.padding = has('p') || path->back().starts_with(bitcomet_padding);
    if (has('l')) {
        // A link takes no bytes of the torrent whatever its entry says, and a link made by a stranger is a
        // way out of the folder: it is kept as an empty entry that is never on disk, for the sake of the
        // numbering.
        entry.padding = true;
        return entry;
    }
    const auto size = file.find_integer("length");
    if (!size || *size < 0) return fail(errc::bad_data, size ? "a negative length" : "no length");
    entry.size = static_cast<std::uint64_t>(*size);
    return entry;
}

/// "a/b.txt" and 2 give "a/b (2).txt".
std::string numbered(std::string_view path, std::size_t number) {
    const auto slash = path.rfind('/');
    const auto first = slash == std::string_view::npos ? 0 : slash + 1;
    auto dot = path.rfind('.');
    if (dot == std::string_view::npos || dot <= first || path.size() - dot > 10) dot = path.size();
    std::string name(path.substr(0, dot));
    return name.append(" (").append(std::to_string(number)).append(")").append(path.substr(dot));
}

/// The path below the torrent's own folder, which all share.
std::string key_of(std::string_view path) { return folded_path(path.substr(path.find('/') + 1)); }

/// Below 0, 0 or above 0, in an order where '/' comes before every other character: what lies in a folder
/// follows right behind a file of its name.
int compare_paths(std::string_view a, std::string_view b) {
    constexpr std::size_t step = 16;  // hostile paths are equal for a long way
    const auto common = std::min(a.size(), b.size());
    std::size_t i = 0;
    while (i + step <= common && std::memcmp(a.data() + i, b.data() + i, step) == 0) i += step;
    while (i < common && a[i] == b[i]) ++i;
    if (i == common) return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
    const auto rank = [](char c) { return c == '/' ? -1 : static_cast<int>(static_cast<unsigned char>(c)); };
    return rank(a[i]) < rank(b[i]) ? -1 : 1;
}

bool is_below(std::string_view path, std::string_view folder) {
    return path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder);
}

/// Renames files whose path is taken, by the file that comes first or by a folder. Everything is sorted
/// rather than looked up, so that it costs four bytes a file, and no choice of names makes it slow.
class path_keeper {
  public:
    explicit path_keeper(std::vector<file_entry>& files) : files_(files) {}

    result<void> make_unique() {
        std::vector<std::uint32_t> all;
        keys_.resize(files_.size());
        for (std::uint32_t i = 0; i < files_.size(); ++i) {
            if (files_[i].padding) continue;
            keys_[i] = key_of(files_[i].path);
            all.push_back(i);
        }
        std::sort(all.begin(), all.end(), [this](auto a, auto b) {
            const auto order = compare_paths(keys_[a], keys_[b]);
            return order < 0 || (order == 0 && a < b);
        });
        std::vector<group> crowded;
        for (std::size_t i = 0; i < all.size();) {
            const std::string_view path = keys_[all[i]];
            auto end = i + 1;
            while (end < all.size() && keys_[all[end]] == path) ++end;
            const bool is_folder = end < all.size() && is_below(keys_[all[end]], path);
            const auto keeps = i + (is_folder ? 0u : 1u);
            if (keeps < end) crowded.push_back({keeps, end, is_folder});
            i = end;
        }
        if (crowded.empty()) return {};
        // Every folder has a file below it that keeps its path, so these say which paths are taken.
        std::size_t next = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            while (next < crowded.size() && i >= crowded[next].end) ++next;
            if (next == crowded.size() || i < crowded[next].begin) at_home_.push_back(all[i]);
        }
        for (const auto& each : crowded)
            if (auto done = rename(each, all); !done) return done;
        return {};
    }

  private:
    struct group {
        std::size_t begin, end;  // of the sorted files: those that need another path
        bool is_folder;
    };

    result<void> rename(const group& crowd, const std::vector<std::uint32_t>& all) {
        if (crowd.end - crowd.begin + 1 > limits::equal_names)
            return fail(errc::bad_data, "more than " + std::to_string(limits::equal_names) +
                                            " files are named \"" +
                                            printable(files_[all[crowd.begin]].path, 200) + "\"");
        std::size_t number = 0;
        for (auto i = crowd.begin; i < crowd.end; ++i) {
            const auto path = std::exchange(files_[all[i]].path, {});
            std::string key;
            do {
                files_[all[i]].path = numbered(path, ++number);
                key = key_of(files_[all[i]].path);
            } while (is_taken(key));
            given_.insert(std::move(key));
        }
        return {};
    }

    bool is_taken(std::string_view path) const {
        const auto at =
            std::lower_bound(at_home_.begin(), at_home_.end(), path,
                             [this](auto i, std::string_view p) { return compare_paths(keys_[i], p) < 0; });
        if (at != at_home_.end() && (keys_[*at] == path || is_below(keys_[*at], path))) return true;
        return given_.contains(path);
    }

    std::vector<file_entry>& files_;
    std::vector<std::uint32_t> at_home_;  // sorted by path
    std::vector<std::string> keys_;       // folded: equal where some file system takes two paths for one
    std::set<std::string, std::less<>> given_;
};

}  // namespace

/// `path` may be in any legacy encoding where the other is there.
std::optional<std::vector<std::string_view>> given_path(bencode_view file) {
    if (auto path = strings_of(file.find_list("path.utf-8"))) {
        bool good = true;
        for (const auto element : *path) good = good && is_utf8(element);
        if (good) return path;
    }
    return strings_of(file.find_list("path"));
}

result<std::vector<file_entry>> read_file_list(bencode_view list, const std::string& folder) {
    std::vector<file_entry> files;
    files.reserve(static_cast<std::size_t>(std::distance(list.begin(), list.end())));
    std::uint64_t total = 0;
    std::size_t path_bytes = 0;
    for (const auto element : list) {
        auto file = read_file(element, folder);
        if (!file)
            return fail(errc::bad_data, "file " + std::to_string(files.size() + 1) + " of the torrent has " +
                                            file.error().message);
        if (file->size > std::numeric_limits<std::uint64_t>::max() - total)
            return fail(errc::bad_data, "the sizes of the files add up to more than 64 bits hold");
        path_bytes += file->path.size();
        if (path_bytes > limits::path_bytes)
            return fail(errc::bad_data, "the paths of the files are longer than " +
                                            std::to_string(limits::path_bytes / limits::MiB) +
                                            " MiB together");
        file->begin = total;
        total += file->size;
        files.push_back(std::move(*file));
    }
    if (files.empty()) return fail(errc::bad_data, "the torrent has no files");
    if (auto done = make_paths_unique(files); !done) return unexpected<error>(std::move(done.error()));
    return files;
}

result<void> make_paths_unique(std::vector<file_entry>& files) { return path_keeper(files).make_unique(); }

}  // namespace bt::torrent
