#include "swarm/metadata_exchange.hpp"

#include <algorithm>

namespace bt::swarm {
namespace {

/// A peer with so much waiting for it does not read what it asks for: it may ask again.
constexpr std::size_t most_ahead = 256 * limits::KiB;

}  // namespace

void metadata_exchange::set(shared_bytes raw) {
    raw_ = std::move(raw);
    known_ = true;
}

void metadata_exchange::ask(time_point now) {
    if (known_) return;
    if (auto whole = fetch_.take_whole()) out_.push(out::check_metadata{std::move(*whole)});
    for (const auto id : fetch_.stuck(now)) {
        auto& l = links_.at(id);
        if (!l.listens) continue;  // it cannot be called
        l.peer.close("no answer to a request for metadata");
        links_.touch(id, l);
    }
    while (auto ask = fetch_.next(now)) {
        auto& l = links_.at(ask->from);
        l.peer.request_metadata(now, ask->piece);
        links_.touch(ask->from, l);
    }
}

void metadata_exchange::offered(time_point now, connection_id id, const link& l) {
    const auto size = l.peer.extensions().metadata_bytes;
    if (known_ || !l.peer.speaks_metadata() || !size) return;
    fetch_.offered(
        id, l.address.address, *size,
        l.peer.speaks_claims() ? metadata_fetch::several_at_a_time : metadata_fetch::one_at_a_time);
    ask(now);
}

void metadata_exchange::arrived(time_point now, connection_id id,
                                const wire::event::metadata_received& part) {
    if (known_) return;
    fetch_.arrived(now, id, part.piece, part.total_bytes, part.data);
    ask(now);
}

void metadata_exchange::refused(time_point now, connection_id id, std::uint32_t piece) {
    fetch_.refused(now, id, piece);
    ask(now);
}

std::optional<connection_id> metadata_exchange::spoiled() {
    const auto from = fetch_.spoiled();
    return from.size() == 1 ? std::optional(from.front()) : std::nullopt;
}

void metadata_exchange::send(time_point now, link& l, std::uint32_t piece) const {
    const std::size_t begin = std::size_t{piece} * wire::metadata_piece_bytes;
    if (begin >= raw_.size() || l.up.unsent > most_ahead) return l.peer.reject_metadata(now, piece);
    const auto part = byte_view(raw_).subspan(begin);
    l.peer.send_metadata(now, piece, size(),
                         part.first(std::min<std::size_t>(part.size(), wire::metadata_piece_bytes)));
}

}  // namespace bt::swarm
