#include "tracker/client/udp_messages.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/limits.hpp"

namespace bt::tracker::udp {
namespace {

constexpr std::uint64_t protocol_magic = 0x41727101980;
constexpr std::uint8_t option_url_data = 2;  // BEP 41
constexpr std::size_t option_bytes_max = 255;

std::uint32_t number_of(announce_event event) {
    switch (event) {
        case announce_event::none:
            return 0;
        case announce_event::completed:
            return 1;
        case announce_event::started:
            return 2;
        case announce_event::stopped:
            return 3;
    }
    return 0;
}

template <class Action>
std::uint32_t raw(Action what) {
    return static_cast<std::uint32_t>(what);
}

unexpected<error> too_short(byte_view body) {
    return fail(errc::bad_data,
                "the answer is not a tracker's: cut off after " + std::to_string(body.size() + 8) + " bytes");
}

}  // namespace

bytes encode_connect(std::uint32_t transaction) {
    bytes out;
    byte_writer(out).number(protocol_magic).number(raw(action::connect)).number(transaction);
    return out;
}

bytes encode_announce(std::uint64_t connection, std::uint32_t transaction, const announce_request& request,
                      std::string_view url_data) {
    bytes out;
    byte_writer to(out);
    to.number(connection).number(raw(action::announce)).number(transaction);
    to.raw(request.hash.span()).raw(request.id.span());
    to.number(request.downloaded).number(request.left).number(request.uploaded);
    to.number(number_of(request.event));
    to.number(std::uint32_t{0});  // our address: whatever this comes from
    to.number(request.key).number(static_cast<std::uint32_t>(request.numwant)).number(request.port);
    BT_ASSERT(out.size() == 98);
    while (!url_data.empty()) {
        const auto part = url_data.substr(0, option_bytes_max);
        to.number(option_url_data).number(static_cast<std::uint8_t>(part.size())).text(part);
        url_data.remove_prefix(part.size());
    }
    return out;
}

bytes encode_scrape(std::uint64_t connection, std::uint32_t transaction,
                    const std::vector<info_hash>& torrents) {
    bytes out;
    byte_writer to(out);
    to.number(connection).number(raw(action::scrape)).number(transaction);
    BT_ASSERT(torrents.size() <= limits::tracker_scrapes);
    for (const auto& torrent : torrents) to.raw(torrent.span());
    return out;
}

std::optional<reply> parse_reply(byte_view datagram) {
    byte_reader in(datagram);
    const auto what = in.number<std::uint32_t>();
    const auto transaction = in.number<std::uint32_t>();
    if (!what || !transaction) return std::nullopt;
    return reply{*what, *transaction, in.rest()};
}

std::optional<std::uint64_t> parse_connection(byte_view body) {
    return byte_reader(body).number<std::uint64_t>();
}

result<announce_answer> parse_announced(byte_view body, ip_family family) {
    // opentracker, asked for what is not on its list
    if (body.empty()) return fail(errc::failure, "it does not serve this torrent");
    byte_reader in(body);
    const auto interval = in.number<std::uint32_t>();
    const auto leechers = in.number<std::uint32_t>();
    const auto seeders = in.number<std::uint32_t>();
    if (!interval || !leechers || !seeders) return too_short(body);
    announce_answer answer;
    answer.interval = std::chrono::seconds(*interval);
    answer.leechers = *leechers;
    answer.seeders = *seeders;
    const std::size_t each = family == ip_family::v4 ? 6 : 18;
    while (const auto one = in.take(each)) {
        const auto peer = endpoint::from_compact(*one);
        if (!peer || !peer->is_usable()) continue;
        answer.peers.push_back(*peer);
        if (answer.peers.size() == limits::known_peers) break;
    }
    return answer;
}

result<std::vector<scrape_counts>> parse_scraped(byte_view body, const std::vector<info_hash>& asked) {
    byte_reader in(body);
    std::vector<scrape_counts> all;
    for (const auto& torrent : asked) {
        const auto seeders = in.number<std::uint32_t>();
        const auto completed = in.number<std::uint32_t>();
        const auto leechers = in.number<std::uint32_t>();
        if (!seeders || !completed || !leechers) return too_short(body);
        all.push_back({torrent, *seeders, *leechers, *completed});
    }
    return all;
}

}  // namespace bt::tracker::udp
