// Which files of a torrent go where when it gets another folder, and what is known of them there.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "storage/names_on_disk.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_files.hpp"
#include "storage/tree.hpp"
#include "torrent/renamed.hpp"

namespace bt::storage {
namespace {

/// "/a/b/c/d" for the path "c/d" of a torrent's file -> "/a/b"; nothing where it does not end so.
std::string folder_above(const std::string& path, const std::string& file) {
    if (path.size() <= file.size() + 1 || !path.ends_with('/' + file)) return {};
    return path.substr(0, path.size() - file.size() - 1);
}

}  // namespace

result<move_record> torrent_files::plan_move(const torrent::info& named, const std::string& to_folder) {
    const bool is_share = folder_.empty();
    if (!is_share && !tree_) return fail(errc::failure, "the files were not checked");
    auto held = hold();
    if (!held) return unexpected<error>(held.error());
    move_record record;
    record.from_folder = is_share ? "/" : folder_;
    record.to_folder = absolute_path(to_folder);
    const auto digits = to_hex(named.hash.span()).substr(0, 8);
    const auto new_part = part_name(named);
    if (named.renamed) record.names = torrent::paths_of(named);
    record.staging = "." + named.name.substr(0, 100) + "." + digits + ".moving";
    std::set<std::string, std::greater<>> leaves;  // inner ones first
    planned_.clear();
    bool parts = false;
    result<void> sound;
    for_each_file([&](file_index file) {
        const auto state = state_of(file);
        if (state.where == standing::padding || !state.exists || !sound) return;
        if (!state.stamp) {
            sound = changed_meanwhile(shown_path(file));
            return;
        }
        const auto& path = named.files[file.value()].path;
        move_record::file one;
        one.from = path_of(file, state.where);
        if (is_share) one.from = without_links(one.from).substr(1);
        one.to = path;
        if (state.where == standing::part) {
            parts = true;
            one.to = multi_file_ ? new_part + path.substr(std::min(path.size(), path.find('/'))) : new_part;
        }
        const auto to = record.to_folder + "/" + one.to;
        if (is_share ? "/" + one.from == without_links(to) : folder_ + "/" + one.from == to) {
            planned_.emplace_back(file, std::nullopt);  // it stays where it is
            return;
        }
        one.was = *state.stamp;
        // folders of the torrent alone: of a share those that its layout explains
        const auto top = is_share ? folder_above('/' + one.from, layout_.file(file).path) : std::string();
        const auto stays = is_share ? top.empty() ? tree::parent_of(one.from) : top.substr(1) : std::string();
        for (auto above = tree::parent_of(one.from); above.size() > stays.size();
             above = tree::parent_of(above))
            leaves.insert(above);
        planned_.emplace_back(file, record.files.size());
        record.files.push_back(std::move(one));
    });
    if (!sound) return unexpected<error>(sound.error());
    if (is_share && planned_.empty())
        return fail(errc::storage, "none of its files is where it was",
                    "'move --find' tells where they are now");
    if (parts)
        if (auto claimed = claim_part(); !claimed) return unexpected<error>(claimed.error());
    record.leaves.assign(leaves.begin(), leaves.end());
    planned_held_ = std::move(*held);
    return record;
}

torrent::held_files torrent_files::moved(const move_record& record) {
    lock_ = {};  // whoever has the files now takes it
    beside_ = false;
    made_part_ = false;
    std::vector<std::optional<file_stamp>> files(layout_.file_count());
    for (const auto& [file, index] : planned_)
        if (const auto& before = planned_held_.files[file.value()])
            files[file.value()] = index ? record.files[*index].now : before;
    planned_held_.files = shared_list(std::move(files));
    planned_held_.taken_ns = fs_.now_ns();
    return std::move(planned_held_);
}

}  // namespace bt::storage
