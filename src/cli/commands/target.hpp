// What a person may write for a torrent.
#pragma once

#include <string>

#include "app/files/files.hpp"
#include "base/outgoing.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "session/saved_torrent.hpp"
#include "torrent/magnet.hpp"
#include "torrent/metainfo.hpp"

namespace bt::cli {

using target = app::link_or_torrent;

/// A magnet link, magnet:HASH, a bare hash, an http(s) URL of a .torrent, with whatever is wrapped around
/// it; a .torrent file; "-", where any of these but a file's name stands. Reads, and fetches within `timeout`
/// (0: its default), from where `way` allows.
result<target> read_target(const std::string& text, duration timeout, const outgoing& way = {});

/// How it is named before anything is known: the name in the link, else the beginning of the hash. Printable.
std::string first_name(const target& what);
using bt::session::hash_of;

}  // namespace bt::cli
