// What this node tells its network of its torrents: at its own page, and registered with the network's
// trackers. Private torrents and unlisted shares never come here.
#include <algorithm>

#include "app/lan/lan_presence.hpp"
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

/// Without a page others find this node's torrents by hash, only not by name.
std::optional<std::uint16_t> running_session::open_page() {
    const auto connections = descriptor_plan::page_connections(net::descriptor_limit());
    lan_page::guests_fn guests;
    if (options_.guests != guest_view::none) {
        guests_ = std::make_unique<guest_site>(*this, host_name(), connections / 2,
                                               options_.guests == guest_view::all);
        guests = [this](const net::http_question& question) { return guests_->answer(question); };
    }
    page_ = std::make_unique<lan_page>(
        loop_, connections, [this] { return listed(); }, std::move(guests));
    const auto port = page_->listen(options_.ipv4, options_.ipv6, options_.bind);
    if (!port) return std::nullopt;
    page_port_ = *port;
    return *port;
}

bool running_session::has_guests() const { return page_port_ != 0 && guests_ && is_on_lan(); }

std::string running_session::guest_url() const {
    if (!has_guests()) return {};
    const auto own = addresses();
    const auto v4 =
        std::find_if(own.begin(), own.end(), [](const endpoint& at) { return at.address.is_v4(); });
    const auto best =
        own.empty() ? ip_address::v4(127, 0, 0, 1) : (v4 == own.end() ? own.front() : *v4).address;
    return "http://" + endpoint{best, page_port_}.to_string() + "/s/";
}

std::vector<tracker::catalogue_entry> running_session::listed() const {
    std::vector<tracker::catalogue_entry> list;
    for (const auto id : core_->torrents()) {
        if (!core_->is_listed(id)) continue;
        auto entry = entry_of(*core_->network().info(id));  // by the name that its metadata proves
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
    if (has_guests()) request.url += "?page=" + std::to_string(page_port_);
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
        request.post_body = tracker::registration_json(entry_of(*core_->network().info(what.torrent)));
    }
    // a tracker that does not list it is no trouble: it is asked again later
    http_.fetch(std::move(request), [](const net::http_result&) {});
}

}  // namespace bt::app
