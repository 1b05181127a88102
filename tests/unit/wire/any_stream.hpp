// Streams of messages that are mostly well-formed, so that they lead deep into a conversation.
#pragma once

#include "streams.hpp"

namespace bt::wire::test {

inline std::uint32_t any_number(rng& luck) {
    if (luck.chance(0.01)) return static_cast<std::uint32_t>(luck.next());
    return luck.chance(0.3) ? 16384 : static_cast<std::uint32_t>(luck.below(10));
}

inline exchange_message any_exchange(rng& luck) {
    exchange_message m;
    const auto address = [&] {
        bytes raw(luck.chance(0.5) ? 4 : 16);
        luck.fill(raw);
        return endpoint{*ip_address::from_bytes(raw), static_cast<std::uint16_t>(luck.below(65536))};
    };
    for (auto count = luck.below(5); count > 0; --count)
        m.added.push_back({address(), {luck.chance(0.5), luck.chance(0.5), false, false, luck.chance(0.5)}});
    for (auto count = luck.below(5); count > 0; --count) m.dropped.push_back(address());
    return m;
}

inline bytes any_message(rng& luck) {
    const auto n = [&] { return any_number(luck); };
    bytes noise(luck.below(60));
    luck.fill(noise);
    switch (luck.below(25)) {
        case 0:
            return encoded(choke{});
        case 1:
            return encoded(unchoke{});
        case 2:
            return encoded(interested{});
        case 3:
            return encoded(have{n() % 100 % 11});
        case 4:
            return luck.chance(0.2) ? encoded(bitfield{only({1, 2}).to_wire()}) : bytes();
        case 5:
        case 6:
            return encoded(request{n(), n(), n()});
        case 7:
            return encoded(piece{n(), n(), noise});
        case 8: {
            const auto r = block(static_cast<std::uint32_t>(luck.below(10)));
            return luck.chance(0.1) ? encoded(block_message(r, content(r))) : bytes();
        }
        case 9:
            return encoded(cancel{n(), n(), n()});
        case 10:
            return encoded(port{static_cast<std::uint16_t>(n())});
        case 11:
            if (luck.chance(0.8)) return {};
            return encoded(luck.chance(0.5) ? message(have_all{}) : message(have_none{}));
        case 12:
            return encoded(reject{n(), n(), n()});
        case 13:
            return encoded(luck.chance(0.5) ? message(suggest{n() % 11}) : message(allowed_fast{n() % 11}));
        case 14: {
            extension_handshake h;
            for (auto* id : {&h.metadata_id, &h.exchange_id, &h.donthave_id, &h.claim_id})
                *id = static_cast<std::uint8_t>(n());
            h.metadata_bytes = n();
            return encoded(extended{0, encode(h)});
        }
        case 15:
            return encoded(extended{1, encode(metadata_message{metadata_request{n() % 5000}})});
        case 16:
            return encoded(extended{1, encode(metadata_message{metadata_reject{n() % 5000}})});
        case 17:
            return encoded(extended{1, encode(metadata_message{metadata_data{
                                           0, static_cast<std::uint32_t>(noise.size()), noise}})});
        case 18:
            return encoded(extended{
                static_cast<std::uint8_t>(luck.chance(0.5) ? 5 + luck.below(200) : luck.below(5)), noise});
        case 19:
            return encoded(extended{our_exchange_id, encode(any_exchange(luck))});
        case 20: {
            bytes index;
            byte_writer(index).number(n() % 11);
            return encoded(extended{our_donthave_id, index});
        }
        case 21:
            return encoded(
                extended{our_claim_id, encode(claim_message{luck.chance(0.3), {n() % 10, n() % 11}})});
        case 22: {  // some message with something in it
            bytes out;
            byte_writer(out).number(static_cast<std::uint32_t>(1 + noise.size()));
            byte_writer(out).number(static_cast<std::uint8_t>(luck.below(24))).raw(noise);
            return luck.chance(0.2) ? out : bytes();
        }
        default:
            return luck.chance(0.9) ? encoded(keep_alive{}) : noise;
    }
}

inline bytes any_stream(rng& luck) {
    bytes out = encode(handshake{{true, luck.chance(0.7), true}, some_torrent(), id_of('x')});
    for (auto count = luck.below(40); count > 0; --count) out = out + any_message(luck);
    // mutations; most streams get through the handshake
    for (auto count = luck.below(4); count > 0; --count) {
        const auto from = luck.chance(0.9) ? std::min<std::size_t>(handshake_bytes, out.size() - 1) : 0;
        const auto where = from + luck.below(out.size() - from);
        const auto at = out.begin() + static_cast<std::ptrdiff_t>(where);
        switch (luck.below(4)) {
            case 0:
                *at = static_cast<std::uint8_t>(*at ^ 1u << luck.below(8));
                break;
            case 1:
                *at = static_cast<std::uint8_t>(luck.next());
                break;
            case 2:
                out.insert(at, static_cast<std::uint8_t>(luck.next()));
                break;
            default:
                out.erase(at);
        }
        if (out.empty()) break;
    }
    if (luck.chance(0.2)) out.resize(luck.below(out.size() + 1));
    return out;
}

/// What a node does with events that do not depend on when it hears of them; but what is allowed (`generous`)
/// is so only from the moment it is said.
inline std::function<void(const peer_event&)> starts(peer& p, bool metadata, bool generous) {
    return [&p, metadata, generous](const peer_event& e) {
        if (std::holds_alternative<event::knock>(e)) p.accept(start_time);
        if (!std::holds_alternative<event::opened>(e)) return;
        p.offer(start_time, {true, true, false});
        if (!metadata) return p.start_without_metadata(start_time);
        p.start(start_time, ten_pieces(), only({1, 2, 3, 4, 5}), 20'000);
        if (generous) p.allow_fast(start_time, {piece_index(1), piece_index(2), piece_index(3)});
    };
}

inline cutter behind_the_handshake(const cutter& cut) {
    return [cut, first = true]() mutable { return std::exchange(first, false) ? handshake_bytes : cut(); };
}

}  // namespace bt::wire::test
