#include "storage/storage_error.hpp"

#include <cerrno>
#include <system_error>

#include "base/size_text.hpp"
#include "base/text.hpp"

namespace bt::storage {

bool is_absent(os_error cause) { return cause.number == ENOENT || cause.number == ENOTDIR; }
std::string quoted_path(const std::string& path) { return "'" + printable(path, 4096) + "'"; }

unexpected<error> too_large(const std::string& folder, std::uint64_t size, std::uint64_t most) {
    return fail(errc::storage,
                "a file of it has " + size_text(size) + ", and one may have " + size_text(most) +
                    " at most in " + quoted_path(folder),
                "choose a folder on another file system (FAT has this limit), or raise 'ulimit -f'");
}

unexpected<error> no_space(const std::string& folder, std::uint64_t missing, std::uint64_t free) {
    std::string message = "no space left on " + quoted_path(folder);
    if (missing > 0)
        message += ": " + size_text(missing) + " more are needed, " + size_text(free) + " are free";
    return fail(errc::storage, std::move(message), "free some space, or choose another folder");
}

unexpected<error> foreign_file(const std::string& path, const std::string& extent) {
    return fail(errc::occupied,
                quoted_path(path) + " exists and is not what this torrent says" +
                    (extent.empty() ? "" : " (" + extent + ")"),
                "'verify' of the .torrent file tells where; move it away, choose another folder, or replace "
                "it with --overwrite");
}

unexpected<error> in_the_way(const std::string& path, bool folder_expected) {
    return fail(errc::occupied,
                quoted_path(path) + " is in the way: it is not a " + (folder_expected ? "folder" : "file"),
                "move it away, or choose another folder");
}

unexpected<error> appeared(const std::string& path) {
    return fail(errc::occupied, quoted_path(path) + " appeared while the download ran; it was left alone",
                "move it away and start the same download again: nothing is lost");
}

unexpected<error> changed_meanwhile(const std::string& path) {
    return fail(
        errc::occupied,
        quoted_path(path) + " was changed by another program while the download ran; it was left alone",
        "start the same download again to replace it as it is now: nothing is lost");
}

unexpected<error> storage_fail(os_error cause, const std::string& what, const std::string& path) {
    const auto name = quoted_path(path);
    const auto cannot = "cannot " + what + " " + name + ": ";
    switch (cause.number) {
        case ENOSPC:
            return no_space(path, 0, 0);
        case EDQUOT:
            return fail(errc::storage, cannot + "your disk quota is used up",
                        "free some space, or choose another folder");
        case EFBIG:
            return fail(errc::storage, cannot + "the file is larger than the file system or a limit allows",
                        "choose a folder on another file system");
        case EROFS:
            return fail(errc::storage, cannot + "the file system is read-only", "choose another folder");
        case EACCES:
        case EPERM:
            return fail(errc::storage, cannot + "permission denied",
                        "check who owns it, or choose another folder");
        case EIO:
            return fail(errc::storage, cannot + "input/output error", "the disk may be failing");
        case ENAMETOOLONG:
            return fail(errc::storage, cannot + "the name is too long for this file system",
                        "choose a folder with a shorter path");
        case EMFILE:
        case ENFILE:
            return fail(errc::storage, cannot + "too many open files", "raise the limit (ulimit -n)");
        case ELOOP:
        case EXDEV:
            return fail(errc::storage, cannot + "a symbolic link is in the way",
                        "move it away, or choose another folder");
        case ENOTDIR:
        case EISDIR:
            return fail(errc::storage, cannot + "a file and a folder are in each other's way",
                        "move it away, or choose another folder");
        case ENOENT:
            return fail(errc::storage, cannot + "it is gone");
        default:
            return fail(errc::storage, cannot + std::generic_category().message(cause.number));
    }
}

}  // namespace bt::storage
