#include "rpc/torrent_fields.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.hpp"
#include "rpc/rates.hpp"
#include "rpc/seed_limits.hpp"
#include "rpc/torrent_parts.hpp"
#include "torrent/magnet.hpp"

namespace bt::rpc {
namespace {

using at = const torrent_at_hand&;

std::uint64_t left_of(at t) { return t.status().size - std::min(t.status().have, t.status().size); }
double part(std::uint64_t of, std::uint64_t whole) {
    if (whole == 0) return 0;
    return std::floor(static_cast<double>(of) / static_cast<double>(whole) * 10'000) / 10'000;
}
bool is_complete(at t) { return t.info() != nullptr && left_of(t) == 0; }
json percent_done(at t) {
    if (is_complete(t)) return 1.0;
    return std::min(part(t.status().have, t.status().size), 1.0);
}
json eta(at t) {
    if (is_complete(t) || status_of(t) != 4) return -1;
    const auto seconds = session::eta_of(t.status());
    return seconds < 0 ? std::int64_t{-2} : seconds;
}
json ratio(at t) {
    const auto ratio = ratio_of(t.status());
    return ratio < 0 ? json(-1) : json(std::round(ratio * 10'000) / 10'000);
}
json magnet_link(at t) {
    torrent::magnet link;
    link.hash = t.status().hash;
    link.name = t.status().name;
    for (const auto& each : t.trackers()) link.trackers.push_back(each.is.url);
    return link.to_uri();
}
json is_sequential(at t) {
    const auto* get = t.saved() ? std::get_if<session::get_request>(&t.saved()->request) : nullptr;
    return get != nullptr && get->sequential;
}
json labels(at t) {
    json::array list;
    for (const auto& each : t.view.labels) list.emplace_back(each);
    return list;
}
json name(at t) {
    return t.status().name.empty() ? json(to_hex(t.status().hash.span())) : json(t.status().name);
}
json error_string(at t) { return t.view.trouble.empty() ? t.status().tracker_message : t.view.trouble; }
json count_peers(at t, std::uint64_t session::peer_status::*rate) {
    return std::count_if(t.status().peers.begin(), t.status().peers.end(),
                         [rate](const auto& peer) { return peer.*rate > 0; });
}
json start_date(at t) { return status_of(t) == 0 ? std::int64_t{0} : std::max(t.facts.since, t.view.added); }
json peer_limit(at t) {
    return t.wishes.peer_limit > 0 ? t.wishes.peer_limit : static_cast<std::int64_t>(t.facts.peers);
}
json down_limit(at t) {
    const auto limit = t.status().down_limit;
    return limit == 0 ? json(t.wishes.down_limit) : json(kilobytes(limit));
}
json up_limit(at t) {
    const auto limit = t.status().up_limit;
    return limit == 0 ? json(t.wishes.up_limit) : json(kilobytes(limit));
}
json creator(at t) { return t.view.torrent == nullptr ? "" : t.view.torrent->created_by; }
json comment(at t) { return t.view.torrent == nullptr ? "" : t.view.torrent->comment; }
json created(at t) { return t.view.torrent == nullptr ? 0 : t.view.torrent->creation_date.value_or(0); }
json empty_list(at) { return json::array{}; }
json zero(at) { return 0; }
json unknown(at) { return -1; }
json no_text(at) { return ""; }

// Those of Transmission in the order of the alphabet.
constexpr torrent_field fields[] = {
    {"activityDate", [](at t) -> json { return t.when.moved; }},
    {"addedDate", [](at t) -> json { return t.view.added; }},
    {"availability", availability_of, true},
    {"bandwidthPriority", [](at t) -> json { return t.wishes.bandwidth_priority; }},
    {"bytesCompleted",
     [](at t) {
         json::array list;
         const auto files = file_stats_of(t);
         for (const auto& each : *files.elements()) list.emplace_back(each.members()->front().second);
         return json(std::move(list));
     },
     true},
    {"comment", comment},
    {"corruptEver", [](at t) -> json { return t.status().wasted; }},
    {"creator", creator},
    {"dateCreated", created},
    {"desiredAvailable", [](at t) -> json { return desired_available(t); }, true},
    {"doneDate", [](at t) -> json { return t.when.done; }},
    {"downloadDir", [](at t) -> json { return t.status().folder; }},
    {"downloadLimit", down_limit},
    {"downloadLimited", [](at t) -> json { return t.status().down_limit > 0; }},
    {"downloadedEver", [](at t) -> json { return t.status().downloaded_ever; }},
    {"editDate", zero},
    {"error", [](at t) -> json { return error_of(t); }},
    {"errorString", error_string},
    {"eta", eta},
    {"etaIdle", unknown},
    {"file-count", [](at t) -> json { return t.info() == nullptr ? 0 : t.info()->file_count(); }},
    {"fileStats", file_stats_of, true},
    {"files", files_of, true},
    {"group", no_text},
    {"hashString", [](at t) -> json { return to_hex(t.status().hash.span()); }},
    {"haveUnchecked", zero},
    {"haveValid", [](at t) -> json { return t.status().have; }},
    {"honorsSessionLimits", [](at t) -> json { return t.wishes.honors_session_limits; }},
    {"id", [](at t) -> json { return t.view.number; }},
    {"isFinished", [](at t) -> json { return t.view.finished; }},
    {"isPrivate", [](at t) -> json { return t.status().is_private; }},
    {"isStalled", [](at t) -> json { return t.status().state == session::torrent_state::stalled; }},
    {"labels", labels},
    {"leftUntilDone", [](at t) -> json { return left_of(t); }},
    {"magnetLink", magnet_link},
    {"manualAnnounceTime", unknown},
    {"maxConnectedPeers", peer_limit},
    {"metadataPercentComplete", [](at t) -> json { return t.info() == nullptr ? 0.0 : 1.0; }},
    {"name", name},
    {"peer-limit", peer_limit},
    {"peers", peers_of},
    {"peersConnected", [](at t) -> json { return t.status().peers.size(); }},
    {"peersFrom", peer_sources_of},
    {"peersGettingFromUs", [](at t) { return count_peers(t, &session::peer_status::rate_up); }},
    {"peersSendingToUs", [](at t) { return count_peers(t, &session::peer_status::rate_down); }},
    {"percentComplete",
     [](at t) -> json {
         return t.info() == nullptr ? 0.0 : part(t.status().have, t.info()->payload_bytes());
     }},
    {"percentDone", percent_done},
    {"pieceCount", [](at t) -> json { return t.status().piece_count; }},
    {"pieceSize", [](at t) -> json { return t.status().piece_bytes; }},
    {"pieces", pieces_of, true},
    {"primary-mime-type", [](at) -> json { return "application/octet-stream"; }},
    {"priorities", priorities_of},
    {"queuePosition", [](at t) -> json { return t.position; }},
    {"rateDownload", [](at t) -> json { return t.status().rate_down; }},
    {"rateUpload", [](at t) -> json { return t.status().rate_up; }},
    {"recheckProgress", [](at t) -> json { return t.view.checked; }},
    {"secondsDownloading", zero},
    {"secondsSeeding", zero},
    {"seedIdleLimit", [](at t) -> json { return t.wishes.seed_idle_limit; }},
    {"seedIdleMode", [](at t) -> json { return t.wishes.seed_idle_mode; }},
    {"seedRatioLimit", [](at t) -> json { return t.wishes.seed_ratio_limit; }},
    {"seedRatioMode", [](at t) -> json { return t.wishes.seed_ratio_mode; }},
    {"sequential_download", is_sequential},
    {"sequential_download_from_piece", zero},
    {"sizeWhenDone", [](at t) -> json { return t.status().size; }},
    {"source", [](at t) -> json { return t.info() == nullptr ? "" : t.info()->source; }},
    {"startDate", start_date},
    {"status", [](at t) -> json { return status_of(t); }},
    {"torrentFile", no_text},
    {"totalSize", [](at t) -> json { return t.info() == nullptr ? 0 : t.info()->payload_bytes(); }},
    {"trackerList", tracker_list_of},
    {"trackerStats", tracker_stats_of},
    {"trackers", trackers_of},
    {"uploadLimit", up_limit},
    {"uploadLimited", [](at t) -> json { return t.status().up_limit > 0; }},
    {"uploadRatio", ratio},
    {"uploadedEver", [](at t) -> json { return t.status().uploaded_ever; }},
    {"wanted", wanted_of},
    {"webseeds", web_seeds_of},
    {"webseedsSendingToUs", zero},
    {"webseeds_ex", empty_list},
    // our own, with the same name in both dialects
    {"active_pieces", active_pieces_of, true},
    {"command", command_of},
    {"is_share", [](at t) -> json { return t.status().shared; }},
    {"lan_machines_connected", [](at t) { return machines_of(t, true); }},
    {"machines_connected", [](at t) { return machines_of(t, false); }},
    {"share_url", [](at t) -> json { return t.view.share_url; }},
    {"reason", [](at t) -> json { return t.status().reason; }},
    {"state", [](at t) -> json { return session::to_string(t.status().state); }},
};

}  // namespace

const std::optional<session::saved_torrent>& torrent_at_hand::saved() const {
    if (!fetched) fetched = node.saved(view.number);
    return *fetched;
}

const std::vector<host::tracker>& torrent_at_hand::trackers() const {
    if (!asked_trackers) asked_trackers = node.trackers(view.number);
    return *asked_trackers;
}

std::span<const torrent_field> torrent_fields() { return fields; }

const torrent_field* find_torrent_field(dialect how, std::string_view name) {
    static const auto index = [] {
        std::map<std::pair<dialect, std::string>, const torrent_field*, std::less<>> all;
        for (const auto& each : fields)
            for (const auto known : {dialect::old, dialect::json_rpc})
                all.emplace(std::pair(known, name_in(known, each.name)), &each);
        return all;
    }();
    const auto found = index.find(std::pair(how, std::string(name)));
    return found == index.end() ? nullptr : found->second;
}

}  // namespace bt::rpc
