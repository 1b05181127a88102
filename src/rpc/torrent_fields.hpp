// Private to this room. What `torrent-get` can tell of a torrent: one table, for both dialects, both formats
// and the documentation (docs/rpc.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "rpc/changes.hpp"
#include "rpc/dialect.hpp"
#include "rpc/host.hpp"
#include "rpc/torrent_wishes.hpp"

namespace bt::rpc {

/// A torrent while a request is answered. What costs is fetched for the first field that needs it.
struct torrent_at_hand {
    const host& node;
    const node_facts& facts;
    const torrent_view view;
    const torrent_wishes& wishes;
    const changes::times when;
    const std::size_t position;  ///< on the list
    const dialect how;
    mutable std::optional<std::optional<session::saved_torrent>> fetched = std::nullopt;
    mutable std::optional<std::vector<host::tracker>> asked_trackers = std::nullopt;

    const session::torrent_status& status() const { return view.status; }
    /// Nothing until the metadata is known.
    const torrent::info* info() const { return view.torrent == nullptr ? nullptr : &view.torrent->info; }
    const std::optional<session::saved_torrent>& saved() const;
    /// Its own, and those that were given with it.
    const std::vector<host::tracker>& trackers() const;
};

struct torrent_field {
    std::string_view name;  ///< in the old dialect
    json (*read)(const torrent_at_hand&);
    bool pieces = false;  ///< it needs to know how each piece stands
};

std::span<const torrent_field> torrent_fields();
/// By its name in the dialect.
const torrent_field* find_torrent_field(dialect how, std::string_view name);

}  // namespace bt::rpc
