#include "wire/messages.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "wire/extensions.hpp"

namespace bt::wire {

namespace {

constexpr std::string_view protocol_name = "BitTorrent protocol";
constexpr std::size_t prefix_bytes = 4;

// message ids: BEP 3, then 9 (BEP 5), 13 to 17 (BEP 6), 20 (BEP 10)
enum : std::uint8_t {
    id_choke = 0,
    id_unchoke = 1,
    id_interested = 2,
    id_not_interested = 3,
    id_have = 4,
    id_bitfield = 5,
    id_request = 6,
    id_piece = 7,
    id_cancel = 8,
    id_port = 9,
    id_suggest = 13,
    id_have_all = 14,
    id_have_none = 15,
    id_reject = 16,
    id_allowed_fast = 17,
    id_extended = 20,
};

std::uint32_t load_u32(byte_view at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

void store_u32(std::span<std::uint8_t> at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

/// What may follow the id of a message: the bytes of its payload, and what a longer one is called.
struct payload_rule {
    std::size_t least, most;
    violation too_short = violation::wrong_length, too_long = violation::wrong_length;
};

payload_rule exactly(std::size_t count) { return {count, count}; }

payload_rule rule_for(std::uint8_t id, const decode_limits& limits) {
    constexpr auto any = limits::wire_message_bytes - 1;
    switch (id) {
        case id_choke:
        case id_unchoke:
        case id_interested:
        case id_not_interested:
        case id_have_all:
        case id_have_none:
            return exactly(0);
        case id_port:
            return exactly(2);
        case id_have:
        case id_suggest:
        case id_allowed_fast:
            return exactly(4);
        case id_request:
        case id_cancel:
        case id_reject:
            return exactly(12);
        case id_bitfield:
            return {limits.bitfield_exact ? limits.bitfield_bytes : 0, limits.bitfield_bytes,
                    violation::bad_bitfield, violation::bad_bitfield};
        case id_piece:
            return {8, 8 + std::size_t{limits::block_bytes}, violation::wrong_length,
                    violation::message_too_long};
        case id_extended:
            return {1, any, violation::wrong_length, violation::message_too_long};
        default:
            return {0, any, violation::message_too_long, violation::message_too_long};
    }
}

message read_payload(std::uint8_t id, byte_view payload) {
    const auto number = [&](std::size_t index) { return load_u32(payload.subspan(index * 4, 4)); };
    switch (id) {
        case id_choke:
            return choke{};
        case id_unchoke:
            return unchoke{};
        case id_interested:
            return interested{};
        case id_not_interested:
            return not_interested{};
        case id_have:
            return have{number(0)};
        case id_bitfield:
            return bitfield{payload};
        case id_request:
            return request{number(0), number(1), number(2)};
        case id_piece:
            return piece{number(0), number(1), payload.subspan(8)};
        case id_cancel:
            return cancel{number(0), number(1), number(2)};
        case id_port:
            return port{static_cast<std::uint16_t>(payload[0] << 8 | payload[1])};
        case id_suggest:
            return suggest{number(0)};
        case id_have_all:
            return have_all{};
        case id_have_none:
            return have_none{};
        case id_reject:
            return reject{number(0), number(1), number(2)};
        case id_allowed_fast:
            return allowed_fast{number(0)};
        case id_extended:
            return extended{payload[0], payload.subspan(1)};
        default:
            return unknown{id};
    }
}

/// Appends one message; the length stands first, so a payload says how long it is before it is written.
class message_writer {
  public:
    explicit message_writer(bytes& out) : out_(out) {}

    void operator()(const keep_alive&) { out_.number(std::uint32_t{0}); }
    void operator()(const choke&) { begin(id_choke, 0); }
    void operator()(const unchoke&) { begin(id_unchoke, 0); }
    void operator()(const interested&) { begin(id_interested, 0); }
    void operator()(const not_interested&) { begin(id_not_interested, 0); }
    void operator()(const have& m) { one_number(id_have, m.piece); }
    void operator()(const bitfield& m) { begin(id_bitfield, m.bits.size()).raw(m.bits); }
    void operator()(const request& m) { range(id_request, m.piece, m.begin, m.length); }
    void operator()(const piece& m) {
        begin(id_piece, 8 + m.data.size()).number(m.piece).number(m.begin).raw(m.data);
    }
    void operator()(const cancel& m) { range(id_cancel, m.piece, m.begin, m.length); }
    void operator()(const port& m) { begin(id_port, 2).number(m.number); }
    void operator()(const suggest& m) { one_number(id_suggest, m.piece); }
    void operator()(const have_all&) { begin(id_have_all, 0); }
    void operator()(const have_none&) { begin(id_have_none, 0); }
    void operator()(const reject& m) { range(id_reject, m.piece, m.begin, m.length); }
    void operator()(const allowed_fast& m) { one_number(id_allowed_fast, m.piece); }
    void operator()(const extended& m) {
        begin(id_extended, 1 + m.payload.size()).number(m.id).raw(m.payload);
    }
    void operator()(const unknown& m) { begin(m.id, 0); }

  private:
    byte_writer& begin(std::uint8_t id, std::size_t payload) {
        return out_.number(static_cast<std::uint32_t>(1 + payload)).number(id);
    }
    void one_number(std::uint8_t id, std::uint32_t number) { begin(id, 4).number(number); }
    void range(std::uint8_t id, std::uint32_t piece, std::uint32_t begin_at, std::uint32_t length) {
        begin(id, 12).number(piece).number(begin_at).number(length);
    }

    byte_writer out_;
};

}  // namespace

std::string_view to_string(violation v) {
    switch (v) {
        case violation::not_bittorrent:
            return "does not speak BitTorrent";
        case violation::message_too_long:
            return "sent a message that is too long";
        case violation::wrong_length:
            return "sent a message of the wrong length for its type";
        case violation::bad_bitfield:
            return "sent a bad bitfield";
        case violation::bad_index:
            return "named a piece that does not exist";
        case violation::unexpected_message:
            return "sent a message that is not allowed at this point";
        case violation::too_many_invalid_requests:
            return "sent too many invalid requests";
        case violation::bad_extension:
            return "sent a malformed extension message";
    }
    return "unknown violation";
}

bytes encode(const handshake& h) {
    bytes out;
    out.reserve(handshake_bytes);
    byte_writer writer(out);
    writer.number(static_cast<std::uint8_t>(protocol_name.size())).text(protocol_name);
    std::array<std::uint8_t, 8> reserved{};
    if (h.offers.extended) reserved[5] |= 0x10;
    if (h.offers.fast) reserved[7] |= 0x04;
    if (h.offers.dht) reserved[7] |= 0x01;
    writer.raw(reserved).raw(h.torrent.span()).raw(h.id.span());
    return out;
}

result<std::optional<decoded<handshake>>, violation> decode_handshake(byte_view input) {
    constexpr auto name_bytes = protocol_name.size();
    if (!input.empty() && input[0] != name_bytes) return unexpected(violation::not_bittorrent);
    const auto seen = std::min(input.empty() ? 0 : input.size() - 1, name_bytes);
    if (seen > 0 && as_text(input.subspan(1, seen)) != protocol_name.substr(0, seen))
        return unexpected(violation::not_bittorrent);
    if (input.size() < handshake_bytes) return std::nullopt;

    byte_reader reader(input.subspan(1 + name_bytes));
    const auto reserved = *reader.take(8);
    handshake h;
    h.offers = {(reserved[5] & 0x10) != 0, (reserved[7] & 0x04) != 0, (reserved[7] & 0x01) != 0};
    h.torrent = *info_hash::from(*reader.take(info_hash::size));
    h.id = *peer_id::from(*reader.take(peer_id::size));
    return decoded<handshake>{h, handshake_bytes};
}

result<std::optional<decoded<message>>, violation> decode(byte_view input, const decode_limits& limits) {
    if (input.size() < prefix_bytes) return std::nullopt;
    const std::size_t length = load_u32(input);
    if (length == 0) return decoded<message>{keep_alive{}, prefix_bytes};
    if (length > std::max(limits::wire_message_bytes, 1 + limits.bitfield_bytes))
        return unexpected(violation::message_too_long);

    if (input.size() < prefix_bytes + 1) return std::nullopt;
    const auto id = input[prefix_bytes];
    const auto rule = rule_for(id, limits);
    if (length - 1 < rule.least) return unexpected(rule.too_short);
    if (length - 1 > rule.most) return unexpected(rule.too_long);

    if (id == id_extended && length > limits::metadata_message_bytes) {
        // only metadata messages have a limit of their own, and which one it is stands in the next byte
        if (input.size() < prefix_bytes + 2) return std::nullopt;
        if (input[prefix_bytes + 1] == our_metadata_id) return unexpected(violation::message_too_long);
    }
    if (input.size() < prefix_bytes + length) return std::nullopt;
    return decoded<message>{read_payload(id, input.subspan(prefix_bytes + 1, length - 1)),
                            prefix_bytes + length};
}

std::size_t bytes_wanted(byte_view begun) {
    constexpr std::size_t checked_bytes =
        prefix_bytes + 2;  // with them decode() knows type and length are right
    if (begun.size() < prefix_bytes) return prefix_bytes;
    const auto whole = prefix_bytes + load_u32(begun);
    return begun.size() < checked_bytes ? std::min(whole, checked_bytes) : whole;
}

void encode(const message& m, bytes& out) { std::visit(message_writer(out), m); }

void write_piece_header(std::span<std::uint8_t, piece_header_bytes> out, std::uint32_t piece,
                        std::uint32_t begin, std::uint32_t length) {
    store_u32(out.subspan(0, 4), 9 + length);
    out[4] = id_piece;
    store_u32(out.subspan(5, 4), piece);
    store_u32(out.subspan(9, 4), begin);
}

}  // namespace bt::wire
