// The end of a torrent whose files are to go with it.
#include <algorithm>
#include <cerrno>
#include <set>

#include "base/text.hpp"
#include "storage/storage_error.hpp"
#include "storage/torrent_files.hpp"

namespace bt::storage {
namespace {

constexpr std::size_t most_told = 20;

void keep(torrent::deleted_files& told, std::string path, std::string why) {
    if (told.kept.size() < most_told)
        told.kept.push_back({std::move(path), std::move(why)});
    else
        ++told.more_kept;
}

bool is_link(os_error cause) { return cause.number == ELOOP || cause.number == EXDEV; }

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::set<std::string, std::less<>> torrent_files::names() const {
    std::set<std::string, std::less<>> all;
    const auto add = [&](std::string_view path) {
        while (!path.empty()) {
            const auto end = std::min(path.find('/'), path.size());
            if (const auto element = path.substr(0, end); !all.contains(element)) all.emplace(element);
            path.remove_prefix(std::min(end + 1, path.size()));
        }
    };
    if (!folder_.empty()) add(without_links(final_path_));
    for_each_file([&](file_index file) {
        const auto where = state_of(file).where;
        if (where != standing::padding)
            add(where == standing::shared ? shared_path(file) : path_of(file, where));
    });
    return all;
}

torrent::deleted_files torrent_files::delete_files(const std::vector<std::string>& theirs) {
    torrent::deleted_files told;
    std::set<std::string> stay;
    for (const auto& each : theirs) stay.insert(without_links(each));
    table_.clear();
    // absolute paths of a share: no link on the whole way, where its owner named one it was resolved before
    std::optional<tree> root;
    if (folder_.empty()) {
        auto opened = fs_.open("/", open_for::listing);
        if (opened) root.emplace(fs_, std::move(*opened));
    } else if (!tree_) {
        if (auto located = locate(); !located) {
            keep(told, final_path_, located.error().message);
            return told;
        }
    }
    if (!tree_ && !root) return told;
    const auto& from = root ? *root : *tree_;
    auto known = have_;  // of a share that was hashed before it was added; or it was checked
    if (held_) believed().for_each([&](piece_index piece) { known.insert(piece); });
    for_each_file([&](file_index file) {
        const auto where = state_of(file).where;
        if (where != standing::padding && !stay.empty() && stay.contains(without_links(shown_path(file))))
            return keep(told, shown_path(file), "another torrent has it");
        if (where == standing::shared) delete_file(file, from, shared_path(file).substr(1), known, told);
        if (where == standing::final_name) delete_file(file, from, path_of(file, where), known, told);
    });
    if (tree_) delete_part(told);
    if (multi_file_) delete_folders(from, told);
    beside_ = false;
    lock_ = {};
    return told;
}

void torrent_files::delete_file(file_index file, const tree& from, const std::string& path,
                                const torrent::piece_set& known, torrent::deleted_files& told) {
    const auto now = from.look(path);
    if (!now && is_absent(now.error())) return;
    if (!now)
        return keep(told, shown_path(file),
                    is_link(now.error())
                        ? "a symbolic link leads to it"
                        : storage_fail(now.error(), "look at", shown_path(file)).value().message);
    if (auto why = why_not_deleted(file, *now, known); !why.empty())
        return keep(told, shown_path(file), std::move(why));
    if (const auto gone = from.remove_file(path); !gone)
        return keep(told, shown_path(file),
                    storage_fail(gone.error(), "delete", shown_path(file)).value().message);
    ++told.files;
    told.bytes += now->size;
}

/// Empty: it is as it was when we knew what it holds, and that is the torrent's.
std::string torrent_files::why_not_deleted(file_index file, const file_facts& now,
                                           const torrent::piece_set& known) const {
    if (now.kind == file_kind::link) return "it is a symbolic link";
    if (now.kind != file_kind::regular) return "it is no file";
    const std::lock_guard lock(mutex_);
    const auto& state = states_[file.value()];
    if (state.stamp && !state.stamp->same_content(now.stamp())) return "another program changed it";
    const auto [first, end] = layout_.pieces_of(file);
    bool right = state.stamp.has_value();
    for (auto i = first; i < end; ++i)
        right = right && known.has(piece_index(i)) && !doubtful_.has(piece_index(i));
    return right ? "" : "what it holds is not the torrent's, or was not checked";
}

/// What has this name is ours, whatever it holds; files of other names in the folder are not.
void torrent_files::delete_part(torrent::deleted_files& told) {
    const auto there = tree_->look(part_root_);
    if (!there) return;
    if (auto claimed = claim_part(); !claimed)
        return keep(told, path_in(folder_, part_root_), claimed.error().message);
    for_each_file([&](file_index file) {
        if (state_of(file).where == standing::padding) return;
        const auto path = part_path(file), shown = path_in(folder_, path);
        const auto now = tree_->look(path);
        if (!now && is_absent(now.error())) return;
        if (!now || now->kind != file_kind::regular)
            return keep(told, shown, "it is no file, or a symbolic link leads to it");
        if (const auto gone = tree_->remove_file(path); !gone)
            return keep(told, shown, storage_fail(gone.error(), "delete", shown).value().message);
        ++told.files;
        told.bytes += now->size;
    });
    if (!multi_file_) return;
    remove_empty_folders();
    if (const auto gone = tree_->remove_folder(part_root_); !gone && !is_absent(gone.error()))
        told.folder_left = path_in(folder_, part_root_);
}

/// Those on the way to its files, up to the folder that has the torrent's name.
void torrent_files::delete_folders(const tree& in, torrent::deleted_files& told) {
    std::string top = name_;
    if (folder_.empty()) top = final_path_.substr(final_path_.starts_with('/') ? 1 : 0);
    const bool is_ours = !folder_.empty() || base_name(top) == name_;
    std::set<std::string> folders;
    for_each_file([&](file_index file) {
        const auto where = state_of(file).where;
        if (where == standing::padding) return;
        const auto& of = layout_.file(file).path;
        const auto path = where == standing::shared ? shared_path(file).substr(1) : of;
        if (!path.ends_with(of.substr(of.find('/')))) return;
        for (auto above = tree::parent_of(path); above.size() > top.size() && above.starts_with(top + '/');
             above = tree::parent_of(above))
            folders.insert(above);
    });
    // a folder sorts before what is in it
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder)
        (void)in.remove_folder(*folder);  // stays when something is in it
    if (!is_ours) return;
    const auto gone = in.remove_folder(top);
    if (!gone && (gone.error().number == ENOTEMPTY || gone.error().number == EEXIST) && told.kept.empty())
        told.folder_left = final_path_;
}

}  // namespace bt::storage
