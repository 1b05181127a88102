#include "storage/torrent_files.hpp"

#include <cerrno>
#include <filesystem>

#include "base/text.hpp"
#include "storage/names_on_disk.hpp"
#include "storage/storage_error.hpp"

namespace bt::storage {

std::string absolute_path(const std::string& path) {
    std::error_code ignored;
    auto full = std::filesystem::absolute(path, ignored).lexically_normal().string();
    while (full.size() > 1 && full.back() == '/') full.pop_back();
    return full.empty() ? path : full;
}

torrent_files::torrent_files(const torrent::info& info, download_place place, file_system& fs,
                             const std::shared_ptr<open_files>& opened)
    : layout_(info),
      piece_hashes_(info.piece_hashes),
      multi_file_(info.multi_file),
      name_(info.files.front().path.substr(0, info.files.front().path.find('/'))),
      part_root_(part_name(info)),
      folder_(absolute_path(place.folder)),
      final_path_(path_in(folder_, name_)),
      overwrite_(place.overwrite),
      reserve_(place.reserve),
      fs_(fs),
      table_(opened),
      held_(std::move(place.held)),
      journal_(std::move(place.journal), fs, opened),
      states_(info.files.size()),
      have_(info.shape.piece_count()),
      doubtful_(info.shape.piece_count()),
      not_in_old_(info.shape.piece_count()) {
    for (std::size_t i = 0; i < states_.size(); ++i) {
        if (info.files[i].padding) states_[i].where = standing::padding;
        if (i < place.wanted.size()) states_[i].wanted = place.wanted[i];
    }
}

torrent_files::torrent_files(const torrent::info& info, shared_place place, file_system& fs,
                             const std::shared_ptr<open_files>& opened)
    : layout_(info),
      piece_hashes_(info.piece_hashes),
      multi_file_(info.multi_file),
      name_(info.name),
      shared_(std::move(place.paths)),
      shared_folder_(std::move(place.folder)),
      fs_(fs),
      table_(opened),
      held_(std::move(place.held)),
      journal_("", fs, opened),
      states_(info.files.size()),
      have_(info.shape.piece_count(), !place.stamps.empty()),
      doubtful_(info.shape.piece_count()),
      not_in_old_(info.shape.piece_count()),
      located_(!place.stamps.empty()) {
    BT_ASSERT(shared_.empty() || shared_.size() == info.files.size());
    for (std::size_t i = 0; i < states_.size(); ++i) {
        states_[i].where = info.files[i].padding ? standing::padding : standing::shared;
        if (info.files[i].padding) continue;
        states_[i].exists = true;  // until it is looked at
        if (i < place.stamps.size()) states_[i].stamp = place.stamps[i];
    }
    // The owner's path less what the torrent says lies below its folder, where the two agree.
    for (std::size_t i = 0; i < states_.size() && final_path_.empty(); ++i) {
        if (states_[i].where == standing::padding) continue;
        const auto& path = info.files[i].path;
        const auto below = multi_file_ ? path.substr(std::min(path.size(), path.find('/'))) : std::string();
        const auto full = shared_path(file_index(static_cast<std::uint32_t>(i)));
        final_path_ =
            full.ends_with(below) ? full.substr(0, full.size() - below.size()) : tree::parent_of(full);
    }
}

torrent_files::~torrent_files() {
    if (beside_) clean_part();
    // A .part that we made and that holds nothing is no progress.
    if (lock_ && made_part_ && tree_) clean_part();
}

torrent_files::file_state torrent_files::state_of(file_index file) const {
    const std::lock_guard lock(mutex_);
    return states_[file.value()];
}

std::string torrent_files::part_path(file_index file) const {
    const auto& path = layout_.file(file).path;
    return multi_file_ ? part_root_ + path.substr(std::min(path.size(), path.find('/'))) : part_root_;
}

std::string torrent_files::path_of(file_index file, standing where) const {
    switch (where) {
        case standing::padding:
            break;
        case standing::shared:
            return shared_path(file);
        case standing::part:
            return part_path(file);
        case standing::final_name:
            return layout_.file(file).path;
    }
    return {};
}

std::string torrent_files::shared_path(file_index file) const {
    return shared_.empty() ? path_in(shared_folder_, layout_.file(file).path) : shared_[file.value()];
}

std::string torrent_files::shown_path(file_index file) const {
    const auto where = state_of(file).where;
    return where == standing::shared ? shared_path(file) : path_in(folder_, path_of(file, where));
}

unexpected<error> torrent_files::describe(os_error cause, const std::string& what, file_index file) const {
    return storage_fail(cause, what, shown_path(file));
}

// --- opening ---------------------------------------------------------------------------------------

os_result<torrent_files::handle> torrent_files::open(file_index file, bool writing) {
    if (auto found = table_.find(file, writing)) {
        if (!writing) compare_now_and_then(file, *found);
        return *found;
    }
    auto opened = open_anew(file, writing);
    if (!opened && (opened.error().number == EMFILE || opened.error().number == ENFILE)) {
        table_.close_all();  // our own share of the shortage
        opened = open_anew(file, writing);
    }
    return opened;
}

os_result<torrent_files::handle> torrent_files::open_anew(file_index file, bool writing) {
    const std::shared_lock still(moving_);
    const auto state = state_of(file);
    auto opened = open_path(file, state.where, writing);
    if (!opened) return unexpected(opened.error());
    if (!writing) {
        // while we write to it, it is we who change it
        const std::unique_lock alone(writers_of(file), std::try_to_lock);
        if (alone)
            if (auto same = compare(file, *opened); !same) return unexpected(same.error());
        return table_.insert(file, false, std::move(*opened));
    }
    const auto facts = fs_.facts(opened->get());
    if (!facts) return unexpected(facts.error());
    if (facts->kind != file_kind::regular) return unexpected(os_error{EISDIR});
    if (state.stamp) compare(file, facts->stamp());
    if (const auto size = layout_.file(file).size; facts->size != size)
        if (auto resized = fs_.resize(opened->get(), size); !resized) return unexpected(resized.error());
    if (auto stamped = restamp(file, *opened); !stamped) return unexpected(stamped.error());
    auto kept = table_.insert(file, true, std::move(*opened));
    const std::lock_guard lock(mutex_);
    auto& now = states_[file.value()];
    if (!now.exists) changed_folders_.insert(tree::parent_of(part_path(file)));
    now.exists = now.dirty = true;
    return kept;
}

os_result<descriptor> torrent_files::open_path(file_index file, standing where, bool writing) {
    const auto path = path_of(file, where);
    if (where == standing::shared) return fs_.open(path, open_for::reading);
    if (!tree_) return unexpected(os_error{ENOENT});
    if (!writing) return tree_->open(path, open_for::reading);
    auto opened = tree_->open(path, open_for::writing_or_new);
    if (opened || opened.error().number != ENOENT) return opened;
    std::vector<std::string> changed;
    const auto made = tree_->make_parents(path, changed);
    {
        const std::lock_guard lock(mutex_);
        changed_folders_.insert(changed.begin(), changed.end());
    }
    if (!made) return unexpected(made.error());
    return tree_->open(path, open_for::writing_or_new);
}

}  // namespace bt::storage
