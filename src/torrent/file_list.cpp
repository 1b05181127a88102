#include "torrent/file_list.hpp"

#include <deque>
#include <limits>
#include <map>
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
    const auto path = given_path(file);
    if (!path) return fail(errc::bad_data, "no path");
    auto safe = safe_full_path(*path, folder);
    if (!safe) return unexpected<error>(std::move(safe.error()));

    file_entry entry;
    entry.path = std::move(*safe);
    const auto attributes = file.find_string("attr").value_or("");
    const auto has = [&](char c) { return attributes.find(c) != std::string_view::npos; };
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

/// Every folder some file needs, folded. Going up stops at the first that is known: those above it are known
/// then.
std::set<std::string_view> folders_of(const std::vector<std::string>& keys) {
    std::set<std::string_view> folders;
    for (const auto& key : keys) {
        std::string_view path = key;
        for (auto slash = path.rfind('/'); slash != std::string_view::npos; slash = path.rfind('/')) {
            path = path.substr(0, slash);
            if (!folders.insert(path).second) break;
        }
    }
    return folders;
}

/// Renames files whose path is taken. Files with a path of their own keep it, whatever the order.
/// The sets are ordered ones: no choice of names makes them slow.
result<void> make_unique(std::vector<file_entry>& files) {
    std::vector<std::string> keys(files.size());
    for (std::size_t i = 0; i < files.size(); ++i)
        if (!files[i].padding) keys[i] = key_of(files[i].path);
    const auto folders = folders_of(keys);
    std::set<std::string_view> taken;
    std::vector<std::size_t> homeless;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].padding) continue;
        if (folders.contains(keys[i]) || !taken.insert(keys[i]).second) homeless.push_back(i);
    }

    struct equals {
        std::size_t files = 1;   // with this path; a folder of that name counts as one
        std::size_t number = 0;  // the last one given out
    };
    std::map<std::string_view, equals> equal;
    std::deque<std::string> new_keys;  // a deque, for `taken` refers to its strings
    for (const auto i : homeless) {
        auto& same = equal[keys[i]];
        if (++same.files > limits::equal_names)
            return fail(errc::bad_data, "more than " + std::to_string(limits::equal_names) +
                                            " files are named \"" + printable(files[i].path, 200) + "\"");
        std::string path, key;
        do {
            path = numbered(files[i].path, ++same.number);
            key = key_of(path);
        } while (folders.contains(key) || taken.contains(key));
        taken.insert(new_keys.emplace_back(std::move(key)));
        files[i].path = std::move(path);
    }
    return {};
}

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
    std::uint64_t total = 0;
    for (const auto element : list) {
        auto file = read_file(element, folder);
        if (!file)
            return fail(errc::bad_data, "file " + std::to_string(files.size() + 1) + " of the torrent has " +
                                            file.error().message);
        if (file->size > std::numeric_limits<std::uint64_t>::max() - total)
            return fail(errc::bad_data, "the sizes of the files add up to more than 64 bits hold");
        file->begin = total;
        total += file->size;
        files.push_back(std::move(*file));
    }
    if (files.empty()) return fail(errc::bad_data, "the torrent has no files");
    if (auto done = make_unique(files); !done) return unexpected<error>(std::move(done.error()));
    return files;
}

}  // namespace bt::torrent
