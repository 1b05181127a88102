// What there is to share under a path. The rules for links, hidden and unfinished files: hash_files.hpp.
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "storage/file_system.hpp"
#include "storage/hash_files.hpp"
#include "storage/storage_error.hpp"

namespace bt::storage {
namespace {

using file_id = std::pair<dev_t, ino_t>;

struct free_memory {
    void operator()(char* text) const { std::free(text); }
};
struct close_folder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Absolute, without links; empty on an error (errno).
std::string real_path(const std::string& path) {
    const std::unique_ptr<char, free_memory> real(::realpath(path.c_str(), nullptr));
    return real ? real.get() : std::string();
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_beneath(const std::string& path, const std::string& root) {
    return root == "/" || path == root ||
           (path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/');
}

/// NAME.<8 hex>.part: what a download of ours is called until it is complete.
bool is_unfinished(const std::string& name) {
    constexpr std::string_view ending = ".part";
    if (name.size() < ending.size() + 10 || !name.ends_with(ending)) return false;
    const auto hex = name.substr(name.size() - ending.size() - 8, 8);
    return name[name.size() - ending.size() - 9] == '.' &&
           hex.find_first_not_of("0123456789abcdef") == std::string::npos;
}

class walker {
  public:
    walker(const std::vector<std::string>& globs, found_tree& out) : globs_(globs), out_(out) {}

    /// `real` is the walked thing itself; `elements` its place in the torrent.
    result<void> start(const std::string& real, std::vector<std::string> elements) {
        root_ = real;
        above_root_ = elements;
        struct stat facts = {};
        if (::stat(real.c_str(), &facts) != 0) return storage_fail({errno}, "read", real);
        if (S_ISREG(facts.st_mode)) return take(real, std::move(elements), facts);
        if (S_ISDIR(facts.st_mode)) return enter(real, elements, facts);
        return fail(errc::usage, quoted_path(real) + " is neither a file nor a folder");
    }

  private:
    result<void> enter(const std::string& folder, std::vector<std::string>& elements,
                       const struct stat& facts) {
        const file_id id{facts.st_dev, facts.st_ino};
        if (!above_.insert(id).second) {
            skip(folder, "the link leads back to a folder above it");
            return {};
        }
        if (!known_.insert(id).second && ++again_ > most_again)
            return fail(errc::usage, "links in " + quoted_path(root_) + " lead to " + quoted_path(folder) +
                                         " and others again and again");
        auto listed = list(folder, elements);
        above_.erase(id);
        return listed;
    }

    result<void> list(const std::string& folder, std::vector<std::string>& elements) {
        if (elements.size() > limits::directory_depth)
            return fail(errc::usage, quoted_path(folder) + " is deeper than " +
                                         std::to_string(limits::directory_depth) + " folders");
        const std::unique_ptr<DIR, close_folder> open(::opendir(folder.c_str()));
        if (!open) return storage_fail({errno}, "read folder", folder);
        std::vector<std::string> names;
        for (;;) {
            errno = 0;
            const auto* entry = ::readdir(open.get());
            if (!entry) {
                if (errno != 0) return storage_fail({errno}, "read folder", folder);
                break;
            }
            const std::string name = entry->d_name;
            if (name != "." && name != "..") names.push_back(name);
        }
        if (names.empty()) ++out_.empty_folders;
        std::sort(names.begin(), names.end());
        for (auto& name : names) {
            elements.push_back(std::move(name));
            auto looked = look(folder, elements);
            elements.pop_back();
            if (!looked) return looked;
        }
        return {};
    }

    result<void> look(const std::string& folder, std::vector<std::string>& elements) {
        const auto& name = elements.back();
        auto path = (folder == "/" ? std::string() : folder) + "/" + name;
        struct stat facts = {};
        if (::fstatat(AT_FDCWD, path.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) return {};  // gone since it was listed
            return storage_fail({errno}, "read", path);
        }
        if (excluded(elements) || excluded(place_of(path))) {
            skip(path, "excluded");
            return {};
        }
        if (is_unfinished(name)) {
            skip(path, "an unfinished download");
            return {};
        }
        if (S_ISLNK(facts.st_mode)) {
            const auto target = real_path(path);
            if (target.empty() || ::stat(target.c_str(), &facts) != 0) {
                skip(path, "the link leads nowhere");
                return {};
            }
            if (!is_beneath(target, root_)) {
                skip(path, "the link leads out of the folder");
                return {};
            }
            if (leads_to_excluded(target)) {
                skip(path, "the link leads to what is excluded");
                return {};
            }
            path = target;
        }
        if (S_ISDIR(facts.st_mode)) return enter(path, elements, facts);
        if (S_ISREG(facts.st_mode)) return take(path, elements, facts);
        skip(path, "neither a file nor a folder");
        return {};
    }

    result<void> take(const std::string& path, std::vector<std::string> elements, const struct stat& facts) {
        if (::access(path.c_str(), R_OK) != 0) return storage_fail({errno}, "read", path);
        if (out_.files.size() >= most_files)
            return fail(errc::usage,
                        "more than " + std::to_string(most_files) + " files in " + quoted_path(root_));
        found_file found;
        found.path = path;
        found.file.path = std::move(elements);
        found.file.size = static_cast<std::uint64_t>(facts.st_size);
        found.stamp = facts_of(facts).stamp();
        found.file.executable = (facts.st_mode & S_IXUSR) != 0;
        out_.total_bytes += found.file.size;
        out_.files.push_back(std::move(found));
        return {};
    }

    /// Of a real path beneath the walked thing: where it would be without links.
    std::vector<std::string> place_of(const std::string& real) const {
        auto elements = above_root_;
        for (auto begin = root_ == "/" ? 1 : root_.size() + 1; begin < real.size();) {
            const auto end = std::min(real.find('/', begin), real.size());
            elements.push_back(real.substr(begin, end - begin));
            begin = end + 1;
        }
        return elements;
    }

    /// A glob, or the rule for unfinished downloads, leaves it or a folder around it out.
    bool leads_to_excluded(const std::string& real) const {
        auto place = place_of(real);
        for (; place.size() > above_root_.size(); place.pop_back())
            if (excluded(place) || is_unfinished(place.back())) return true;
        return false;
    }

    bool excluded(const std::vector<std::string>& elements) const {
        if (globs_.empty()) return false;
        std::string path;
        for (const auto& element : elements) path += (path.empty() ? "" : "/") + element;
        return std::any_of(globs_.begin(), globs_.end(), [&](std::string glob) {
            while (glob.size() > 1 && glob.back() == '/') glob.pop_back();
            return ::fnmatch(glob.c_str(), path.c_str(), 0) == 0 ||
                   ::fnmatch(glob.c_str(), elements.back().c_str(), 0) == 0;
        });
    }

    void skip(const std::string& path, const std::string& why) {
        out_.skipped.push_back(printable(path, 4096) + ": " + why);
    }

    static constexpr std::size_t most_files = limits::bencode_file_tokens / 6;  // what a torrent can list
    // Two links in each folder to the next are as many ways as two to the power of the folders.
    static constexpr std::size_t most_again = 10'000;

    const std::vector<std::string>& globs_;
    found_tree& out_;
    std::string root_;
    std::vector<std::string> above_root_;  // its place in the torrent
    std::set<file_id> above_, known_;      // folders we are in, and were in
    std::size_t again_ = 0;
};

/// The order is torrent's to decide; the paths on disk follow it.
void put_in_torrent_order(found_tree& tree) {
    std::map<std::vector<std::string>, std::pair<std::string, file_stamp>> places;
    std::vector<torrent::source_file> files;
    for (auto& found : tree.files) {
        places[found.file.path] = {std::move(found.path), found.stamp};
        files.push_back(std::move(found.file));
    }
    torrent::sort_files(files);
    tree.files.clear();
    for (auto& file : files) {
        auto [path, stamp] = std::move(places[file.path]);
        tree.files.push_back({std::move(path), std::move(file), stamp});
    }
}

result<std::string> resolve(const std::string& path) {
    auto real = real_path(path);
    if (!real.empty()) return real;
    if (errno == ENOENT || errno == ENOTDIR)
        return fail(errc::not_found, "there is no " + quoted_path(path), "check the path");
    return storage_fail({errno}, "read", path);
}

/// The last element as the user wrote it; of the real folder for ".", ".." and the like.
std::string name_of(std::string path, const std::string& real) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    const auto base = base_name(path);
    return base.empty() || base == "." || base == ".." ? base_name(real) : base;
}

/// One path of several, or the only one.
class path_adder {
  public:
    path_adder(const std::vector<std::string>& globs, const std::string& name, bool several)
        : walk_one_(globs, out), name_(name), several_(several) {}

    result<void> add(const std::string& path) {
        auto real = resolve(path);
        if (!real) return unexpected(real.error());
        const auto own_name = name_of(path, *real);
        if (is_unfinished(own_name))
            return fail(errc::usage, quoted_path(path) + " is an unfinished download", "finish it first");
        if (own_name.empty() && name_.empty())
            return fail(errc::usage, quoted_path(path) + " has no name of its own", "give one with --name");
        struct stat facts = {};
        const bool folder = ::stat(real->c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
        std::vector<std::string> elements;
        if (several_) {
            if (own_name.empty() || !names_.insert(own_name).second)
                return fail(errc::usage, "two of the paths have the same name " + quoted_path(own_name),
                            "share the folder they are in, or rename one");
            elements.push_back(own_name);
        }
        out.multi_file = folder || several_;
        if (out.name.empty()) out.name = name_.empty() ? own_name : name_;
        return walk_one_.start(*real, std::move(elements));
    }

    found_tree out;

  private:
    walker walk_one_;
    const std::string& name_;
    const bool several_;
    std::set<std::string> names_;
};

}  // namespace

result<found_tree> walk(const std::vector<std::string>& paths, const std::string& name,
                        const std::vector<std::string>& exclude_globs) {
    if (paths.empty()) return fail(errc::usage, "nothing to share: no path was given");
    if (paths.size() > 1 && name.empty())
        return fail(errc::usage, "several paths become one torrent, which needs a name",
                    "give it with --name");
    path_adder all(exclude_globs, name, paths.size() > 1);
    std::optional<error> trouble;  // all that is wrong is said at once
    for (const auto& path : paths)
        if (auto added = all.add(path); !added && !trouble)
            trouble = added.error();
        else if (!added)
            trouble->message += "\n" + added.error().message;
    if (trouble) return unexpected<error>(std::move(*trouble));
    auto& out = all.out;
    if (out.total_bytes == 0) {
        const auto what = quoted_path(paths.size() == 1 ? paths.front() : out.name);
        if (!out.multi_file) return fail(errc::usage, what + " is empty: there is nothing to share");
        return fail(errc::usage,
                    "nothing to share in " + what + (out.files.empty() ? "" : ": all files in it are empty"));
    }
    if (out.empty_folders > 0)
        out.skipped.push_back(std::to_string(out.empty_folders) +
                              (out.empty_folders == 1 ? " empty folder is" : " empty folders are") +
                              " left out: a torrent has files only");
    put_in_torrent_order(out);
    return std::move(out);
}

}  // namespace bt::storage
