#include "rpc/torrent_parts.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "session/selection.hpp"
#include "session/verified_bytes.hpp"
#include "torrent/piece_set.hpp"
#include "torrent/short_target.hpp"

namespace bt::rpc {
namespace {

using session::piece_state;
using session::torrent_state;

/// An object whose names are those of the dialect.
class object_in {
  public:
    explicit object_in(dialect how) : how_(how) {}
    object_in& operator()(std::string_view old_name, json value) {
        members_.emplace_back(name_in(how_, old_name), std::move(value));
        return *this;
    }
    json done() { return std::move(members_); }

  private:
    dialect how_;
    json::object members_;
};

std::vector<swarm::priority> chosen(const torrent_at_hand& t) {
    auto priorities = session::file_priorities(*t.info(), t.status().files);
    if (priorities) return std::move(*priorities);
    return std::vector(t.info()->files.size(), swarm::priority::normal);
}

int number_of(swarm::priority priority) {
    switch (priority) {
        case swarm::priority::low:
            return -1;
        case swarm::priority::high:
            return 1;
        case swarm::priority::skip:
        case swarm::priority::normal:
            break;
    }
    return 0;
}

/// `each` gets the file, its verified bytes and its priority; what it gives makes the list.
template <class F>
json list_files(const torrent_at_hand& t, F&& each) {
    json::array list;
    if (t.info() == nullptr) return list;
    const auto priorities = chosen(t);
    session::verified_bytes verified(t.status().pieces, t.info()->shape.piece_bytes());
    for (std::size_t i = 0; i < t.info()->files.size(); ++i) {
        const auto& file = t.info()->files[i];
        if (file.padding) continue;
        list.push_back(each(file, verified.of(file), priorities[i]));
    }
    return list;
}

/// "http://www.tracker.example:80/announce" -> "www.tracker.example".
std::string host_of(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const auto user = url.rfind('@'); user != url.npos) url.remove_prefix(user + 1);
    if (url.starts_with('[')) return std::string(url.substr(0, url.find(']') + 1));
    return std::string(url.substr(0, url.rfind(':')));
}

/// The word of a host that people know it by: "www.tracker.example" -> "tracker".
std::string site_of(const std::string& host) {
    const auto last = host.rfind('.');
    if (host.starts_with('[') || last == host.npos || last == 0) return host;
    if (host.find_first_not_of("0123456789.") == host.npos) return host;
    const auto before = host.rfind('.', last - 1);
    return host.substr(before == host.npos ? 0 : before + 1, last - (before == host.npos ? 0 : before + 1));
}

/// Of a tracker that follows the convention (BEP 48); else nothing.
std::string scrape_of(std::string_view announce) {
    constexpr std::string_view word = "announce";
    if (announce.starts_with("udp:")) return std::string(announce);
    const auto slash = announce.rfind('/');
    if (slash == announce.npos || !announce.substr(slash + 1).starts_with(word)) return {};
    return std::string(announce.substr(0, slash + 1)) + "scrape" +
           std::string(announce.substr(slash + 1 + word.size()));
}

template <class F>
json list_trackers(const torrent_at_hand& t, F&& each) {
    json::array list;
    for (const auto& one : t.trackers()) list.push_back(each(one));
    return list;
}

json count_of(const std::optional<std::uint64_t>& count) { return count ? json(*count) : json(-1); }

std::string flags_of(const session::peer_status& peer) {
    std::string flags;
    if (peer.optimistic) flags += 'O';
    if (peer.we_want) flags += peer.rate_down > 0 ? 'D' : peer.we_are_choked ? 'd' : 'K';
    if (peer.they_want) flags += peer.rate_up > 0 ? 'U' : 'u';
    if (!peer.they_want && !peer.they_are_choked) flags += '?';
    if (peer.source == "dht") flags += 'H';
    if (peer.source == "exchange") flags += 'X';
    if (peer.incoming) flags += 'I';
    return flags;
}

}  // namespace

json files_of(const torrent_at_hand& t) {
    return list_files(t, [&](const torrent::file_entry& file, std::uint64_t have, swarm::priority) {
        const std::uint64_t piece_bytes = t.info()->shape.piece_bytes();
        const auto end = file.begin + std::max<std::uint64_t>(file.size, 1);
        return object_in(t.how)("bytesCompleted", have)("length", file.size)("name", file.path)(
                   "begin_piece", file.begin / piece_bytes)("end_piece", (end - 1) / piece_bytes + 1)
            .done();
    });
}

json file_stats_of(const torrent_at_hand& t) {
    return list_files(t, [&](const torrent::file_entry&, std::uint64_t have, swarm::priority how) {
        return object_in(t.how)("bytesCompleted", have)("wanted", how != swarm::priority::skip)(
                   "priority", number_of(how))
            .done();
    });
}

json priorities_of(const torrent_at_hand& t) {
    return list_files(t, [](const torrent::file_entry&, std::uint64_t, swarm::priority how) -> json {
        return number_of(how);
    });
}

json wanted_of(const torrent_at_hand& t) {
    return list_files(t, [&](const torrent::file_entry&, std::uint64_t, swarm::priority how) -> json {
        const bool wanted = how != swarm::priority::skip;
        return t.how == dialect::old ? json(wanted ? 1 : 0) : json(wanted);
    });
}

json peers_of(const torrent_at_hand& t) {
    json::array list;
    for (const auto& peer : t.status().peers)
        list.push_back(
            object_in(t.how)("address", peer.address.address.to_string())("clientName", peer.client)(
                "clientIsChoked", peer.we_are_choked)("clientIsInterested", peer.we_want)(
                "flagStr", flags_of(peer))("isDownloadingFrom", peer.rate_down > 0)("isEncrypted", false)(
                "isIncoming", peer.incoming)("isUploadingTo", peer.rate_up > 0)("isUTP", false)(
                "peerIsChoked", peer.they_are_choked)("peerIsInterested", peer.they_want)(
                "port", peer.address.port)("progress", peer.progress)("rateToClient", peer.rate_down)(
                "rateToPeer", peer.rate_up)("is_lan", peer.near)("machine", peer.machine.to_string())(
                "source", peer.source)
                .done());
    return list;
}

json peer_sources_of(const torrent_at_hand& t) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> sources = {
        {{"fromCache", "saved"},
         {"fromDht", "dht"},
         {"fromIncoming", "incoming"},
         {"fromLpd", "lan"},
         {"fromLtep", "user"},
         {"fromPex", "exchange"},
         {"fromTracker", "tracker"}}};
    object_in counts(t.how);
    for (const auto& [name, source] : sources)
        counts(name, std::count_if(t.status().peers.begin(), t.status().peers.end(),
                                   [word = source](const auto& peer) { return peer.source == word; }));
    return counts.done();
}

json trackers_of(const torrent_at_hand& t) {
    return list_trackers(t, [&](const host::tracker& one) {
        const auto& url = one.is.url;
        return object_in(t.how)("announce", url)("id", one.is.number)("scrape", scrape_of(url))(
                   "sitename", site_of(host_of(url)))("tier", one.is.tier)
            .done();
    });
}

/// 0: it is not asked, 1: it waits for its time, 3: it is being asked.
int announce_state_of(const torrent_at_hand& t, const host::tracker& one) {
    if (one.is.asking) return 3;
    const bool runs = status_of(t) == 4 || status_of(t) == 6;
    return runs && one.next > 0 ? 1 : 0;
}

json tracker_stats_of(const torrent_at_hand& t) {
    return list_trackers(t, [&](const host::tracker& one) {
        const auto& url = one.is.url;
        const bool heard = one.answered > 0;
        object_in stats(t.how);
        stats("announce", url)("announceState", announce_state_of(t, one))("downloadCount", -1)(
            "downloader_count", -1)("hasAnnounced", heard)("host", host_of(url))("id", one.is.number)(
            "isBackup", false)("lastAnnouncePeerCount", one.is.peers)(
            "lastAnnounceResult", heard && one.is.working && one.is.message.empty()
                                      ? "Success"
                                      : one.is.message)("lastAnnounceStartTime", one.asked)(
            "lastAnnounceSucceeded", heard && one.is.working)("lastAnnounceTime", one.answered)(
            "lastAnnounceTimedOut", heard && !one.is.working && one.is.message.ends_with("no answer"))(
            "leecherCount", count_of(one.is.leechers))("nextAnnounceTime", one.next)(
            "scrape", scrape_of(url))("seederCount", count_of(one.is.seeders))(
            "sitename", site_of(host_of(url)))("tier", one.is.tier);
        // what an announce says is all that is asked for
        for (const auto* name : {"hasScraped", "lastScrapeSucceeded", "lastScrapeTimedOut"})
            stats(name, false);
        for (const auto* name : {"lastScrapeStartTime", "lastScrapeTime", "nextScrapeTime", "scrapeState"})
            stats(name, 0);
        return stats("lastScrapeResult", "").done();
    });
}

json tracker_list_of(const torrent_at_hand& t) {
    std::string list;
    std::size_t tier = 0;
    for (const auto& each : t.trackers()) {
        if (!list.empty() && each.is.tier != tier) list += '\n';
        tier = each.is.tier;
        list += each.is.url + '\n';
    }
    return list;
}

json web_seeds_of(const torrent_at_hand& t) {
    json::array list;
    if (t.view.torrent != nullptr)
        for (const auto& url : t.view.torrent->web_seeds) list.emplace_back(url);
    return list;
}

json pieces_of(const torrent_at_hand& t) {
    const auto& states = t.status().pieces;
    torrent::piece_set have(static_cast<std::uint32_t>(states.size()));
    for (std::uint32_t i = 0; i < have.size(); ++i)
        if (states[i] == piece_state::have) have.insert(piece_index(i));
    return to_base64(have.to_wire());
}

json availability_of(const torrent_at_hand& t) {
    json::array list;
    const auto& s = t.status();
    for (std::size_t i = 0; i < s.pieces.size(); ++i)
        list.emplace_back(s.pieces[i] == piece_state::have ? -1 : i < s.copies.size() ? int{s.copies[i]} : 0);
    return list;
}

json active_pieces_of(const torrent_at_hand& t) {
    json::array list;
    const auto& states = t.status().pieces;
    for (std::size_t i = 0; i < states.size(); ++i)
        if (states[i] == piece_state::active) list.emplace_back(i);
    return list;
}

json machines_of(const torrent_at_hand& t, bool near_alone) {
    std::set<ip_address> machines;
    for (const auto& peer : t.status().peers)
        if (peer.near || !near_alone) machines.insert(peer.machine);
    return machines.size();
}

json command_of(const torrent_at_hand& t) {
    const auto* share = t.saved() ? std::get_if<session::share_request>(&t.saved()->request) : nullptr;
    const bool unlisted = t.status().is_private || (share != nullptr && share->unlisted);
    return std::string(program_name) + " get " +
           (t.info() == nullptr ? to_hex(t.status().hash.span())
                                : torrent::short_target(*t.info(), unlisted));
}

std::uint64_t desired_available(const torrent_at_hand& t) {
    const auto& s = t.status();
    const auto left = s.size - std::min(s.have, s.size);
    if (t.info() == nullptr || s.peers.empty()) return 0;
    std::uint64_t unavailable = 0;
    for (std::size_t i = 0; i < s.pieces.size(); ++i)
        if (s.pieces[i] == piece_state::unavailable)
            unavailable += t.info()->shape.piece_size(piece_index(static_cast<std::uint32_t>(i)));
    return left - std::min(unavailable, left);
}

int error_of(const torrent_at_hand& t) {
    if (!t.view.trouble.empty()) return 3;
    return t.status().tracker_message.empty() ? 0 : 2;
}

int status_of(const torrent_at_hand& t) {
    const auto& s = t.status();
    const bool complete = t.info() != nullptr && s.have >= s.size;
    switch (s.state) {
        case torrent_state::checking:
            return 2;
        case torrent_state::queued:
            return complete ? 5 : 3;
        case torrent_state::finding:
        case torrent_state::downloading:
        case torrent_state::stalled:
            return 4;
        case torrent_state::sharing:
            return 6;
        case torrent_state::paused:
        case torrent_state::finished:
        case torrent_state::error:
            break;
    }
    return 0;
}

}  // namespace bt::rpc
