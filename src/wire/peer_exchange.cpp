#include "wire/peer_exchange.hpp"

#include <algorithm>
#include <optional>

#include "base/bencode.hpp"
#include "base/limits.hpp"

namespace bt::wire {

namespace {

constexpr bencode_limits exchange_bencode{limits::bencode_packet_depth, limits::bencode_packet_tokens, false};

/// What the lists of one address family are called.
struct family_keys {
    ip_family family;
    std::size_t entry_bytes;
    std::string_view added, flags, dropped;
};
constexpr family_keys of_v4{ip_family::v4, 6, "added", "added.f", "dropped"};
constexpr family_keys of_v6{ip_family::v6, 18, "added6", "added6.f", "dropped6"};

std::uint8_t to_byte(const exchange_flags& f) {
    return static_cast<std::uint8_t>((f.encryption ? 0x01 : 0) | (f.seed ? 0x02 : 0) | (f.utp ? 0x04 : 0) |
                                     (f.holepunch ? 0x08 : 0) | (f.reachable ? 0x10 : 0));
}

exchange_flags from_byte(std::uint8_t byte) {
    return {(byte & 0x01) != 0, (byte & 0x02) != 0, (byte & 0x04) != 0, (byte & 0x08) != 0,
            (byte & 0x10) != 0};
}

void write_added(bencode_writer& writer, const family_keys& keys, const std::vector<exchange_peer>& added) {
    bytes addresses, flags;
    for (const auto& peer : added) {
        if (peer.address.address.family() != keys.family) continue;
        peer.address.append_compact(addresses);
        flags.push_back(to_byte(peer.flags));
    }
    if (flags.empty()) return;
    writer.pair(keys.added, byte_view(addresses)).pair(keys.flags, byte_view(flags));
}

void write_dropped(bencode_writer& writer, const family_keys& keys, const std::vector<endpoint>& dropped) {
    bytes addresses;
    for (const auto& address : dropped)
        if (address.address.family() == keys.family) address.append_compact(addresses);
    if (!addresses.empty()) writer.pair(keys.dropped, byte_view(addresses));
}

/// Hands each usable address of a list to `take`, with its place; false if it is no list of addresses.
template <class Take>
bool read_list(const bencode_view& dict, std::string_view key, std::size_t entry_bytes, Take take) {
    const auto list = dict.find_string(key);
    if (!list) return true;
    if (list->size() % entry_bytes != 0) return false;
    const auto count = std::min(list->size() / entry_bytes, limits::exchange_peers);
    for (std::size_t i = 0; i < count; ++i) {
        const auto address = endpoint::from_compact(as_bytes(list->substr(i * entry_bytes, entry_bytes)));
        if (address && address->is_usable()) take(*address, i);
    }
    return true;
}

bool read_family(const bencode_view& dict, const family_keys& keys, exchange_message& out) {
    auto flags = dict.find_string(keys.flags);
    const auto added = dict.find_string(keys.added);
    if (flags && (!added || flags->size() * keys.entry_bytes != added->size())) flags.reset();
    const auto add = [&](const endpoint& address, std::size_t i) {
        out.added.push_back(
            {address, flags ? from_byte(static_cast<std::uint8_t>((*flags)[i])) : exchange_flags{}});
    };
    const auto drop = [&](const endpoint& address, std::size_t) { out.dropped.push_back(address); };
    return read_list(dict, keys.added, keys.entry_bytes, add) &&
           read_list(dict, keys.dropped, keys.entry_bytes, drop);
}

}  // namespace

bytes encode(const exchange_message& m) {
    bencode_writer writer;
    writer.begin_dict();
    for (const auto& keys : {of_v4, of_v6}) write_added(writer, keys, m.added);
    for (const auto& keys : {of_v4, of_v6}) write_dropped(writer, keys, m.dropped);
    return writer.end_dict().take();
}

result<exchange_message, violation> decode_exchange(byte_view payload) {
    if (payload.size() > limits::exchange_bytes) return unexpected(violation::bad_extension);
    const auto document = bencode_document::parse(payload, exchange_bencode);
    if (!document || !document->root().is_dict()) return unexpected(violation::bad_extension);
    exchange_message m;
    for (const auto& keys : {of_v4, of_v6})
        if (!read_family(document->root(), keys, m)) return unexpected(violation::bad_extension);
    return m;
}

}  // namespace bt::wire
