// What a peer said, and what follows from it.
#include <algorithm>

#include "base/overloaded.hpp"
#include "swarm/torrent_swarm.hpp"

namespace bt::swarm {
void torrent_swarm::handle(time_point now, connection_id id, link& l, wire::peer_event& event) {
    namespace ev = wire::event;
    std::visit(overloaded{
                   [](ev::knock&) {},  // answered before the peer came here
                   [&](ev::opened& e) { on_opened(now, id, l, e.id); },
                   [&](ev::extension_handshake_received&) { on_extensions(now, id, l); }, [&](ev::choked&) {},
                   [&](ev::unchoked&) {},  // drain() asks for blocks
                   [&](ev::interested&) { choke_soon_ = true; },
                   [&](ev::not_interested&) { choke_soon_ = choke_soon_ || !l.peer.choked_by_us(); },
                   [&](ev::pieces_known&) { on_pieces(now, id, l); },
                   [&](ev::has_piece& e) { on_has_piece(now, id, l, e.piece); },
                   [&](ev::block& e) { on_block(now, id, l, e); },
                   [&](ev::unwanted_block& e) { wasted_ += e.bytes; },
                   [&](ev::block_lost& e) {
                       if (picker_) picker_->lost(e.range);
                   },
                   [&](ev::requests_waiting&) { serve(now, id, l); },
                   [&](ev::metadata_requested& e) {
                       const std::size_t begin = std::size_t{e.piece} * wire::metadata_piece_bytes;
                       if (begin >= raw_info_.size()) return l.peer.reject_metadata(now, e.piece);
                       const auto part = byte_view(raw_info_).subspan(begin);
                       l.peer.send_metadata(
                           now, e.piece, static_cast<std::uint32_t>(raw_info_.size()),
                           part.first(std::min<std::size_t>(part.size(), wire::metadata_piece_bytes)));
                   },
                   [&](ev::metadata_received& e) { on_metadata(now, id, l, e); },
                   [&](ev::metadata_refused& e) {
                       metadata_.refused(now, id, e.piece);
                       if (!shape_) ask_metadata(now);
                   },
                   [&](ev::dht_port& e) {
                       outputs_.push_back(out::dht_node{{l.address.address, e.port}});
                   },
                   [](ev::closed&) {},  // drain() has dealt with it
               },
               event);
}

void torrent_swarm::on_opened(time_point now, connection_id id, link& l, const peer_id& who) {
    if (who == self_.id) {
        if (l.listens) pool_.ban(*l.listens);
        return l.peer.close("connected to ourselves");
    }
    if (banned_ids_.contains(who)) {
        if (l.listens) pool_.ban(*l.listens);
        return l.peer.close("it is banned", true);
    }
    for (auto& [other_id, other] : open_) {
        if (other_id == id || !other.peer.is_open() || other.peer.id() != who) continue;
        // Both ends must keep the same connection: the one that the smaller peer id began. Of two in one
        // direction, the older.
        const bool keep_outgoing = self_.id < who;
        const bool keep_new = other.incoming != l.incoming && l.incoming != keep_outgoing;
        if (!keep_new) return l.peer.close("connected twice");
        other.peer.close("connected twice");
        touch(other_id, other);
    }
    if (picker_)
        l.peer.start(now, *shape_, picker_->have(), static_cast<std::uint32_t>(raw_info_.size()));
    else
        l.peer.start_without_metadata(now);
    // a client without BEP 10 will not tell its name later
    if (!l.peer.offers().extended && !l.announced) {
        l.announced = true;
        outputs_.push_back(out::peer_joined{id, l.address});
    }
}

void torrent_swarm::on_extensions(time_point now, connection_id id, link& l) {
    const auto& theirs = l.peer.extensions();
    l.window.set_most(theirs.request_queue);
    if (l.incoming && theirs.listen_port && !l.listens) {
        l.listens = endpoint{l.address.address, *theirs.listen_port};
        pool_.add(now, *l.listens, peer_source::incoming, {});
        pool_.connected(*l.listens);
    }
    if (!shape_ && l.peer.speaks_metadata() && theirs.metadata_bytes) {
        metadata_.offered(id, *theirs.metadata_bytes);
        ask_metadata(now);
    }
    if (!l.announced) {
        l.announced = true;
        outputs_.push_back(out::peer_joined{id, l.address});
    }
}

void torrent_swarm::on_pieces(time_point now, connection_id id, link& l) {
    if (!picker_) return;
    const auto& theirs = l.peer.pieces();
    if (!l.counted_everywhere && l.counted.size() == 0) {
        l.counted_everywhere = theirs.all();
        l.counted = torrent::piece_set(theirs.size());
        if (l.counted_everywhere) picker_->peers().add_everywhere();
    }
    if (!l.counted_everywhere) theirs.for_each([&](piece_index piece) { count(l, piece); });
    note_complete(id, l);
    update_interest(now, id, l);
}

void torrent_swarm::on_has_piece(time_point now, connection_id id, link& l, piece_index piece) {
    if (!picker_) return;
    if (l.counted.size() == 0) return on_pieces(now, id, l);
    count(l, piece);
    note_complete(id, l);
    if (!l.peer.interesting_to_us()) update_interest(now, id, l);
}

void torrent_swarm::count(link& l, piece_index piece) {
    if (!l.counted_everywhere && l.counted.insert(piece)) picker_->peers().add(piece);
}

void torrent_swarm::note_complete(connection_id id, link& l) {
    const auto& theirs = l.peer.pieces();
    if (theirs.size() == 0 || !theirs.all()) return;
    if (completed_.size() < limits::known_peers && completed_.insert(l.peer.id()).second)
        outputs_.push_back(out::peer_completed{l.address, l.peer.extensions().client});
    if (!is_complete() || !picker_->have().all()) return;
    l.useful = true;
    l.peer.close("both have everything");
    touch(id, l);
}

void torrent_swarm::update_interest(time_point now, connection_id id, link& l) {
    const bool wanted = picker_ && !paused_ && picker_->is_interesting(l.peer.pieces());
    l.peer.set_interested(now, wanted);
    touch(id, l);
}

void torrent_swarm::fill_requests(time_point now, connection_id id, link& l) {
    if (!picker_ || paused_ || !l.peer.is_open() || l.peer.choking_us() || !l.peer.interesting_to_us())
        return;
    if (l.peer.pieces().size() == 0 || writing_bytes_ > settings_.write_backlog) return;
    const auto& outstanding = l.peer.outstanding();
    const auto window = l.snubbed ? std::size_t{1} : l.window.size();
    if (outstanding.size() >= window) return;
    const auto allowed = down_limit_.allowance(now);
    if (allowed == 0) {
        starved_ = true;
        return;
    }
    const auto count = std::min<std::size_t>(window - outstanding.size(), allowed / limits::block_bytes + 1);
    const auto owes = [&](const block_range& range) {
        return std::any_of(outstanding.begin(), outstanding.end(),
                           [&](auto& asked) { return asked.range == range; });
    };
    const auto picked = picker_->pick(l.peer.pieces(), count, owes);
    for (const auto& range : picked) {
        l.peer.request(now, range);
        down_limit_.use(range.length);
    }
    if (!picked.empty()) touch(id, l);
}

void torrent_swarm::fill_all(time_point now) {
    for (auto& [id, l] : open_) fill_requests(now, id, l);
}

void torrent_swarm::on_block(time_point now, connection_id id, link& l, const wire::event::block& block) {
    const auto bytes = static_cast<std::uint32_t>(block.data.size());
    l.down.add(now, bytes);
    down_meter_.add(now, bytes);
    l.window.arrived(now, bytes, now - block.requested);
    l.last_block = now;
    l.snubbed = false;
    l.useful = true;
    if (!picker_) return;
    const auto arrival = picker_->arrived(block.range, block.data, id);
    if (!arrival.fresh) {
        wasted_ += bytes;
        return;
    }
    if (arrival.others_asked) {
        for (auto& [other_id, other] : open_) {
            if (other_id == id) continue;
            const auto& owed = other.peer.outstanding();
            if (std::none_of(owed.begin(), owed.end(),
                             [&](auto& asked) { return asked.range == block.range; }))
                continue;
            other.peer.cancel(now, block.range);
            touch(other_id, other);
        }
    }
    if (!arrival.piece_whole) return;
    auto whole = picker_->take_piece(block.range.piece);
    writing_.emplace(block.range.piece.value(), std::move(whole.from));
    writing_bytes_ += whole.data.size();
    outputs_.push_back(out::write{block.range.piece, std::move(whole.data)});
}

void torrent_swarm::serve(time_point now, connection_id id, link& l) {
    while (l.peer.is_open() && !l.peer.choked_by_us() && l.peer.waiting_requests() > 0 &&
           l.unsent + l.reading < settings_.upload_ahead) {
        const auto allowed = up_limit_.allowance(now);
        if (allowed == 0) {
            starved_ = true;
            return;
        }
        auto ranges = l.peer.take_requests(std::min<std::size_t>(settings_.read_batch, allowed));
        std::size_t bytes = 0;
        for (const auto& range : ranges) bytes += range.length;
        l.reading += bytes;
        up_limit_.use(bytes);
        outputs_.push_back(out::read{id, std::move(ranges)});
    }
}

void torrent_swarm::ask_metadata(time_point now) {
    while (auto ask = metadata_.next(now)) {
        auto& l = open_.at(ask->from);
        l.peer.request_metadata(now, ask->piece);
        touch(ask->from, l);
    }
}

void torrent_swarm::on_metadata(time_point now, connection_id id, link& l,
                                const wire::event::metadata_received& part) {
    (void)l;
    if (shape_) return;
    if (metadata_.arrived(id, part.piece, part.total_bytes, part.data))
        outputs_.push_back(out::check_metadata{metadata_.take()});
    else
        ask_metadata(now);
}

}  // namespace bt::swarm
