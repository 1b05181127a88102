// What we give: blocks to those who have a slot, and the pieces a super-seed shows.
#include <algorithm>
#include <deque>
#include <limits>
#include <map>

#include "swarm/torrent_swarm.hpp"

namespace bt::swarm {
namespace {

/// While a rate limit holds, nobody takes more than this before the others had their turn.
constexpr std::size_t limited_turn = 4 * limits::block_bytes;
/// A piece is looked at again at most so often, and so many of them: it is a read that others cause.
constexpr duration doubt_time = 60s;
constexpr std::size_t doubts_at_a_time = 16;
/// Bytes that are asked for again: pieces that came wrong are not many. More of them wait until nobody else
/// does, and no peer that means well takes the whole torrent so often over one connection.
constexpr std::uint64_t repeats_of_anybody = 4 * limits::MiB, most_repeats = 64 * limits::MiB,
                        most_copies = 2;

}  // namespace

/// While a limit holds some of them back, those under it wait for their turn, see feed_limited().
void torrent_swarm::serve(time_point now, connection_id id, link& l) {
    if (!up_limit_.is_starved() || !is_limited(l)) give(now, id, l);
}

void torrent_swarm::give(time_point now, connection_id id, link& l) {
    while (has_room_to_give(l)) {
        std::size_t most = settings_.read_batch;
        bool limited = false;
        if (is_limited(l)) {
            const auto allowed = up_limit_.allowance(now);
            if (allowed == 0) {
                up_limit_.starve(now);
                return;
            }
            limited = allowed != std::numeric_limits<std::uint64_t>::max();
            if (limited) most = static_cast<std::size_t>(std::min<std::uint64_t>(limited_turn, allowed));
        }
        auto ranges = l.peer.take_requests(most);
        std::size_t bytes = 0;
        for (const auto& range : ranges) {
            bytes += range.length;
            note_repeat(now, id, l, range);
            note_rare(id, l, range.piece);
            // many clients do not tell of a piece that they think we have
            if (super_ && range.offset + range.length == shape_->piece_size(range.piece))
                super_->has(now, id, range.piece);
        }
        l.up.reading += bytes;
        if (is_limited(l)) up_limit_.use(bytes);
        outputs_.push(out::read{id, std::move(ranges)});
        if (limited) {  // the rest when the others had their turn
            if (l.peer.waiting_requests() > 0) up_limit_.starve(now);
            return;
        }
    }
}

/// What a limit allows goes round among the hosts, the one that had least lately first, however many
/// connections each has. What is asked for again comes last.
void torrent_swarm::feed_limited(time_point now) {
    struct host_turn {
        std::uint64_t rate = 0;
        std::deque<connection_id> links{};
    };
    std::map<ip_address, host_turn> hosts;
    host_turn again;
    for (const auto id : links_.in_turn()) {
        const auto& l = links_.at(id);
        if (!is_limited(l)) continue;
        auto& host = hosts[l.address.address];
        host.rate += l.up.meter.per_second(now);
        if (has_room_to_give(l)) (asks_again(l) ? again : host).links.push_back(id);
    }
    std::vector<host_turn*> order;
    for (auto& [address, host] : hosts) order.push_back(&host);
    std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->rate < b->rate; });
    const auto go_round = [&](const std::vector<host_turn*>& among) {
        for (bool moved = true; std::exchange(moved, false);)
            for (auto* host : among) {
                if (host->links.empty()) continue;
                if (up_limit_.allowance(now) == 0) return false;
                const auto id = host->links.front();
                host->links.pop_front();
                auto& l = links_.at(id);
                give(now, id, l);
                if (has_room_to_give(l)) host->links.push_back(id);
                moved = true;
            }
        return true;
    };
    up_limit_.relieve();
    if (go_round(order) && go_round({&again}))
        up_limit_.relieve();
    else
        up_limit_.starve(now);
}

bool torrent_swarm::has_room_to_give(const link& l) const {
    return l.peer.is_open() && l.peer.waiting_requests() > 0 && l.up.ahead() < settings_.upload_ahead;
}

/// Most of what it takes it had already.
bool torrent_swarm::asks_again(const link& l) const {
    return l.up.repeated > repeats_of_anybody && l.up.repeated > l.up.meter.total() / 2;
}

/// A peer that asks for a piece again that it had whole may have found it wrong: it is looked at on disk. One
/// that goes on so takes the line from the others.
void torrent_swarm::note_repeat(time_point now, connection_id id, link& l, const block_range& range) {
    if (l.up.given.size() == 0 || !l.up.given.has(range.piece)) return;
    l.up.repeated += range.length;
    if (l.up.repeated > most_repeats + most_copies * shape_->total_bytes())
        return peers_.ban(id, "it takes the same blocks again and again");
    const auto piece = range.piece;
    std::erase_if(doubted_, [&](const auto& each) { return now - each.second >= doubt_time; });
    if (doubted_.size() < doubts_at_a_time && doubted_.emplace(piece, now).second)
        outputs_.push(out::look_at{piece});
}

void torrent_swarm::looked_at(time_point now, piece_index piece, bool right) {
    if (right || !picker_ || !picker_->have().has(piece)) return;
    take_back(now, piece);
    settle(now);
}

/// Told to all who think that we have it.
void torrent_swarm::take_back(time_point now, piece_index piece) {
    if (!unreadable_.insert(piece).second) return;
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        l.peer.dont_have(now, piece);
        links_.touch(id, l);
    }
}

torrent::piece_set torrent_swarm::readable() const {
    auto pieces = picker_->have();
    for (const auto piece : unreadable_) pieces.erase(piece);
    return pieces;
}

/// A piece that only we have is given away: whether it comes to others from there tells whom it pays to give
/// to.
void torrent_swarm::note_rare(connection_id id, link& l, piece_index piece) {
    if (!is_complete()) return;
    const auto given = rare_given_.find(piece.value());
    if (given == rare_given_.end()) {
        if (picker_->peers().count(piece) > 0) return;
        rare_given_.emplace(piece.value(), id);
        ++l.up.rare_given;
    } else if (given->second != id) {
        rare_given_.erase(given);  // who has it next may have it from us
    }
}

void torrent_swarm::note_spread(connection_id by, piece_index piece) {
    const auto given = rare_given_.find(piece.value());
    if (given == rare_given_.end() || given->second == by) return;
    if (auto* giver = links_.find(given->second)) ++giver->up.rare_spread;
    rare_given_.erase(given);
}

void torrent_swarm::blocks_read(time_point now, connection_id id, const std::vector<block_range>& ranges,
                                buffer frames) {
    auto* found = links_.find(id);
    if (found == nullptr) return;
    auto& l = *found;
    std::size_t payload = 0;
    for (const auto& range : ranges) payload += range.length;
    if (frames.empty() && ranges.front().piece != ranges.back().piece) {
        // which of them it is has to be found out
        auto first = ranges.begin();
        while (first != ranges.end()) {
            const auto end = std::find_if(
                first, ranges.end(), [&](const block_range& range) { return range.piece != first->piece; });
            outputs_.push(out::read{id, {first, end}});
            first = end;
        }
        return;
    }
    l.up.reading -= payload;
    if (frames.empty()) {
        take_back(now, ranges.front().piece);  // first: it is no refusal of what is there
        for (const auto& range : ranges) l.peer.reject(now, range);
    } else {
        l.peer.send_blocks(now, std::move(frames), ranges);
        if (l.up.given.size() == 0) l.up.given = torrent::piece_set(shape_->piece_count());
        for (const auto& range : ranges)
            if (range.offset + range.length == shape_->piece_size(range.piece))
                l.up.given.insert(range.piece);
        l.up.meter.add(now, payload);
        up_meter_.add(now, payload);
        if (l.near) near_up_meter_.add(now, payload);
        l.up.taken += payload;
        if (l.peer.interesting_to_us() && l.peer.choking_us()) l.up.taken_for_nothing += payload;
        last_upload_ = l.up.last_block = now;
    }
    serve(now, id, l);
    links_.touch(id, l);
    settle(now);
}

// --- super-seeding

void torrent_swarm::show_pieces(time_point now) {
    if (!peers_.complete().empty()) return end_super_seeding(now);
    while (const auto shown = super_->next(now)) {
        auto* l = links_.find(shown->peer);
        if (l == nullptr || !l->peer.is_open()) continue;
        l->peer.have(now, shown->piece);
        links_.touch(shown->peer, *l);
    }
}

/// Somebody else has everything: there is nothing left to save.
void torrent_swarm::end_super_seeding(time_point now) {
    super_.reset();
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        readable().for_each([&, &peer = l.peer](piece_index piece) { peer.have(now, piece); });
        l.peer.offer(now, offer());
        links_.touch(id, l);
    }
}

}  // namespace bt::swarm
