// What a person may write for a torrent.
#pragma once

#include <string>
#include <variant>

#include "base/outgoing.hpp"
#include "base/result.hpp"
#include "torrent/magnet.hpp"
#include "torrent/metainfo.hpp"

namespace bt::cli {

using target = std::variant<torrent::magnet, torrent::metainfo>;

/// A magnet link, magnet:HASH, a bare hash, an http(s) URL of a .torrent, a .torrent file, "-". Reads and
/// fetches, from where `way` allows.
result<target> read_target(const std::string& text, const outgoing& way = {});

/// How it is named before anything is known: the name in the link, else the beginning of the hash. Printable.
std::string first_name(const target& what);
info_hash hash_of(const target& what);

}  // namespace bt::cli
