#include "storage/new_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/text.hpp"
#include "storage/names_on_disk.hpp"
#include "storage/storage_error.hpp"
#include "storage/tree.hpp"

namespace bt::storage {
namespace {

std::string top_of(const torrent::info& of) {
    const auto& path = of.files.front().path;
    return path.substr(0, path.find('/'));
}

/// A file under its name, or what a download has under the name it has until it is complete.
bool lies_there(const torrent::info& of, const tree& below) {
    if (below.look(part_name(of))) return true;
    if (!below.look(top_of(of))) return false;
    return std::any_of(of.files.begin(), of.files.end(), [&](const auto& file) {
        const auto facts = file.padding ? unexpected<os_error>({0}) : below.look(file.path);
        return facts && facts->kind == file_kind::regular;
    });
}

/// Links are followed; what is not there yet lies where its name says.
bool lies_within(const std::string& path, const std::string& folder) {
    std::error_code ignored;
    const auto inner = std::filesystem::weakly_canonical(path, ignored),
               outer = std::filesystem::weakly_canonical(folder, ignored);
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace

result<void> check_new_folder(const torrent::info& of, const std::string& old_folder,
                              const std::string& folder, bool finds, file_system& fs) {
    const auto own = old_folder + "/" + top_of(of);
    if (!finds && of.multi_file && lies_within(folder, own))
        return fail(errc::usage, quoted_path(own) + " cannot be moved into itself");
    if (!finds) return {};
    auto opened = fs.open(folder, open_for::listing);
    if (!opened && opened.error().number == ENOENT)
        return fail(errc::not_found, "there is no folder " + quoted_path(folder), "check the path");
    if (!opened) return storage_fail(opened.error(), "open folder", folder);
    const auto named = with_names_on_disk(of, folder, fs);
    if (lies_there(named ? *named : of, tree(fs, std::move(*opened)))) return {};
    return fail(errc::not_found, "nothing of " + quoted_path(of.name) + " lies in " + quoted_path(folder),
                "leave --find out to move the files there");
}

}  // namespace bt::storage
