// The vocabulary of the tests of whole streams: a stream is fed to a peer in parts, and what it makes of it
// is compared.
#pragma once

#include "conversation.hpp"

namespace bt::wire::test {

/// Cuts a stream: gives the length of the next part.
using cutter = std::function<std::size_t()>;

inline cutter parts_of(std::size_t size) {
    return [size] { return size; };
}
inline cutter random_parts(rng& luck, std::size_t longest) {
    return [&luck, longest] { return 1 + static_cast<std::size_t>(luck.below(longest)); };
}

// A part is handed over in memory of its own that is gone at the next one, as a socket's buffer is: a view
// that outlives its input reads what the address sanitizer reports, or the wrong checksum.
inline lines fed(peer& p, byte_view stream, const cutter& cut,
                 const std::function<void(const peer_event&)>& then = {}) {
    lines heard;
    while (!stream.empty()) {
        const auto size = std::min(stream.size(), cut());
        bytes part(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
        stream = stream.subspan(size);
        p.receive(start_time, part);
        while (auto e = p.poll()) {
            heard.push_back(text(*e));
            if (then) then(*e);
        }
        std::fill(part.begin(), part.end(), std::uint8_t{0xee});
    }
    return heard;
}

inline message block_message(const block_range& r, const bytes& data) {
    return piece{r.piece.value(), r.offset, data};
}

}  // namespace bt::wire::test
