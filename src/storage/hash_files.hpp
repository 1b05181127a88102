// From a path to a torrent: walk what is there, hash it with all cores, each byte read once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "torrent/create.hpp"
#include "torrent/file_stamp.hpp"

namespace bt::storage {

struct found_file {
    std::string path;           ///< absolute
    torrent::source_file file;  ///< its place in the torrent
    torrent::file_stamp stamp;  ///< before it was read
};
struct found_tree {
    std::string name;  ///< base name of the path, or as given
    bool multi_file = false;
    std::vector<found_file> files;  ///< in torrent order
    std::uint64_t total_bytes = 0;
    std::vector<std::string>
        skipped;  ///< sockets, devices, broken links, excluded: with the reason, for people
    std::size_t empty_folders = 0;
};

/// Walks one file or folder, or several into one torrent called `name`. Symbolic links to files and folders
/// inside are followed only when their target stays inside the walked folder and no glob leaves it out there;
/// cycles end. Hidden files count.
/// Errors name the path, of several each that is wrong: unreadable (errc::storage), missing
/// (errc::not_found), nothing to share (errc::usage). A file called *.part of an unfinished download of ours
/// is skipped.
result<found_tree> walk(const std::vector<std::string>& paths, const std::string& name,
                        const std::vector<std::string>& exclude_globs);

struct hash_options {
    std::uint64_t piece_bytes;
    unsigned threads = 0;  ///< 0: one per core; one if the disk spins
    std::function<void(std::uint64_t bytes_done)>
        progress;  ///< called from the calling thread, about 10 times a second
    const std::atomic<bool>* cancel = nullptr;
};
/// 20 bytes a piece, in the order of `tree.files`. Blocks until done. A file that changes size meanwhile is
/// an error.
result<bytes> hash(const found_tree& tree, const hash_options& options);

}  // namespace bt::storage
