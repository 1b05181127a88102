#include "discovery/hello_codec.hpp"

#include <limits>

#include "base/bencode.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace bt::discovery {
namespace {

constexpr std::int64_t version = 1;

std::optional<hello_kind> kind_of(std::string_view name) {
    if (name == "who") return hello_kind::who;
    if (name == "hello") return hello_kind::hello;
    if (name == "ask") return hello_kind::ask;
    if (name == "yes") return hello_kind::yes;
    if (name == "bye") return hello_kind::bye;
    return std::nullopt;
}

std::string_view name_of(hello_kind kind) {
    switch (kind) {
        case hello_kind::who:
            return "who";
        case hello_kind::hello:
            return "hello";
        case hello_kind::ask:
            return "ask";
        case hello_kind::yes:
            return "yes";
        case hello_kind::bye:
            break;
    }
    return "bye";
}

// Each of these is true if the key is absent or right.

bool read_text(const bencode_view& dict, std::string_view key, std::size_t limit, std::string& out) {
    const auto value = dict.find(key);
    if (!value) return true;
    const auto text = value->string();
    if (!text || text->size() > limit) return false;
    out = *text;
    return true;
}

bool read_port(const bencode_view& dict, std::string_view key, std::optional<std::uint16_t>& out) {
    const auto value = dict.find(key);
    if (!value) return true;
    const auto number = value->integer();
    if (!number || *number < 1 || *number > 65535) return false;
    out = static_cast<std::uint16_t>(*number);
    return true;
}

bool read_shares(const bencode_view& dict, std::uint32_t& out) {
    const auto value = dict.find("s");
    if (!value) return true;
    const auto number = value->integer();
    if (!number || *number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) return false;
    out = static_cast<std::uint32_t>(*number);
    return true;
}

bool read_tokens(const bencode_view& dict, hello_message& out) {
    if (const auto value = dict.find("n")) {
        const auto text = value->string();
        if (!text) return false;
        out.nonce = hello_nonce::from(as_bytes(*text));
        if (!out.nonce) return false;
    }
    const auto value = dict.find("f");
    if (!value) return true;
    const auto text = value->string();
    if (!text || !out.nonce) return false;
    auto rest = as_bytes(*text);
    if (rest.size() % hello_token::size != 0 || rest.size() / hello_token::size > limits::wanted_tokens)
        return false;
    for (; !rest.empty(); rest = rest.subspan(hello_token::size))
        out.tokens.push_back(*hello_token::from(rest.first(hello_token::size)));
    return true;
}

bool read_node(const bencode_view& dict, hello_message& out) {
    std::optional<std::uint16_t> peer_port;
    const bool good = read_text(dict, "h", hello_host_bytes, out.host_name) &&
                      read_text(dict, "c", hello_client_bytes, out.client) &&
                      read_port(dict, "p", peer_port) && read_port(dict, "d", out.dht_port) &&
                      read_port(dict, "t", out.http_tracker_port) &&
                      read_port(dict, "u", out.udp_tracker_port) && read_port(dict, "w", out.page_port) &&
                      read_shares(dict, out.shares) && read_tokens(dict, out);
    out.peer_port = peer_port.value_or(0);
    return good;
}

std::string joined(const std::vector<hello_token>& tokens) {
    std::string text;
    for (const auto& token : tokens) text += token.view();
    return text;
}

void write_port(bencode_writer& out, std::string_view key, std::optional<std::uint16_t> port) {
    if (port && *port != 0) out.pair(key, std::int64_t{*port});
}

bool introduces(hello_kind kind) { return kind == hello_kind::who || kind == hello_kind::hello; }

bytes encode_with_padding(const hello_message& message, std::optional<std::size_t> padding) {
    const bool node = introduces(message.kind), says_nonce = message.nonce && message.kind != hello_kind::bye;
    bencode_writer out;
    out.begin_dict();
    if (node) {
        if (!message.client.empty()) out.pair("c", printable(message.client, hello_client_bytes));
        write_port(out, "d", message.dht_port);
    }
    if (says_nonce && !message.tokens.empty()) out.pair("f", joined(message.tokens));
    if (!message.network.empty()) out.pair("g", printable(message.network, hello_network_bytes));
    if (node && !message.host_name.empty()) out.pair("h", printable(message.host_name, hello_host_bytes));
    out.pair("i", message.instance.view());
    out.pair("k", name_of(message.kind));
    if (says_nonce) out.pair("n", message.nonce->view());
    if (node) {
        write_port(out, "p", message.peer_port);
        out.pair("s", std::int64_t{message.shares});
        write_port(out, "t", message.http_tracker_port);
        write_port(out, "u", message.udp_tracker_port);
    }
    out.pair("v", version);
    if (node) write_port(out, "w", message.page_port);
    if (padding) out.pair("z", std::string(*padding, '\0'));
    out.end_dict();
    return out.take();
}

}  // namespace

hello_token token_of(const hello_nonce& nonce, const info_hash& torrent) {
    bytes text;
    byte_writer(text).raw(nonce.span()).raw(torrent.span());
    return *hello_token::from(crypto::sha1(text).span().first(hello_token::size));
}

hello_token token_of(const hello_nonce& nonce, const hello_message& message) {
    bytes text;
    byte_writer out(text);
    out.raw(nonce.span()).raw(message.instance.span()).number(message.peer_port);
    for (const auto port :
         {message.dht_port, message.http_tracker_port, message.udp_tracker_port, message.page_port})
        out.number(port.value_or(0));
    return *hello_token::from(crypto::sha1(text).span().first(hello_token::size));
}

result<hello_message, hello_error> parse_hello(byte_view datagram) {
    if (datagram.size() > limits::hello_bytes) return unexpected(hello_error::too_long);
    const auto document = bencode_document::parse(datagram, bencode_packet);
    if (!document || !document->root().is_dict()) return unexpected(hello_error::not_bencoding);
    const auto dict = document->root();
    if (dict.find_integer("v") != version) return unexpected(hello_error::other_version);

    hello_message message;
    const auto kind = kind_of(dict.find_string("k").value_or(""));
    const auto instance = instance_id::from(as_bytes(dict.find_string("i").value_or("")));
    if (!kind || !instance) return unexpected(hello_error::bad_field);
    message.kind = *kind;
    message.instance = *instance;
    if (!read_text(dict, "g", hello_network_bytes, message.network))
        return unexpected(hello_error::bad_field);
    const bool good = introduces(message.kind) ? read_node(dict, message)
                      : message.kind == hello_kind::bye
                          ? true
                          : read_tokens(dict, message) && message.tokens.size() == 1;
    if (!good) return unexpected(hello_error::bad_field);
    return message;
}

bytes encode_hello(const hello_message& message, std::size_t at_least) {
    BT_ASSERT(message.tokens.size() <= limits::wanted_tokens);
    auto plain = encode_with_padding(message, std::nullopt);
    if (plain.size() >= at_least) return plain;
    constexpr std::size_t frame = std::string_view("1:z0:").size();
    const auto missing = at_least - plain.size();
    return encode_with_padding(message, missing > frame ? missing - frame : 0);
}

std::size_t longest_answer(const hello_message& question) {
    hello_message answer;
    answer.kind = hello_kind::hello;
    answer.network = question.network;
    answer.host_name = std::string(hello_host_bytes, 'h');
    answer.client = std::string(hello_client_bytes, 'c');
    answer.peer_port = 65535;
    answer.dht_port = answer.http_tracker_port = answer.udp_tracker_port = answer.page_port =
        answer.peer_port;
    answer.shares = std::numeric_limits<std::uint32_t>::max();
    answer.nonce = question.nonce;
    answer.tokens = question.tokens;
    return encode_with_padding(answer, std::nullopt).size();
}

}  // namespace bt::discovery
