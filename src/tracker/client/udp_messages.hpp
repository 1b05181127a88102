// The datagrams between a client and a UDP tracker (BEP 15), as the client writes and reads them. All numbers
// are big-endian.
//
//   connect   8 magic, 4 action 0, 4 transaction             answer  4 action, 4 transaction, 8 connection
//   announce  8 connection, 4 action 1, 4 transaction, …98   answer  4+4, 4 interval, 4 leechers, 4 seeders,
//             then the URL's path and query (BEP 41)                 peers of 6 or 18
//   scrape    8 connection, 4 action 2, 4 transaction, 20*n  answer  4+4, 12*n: seeders, completed, leechers
//                                                            error   4 action 3, 4 transaction, text
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/result.hpp"
#include "tracker/client/http_announce.hpp"
#include "tracker/client/scrape.hpp"

namespace bt::tracker::udp {

enum class action : std::uint32_t { connect = 0, announce = 1, scrape = 2, error = 3 };

bytes encode_connect(std::uint32_t transaction);
/// `url_data` is path and query of the tracker's URL; empty: none are sent.
bytes encode_announce(std::uint64_t connection, std::uint32_t transaction, const announce_request& request,
                      std::string_view url_data);
bytes encode_scrape(std::uint64_t connection, std::uint32_t transaction,
                    const std::vector<info_hash>& torrents);

struct reply {
    std::uint32_t what;  ///< an action, or something we do not know
    std::uint32_t transaction;
    byte_view body;
};
/// Nothing if it is shorter than the two numbers that begin every answer. Longer answers than expected are
/// fine: BEP 15 leaves room for extensions.
std::optional<reply> parse_reply(byte_view datagram);

// These read a reply's body. Nothing or errc::bad_data if it is too short.
std::optional<std::uint64_t> parse_connection(byte_view body);
/// The family of the address asked says how long a peer is. At most limits::known_peers usable ones.
result<announce_answer> parse_announced(byte_view body, ip_family family);
result<std::vector<scrape_counts>> parse_scraped(byte_view body, const std::vector<info_hash>& asked);

}  // namespace bt::tracker::udp
