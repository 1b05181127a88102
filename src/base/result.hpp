// The one name for "a value or why there is none". Rooms use their own error enum where the caller
// decides by kind (codecs), and `bt::error` where the reader is a person.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace bt {

/// What went wrong, in the classes a caller or a script can act on. The command line maps them to exit codes.
enum class errc {
    failure,     ///< anything that fits nowhere below
    usage,       ///< the caller asked for something that makes no sense
    not_found,   ///< no such torrent, file, name, peer
    bad_data,    ///< malformed torrent, magnet, bencode; data that fails its check
    storage,     ///< no space, no permission, I/O error
    occupied,    ///< something that is not ours stands in the place of a file or folder
    network,     ///< cannot bind, listen, resolve; no usable interface
    unfinished,  ///< gave up with part of the data
    no_node,     ///< no running node, or it does not answer
};

struct error {
    errc code = errc::failure;
    std::string message;  ///< for people: what is wrong, with the name of the thing
    std::string hint;     ///< for people: what to do about it; may be empty
    int number = 0;       ///< errno, where a call of the system failed and the caller may decide by it
};

template <class T, class E = error>
using result = tl::expected<T, E>;

using tl::unexpected;

inline unexpected<error> fail(errc code, std::string message, std::string hint = {}, int number = 0) {
    return unexpected<error>(error{code, std::move(message), std::move(hint), number});
}

}  // namespace bt
