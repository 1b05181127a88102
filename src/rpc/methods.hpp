// Private to this room. What the methods have in common: the node, and what clients set that it does not
// know.
#pragma once

#include <map>
#include <vector>

#include "rpc/changes.hpp"
#include "rpc/dialect.hpp"
#include "rpc/host.hpp"
#include "rpc/session_settings.hpp"
#include "rpc/torrent_wishes.hpp"

namespace bt::rpc {

struct context {
    host& node;
    changes& watched;
    session_settings& settings;
    std::map<std::uint32_t, torrent_wishes>& wishes;  ///< of those that have any

    const torrent_wishes& wishes_of(std::uint32_t number) const {
        static const torrent_wishes none;
        const auto found = wishes.find(number);
        return found == wishes.end() ? none : found->second;
    }
};

/// Those that `ids` means and that are on the list, each once; all where it is not given. What is unknown is
/// left out.
std::vector<std::uint32_t> meant(const context& in, const arguments& with);

outcome torrent_get(context& in, const arguments& with);
outcome torrent_add(context& in, const arguments& with);
outcome torrent_set(context& in, const arguments& with);
outcome torrent_remove(context& in, const arguments& with);
outcome torrent_start(context& in, const arguments& with);
outcome torrent_start_now(context& in, const arguments& with);
outcome torrent_stop(context& in, const arguments& with);
outcome torrent_verify(context& in, const arguments& with);
outcome torrent_reannounce(context& in, const arguments& with);

outcome session_get(context& in, const arguments& with);
outcome session_set(context& in, const arguments& with);
outcome session_stats(context& in, const arguments& with);
outcome session_close(context& in, const arguments& with);
outcome free_space(context& in, const arguments& with);
outcome group_get(context& in, const arguments& with);
/// What the node cannot do, in words.
outcome refuse_move(context& in, const arguments& with);
outcome refuse_rename(context& in, const arguments& with);
outcome refuse_queue(context& in, const arguments& with);
outcome refuse_port_test(context& in, const arguments& with);
outcome refuse_blocklist(context& in, const arguments& with);
outcome refuse_groups(context& in, const arguments& with);

}  // namespace bt::rpc
