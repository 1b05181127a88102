// What this node tells its network of its torrents: at its own page, and registered with the network's
// trackers. Private torrents and unlisted shares never come here.
#include "app/session/running_session.hpp"
#include "base/text.hpp"
#include "torrent/create.hpp"
#include "tracker/url.hpp"

namespace bt::app {
namespace {

constexpr net::http_limits register_limits = {64 * limits::KiB, 5s, 10s, 0};

tracker::catalogue_entry entry_of(const torrent::info& info) {
    tracker::catalogue_entry entry;
    entry.hash = info.hash;
    entry.name = printable(info.name);
    entry.total_size = info.payload_bytes();
    entry.file_count = 0;
    for (const auto& file : info.files) entry.file_count += file.padding ? 0u : 1u;
    return entry;
}

}  // namespace

std::vector<tracker::catalogue_entry> running_session::listed() const {
    std::vector<tracker::catalogue_entry> list;
    for (const auto id : core_->torrents()) {
        if (!core_->is_listed(id)) continue;
        auto entry = entry_of(core_->torrent(id)->info);
        entry.created = core_->torrent(id)->creation_date;
        (core_->network().swarm(id).has_everything() ? entry.seeders : entry.leechers) = 1;
        list.push_back(std::move(entry));
    }
    return list;
}

/// The whole .torrent where the tracker takes it, so that its hash proves the name; else what it says of
/// itself.
void running_session::register_share(const node::out::register_share& what) {
    const auto* torrent = core_->has(what.torrent) ? core_->torrent(what.torrent) : nullptr;
    if (torrent == nullptr) return;
    net::http_request request;
    request.url = tracker::url::at(tracker::scheme::http, what.tracker, "/api/v1/torrents").to_string();
    request.limits = register_limits;
    bytes file;
    if (torrent->info.raw.size() <= limits::lan_body_bytes)
        file = torrent::encode_torrent(
            {{}, torrent->web_seeds, torrent->comment, torrent->created_by, torrent->creation_date},
            torrent->info.raw);
    if (!file.empty() && file.size() <= limits::lan_body_bytes) {
        request.post_type = "application/x-bittorrent";
        request.post_body = as_text(file);
    } else {
        request.post_type = "application/json";
        request.post_body = tracker::registration_json(entry_of(torrent->info));
    }
    // a tracker that does not list it is no trouble: it is asked again later
    http_.fetch(std::move(request), [](const net::http_result&) {});
}

}  // namespace bt::app
