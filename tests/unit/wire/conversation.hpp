// The vocabulary of the wire tests: events and messages as text, a peer with a script on the other side, and
// two peers back to back in memory.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/rng.hpp"
#include "base/text.hpp"
#include "unit/base/letter_ids.hpp"
#include "wire/peer.hpp"

namespace bt::wire::test {

inline time_point at(duration d) { return time_point{} + 1h + d; }
inline const time_point start_time = at(0s);

inline std::string text(const block_range& r) {
    return std::to_string(r.piece.value()) + ":" + std::to_string(r.offset) + "+" + std::to_string(r.length);
}

inline std::string checksum(byte_view data) {
    std::uint64_t sum = 14695981039346656037u;
    for (auto byte : data) sum = (sum ^ byte) * 1099511628211u;
    return std::to_string(data.size()) + "#" + std::to_string(sum % 100'000);
}

/// "peers +192.0.2.1:6881 seed reachable -192.0.2.2:6881"
inline std::string text(const exchange_message& m) {
    std::string line = "peers";
    for (const auto& [address, flags] : m.added)
        line += " +" + address.to_string() + (flags.encryption ? " encryption" : "") +
                (flags.seed ? " seed" : "") + (flags.utp ? " utp" : "") +
                (flags.holepunch ? " holepunch" : "") + (flags.reachable ? " reachable" : "");
    for (const auto& address : m.dropped) line += " -" + address.to_string();
    return line;
}

inline std::string text(const peer_event& e) {
    struct {
        std::string operator()(const event::knock&) { return "knock"; }
        std::string operator()(const event::opened& o) {
            return std::string("opened") + (o.offers.extended ? " ext" : "") +
                   (o.offers.fast ? " fast" : "") + (o.offers.dht ? " dht" : "");
        }
        std::string operator()(const event::extension_handshake_received&) { return "extensions"; }
        std::string operator()(const event::choked&) { return "choked"; }
        std::string operator()(const event::unchoked&) { return "unchoked"; }
        std::string operator()(const event::interested&) { return "interested"; }
        std::string operator()(const event::not_interested&) { return "not interested"; }
        std::string operator()(const event::pieces_known&) { return "pieces known"; }
        std::string operator()(const event::has_piece& h) { return "has " + std::to_string(h.piece.value()); }
        std::string operator()(const event::block& b) {
            return "block " + text(b.range) + " " + checksum(b.data) + " asked " +
                   std::to_string((b.requested - start_time).count());
        }
        std::string operator()(const event::unwanted_block& b) {
            return "unwanted " + std::to_string(b.bytes);
        }
        std::string operator()(const event::block_lost& b) { return "lost " + text(b.range); }
        std::string operator()(const event::requests_waiting&) { return "requests"; }
        std::string operator()(const event::metadata_requested& m) {
            return "metadata wanted " + std::to_string(m.piece);
        }
        std::string operator()(const event::metadata_received& m) {
            return "metadata " + std::to_string(m.piece) + " of " + std::to_string(m.total_bytes) + " " +
                   checksum(m.data);
        }
        std::string operator()(const event::metadata_refused& m) {
            return "metadata refused " + std::to_string(m.piece);
        }
        std::string operator()(const event::dht_port& d) { return "dht port " + std::to_string(d.port); }
        std::string operator()(const event::allowed_fast& a) {
            return "allowed " + std::to_string(a.piece.value());
        }
        std::string operator()(const event::lost_piece& l) {
            return "has no more " + std::to_string(l.piece.value());
        }
        std::string operator()(const event::peers_exchanged& e) { return text(e.message); }
        std::string operator()(const event::pieces_claimed& c) {
            std::string line = c.released ? "released" : "claimed";
            for (auto piece : c.pieces) line += " " + std::to_string(piece.value());
            return line;
        }
        std::string operator()(const event::closed& c) {
            return (c.their_fault ? "closed, their fault: " : "closed: ") + c.reason;
        }
    } name;
    return std::visit(name, e);
}

inline std::string text(const message& m) {
    const auto range = [](const char* what, const auto& r) {
        return std::string(what) + " " + std::to_string(r.piece) + ":" + std::to_string(r.begin) + "+" +
               std::to_string(r.length);
    };
    const auto one = [](const char* what, std::uint32_t n) {
        return std::string(what) + " " + std::to_string(n);
    };
    return std::visit(
        [&]<class T>(const T& v) -> std::string {
            if constexpr (std::is_same_v<T, keep_alive>) return "keep-alive";
            if constexpr (std::is_same_v<T, choke>) return "choke";
            if constexpr (std::is_same_v<T, unchoke>) return "unchoke";
            if constexpr (std::is_same_v<T, interested>) return "interested";
            if constexpr (std::is_same_v<T, not_interested>) return "not interested";
            if constexpr (std::is_same_v<T, have>) return one("have", v.piece);
            if constexpr (std::is_same_v<T, bitfield>) return "bitfield " + to_hex(v.bits);
            if constexpr (std::is_same_v<T, request>) return range("request", v);
            if constexpr (std::is_same_v<T, piece>)
                return "piece " + std::to_string(v.piece) + ":" + std::to_string(v.begin) + " " +
                       checksum(v.data);
            if constexpr (std::is_same_v<T, cancel>) return range("cancel", v);
            if constexpr (std::is_same_v<T, port>) return one("port", v.number);
            if constexpr (std::is_same_v<T, suggest>) return one("suggest", v.piece);
            if constexpr (std::is_same_v<T, have_all>) return "have all";
            if constexpr (std::is_same_v<T, have_none>) return "have none";
            if constexpr (std::is_same_v<T, reject>) return range("reject", v);
            if constexpr (std::is_same_v<T, allowed_fast>) return one("allowed fast", v.piece);
            if constexpr (std::is_same_v<T, extended>) {
                if (v.id == 0) return "extension handshake";
                return one("extended", v.id) + " " + printable(as_text(v.payload), 48);
            }
            return "unknown";
        },
        m);
}

using lines = std::vector<std::string>;

/// The messages of a stream that follows a handshake or not.
inline lines messages_of(byte_view stream, bool with_handshake = false) {
    lines out;
    if (with_handshake) {
        const auto h = decode_handshake(stream);
        if (!h || !*h) return {"no handshake"};
        out.push_back("handshake");
        stream = stream.subspan((*h)->used);
    }
    while (!stream.empty()) {
        const auto next = decode(stream, {limits::early_bitfield_bytes, false});
        if (!next) return out.push_back(std::string(to_string(next.error()))), out;
        if (!*next) return out.push_back("cut short"), out;
        out.push_back(text((*next)->value));
        stream = stream.subspan((*next)->used);
    }
    return out;
}

using bt::test::id_of;
inline info_hash some_torrent(char letter = 't') { return id_of<info_hash>(letter); }
inline identity node(char letter) { return {id_of(letter), "btnode/0.1.0", 6881, true, 0}; }

/// 10 pieces of 32 KiB, the last of 10,000 bytes.
inline torrent::geometry ten_pieces() { return *torrent::geometry::make(9 * 32768 + 10'000, 32768); }
inline block_range block(std::uint32_t piece, std::uint32_t number = 0) {
    return ten_pieces().block(piece_index(piece), block_index(number));
}
inline torrent::piece_set all_pieces() { return torrent::piece_set(10, true); }
inline torrent::piece_set no_pieces() { return torrent::piece_set(10); }
inline torrent::piece_set only(std::initializer_list<std::uint32_t> pieces) {
    torrent::piece_set set(10);
    for (auto p : pieces) set.insert(piece_index(p));
    return set;
}
/// What a block of the test torrent contains.
inline const bytes& content(const block_range& range) {
    static std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, bytes> made;
    auto& data = made[{range.piece.value(), range.offset, range.length}];
    if (data.empty()) {
        data.resize(range.length);
        rng(range.piece.value() * 1000 + range.offset).fill(data);
    }
    return data;
}
inline buffer framed(const std::vector<block_range>& ranges) {
    std::size_t size = 0;
    for (const auto& r : ranges) size += piece_header_bytes + r.length;
    buffer frames(size);
    auto* to = frames.data();
    for (const auto& r : ranges) {
        const auto& data = content(r);
        std::copy(data.begin(), data.end(), to + piece_header_bytes);
        to += piece_header_bytes + data.size();
    }
    return frames;
}

inline bytes encoded(const message& m) {
    bytes out;
    encode(m, out);
    return out;
}
inline bytes operator+(bytes a, const bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline lines events_of(peer& p) {
    lines out;
    while (auto e = p.poll()) out.push_back(text(*e));
    return out;
}
inline bytes bytes_of(peer& p) {
    bytes out;
    while (auto c = p.output())
        out.insert(out.end(), c->storage.data() + c->begin, c->storage.data() + c->end);
    return out;
}
inline lines said_by(peer& p) { return messages_of(bytes_of(p)); }

inline constexpr features everything{true, true, true};
inline constexpr features nothing{};

/// Our peer, opened and started; a script is the other side.
struct scripted {
    peer us;
    time_point now = start_time;

    explicit scripted(features theirs = everything, const torrent::piece_set& ours = all_pieces())
        : scripted(theirs, [&](peer& p) { p.start(start_time, ten_pieces(), ours, 20'000); }) {}
    scripted(features theirs, const std::function<void(peer&)>& start)
        : us(peer::outgoing(start_time, node('u'), some_torrent())) {
        us.receive(now, encode(handshake{theirs, some_torrent(), id_of('x')}));
        start(us);
        events_of(us);
        bytes_of(us);
    }
    static scripted without_metadata(features theirs = everything) {
        return {theirs, [](peer& p) { p.start_without_metadata(start_time); }};
    }

    lines hears_bytes(byte_view raw) {
        us.receive(now, raw);
        return events_of(us);
    }
    lines hears(const message& m) { return hears_bytes(encoded(m)); }
    lines says() { return said_by(us); }
    /// The other side tells its id of ut_metadata.
    void learns_extensions(std::uint8_t metadata_id = 3) {
        extension_handshake h;
        h.metadata_id = metadata_id;
        hears(extended{0, encode(h)});
    }
};

/// Two of ours back to back.
struct pair_of_peers {
    peer a = peer::outgoing(start_time, node('a'), some_torrent());
    peer b = peer::incoming(start_time, node('b'));
    lines heard_by_a, heard_by_b;
    std::function<void(pair_of_peers&, peer&, const peer_event&)> on_event = [](auto&, auto&, const auto&) {};

    /// Carries bytes and hands out events until nothing happens any more.
    void settle(time_point now) {
        for (bool busy = true; busy;) {
            busy = deliver(now, a, b, heard_by_b);
            busy = deliver(now, b, a, heard_by_a) || busy;
        }
    }
    bool deliver(time_point now, peer& from, peer& to, lines& heard) {
        drain(from, &from == &a ? heard_by_a : heard_by_b);
        const auto wire = bytes_of(from);
        if (!wire.empty()) to.receive(now, wire);
        return drain(to, heard) || !wire.empty();
    }
    bool drain(peer& p, lines& heard) {
        bool any = false;
        while (auto e = p.poll()) {
            any = true;
            heard.push_back(text(*e));
            on_event(*this, p, *e);
        }
        return any;
    }
};

}  // namespace bt::wire::test

namespace std {
inline ostream& operator<<(ostream& out, const bt::wire::test::lines& all) {
    for (const auto& line : all) out << "\n  " << line;
    return out;
}
}  // namespace std
