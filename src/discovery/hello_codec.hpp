// The LAN hello: one bencoded dictionary in one UDP datagram of at most 512 bytes. It says which process is
// here and on which ports; where, only the datagram's source says.
//
//   k  who | hello | ask | yes | bye
//   v  1                      i  instance, 20 bytes
//   g  network name           h  host name            c  client
//   p  peer port              d  DHT port             t, u  HTTP, UDP tracker port
//   w  LAN page port          s  number of shares     z  padding
//   n  8 random bytes of a `who`, repeated in the answer to it
//   f  tokens: wanted in a `who`, had in the answer; in `ask` and `yes` what is to be confirmed
//
// `ask` goes to the source of a `who` or `hello`: was it you who named these ports? `yes` says so, from
// there. It is as long as the question and repeats what no other host has seen, so a forged source confirms
// nothing.
//
// A token is SHA-1(n, info-hash) cut to 8 bytes: a listener learns only about torrents it knows already.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace bt::discovery {

/// Bytes of the texts; a longer one is malformed. Part of the protocol, for they bound the length of an
/// answer.
inline constexpr std::size_t hello_host_bytes = 63, hello_network_bytes = 63, hello_client_bytes = 32;

using hello_nonce = fixed_bytes<struct hello_nonce_tag, 8>;
using hello_token = fixed_bytes<struct hello_token_tag, 8>;
hello_token token_of(const hello_nonce& nonce, const info_hash& torrent);

enum class hello_kind : std::uint8_t {
    who,    ///< please answer
    hello,  ///< I am here
    ask,    ///< was that you? says nothing but instance, network, nonce and one token
    yes,    ///< it was: the same
    bye,    ///< I leave; says nothing but instance and network
};

struct hello_message;
/// The token of the ports that a message names and of its instance: what `ask` wants confirmed.
hello_token token_of(const hello_nonce& nonce, const hello_message& message);

struct hello_message {
    hello_kind kind = hello_kind::hello;
    instance_id instance;
    std::string network;
    std::string host_name, client;
    std::uint16_t peer_port = 0;  ///< 0 is not sent
    std::optional<std::uint16_t> dht_port, http_tracker_port, udp_tracker_port, page_port;
    std::uint32_t shares = 0;
    std::optional<hello_nonce> nonce;
    std::vector<hello_token> tokens;  ///< at most limits::wanted_tokens; only with a nonce

    friend bool operator==(const hello_message&, const hello_message&) = default;
};

enum class hello_error : std::uint8_t {
    too_long,       ///< more than limits::hello_bytes
    not_bencoding,  ///< or not the canonical form of one dictionary
    other_version,
    bad_field,  ///< a key we know is missing, of another type, or out of its range
};

/// The texts in the result are as they came: `printable` before they are shown.
result<hello_message, hello_error> parse_hello(byte_view datagram);

/// Texts are made printable and cut to their limits. Padded to `at_least` bytes or a few more.
bytes encode_hello(const hello_message& message, std::size_t at_least = 0);

/// No answer to this message can be longer: the same network and as many tokens, everything else at its
/// longest.
std::size_t longest_answer(const hello_message& question);

}  // namespace bt::discovery
