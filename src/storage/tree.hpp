// Work on names beneath one folder, made of the file system's single steps. Paths are relative, '/' between
// elements; none ever leads through a symbolic link.
#pragma once

#include <string>
#include <vector>

#include "storage/file_system.hpp"

namespace bt::storage {

class tree {
  public:
    tree(file_system& fs, descriptor folder) : fs_(fs), folder_(std::move(folder)) {}

    int folder() const { return folder_.get(); }
    os_result<descriptor> open(const std::string& path, open_for how) const;
    os_result<file_facts> look(const std::string& path) const;
    /// Every folder on the way to `path`, not `path` itself. Tells which folders got a new entry.
    os_result<void> make_parents(const std::string& path, std::vector<std::string>& changed) const;
    os_result<void> make_folder(const std::string& path) const;
    os_result<void> remove_file(const std::string& path) const;
    os_result<void> remove_folder(const std::string& path) const;
    os_result<void> rename_new(const std::string& from, const std::string& to) const;
    os_result<void> rename_over(const std::string& from, const std::string& to) const;
    /// The same into another tree.
    os_result<void> rename_new(const std::string& from, const tree& other, const std::string& to) const;
    os_result<void> sync_folder(const std::string& path) const;

    static std::string parent_of(const std::string& path);  ///< "" for the folder itself

  private:
    struct place;
    os_result<place> place_of(const std::string& path) const;

    file_system& fs_;
    descriptor folder_;
};

/// An absolute path whose folder may have been reached through links: where that really is.
std::string without_links(const std::string& path);

}  // namespace bt::storage
