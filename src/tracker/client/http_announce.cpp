#include "tracker/client/http_announce.hpp"

#include <algorithm>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "tracker/client/answer_document.hpp"

namespace bt::tracker {
namespace {

constexpr std::size_t tracker_id_bytes = 512;  // it goes into our URL
constexpr std::int64_t seconds_max = 7 * 24 * 3600;

std::string key_text(std::uint32_t key) {
    const std::uint8_t raw[] = {static_cast<std::uint8_t>(key >> 24), static_cast<std::uint8_t>(key >> 16),
                                static_cast<std::uint8_t>(key >> 8), static_cast<std::uint8_t>(key)};
    return to_hex(raw);
}

std::optional<duration> find_seconds(const bencode_view& in, std::string_view key) {
    const auto value = in.find_integer(key);
    if (!value || *value < 0) return std::nullopt;
    return std::chrono::seconds(std::min(*value, seconds_max));
}

std::optional<std::string> find_text(const bencode_view& in, std::string_view key) {
    const auto value = in.find_string(key);
    return value ? std::optional(printable(*value, shown_bytes)) : std::nullopt;
}

void add_peer(std::vector<endpoint>& peers, const endpoint& peer) {
    if (peers.size() < limits::known_peers && peer.is_usable()) peers.push_back(peer);
}

/// BEP 23 and 7. A length that does not divide says the rest cannot be trusted either.
void read_compact(std::string_view text, std::size_t each, announce_answer& into) {
    auto raw = as_bytes(text);
    if (raw.size() % each != 0) {
        into.warning = "its list of peers is of no use: " + std::to_string(raw.size()) +
                       " bytes, not a multiple of " + std::to_string(each);
        return;
    }
    for (; !raw.empty(); raw = raw.subspan(each))
        if (const auto peer = endpoint::from_compact(raw.first(each))) add_peer(into.peers, *peer);
}

void read_dictionaries(const bencode_view& list, std::vector<endpoint>& peers) {
    for (const auto one : list) {
        const auto ip = one.find_string("ip");
        const auto port = one.find_integer("port");
        if (!ip || !port || *port <= 0 || *port > 65535) continue;
        const auto address = ip_address::parse(*ip);  // a name would make us look up what strangers choose
        if (address) add_peer(peers, {*address, static_cast<std::uint16_t>(*port)});
    }
}

void read_failure(const bencode_view& root, announce_answer& into) {
    // BEP 31: minutes, or "never"
    if (const auto minutes = root.find_integer("retry in"); minutes && *minutes >= 0)
        into.retry = std::chrono::seconds(std::min(*minutes, seconds_max / 60) * 60);
    else if (const auto text = root.find_string("retry in")) {
        into.never_retry = *text == "never";
        if (const auto number = parse_number(*text))
            into.retry = std::chrono::seconds(
                static_cast<std::int64_t>(std::min<std::uint64_t>(*number, seconds_max / 60)) * 60);
    }
}

}  // namespace

std::string announce_url(const url& at, const announce_request& request) {
    std::string text = at.to_string();
    text += at.has_query() ? (text.ends_with('?') || text.ends_with('&') ? "" : "&") : "?";
    text += "info_hash=" + percent_encode(request.hash.span());
    text += "&peer_id=" + percent_encode(request.id.span());
    text += "&port=" + std::to_string(request.port);
    text += "&uploaded=" + std::to_string(request.uploaded);
    text += "&downloaded=" + std::to_string(request.downloaded);
    text += "&left=" + std::to_string(request.left);
    text += "&key=" + key_text(request.key);
    if (request.event == announce_event::started) text += "&event=started";
    if (request.event == announce_event::completed) text += "&event=completed";
    if (request.event == announce_event::stopped) text += "&event=stopped";
    text += "&numwant=" + std::to_string(request.numwant);
    text += "&compact=1&no_peer_id=1";
    if (!request.tracker_id.empty()) text += "&trackerid=" + percent_encode(as_bytes(request.tracker_id));
    return text;
}

result<announce_answer> parse_announce(byte_view body) {
    const auto document = answer_document(body);
    if (!document) return unexpected<error>(document.error());
    const auto root = document->root();

    announce_answer answer;
    answer.failure = find_text(root, "failure reason");
    if (answer.failure) {
        read_failure(root, answer);
        return answer;
    }
    const auto peers = root.find("peers"), peers6 = root.find("peers6");
    answer.interval = find_seconds(root, "interval");
    if (!peers && !peers6 && !answer.interval) return no_answer("neither peers nor interval nor failure");
    if (peers && peers->is_string()) read_compact(*peers->string(), 6, answer);
    if (peers && peers->is_list()) read_dictionaries(*peers, answer.peers);
    if (peers6 && peers6->is_string()) read_compact(*peers6->string(), 18, answer);
    if (peers6 && peers6->is_list()) read_dictionaries(*peers6, answer.peers);
    answer.min_interval = find_seconds(root, "min interval");
    answer.seeders = find_count(root, "complete");
    answer.leechers = find_count(root, "incomplete");
    if (auto warning = find_text(root, "warning message")) answer.warning = std::move(warning);
    if (const auto id = root.find_string("tracker id"); id && id->size() <= tracker_id_bytes)
        answer.tracker_id = std::string(*id);
    if (const auto raw = root.find_string("external ip"))
        if (const auto address = ip_address::from_bytes(as_bytes(*raw));
            address && address->scope() != address_scope::unusable)
            answer.external = address;
    return answer;
}

}  // namespace bt::tracker
