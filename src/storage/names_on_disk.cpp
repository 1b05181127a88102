#include "storage/names_on_disk.hpp"

#include <climits>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_storage.hpp"
#include "storage/tree.hpp"
#include "torrent/fitted_names.hpp"
#include "torrent/given_names.hpp"

namespace bt::storage {
namespace {

/// Of paths that files may have instead of theirs (empty: none) those that lie below the folder.
std::optional<torrent::info> with_paths_on_disk(const torrent::info& of,
                                                const std::vector<std::string>& others, const tree& below,
                                                bool others_first) {
    const auto file_at =
        [&](const std::string& path) -> std::optional<std::pair<std::uint64_t, std::uint64_t>> {
        const auto facts = below.look(path);
        if (!facts || facts->kind != file_kind::regular) return std::nullopt;
        return std::pair(facts->device, facts->inode);
    };
    // where the file system folds names, two of the torrent's may lead to one file
    std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
    std::vector<bool> there(others.size());
    for (std::size_t i = 0; i < others.size(); ++i) {
        if ((others_first && !others[i].empty()) || of.files[i].padding) continue;
        const auto file = file_at(of.files[i].path);
        there[i] = file.has_value();
        if (file) taken.insert(*file);
    }
    std::vector<torrent::file_entry> entries;
    std::string top;
    for (std::size_t i = 0; i < others.size(); ++i) {
        if (others[i].empty() || there[i]) continue;
        const auto file = file_at(others[i]);
        if (!file || !taken.insert(*file).second) continue;
        if (entries.empty()) entries = of.files.copy();
        entries[i].path = others[i];
        top = others[i].substr(0, others[i].find('/'));
    }
    if (entries.empty()) return std::nullopt;
    for (auto& file : entries) file.path.replace(0, file.path.find('/'), top);  // all lie in one folder
    auto named = of;
    named.files = shared_list(std::move(entries));
    return named;
}

/// Of the torrent as the rules would have it: the paths that differ.
std::vector<std::string> fitted_paths(const torrent::info& of, const torrent::name_rules& rules) {
    const auto fitted = with_fitted_names(of, rules);
    if (!fitted || !*fitted) return {};
    std::vector<std::string> paths(of.files.size());
    for (std::size_t i = 0; i < paths.size(); ++i)
        if (const auto& path = (*fitted)->files[i].path; path != of.files[i].path) paths[i] = path;
    return paths;
}

std::optional<torrent::info> with_names_on_disk(const torrent::info& of, const tree& below,
                                                std::size_t longest) {
    if (auto given = with_paths_on_disk(of, torrent::given_paths(of), below, true)) return given;
    for (const bool windows : {false, true})
        if (auto fitted = with_paths_on_disk(of, fitted_paths(of, {windows, longest}), below, false))
            return fitted;
    return std::nullopt;
}

/// Whether names with what Windows refuses can be made there. Asked of the file system itself: what a mount
/// does to names no list of kinds tells. Where not even a plain name can be made, that is told when files
/// are.
bool takes_any_name(int folder, file_system& fs) {
    const auto makes = [&](const std::string& name) {
        const auto made = fs.make_folder(folder, name);
        if (made) (void)fs.remove_folder(folder, name);
        return made || made.error().number == EEXIST;
    };
    return makes(".btnode-names:?*") || !makes(".btnode-names");
}

std::string remark_on(const torrent::info& of, const torrent::info& named, const std::vector<bool>& wanted,
                      const std::string& folder) {
    std::size_t count = 0;
    std::string first;
    for (std::size_t i = 0; i < of.files.size(); ++i) {
        const auto &from = of.files[i].path, &to = named.files[i].path;
        if (from == to || of.files[i].padding || (i < wanted.size() && !wanted[i])) continue;
        if (count++ == 0) first = quoted_path(from) + " is " + quoted_path(to) + " there";
    }
    if (count == 0) return {};
    return quoted_path(folder) + " does not take all names: " + first +
           (count == 1 ? "" : ", and " + std::to_string(count - 1) + " more are changed likewise");
}

result<void> check_lengths(const torrent::info& of, const std::string& folder,
                           const std::vector<bool>& wanted) {
    constexpr std::size_t most = PATH_MAX - 1;
    for (std::size_t i = 0; i < of.files.size(); ++i) {
        if (of.files[i].padding || (i < wanted.size() && !wanted[i])) continue;
        const auto length = folder.size() + 1 + of.files[i].path.size() + torrent::part_suffix_bytes;
        if (length > most)
            return fail(errc::storage,
                        "the path of " + quoted_path(of.files[i].path) + " would have " +
                            std::to_string(length) + " bytes in " + quoted_path(folder) +
                            ", and one may have " + std::to_string(most),
                        "choose a folder with a shorter path, or leave the file out with --select");
    }
    return {};
}

}  // namespace

std::optional<torrent::info> with_names_on_disk(const torrent::info& of, const std::string& folder,
                                                file_system& fs) {
    auto opened = fs.open(folder, open_for::listing);
    if (!opened) return std::nullopt;
    const auto longest = fs.longest_name(opened->get());
    return with_names_on_disk(of, tree(fs, std::move(*opened)), longest);
}

std::string part_name(const torrent::info& of) {
    return of.name + "." + to_hex(of.hash.span()).substr(0, 8) + ".part";
}

result<names_for_folder> names_for_download(const torrent::info& of, const std::string& folder,
                                            const std::vector<bool>& wanted, file_system& fs) {
    names_for_folder out;
    auto opened = fs.open(folder, open_for::listing);
    if (!opened) return out;  // the download says so
    torrent::name_rules rules{true, fs.longest_name(opened->get())};
    auto fitted = with_fitted_names(of, rules);
    if (fitted && *fitted && takes_any_name(opened->get(), fs)) {
        rules.windows = false;
        fitted = with_fitted_names(of, rules);
    }
    if (!fitted) return unexpected(fitted.error());
    out.named = std::move(*fitted);
    if (out.named)
        out.remark = remark_on(of, *out.named, wanted, absolute_path(folder));
    else
        out.named = with_names_on_disk(of, tree(fs, std::move(*opened)), rules.longest);
    if (auto fits = check_lengths(out.named ? *out.named : of, absolute_path(folder), wanted); !fits)
        return unexpected(fits.error());
    return out;
}

}  // namespace bt::storage
