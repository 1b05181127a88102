#include "swarm/upload.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

#include "base/assert.hpp"
#include "wire/allowed_fast.hpp"

namespace bt::swarm {
namespace {

/// While a rate limit holds, no peer takes more than this before the others had their turn.
constexpr std::size_t limited_turn = 4 * limits::block_bytes;
/// So much of what a peer asks for is read ahead: what its socket takes in a moment, this at least.
constexpr duration moment = 250ms;
constexpr std::uint64_t least_ahead = 8 * limits::block_bytes;
/// A piece is looked at again at most so often, and so many of them: it is a read that others cause.
constexpr duration doubt_time = 60s;
constexpr std::size_t doubts_at_a_time = 16;
/// Bytes that are asked for again: no host that means well takes what it was given over the same connection
/// so often.
constexpr std::uint64_t most_repeats = 64 * limits::MiB, most_copies = 2;

std::size_t sum_of(const std::vector<block_range>& ranges) {
    std::size_t bytes = 0;
    for (const auto& range : ranges) bytes += range.length;
    return bytes;
}

}  // namespace

upload::upload(const info_hash& torrent, const swarm_settings& settings, shared_limit& all, links& open,
               peers& known, outbox& out)
    : torrent_(torrent), settings_(settings), links_(open), peers_(known), out_(out), limit_(all) {}

void upload::begin(const torrent::geometry& shape, const picker& ours) {
    BT_ASSERT(ours_ == nullptr);
    shape_ = shape;
    ours_ = &ours;
    unreadable_.clear();
    doubted_.clear();
}

void upload::end() {
    ours_ = nullptr;
    super_.reset();
}

// --- which pieces peers are told of

torrent::piece_set upload::shown() const {
    BT_ASSERT(ours_ != nullptr);
    if (super_) return torrent::piece_set(shape_.piece_count());
    auto pieces = ours_->have();
    for (const auto piece : unreadable_) pieces.erase(piece);
    return pieces;
}

void upload::start_super_seeding(rng random) {
    BT_ASSERT(ours_ != nullptr && ours_->have().all());
    super_.emplace(shape_.piece_count(), random);
}

void upload::end_super_seeding(time_point now) {
    BT_ASSERT(super_);
    super_.reset();
    const auto all = shown();
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        all.for_each([&, &peer = l.peer](piece_index piece) { peer.have(now, piece); });
        links_.touch(id, l);
    }
}

void upload::show(time_point now) {
    BT_ASSERT(super_);
    while (const auto shown = super_->next(now)) {
        auto* l = links_.find(shown->peer);
        if (l == nullptr || !l->peer.is_open()) continue;
        l->peer.have(now, shown->piece);
        links_.touch(shown->peer, *l);
    }
}

void upload::take_back(time_point now, piece_index piece) {
    if (!unreadable_.insert(piece).second) return;
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        l.peer.dont_have(now, piece);
        links_.touch(id, l);
    }
}

// --- peers

void upload::met(time_point now, connection_id id, link& l) {
    if (super_) super_->joined(id, l.peer.pieces());
    offer_without_slot(now, l);
}

void upload::has(time_point now, connection_id id, piece_index piece) {
    note_spread(id, piece);
    if (super_) super_->has(now, id, piece);
}

void upload::left(connection_id id) {
    if (super_) super_->left(id);
}

/// Some clients say that they want nothing more before the last pieces are told. One that only leaves may
/// have failed: what was given need not have come right. Nor what was in doubt.
bool upload::has_taken_everything(const link& l) const {
    return l.up.given.whole().size() > 0 && doubted_.empty() && unreadable_.empty() && lacks_at_most(0, l);
}

bool upload::lacks_at_most(std::uint32_t pieces, const link& l) const {
    const auto& theirs = l.peer.pieces();
    if (theirs.size() == 0 || theirs.count() + l.up.given.whole().count() + pieces < theirs.size())
        return false;
    std::uint32_t lacking = 0;
    for (std::uint32_t i = 0; i < theirs.size() && lacking <= pieces; ++i)
        lacking += !theirs.has(piece_index(i)) && !l.up.given.has(piece_index(i));
    return lacking <= pieces;
}

bool upload::has_given_a_copy() const { return meter_.total() >= shape_.total_bytes(); }

/// BEP 6: a peer that has nothing yet may have a few pieces without a slot. All peers of one network get the
/// same ones, so only so few that a crowd of them costs no copy of the torrent; neighbours need none.
void upload::offer_without_slot(time_point now, link& l) {
    static constexpr std::uint32_t pieces_for_one = 1'000;
    const auto& theirs = l.peer.pieces();
    const auto count = std::min<std::size_t>(limits::allowed_fast_pieces, theirs.size() / pieces_for_one);
    if (l.near || super_ || count == 0 || theirs.count() >= count) return;
    l.peer.allow_fast(now, wire::allowed_fast_set(l.address.address, torrent_, theirs.size(), count));
}

// --- blocks

void upload::serve(time_point now, connection_id id, link& l) {
    if (!limit_.is_starved() || !is_under_limit(l)) give(now, id, l);
}

/// Bytes that are read for it at a time; 0: enough waits for its socket. What was read is sent, also when the
/// peer has lost its slot: so for one that reads slowly, as far as that can be told, no more than it takes in
/// a moment.
std::size_t upload::room(time_point now, const link& l) const {
    if (!l.peer.is_open() || l.peer.waiting_requests() == 0) return 0;
    if (!l.up.may_read_slowly()) return l.up.ahead() < settings_.upload_ahead ? settings_.upload_ahead : 0;
    const auto soon = l.up.drained.per_second(now) / (1s / moment);
    const auto least = std::min<std::uint64_t>(least_ahead, settings_.upload_ahead);
    const auto most = std::clamp<std::uint64_t>(soon, least, settings_.upload_ahead);
    return l.up.ahead() < most ? static_cast<std::size_t>(most) : 0;
}

void upload::give(time_point now, connection_id id, link& l) {
    while (const auto free = room(now, l)) {
        std::size_t most = std::min(settings_.read_batch, free);
        bool limited = false;
        if (is_under_limit(l)) {
            const auto allowed = limit_.allowance(now);
            if (allowed == 0) return limit_.starve(now);
            limited = allowed != std::numeric_limits<std::uint64_t>::max();
            if (limited)
                most = static_cast<std::size_t>(std::min<std::uint64_t>({most, limited_turn, allowed}));
        }
        auto ranges = l.peer.take_requests(most);
        for (const auto& range : ranges) {
            note_repeat(now, id, l, range);
            note_rare(id, l, range.piece);
            // many clients do not tell of a piece that they think we have
            if (super_ && ends_piece(range)) super_->has(now, id, range.piece);
        }
        const auto bytes = sum_of(ranges);
        l.up.reading += bytes;
        if (is_under_limit(l)) limit_.use(bytes);
        out_.push(out::read{id, std::move(ranges)});
        if (limited) {  // the rest when the others had their turn
            if (l.peer.waiting_requests() > 0) limit_.starve(now);
            return;
        }
    }
}

/// What a limit allows goes round among the hosts, the one that had least lately first, however many
/// connections each has. What is asked for again comes last.
void upload::resume(time_point now) {
    struct host_turn {
        std::uint64_t rate = 0;
        std::deque<connection_id> links{};
    };
    std::map<ip_address, host_turn> hosts;
    host_turn again;
    for (const auto id : links_.in_turn()) {
        const auto& l = links_.at(id);
        if (!is_under_limit(l)) continue;
        auto& host = hosts[l.address.address];
        host.rate += l.up.meter.per_second(now);
        if (room(now, l) > 0) (l.up.asks_again() ? again : host).links.push_back(id);
    }
    std::vector<host_turn*> order;
    for (auto& [address, host] : hosts) order.push_back(&host);
    std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->rate < b->rate; });
    const auto go_round = [&](const std::vector<host_turn*>& among) {
        for (bool moved = true; std::exchange(moved, false);)
            for (auto* host : among) {
                if (host->links.empty()) continue;
                if (limit_.allowance(now) == 0) return false;
                const auto id = host->links.front();
                host->links.pop_front();
                auto& l = links_.at(id);
                give(now, id, l);
                if (room(now, l) > 0) host->links.push_back(id);
                moved = true;
            }
        return true;
    };
    limit_.relieve();
    if (go_round(order) && go_round({&again}))
        limit_.relieve();
    else
        limit_.starve(now);
}

void upload::blocks_read(time_point now, connection_id id, link& l, const std::vector<block_range>& ranges,
                         buffer frames) {
    BT_ASSERT(!ranges.empty());
    if (frames.empty() && ranges.front().piece != ranges.back().piece) {
        // which of them it is has to be found out
        auto first = ranges.begin();
        while (first != ranges.end()) {
            const auto end = std::find_if(
                first, ranges.end(), [&](const block_range& range) { return range.piece != first->piece; });
            out_.push(out::read{id, {first, end}});
            first = end;
        }
        return;
    }
    const auto payload = sum_of(ranges);
    BT_ASSERT(payload <= l.up.reading);
    l.up.reading -= payload;
    if (frames.empty()) {
        take_back(now, ranges.front().piece);  // first: it is no refusal of what is there
        for (const auto& range : ranges) l.peer.reject(now, range);
    } else {
        l.peer.send_blocks(now, std::move(frames), ranges);
        for (const auto& range : ranges) l.up.given.add(shape_, range);
        l.up.gave(now, payload);
        if (l.peer.interesting_to_us() && l.peer.choking_us()) l.up.taken_for_nothing += payload;
        meter_.add(now, payload);
        if (l.near) near_meter_.add(now, payload);
        last_block_ = now;
    }
    serve(now, id, l);
    links_.touch(id, l);
}

/// A peer that asks for a piece again that it had whole may have found it wrong: it is looked at on disk. One
/// that goes on so takes the line from the others.
void upload::note_repeat(time_point now, connection_id id, link& l, const block_range& range) {
    if (!l.up.given.has(range.piece)) return;
    l.up.repeated += range.length;
    if (repeated_of_host(l, range.length) > most_repeats + most_copies * shape_.total_bytes())
        return peers_.ban(now, id, "it takes the same blocks again and again");
    std::erase_if(doubted_, [&](const auto& each) { return now - each.second >= doubt_time; });
    if (doubted_.size() < doubts_at_a_time && doubted_.emplace(range.piece, now).second)
        out_.push(out::look_at{range.piece});
}

/// Over all its connections, those that ended too; on this very machine one address is of many nodes.
std::uint64_t upload::repeated_of_host(const link& l, std::uint64_t more) {
    const auto& host = l.address.address;
    if (host.scope() == address_scope::loopback) return l.up.repeated;
    const auto found = repeated_.find(host);
    if (found != repeated_.end()) return found->second += more;
    if (repeated_.size() < limits::known_peers) repeated_.emplace(host, more);
    return l.up.repeated;
}

/// A piece that only we have is given away: whether it comes to others from there tells which peers it pays
/// to give to.
void upload::note_rare(connection_id id, link& l, piece_index piece) {
    BT_ASSERT(ours_ != nullptr);
    if (!ours_->is_complete()) return;
    const auto given = rare_given_.find(piece.value());
    if (given == rare_given_.end()) {
        if (ours_->peers().count(piece) > 0) return;
        rare_given_.emplace(piece.value(), id);
        ++l.up.rare_given;
    } else if (given->second != id) {
        rare_given_.erase(given);  // the next that has it may have it from us
    }
}

void upload::note_spread(connection_id by, piece_index piece) {
    const auto given = rare_given_.find(piece.value());
    if (given == rare_given_.end() || given->second == by) return;
    if (auto* giver = links_.find(given->second)) ++giver->up.rare_spread;
    rare_given_.erase(given);
}

bool upload::is_sound() const {
    if (ours_ == nullptr) return !super_;
    const auto pieces = shape_.piece_count();
    return doubted_.size() <= doubts_at_a_time && (!super_ || ours_->have().all()) &&
           std::all_of(links_.begin(), links_.end(), [&](const auto& each) {
               const auto& up = each.second.up;
               const auto& whole = up.given.whole();
               return (whole.size() == 0 || whole.size() == pieces) && up.rare_spread <= up.rare_given &&
                      (up.repeated == 0 || whole.count() > 0);
           });
}

}  // namespace bt::swarm
