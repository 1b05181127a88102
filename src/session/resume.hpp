// What a torrent remembers over a restart beside its files: the peers worth trying first, and how much went
// either way in all its runs, what the files hold, and the metadata. Bencoded: {down, held, peers, peers6,
// seen, up}, peers in compact form; the metadata is kept apart, since it does not change.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "torrent/held_files.hpp"
#include "torrent/metainfo.hpp"

namespace bt::session {

struct resume_data {
    std::uint64_t downloaded = 0, uploaded = 0;  ///< payload bytes
    std::int64_t seen = 0;                       ///< Unix seconds: when it ran last
    std::vector<endpoint> peers;                 ///< the best first; at most limits::saved_peers
    std::optional<torrent::held_files> held = {};
    std::optional<torrent::info> info = {};  ///< not written by write_resume()

    /// Of what is written.
    friend bool operator==(const resume_data& a, const resume_data& b) {
        return a.downloaded == b.downloaded && a.uploaded == b.uploaded && a.seen == b.seen &&
               a.peers == b.peers && a.held == b.held;
    }
};

bytes write_resume(const resume_data& memory);
/// errc::bad_data says what is wrong with it.
result<resume_data> read_resume(byte_view content);

}  // namespace bt::session
