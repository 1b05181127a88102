// Announce and scrape over HTTP. Answers are written as they go out, keys in order (BEP 3); a refusal is an
// answer like any other, with status 200, as clients read the body of nothing else.
#include <algorithm>
#include <charconv>

#include "tracker/server/server_impl.hpp"

namespace bt::tracker {
namespace {

constexpr std::string_view bencoded = "text/plain";
constexpr std::string_view no_store = "Cache-Control: no-store\r\n";
constexpr std::size_t usual_numwant = 50;

void add_number(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void add_integer(std::string& out, std::string_view key, std::uint64_t value) {
    out += key;
    out += 'i';
    add_number(out, value);
    out += 'e';
}

void add_string(std::string& out, std::string_view text) {
    add_number(out, text.size());
    out += ':';
    out += text;
}

http_answer refuse(const refusal& why) {
    http_answer answer{200, bencoded, {}, no_store};
    answer.body = "d14:failure reason";
    add_string(answer.body, why.text);
    if (why.retry_minutes == refusal::never) answer.body += "8:retry in5:never";
    if (why.retry_minutes >= 0)
        add_integer(answer.body, "8:retry in", static_cast<std::uint64_t>(why.retry_minutes));
    answer.body += 'e';
    return answer;
}

}  // namespace

peer_announce server::impl::said_by(const announce_question& asked, const asker& who,
                                    const endpoint& from) const {
    peer_announce said;
    said.hash = asked.hash;
    said.id = asked.id;
    said.key = asked.key;
    said.left = asked.left.value_or(stored_peer::left_unknown);
    said.uploaded = asked.uploaded;
    said.downloaded = asked.downloaded;
    said.event = asked.event;
    said.addresses[0] = {endpoint{stored_address(from.address, who.where), asked.port}, who.where};
    // no other is believed: it would send the whole swarm to a host that never asked for it
    if (who.where.from != reach::host) return said;
    bool first = true;
    for (const auto text : {asked.ip, asked.ipv4, asked.ipv6}) {
        const auto given = parse_announced_address(text);
        if (!given) continue;
        const auto where = around.place_of(given->address);
        if (where.from == reach::nobody) continue;
        const announced_address other{
            {stored_address(given->address, where), given->port != 0 ? given->port : asked.port}, where};
        const bool same_family = said.addresses[0]->at.address.family() == other.at.address.family();
        if (first || same_family)
            said.addresses[0] = other;
        else
            said.addresses[1] = other;
        first = false;
    }
    return said;
}

http_answer server::impl::http_announce(time_point now, const http_question& asked, std::string_view query) {
    const asker who(around, asked.from.address, asked.to);
    const auto refuse_it = [&](const refusal& why) {
        refused(now, transport::http, request_kind::announce, why.reason);
        return refuse(why);
    };
    if (!may_ask(now, who)) return refuse_it({reject_reason::too_many, "too many requests", 1});
    const auto question = parse_announce_question(query);
    if (!question) return refuse_it({reject_reason::malformed, question.error(), refusal::never});
    const auto want = std::min(question->numwant.value_or(usual_numwant), limits::tracker_numwant);
    auto said = said_by(*question, who, asked.from);
    const auto counts = announce(now, who, said, want, true);
    if (!counts) return refuse_it(counts.error());
    answered(now, transport::http, request_kind::announce);
    return {200, bencoded, announce_text(who, *question, *counts), no_store};
}

std::string server::impl::announce_text(const asker& who, const announce_question& asked,
                                        const answered_announce& counts) const {
    BT_ASSERT(counts.interval > 0 && told.size() <= limits::tracker_numwant);
    std::string out;
    out.reserve(asked.compact ? 200 + told.compact(ip_family::v4).size() + told.compact(ip_family::v6).size()
                              : 200 + told.size() * 110);
    out += 'd';
    add_integer(out, "8:complete", counts.seeders);
    add_integer(out, "10:downloaded", counts.completed);
    out += "11:external ip";
    add_string(out, as_text(who.from.raw()));  // BEP 24
    add_integer(out, "10:incomplete", counts.leechers);
    add_integer(out, "8:interval", counts.interval);
    add_integer(out, "12:min interval", std::max<std::uint64_t>(counts.interval / 2, 1));
    if (asked.compact) {
        // BEP 23 and BEP 7: the addresses of one family as one string
        out += "5:peers";
        add_string(out, as_text(told.compact(ip_family::v4)));
        if (told.size(ip_family::v6) > 0) {
            out += "6:peers6";
            add_string(out, as_text(told.compact(ip_family::v6)));
        }
        return out += 'e';
    }
    out += "5:peersl";
    for (const auto family : {ip_family::v4, ip_family::v6}) add_dictionaries(out, family, asked.no_peer_id);
    return out += "ee";
}

/// BEP 3: each peer by itself, for askers that do not know the compact form.
void server::impl::add_dictionaries(std::string& out, ip_family family, bool no_peer_id) const {
    const auto all = told.compact(family);
    const auto each = family == ip_family::v4 ? std::size_t{6} : std::size_t{18};
    for (std::size_t i = 0; i < told.size(family); ++i) {
        const auto at = endpoint::from_compact(all.subspan(i * each, each)).value_or(endpoint{});
        out += "d2:ip";
        add_string(out, at.address.to_string());
        if (!no_peer_id) {
            out += "7:peer id";
            add_string(out, store.peer(told.peer(family, i)).id.view());
        }
        add_integer(out, "4:port", at.port);
        out += 'e';
    }
}

http_answer server::impl::http_scrape(time_point now, const http_question& asked, std::string_view query) {
    const asker who(around, asked.from.address, asked.to);
    const auto refuse_it = [&](const refusal& why) {
        refused(now, transport::http, request_kind::scrape, why.reason);
        return refuse(why);
    };
    if (!may_ask(now, who)) return refuse_it({reject_reason::too_many, "too many requests", 1});
    auto hashes = parse_scrape_question(query);
    if (!hashes) return refuse_it({reject_reason::malformed, hashes.error(), refusal::never});
    if (hashes->empty())
        return refuse_it(
            {reject_reason::malformed, "name the torrents: a full scrape is not answered", refusal::never});
    std::sort(hashes->begin(), hashes->end());
    hashes->erase(std::unique(hashes->begin(), hashes->end()), hashes->end());
    http_answer answer{200, bencoded, "d5:filesd", no_store};
    for (const auto& hash : *hashes) {
        // zeros for what is unknown, as over UDP: a client that asks for two and hears of one may wait for
        // the other
        const auto number = allowed(hash) ? store.find(hash) : no_record;
        const auto* torrent = number == no_record ? nullptr : &store.torrent(number);
        add_string(answer.body, hash.view());
        add_integer(answer.body, "d8:complete", torrent ? torrent->seeders : 0);
        add_integer(answer.body, "10:downloaded", torrent ? torrent->completed : 0);
        add_integer(answer.body, "10:incomplete", torrent ? torrent->leechers : 0);
        answer.body += 'e';
    }
    answer.body += "ee";
    answered(now, transport::http, request_kind::scrape);
    return answer;
}

}  // namespace bt::tracker
