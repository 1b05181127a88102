// What a running node does with its torrents for commands: the control methods torrents and torrent_….
//
//   torrents           {"from": I}                  -> {"torrents": [from the I-th on], "count": N}
//                      {"hash": HEX}                -> {"torrents": [one, with its peers], "count": 1}
//   torrent_pause      {"hash": HEX}                -> {}
//   torrent_resume     {"hash": HEX, "now": true}   -> {}; now: beside the bound of the queue
//   torrent_remove     {"hash": HEX}                -> {}; the files stay
//                      {"hash": HEX, "delete": true} -> {"files", "bytes", "kept", "more_kept",
//                      "folder_left"}, when they are gone
//   torrent_reannounce {"hash": HEX}                -> {}
//   torrent_verify     {"hash": HEX}                -> {"check": N, "over": false, …}: begins one, if none
//   runs
//                      {"hash": HEX, "check": N}    -> {"check": N, "over": true, "bad": […], …}
//   torrent_set        {"hash": HEX, "download_limit": B, "upload_limit": B, "select": LIST, "first": LIST,
//                       "last": LIST}               -> {}; what is absent stays. With files {"choice": N,
//   "over": false}
//                      {"hash": HEX, "choice": N}   -> {"choice": N, "over": true}, or why it could not be
// and what torrent_details.hpp has.
#pragma once

#include "app/control/control_server.hpp"
#include "app/session.hpp"
#include "base/json.hpp"

namespace bt::app {

class torrent_control {
  public:
    explicit torrent_control(session& node) : node_(node) {}

    void add_methods(control_server& to);

  private:
    /// errc::not_found if there is none that is not over.
    result<torrent_id> find(const json& params) const;
    result<json> list(const json& params) const;
    result<json> verify(const json& params);
    result<json> set(const json& params);
    result<json> choice(torrent_id id, std::uint64_t number) const;

    session& node_;
};

}  // namespace bt::app
