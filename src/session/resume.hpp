// What a torrent remembers over a restart beside its files: the peers worth trying first, and how much went
// either way in all its runs. Bencoded: {down, peers, peers6, seen, up}, peers in compact form.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"

namespace bt::session {

struct resume_data {
    std::uint64_t downloaded = 0, uploaded = 0;  ///< payload bytes
    std::int64_t seen = 0;                       ///< Unix seconds: when it ran last
    std::vector<endpoint> peers;                 ///< the best first; at most limits::saved_peers

    friend bool operator==(const resume_data&, const resume_data&) = default;
};

bytes write_resume(const resume_data& memory);
/// errc::bad_data says what is wrong with it.
result<resume_data> read_resume(byte_view content);

}  // namespace bt::session
