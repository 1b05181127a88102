// Every bound on what others can make us hold, with its reason. At the limit it works; one past it is
// refused with an error that names the limit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace bt::limits {

inline constexpr std::size_t KiB = 1024, MiB = 1024 * KiB;

// --- torrents -------------------------------------------------------------------------------------
inline constexpr std::size_t torrent_file_bytes = 64 * MiB;  ///< 2,097,152 piece hashes and room for names
inline constexpr std::uint32_t pieces = 2'097'152;           ///< what libtorrent reads, so what exists
inline constexpr std::uint64_t piece_bytes_created_min = 16 * KiB, piece_bytes_created_max = 64 * MiB;
inline constexpr std::uint64_t piece_bytes_read = 512 * MiB;
inline constexpr std::size_t bencode_file_depth = 32, bencode_file_tokens = 3'000'000;
inline constexpr std::size_t bencode_packet_depth = 8, bencode_packet_tokens = 500;
inline constexpr std::size_t directory_depth = 100;     ///< as libtorrent, so that what others share is read
inline constexpr std::size_t name_element_bytes = 240;  ///< NAME_MAX is 255; leaves room for our suffixes
inline constexpr std::size_t path_bytes =
    64 * MiB;  ///< of all files, the torrent's name in each: 130 of 500,000 files
inline constexpr std::size_t equal_names = 100;
inline constexpr std::size_t magnet_trackers = 64;  ///< CVE-2010-0748 was a magnet with very many
inline constexpr std::size_t torrent_trackers = 256;
inline constexpr std::size_t torrent_web_seeds = 100, torrent_nodes = 100;
inline constexpr std::size_t magnet_bytes = 1 * MiB;
inline constexpr std::size_t magnet_peers = 64;
inline constexpr std::size_t url_bytes = 2'048;  ///< longer ones are refused by servers, too

// --- peer protocol ---------------------------------------------------------------------------------
inline constexpr std::uint32_t block_bytes = 16 * KiB;        ///< BEP 3: all current implementations use 2^14
inline constexpr std::size_t wire_message_bytes = 128 * KiB;  ///< all but the bitfield, which is exact
inline constexpr std::size_t metadata_bytes = 64 * MiB;
inline constexpr std::size_t metadata_message_bytes = 17 * KiB;  ///< one 16 KiB piece and its dictionary
inline constexpr std::size_t metadata_requests_queued = 64;
inline constexpr std::size_t early_bitfield_bytes = 256 * KiB;  ///< kept until metadata tells the piece count
inline constexpr std::size_t requests_from_peer = 512;          ///< then reject
inline constexpr std::size_t requests_to_peer = 250;
inline constexpr std::size_t invalid_requests = 100;  ///< then the peer is closed
inline constexpr std::size_t whole_sets = 16;         ///< have-all and have-none: each costs a walk over all
inline constexpr duration handshake_time = 10s;
inline constexpr duration silence_time = 120s;
inline constexpr duration keep_alive_time = 100s;  ///< BEP 3: two minutes of silence may close
inline constexpr duration request_time = 60s;
inline constexpr duration piece_time = 30s;

// --- swarm -----------------------------------------------------------------------------------------
inline constexpr std::size_t known_peers = 2'000;
inline constexpr std::size_t connections = 200;
inline constexpr std::size_t half_open = 50;
inline constexpr std::size_t all_connections = 1'000;  ///< of all torrents, calls among them

inline constexpr std::size_t connections_per_host_per_second = 10;  ///< of all torrents, whatever is said
inline constexpr std::size_t attempts_per_host = 4;                 ///< at a time: a host is no list of ports
inline constexpr std::size_t attempts_per_host_per_minute = 16;     ///< far ones: a liar may name a victim
inline constexpr std::size_t exchange_peers = 50;                   ///< BEP 11: in one message
inline constexpr std::size_t exchange_bytes = 4 * KiB;
inline constexpr duration exchange_time = 60s;  ///< BEP 11: not more often
inline constexpr std::size_t claims_in_message = 1'000, claims_of_neighbour = 1'000;
inline constexpr std::size_t allowed_fast_pieces = 10;  ///< BEP 6's k
inline constexpr std::size_t suspect_pieces = 64;       ///< whose blocks' digests are kept
inline constexpr std::size_t saved_peers = 200;         ///< of a torrent, over a restart

// --- trackers --------------------------------------------------------------------------------------
inline constexpr std::size_t tracker_reply_bytes = 1 * MiB;
inline constexpr duration tracker_first_byte_time = 10s, tracker_time = 30s;
inline constexpr int tracker_redirects = 3;
inline constexpr int torrent_redirects = 4;  ///< of a torrent's URL: sites send one to a mirror
inline constexpr std::size_t udp_tracker_questions =
    4'096;  ///< at once: a thousand torrents that start together

// the server's
inline constexpr std::size_t tracker_torrents = 200'000, tracker_peers = 2'000'000;  ///< 400 MiB at the worst
inline constexpr std::size_t tracker_datagram_bytes = 1'472;  ///< what an Ethernet frame carries
inline constexpr std::size_t tracker_numwant = 200, tracker_numwant_udp = 200;
inline constexpr std::size_t tracker_scrapes = 74;      ///< BEP 15: what a datagram holds
inline constexpr std::size_t tracker_sources = 65'536;  ///< addresses with a rate of their own
inline constexpr std::size_t tracker_requests_per_second_per_source = 200, tracker_burst_per_source = 4'000;
inline constexpr std::size_t tracker_peers_per_source = 50'000;  ///< a seedbox has that many torrents
inline constexpr double tracker_announces_per_second = 5'000;    ///< above, intervals are stretched
inline constexpr std::size_t catalogue_entries = 10'000, catalogue_hosts = 20;
inline constexpr std::size_t catalogue_names = 8;  ///< that hosts give one torrent without proof
inline constexpr std::size_t catalogue_torrent_bytes = 64 * MiB;  ///< registered .torrent files kept in all
inline constexpr std::size_t text_file_bytes = 64 * MiB;  ///< 1,500,000 info-hashes of a tracker's list
inline constexpr std::size_t http_header_bytes = 16 * KiB, lan_body_bytes = 64 * KiB;

// --- DHT -------------------------------------------------------------------------------------------
inline constexpr std::size_t dht_torrents = 2'000, dht_peers_per_torrent = 500;  ///< stored for others
inline constexpr std::size_t dht_torrents_per_address =
    1'000;  ///< half: one host cannot keep others from announcing
inline constexpr std::size_t dht_datagram_bytes = 2'048;  ///< a longer one is no answer
inline constexpr std::size_t dht_peers_per_address = 8;   ///< one search tells of: a host is no list of ports
inline constexpr std::size_t dht_tid_bytes = 16, dht_token_bytes = 128;  ///< of others, kept for our answer
inline constexpr std::size_t dht_answer_bytes = 1'200;                   ///< below every path's MTU
inline constexpr std::size_t dht_answer_times = 6;   ///< as long as the query at most: no amplifier
inline constexpr std::size_t dht_answer_peers = 33;  ///< what 6 times a get_peers holds
inline constexpr std::size_t dht_answer_nodes = 8;   ///< of a family and realm
inline constexpr double dht_bytes_per_second = 8'000, dht_burst_seconds = 3;  ///< to the world
inline constexpr std::size_t dht_flood_messages = 50;  ///< in 10 s from one public address
inline constexpr duration dht_flood_time = 10s, dht_flood_block = 5min;
inline constexpr std::size_t dht_flood_sources = 256;
inline constexpr std::size_t dht_named_nodes = 16;      ///< read from one answer
inline constexpr std::size_t dht_candidates = 128;      ///< kept by one lookup
inline constexpr std::size_t dht_saved_nodes = 200;     ///< of each family
inline constexpr std::size_t dht_address_ballots = 32;  ///< recent ones on our external address
inline constexpr std::size_t dht_contacts = 256;        ///< named addresses that wait to be asked
inline constexpr std::size_t dht_search_peers = 2'000;  ///< one search tells of: as many as a torrent knows
inline constexpr double dht_queries_per_second = 200, dht_queries_per_second_local = 2'000;  ///< our own

// --- control ---------------------------------------------------------------------------------------
inline constexpr std::size_t control_body_bytes = 64 * KiB, control_connections = 16;
inline constexpr std::size_t control_tasks = 16;  ///< searches and pings of commands, at a time

// --- LAN -------------------------------------------------------------------------------------------
inline constexpr std::size_t hello_bytes = 512;  ///< fits every link's MTU, IPv6 minimum included
inline constexpr std::size_t lsd_bytes = 1'400;
inline constexpr std::size_t lsd_sent_bytes = 200;  ///< aria2 reads into 200 bytes
inline constexpr std::size_t lan_nodes = 3'000;     ///< a thousand processes with three addresses each
inline constexpr std::size_t lan_trackers = 4;
inline constexpr std::size_t lan_pages_at_once = 64, lan_pages_per_address = 4;  ///< asked at a time
inline constexpr std::size_t lan_names = 64, lan_names_per_address = 4;  ///< that the LAN gives one torrent
inline constexpr std::size_t hello_answers_per_second_per_source = 10;
inline constexpr std::size_t hello_answers_per_5s = 200;
inline constexpr std::size_t wanted_tokens = 16;
inline constexpr std::size_t lan_sources =
    4'096;  ///< addresses with a rate of their own: nodes, and some room
inline constexpr std::size_t lan_asks_per_second_per_source = 50;  ///< whether what was heard is true
inline constexpr std::size_t lan_asks_per_5s = 2'000;
inline constexpr std::size_t lan_unconfirmed_peers = 1'024, lan_unconfirmed_peers_per_address = 64;
inline constexpr std::uint16_t named_port_min =
    1'024;  ///< below are services that a liar would have us knock at
inline constexpr std::size_t lan_news_per_5s =
    2'000;  ///< hellos that change anything: a thousand nodes that start
inline constexpr std::size_t lan_news_per_5s_per_source =
    200;  ///< a script that starts one `get` after another on one host
inline constexpr std::size_t lsd_heard_per_5s = 200, lsd_heard_per_5s_per_source = 100;

}  // namespace bt::limits
