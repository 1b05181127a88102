// What a torrent's swarm asks of its driver, and what it tells.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "torrent/geometry.hpp"
#include "wire/peer.hpp"

namespace bt::swarm {

using torrent::block_range;

enum class write_result { ok, hash_mismatch, failed };

namespace out {
struct connect {
    endpoint address;
};  ///< answer with connecting()
struct send {
    connection_id id;
    wire::chunk data;
};  ///< report with sent()
struct close {
    connection_id id;
};  ///< after what was sent before it
struct write {
    piece_index piece;
    buffer data;
};  ///< hash, and write if right: answer with written()
struct read {
    connection_id id;
    std::vector<block_range> ranges;
};  ///< frames with wire::piece_header_bytes gaps: answer with blocks_read()
struct check_metadata {
    bytes raw;
};  ///< hash it: set_metadata() or metadata_spoiled()
struct piece_verified {
    piece_index piece;
};
struct piece_failed {
    piece_index piece;
};
/// A peer gave a wrong piece and is not banned for it: the piece is asked of others, and of it only now and
/// then.
struct piece_damaged {
    piece_index piece;
    endpoint address;
};
/// A peer that had all of this piece asks for it again: hash it on disk, answer with looked_at().
struct look_at {
    piece_index piece;
};
struct peer_joined {
    connection_id id;
    endpoint address;
};  ///< its client name is known
struct peer_completed {
    endpoint address;
    std::string client;
};  ///< another node has everything now
struct peer_banned {
    endpoint address;
    std::string reason;
};
/// A connection we began ended before the peer's handshake came.
struct no_handshake {
    endpoint address;
};
/// A peer told the UDP port of its DHT (BEP 5 PORT).
struct dht_node {
    endpoint address;
};
/// A peer told the address it sees us at (`yourip`).
struct our_address {
    ip_address by, ours;
};
struct complete {};  ///< all wanted pieces are verified
}  // namespace out
using swarm_output =
    std::variant<out::connect, out::send, out::close, out::write, out::read, out::check_metadata,
                 out::piece_verified, out::piece_failed, out::piece_damaged, out::look_at, out::peer_joined,
                 out::peer_completed, out::peer_banned, out::no_handshake, out::dht_node, out::our_address,
                 out::complete>;

}  // namespace bt::swarm
