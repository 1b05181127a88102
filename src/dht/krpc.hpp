// KRPC, the messages of the DHT: one bencoded dictionary per datagram (BEP 5, 32, 42, 43).
//
//   query   {a: {id, target | info_hash, port, token, implied_port, want, …}, q: method, ro, t: tid, v, y: q}
//   answer  {ip, r: {id, nodes, nodes6, token, values}, t: tid, v, y: r}
//   error   {e: [code, text], t: tid, v, y: e}
//
// Reading goes in two steps: a table says which keys of which type and size a kind of message has, then the
// checked views become one of the types below. Views live as long as the datagram.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "dht/contact.hpp"

namespace bt::dht::krpc {

/// `other`: a method we do not know, whose `target` or `info_hash` makes it a find_node (BEP 5 practice).
enum class method : std::uint8_t { ping, find_node, get_peers, announce_peer, other };

enum class error_code : int { generic = 201, server = 202, protocol = 203, unknown_method = 204 };

struct query {
    std::string_view tid;
    method what = method::ping;
    node_id id;
    node_id target;                         ///< or the info-hash; not for ping
    bool want_v4 = false, want_v6 = false;  ///< neither: the family the query came by
    bool read_only = false;                 ///< BEP 43
    std::string_view token;                 ///< announce_peer
    std::uint16_t port = 0;                 ///< announce_peer; 0 only with implied_port
    bool implied_port = false;
    std::string_view version;
};

struct answer {
    std::string_view tid;
    node_id id;
    std::vector<contact> nodes;        ///< of both families; a list of a wrong length gives none at all
    std::vector<endpoint> peers;       ///< `values`; elements that are no address are left out
    std::string_view token;            ///< empty: none
    std::optional<endpoint> external;  ///< `ip`: where the answerer saw our query come from
    std::string_view version;
};

struct failure {
    std::string_view tid;
    int code = 0;           ///< 0 where `e` is no list
    std::string_view text;  ///< as sent by a stranger
};

/// A query that cannot be answered but by an error.
struct bad_query {
    std::string_view tid;
    error_code code;
    std::string_view text;
};

using message = std::variant<query, answer, failure, bad_query>;

/// Nothing for what must be met with silence: at most 20 bytes, no dictionary, no tid, no known `y`, a query
/// without an id, beyond the limits of a packet.
std::optional<message> parse(byte_view datagram);

// --- writing; canonical, byte-exact

/// `v`: client "nb", then its version.
inline constexpr std::string_view our_version{"nb\x00\x01", 4};

/// What our queries carry.
struct query_form {
    std::string_view tid;
    method what = method::ping;
    node_id id;
    node_id target;
    bool want_v4 = false, want_v6 = false;
    bool read_only = false;
    std::string_view token;
    std::uint16_t port = 0;
    bool implied_port = false;
};
bytes write_query(const query_form& query);

/// What our answers carry. Nodes are in compact form already, 26 and 38 bytes each.
struct answer_form {
    std::string_view tid;
    node_id id;
    byte_view nodes, nodes6;                     ///< left out where empty, unless said otherwise
    bool has_nodes = false, has_nodes6 = false;  ///< the key stands even when empty
    std::string_view token;
    std::vector<endpoint> peers;  ///< `values`, left out where empty
    endpoint asker;               ///< `ip`
};
bytes write_answer(const answer_form& answer);
/// The bytes that write_answer() would make.
std::size_t size_of(const answer_form& answer);
/// What a key of an answer with a string of that length takes; nothing is left out for an empty one.
std::size_t size_of_pair(std::string_view key, std::size_t length);
/// What one element of `values` takes.
std::size_t size_of_peer(ip_family family);
bytes write_error(std::string_view tid, error_code code, std::string_view text);

/// 20 bytes of id and the compact address. A link-local zone stays behind.
void append_compact(bytes& out, const contact& node);

}  // namespace bt::dht::krpc
