// Private to this room. What the methods have in common: the node, and what clients set that it does not
// know.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "rpc/changes.hpp"
#include "rpc/dialect.hpp"
#include "rpc/host.hpp"
#include "rpc/kept.hpp"
#include "rpc/session_settings.hpp"

namespace bt::rpc {

/// A request stays as long as anything of it is needed.
using request_ptr = std::shared_ptr<const json>;
/// Called once; after the call that got it, or inside it.
using outcome_fn = std::function<void(outcome)>;

struct context {
    host& node;
    changes& watched;
    session_settings& settings;
    wishes_by_hash& wishes;  ///< of those that have any
    request_ptr request;     ///< what arguments refer to

    const torrent_wishes& wishes_of(const info_hash& hash) const {
        static const torrent_wishes none;
        const auto found = wishes.find(hash);
        return found == wishes.end() ? none : found->second;
    }
};

/// Several that each take their time: one answer, with the first trouble.
struct all_of_them {
    std::size_t open;
    outcome given;
    outcome_fn done;
    void take(outcome one) {
        if (!one.error.empty() && given.error.empty()) given = std::move(one);
        if (--open == 0) done(std::move(given));
    }
    void take(const result<void>& one) {
        take(one ? outcome{} : outcome::fails(code::system, one.error().message));
    }
};

/// Those that `ids` means and that are on the list, each once; all where it is not given. What is unknown is
/// left out.
std::vector<std::uint32_t> meant(const context& in, const arguments& with);

/// Those of `with`; the error, or what they are after the request.
outcome read_torrent_wishes(const arguments& with, torrent_wishes& to);
result<std::vector<std::string>> read_labels(const json& list);

/// How many connections a torrent has at most and whether the limits over all hold for it, by what clients
/// set.
void apply_bounds(host& node, const session_settings& settings, const wishes_by_hash& wishes,
                  std::uint32_t number);
void apply_bounds(host& node, const session_settings& settings, const wishes_by_hash& wishes);

/// What the node does otherwise, now that they are these.
void apply(host& node, const session_settings& before, const session_settings& now);

outcome torrent_get(context& in, const arguments& with);
void torrent_add(const context& in, const arguments& with, outcome_fn done);
void torrent_set(const context& in, const arguments& with, outcome_fn done);
void torrent_remove(const context& in, const arguments& with, outcome_fn done);
void torrent_set_location(const context& in, const arguments& with, outcome_fn done);
void torrent_rename_path(const context& in, const arguments& with, outcome_fn done);
outcome torrent_start(context& in, const arguments& with);
outcome torrent_start_now(context& in, const arguments& with);
outcome torrent_stop(context& in, const arguments& with);
outcome torrent_verify(context& in, const arguments& with);
outcome torrent_reannounce(context& in, const arguments& with);

outcome queue_move_top(context& in, const arguments& with);
outcome queue_move_up(context& in, const arguments& with);
outcome queue_move_down(context& in, const arguments& with);
outcome queue_move_bottom(context& in, const arguments& with);

outcome session_get(context& in, const arguments& with);
outcome session_set(context& in, const arguments& with);
outcome session_stats(context& in, const arguments& with);
outcome session_close(context& in, const arguments& with);
outcome free_space(context& in, const arguments& with);
outcome group_get(context& in, const arguments& with);

outcome lan_get(context& in, const arguments& with);
outcome dht_stats(context& in, const arguments& with);
outcome history_get(context& in, const arguments& with);
outcome log_get(context& in, const arguments& with);
void doctor_run(const context& in, const arguments& with, outcome_fn done);
outcome share(context& in, const arguments& with);
outcome torrent_create(context& in, const arguments& with);
outcome hashing_get(context& in, const arguments& with);
outcome hashing_stop(context& in, const arguments& with);
outcome upload_begin(context& in, const arguments& with);
void upload_part(const context& in, const arguments& with, outcome_fn done);
void upload_end(const context& in, const arguments& with, outcome_fn done);
outcome upload_cancel(context& in, const arguments& with);

/// What the node cannot do, in words.
outcome refuse_port_test(context& in, const arguments& with);
outcome refuse_blocklist(context& in, const arguments& with);
outcome refuse_groups(context& in, const arguments& with);

}  // namespace bt::rpc
