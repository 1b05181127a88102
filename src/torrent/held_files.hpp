// What a torrent's files hold for certain, as it is kept over a restart: the pieces that are made durable,
// and what each file was like then. A file that is still like that need not be hashed to be believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/shared_list.hpp"
#include "torrent/file_stamp.hpp"
#include "torrent/piece_set.hpp"

namespace bt::torrent {

struct held_files {
    std::uint64_t number = 0;   ///< grows from one to the next of a torrent
    std::int64_t taken_ns = 0;  ///< in the time of file stamps
    std::string boot;           ///< the run of the system; empty where it does not say
    piece_set pieces;
    /// Per file; nothing: not there, or not to be believed. Copies share it.
    shared_list<std::optional<file_stamp>> files;

    friend bool operator==(const held_files&, const held_files&) = default;
};

bytes write_held(const held_files& held);
/// errc::bad_data if it is none.
result<held_files> read_held(byte_view content);

}  // namespace bt::torrent
