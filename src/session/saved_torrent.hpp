// A torrent of a session as it is written down, and added again in another run: what the user wished of it.
// What it remembers beside that (sums, peers, what its files hold) is resume data.
//
// Bencoded: {added, down, files: [select, first, last], folder, forced, kind, labels, name, paused, …}. The
// description (the info dictionary) is kept apart, since it does not change and may be large.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "session/wishes.hpp"
#include "torrent/metainfo.hpp"

namespace bt::session {

struct saved_torrent {
    session::request request;  ///< with the files that are wanted now
    bool paused = false, forced = false;
    std::uint64_t down_limit = 0, up_limit = 0;  ///< bytes per second; 0: none
    std::int64_t added = 0;                      ///< Unix seconds
    std::vector<std::string> labels = {};
    std::vector<std::string> renamed =
        {};                       ///< what its user calls its files, one path a file; empty: as they are
    std::string why_paused = {};  ///< where not its user paused it: told as its reason
    bool finished = false;        ///< and that is a rule for giving
    std::int64_t order = 0;       ///< of the additions: the later, the greater; 0: not known
    /// It ended by a trouble, and is paused: nothing is looked at before it is resumed, or the same trouble
    /// would end it again. Not written down.
    bool rests = false;
};

const info_hash& hash_of(const std::variant<torrent::magnet, torrent::metainfo>& target);
const info_hash& hash_of(const request& what);
/// Nothing for a link alone. With the names of its maker.
const torrent::info* info_of(const request& what);

bytes write_saved(const saved_torrent& what);
/// `info` is its description where that is known. errc::bad_data says what is wrong, also that a share has
/// none.
result<saved_torrent> read_saved(byte_view content, const std::optional<torrent::info>& info);

}  // namespace bt::session
