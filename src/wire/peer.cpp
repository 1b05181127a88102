#include "wire/peer.hpp"

#include <algorithm>

namespace bt::wire {

namespace {

features ours_from(const identity& self) { return {true, true, self.dht}; }

features common(features a, features b) {
    return {a.extended && b.extended, a.fast && b.fast, a.dht && b.dht};
}

}  // namespace

peer::peer(time_point now, const identity& self, bool connected_by_us)
    : self_(self), connected_by_us_(connected_by_us), begun_(now), last_received_(now), last_sent_(now) {}

peer peer::outgoing(time_point now, const identity& self, const info_hash& torrent) {
    peer p(now, self, true);
    p.torrent_ = torrent;
    p.small_ = encode(handshake{ours_from(self), torrent, self.id});
    return p;
}

peer peer::incoming(time_point now, const identity& self) { return {now, self, false}; }

void peer::accept(time_point now) {
    if (stage_ != stage::knocking) return;
    small_ = encode(handshake{ours_from(self_), torrent_, self_.id});
    last_sent_ = now;
    open();
}

void peer::open() {
    stage_ = stage::open;
    events_.push_back(event::opened{id_, offers_});
}

void peer::close(std::string reason, bool their_fault) {
    if (is_closed()) return;
    stage_ = stage::closed;
    small_ = bytes();
    out_.clear();
    held_ = bytes();  // gives the memory back, unlike = {}
    waiting_.clear();
    serving_.clear();
    events_.push_back(event::closed{std::move(reason), their_fault});
}

void peer::fault(violation v) { close("the peer " + std::string(to_string(v)), true); }

void peer::tick(time_point now) {
    if (is_closed()) return;
    if (!is_open()) {
        if (now - begun_ >= limits::handshake_time) close("no handshake in time");
        return;
    }
    if (now - last_received_ >= limits::silence_time) return close("the peer was silent for too long");
    if (is_talking() && now - last_sent_ >= limits::keep_alive_time) send(now, keep_alive{});
}

time_point peer::next_deadline() const {
    if (is_closed()) return never;
    if (!is_open()) return begun_ + limits::handshake_time;
    const auto silence = last_received_ + limits::silence_time;
    return is_talking() ? std::min(silence, last_sent_ + limits::keep_alive_time) : silence;
}

void peer::read_handshake() {
    const auto theirs = stream_.next<handshake>(decode_handshake, [](byte_view) { return handshake_bytes; });
    if (!theirs) return fault(theirs.error());
    if (!*theirs) return;
    const auto& [offers, torrent, id] = **theirs;
    if (id == self_.id) return close("this is the node itself");
    if (connected_by_us_ && torrent != torrent_) return close("the peer answered for another torrent", true);
    id_ = id;
    torrent_ = torrent;
    offers_ = common(ours_from(self_), offers);
    if (connected_by_us_) return open();
    stage_ = stage::knocking;
    events_.push_back(event::knock{torrent_});
}

void peer::start(time_point now, const torrent::geometry& shape, const torrent::piece_set& ours,
                 std::uint32_t metadata_bytes) {
    if (!is_open()) return;
    BT_ASSERT(!started_ && ours.size() == shape.piece_count());
    started_ = true;
    shape_ = shape;
    ours_ = ours;
    pieces_ = torrent::piece_set(shape.piece_count());
    metadata_bytes_ = metadata_bytes;
    if (offers_.fast && ours_.all())
        send(now, have_all{});
    else if (offers_.fast && ours_.none())
        send(now, have_none{});
    else if (!ours_.none())
        send(now, bitfield{ours_.to_wire()});
    send_greetings(now);
    resume(now);
}

void peer::start_without_metadata(time_point now) {
    if (!is_open()) return;
    BT_ASSERT(!started_);
    started_ = true;
    if (offers_.fast) send(now, have_none{});
    send_greetings(now);
    resume(now);
}

void peer::learn_metadata(time_point now, const torrent::geometry& shape, std::uint32_t metadata_bytes) {
    if (!is_open()) return;
    BT_ASSERT(started_ && !shape_);
    shape_ = shape;
    metadata_bytes_ = metadata_bytes;
    ours_ = torrent::piece_set(shape.piece_count());
    auto known = check_early_pieces();
    if (!known) return fault(known.error());
    pieces_ = std::move(*known);
    if (!check_early_advice()) return fault(violation::bad_index);
    early_ = {};
    events_.push_back(event::pieces_known{});
    update_allowed();
    send_extension_handshake(now);  // now it tells the size, so that the peer can ask us
}

void peer::told_early(std::uint32_t piece, bool has) {
    if (piece >= limits::pieces) return fault(violation::bad_index);
    const std::size_t at = piece / 8;
    const auto bit = static_cast<std::uint8_t>(0x80 >> piece % 8);
    auto& to = has ? early_.bits : early_.lost;
    auto& from = has ? early_.lost : early_.bits;
    if (to.size() <= at) to.resize(at + 1);
    to[at] = static_cast<std::uint8_t>(to[at] | bit);
    if (at < from.size()) from[at] = static_cast<std::uint8_t>(from[at] & ~bit);
}

result<torrent::piece_set, violation> peer::check_early_pieces() const {
    const auto count = shape_->piece_count();
    const auto exact = (std::size_t{count} + 7) / 8;
    if (early_.bitfield_bytes && *early_.bitfield_bytes != exact) return unexpected(violation::bad_bitfield);
    const auto wrong = early_.bitfield_bytes ? violation::bad_bitfield : violation::bad_index;
    auto bits = early_.bits;
    if (std::any_of(bits.begin() + static_cast<std::ptrdiff_t>(std::min(exact, bits.size())), bits.end(),
                    [](std::uint8_t byte) { return byte != 0; }))
        return unexpected(wrong);
    bits.resize(exact);
    auto set = torrent::piece_set::from_wire(bits, count);
    if (!set) return unexpected(wrong);
    if (early_.all) set = torrent::piece_set(count, true);
    for (std::size_t i = 0; i < early_.lost.size() * 8; ++i) {
        if ((early_.lost[i / 8] & 0x80 >> i % 8) == 0) continue;
        const auto piece = shape_->piece(i);
        if (!piece) return unexpected(violation::bad_index);
        set->erase(*piece);
    }
    return std::move(*set);
}

bool peer::check_early_advice() {
    for (const auto number : early_.advised) {
        const auto piece = shape_->piece(number);
        if (!piece) return false;
        advised_.push_back(*piece);
    }
    return true;
}

std::optional<peer_event> peer::poll() {
    if (events_.empty()) return std::nullopt;
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
}

}  // namespace bt::wire
