#include "storage/tree.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace bt::storage {

/// A name in an open folder.
struct tree::place {
    descriptor held;  // empty when the folder is the tree's own
    int folder;
    std::string name;
};

std::string tree::parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

os_result<tree::place> tree::place_of(const std::string& path) const {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return place{{}, folder(), path};
    auto parent = fs_.open_beneath(folder(), path.substr(0, slash), open_for::listing);
    if (!parent) return unexpected(parent.error());
    const int fd = parent->get();
    return place{std::move(*parent), fd, path.substr(slash + 1)};
}

os_result<descriptor> tree::open(const std::string& path, open_for how) const {
    return fs_.open_beneath(folder(), path, how);
}

os_result<file_facts> tree::look(const std::string& path) const {
    auto opened = open(path, open_for::looking);
    if (!opened) return unexpected(opened.error());
    return fs_.facts(opened->get());
}

os_result<void> tree::make_parents(const std::string& path, std::vector<std::string>& changed) const {
    const auto parent = parent_of(path);
    if (parent.empty()) return {};
    auto made = make_folder(parent);
    if (!made && made.error().number == ENOENT) {
        if (auto above = make_parents(parent, changed); !above) return above;
        made = make_folder(parent);
    }
    if (made)
        changed.push_back(parent_of(parent));
    else if (made.error().number == EEXIST)
        return {};  // if it is no folder, opening beneath it says so
    return made;
}

os_result<void> tree::make_folder(const std::string& path) const {
    auto at = place_of(path);
    if (!at) return unexpected(at.error());
    return fs_.make_folder(at->folder, at->name);
}

os_result<void> tree::remove_file(const std::string& path) const {
    auto at = place_of(path);
    if (!at) return unexpected(at.error());
    return fs_.remove_file(at->folder, at->name);
}

os_result<void> tree::remove_folder(const std::string& path) const {
    auto at = place_of(path);
    if (!at) return unexpected(at.error());
    return fs_.remove_folder(at->folder, at->name);
}

os_result<void> tree::rename_new(const std::string& from, const std::string& to) const {
    return rename_new(from, *this, to);
}

os_result<void> tree::rename_new(const std::string& from, const tree& other, const std::string& to) const {
    auto old_place = place_of(from);
    if (!old_place) return unexpected(old_place.error());
    auto new_place = other.place_of(to);
    if (!new_place) return unexpected(new_place.error());
    return fs_.rename_new(old_place->folder, old_place->name, new_place->folder, new_place->name);
}

os_result<void> tree::rename_over(const std::string& from, const std::string& to) const {
    auto old_place = place_of(from);
    if (!old_place) return unexpected(old_place.error());
    auto new_place = place_of(to);
    if (!new_place) return unexpected(new_place.error());
    return fs_.rename_over(old_place->folder, old_place->name, new_place->folder, new_place->name);
}

os_result<void> tree::sync_folder(const std::string& path) const {
    if (path.empty()) {
        auto self = fs_.open_beneath(folder(), ".", open_for::listing);
        if (!self) return unexpected(self.error());
        return fs_.sync_folder(self->get());
    }
    auto opened = open(path, open_for::listing);
    if (!opened) return unexpected(opened.error());
    return fs_.sync_folder(opened->get());
}

std::string without_links(const std::string& path) {
    const std::filesystem::path whole(path);
    std::error_code trouble;
    const auto folder = std::filesystem::canonical(whole.parent_path(), trouble);
    return trouble ? path : (folder / whole.filename()).string();
}

}  // namespace bt::storage
