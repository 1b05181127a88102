#include "storage/names_on_disk.hpp"

#include <set>
#include <utility>

#include "storage/tree.hpp"
#include "torrent/given_names.hpp"

namespace bt::storage {

std::optional<torrent::info> with_names_on_disk(const torrent::info& of, const std::string& folder,
                                                file_system& fs) {
    const auto given = torrent::given_paths(of);
    if (given.empty()) return std::nullopt;
    auto opened = fs.open(folder, open_for::listing);
    if (!opened) return std::nullopt;
    const tree below(fs, std::move(*opened));
    const auto file_at =
        [&](const std::string& path) -> std::optional<std::pair<std::uint64_t, std::uint64_t>> {
        const auto facts = below.look(path);
        if (!facts || facts->kind != file_kind::regular) return std::nullopt;
        return std::pair(facts->device, facts->inode);
    };
    // where the file system folds names, two of the torrent's may lead to one file
    std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
    for (std::size_t i = 0; i < given.size(); ++i)
        if (given[i].empty() && !of.files[i].padding)
            if (const auto file = file_at(of.files[i].path)) taken.insert(*file);
    std::vector<torrent::file_entry> entries;
    std::string top;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (given[i].empty()) continue;
        const auto file = file_at(given[i]);
        if (!file || !taken.insert(*file).second) continue;
        if (entries.empty()) entries = of.files.copy();
        entries[i].path = given[i];
        top = given[i].substr(0, given[i].find('/'));
    }
    if (entries.empty()) return std::nullopt;
    for (auto& file : entries) file.path.replace(0, file.path.find('/'), top);  // all lie in one folder
    auto named = of;
    named.files = shared_list(std::move(entries));
    return named;
}

}  // namespace bt::storage
