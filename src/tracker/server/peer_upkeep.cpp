// The peer store's own housekeeping: torrents come and go, a silent peer is forgotten, sizes are kept in
// order.
#include <algorithm>
#include <array>

#include "tracker/server/peer_store.hpp"

namespace bt::tracker {
namespace {

/// Torrents whose day is kept although they are not registered: 400 bytes each.
constexpr std::size_t histories_max = 4'096;

std::uint16_t sixteen_bits(std::uint32_t count) {
    return static_cast<std::uint16_t>(std::min(count, std::uint32_t{0xffff}));
}

}  // namespace

void swarm_history::note(std::uint32_t quarter, history_step counts) {
    if (latest == 0) first = latest = quarter;
    quarter = std::max(quarter, latest);  // the calendar may be set back
    if (quarter - latest >= steps.size()) {
        steps.fill(now);
    } else {
        for (; latest < quarter; ++latest) steps[(latest + 1) % steps.size()] = now;
    }
    latest = quarter;
    BT_ASSERT(first <= latest);
    now = counts;
    auto& step = steps[quarter % steps.size()];
    step.seeders = std::max(step.seeders, counts.seeders);
    step.leechers = std::max(step.leechers, counts.leechers);
}

std::vector<history_step> swarm_history::until(std::uint32_t quarter) const {
    auto copy = *this;
    if (latest == 0) return {};
    copy.note(quarter, now);
    const auto count = std::min<std::uint32_t>(copy.latest - first + 1, 96);
    std::vector<history_step> list;
    for (auto at = copy.latest - count + 1; at <= copy.latest; ++at)
        list.push_back(copy.steps[at % steps.size()]);
    return list;
}

std::uint32_t peer_store::take_torrent(const moment& at, const info_hash& hash) {
    if (torrents_.used() >= limits_.torrents) {
        const auto empty = class_heads_[0];
        if (empty == no_record) return no_record;
        drop_torrent(empty);
    }
    BT_ASSERT(torrents_.used() < limits_.torrents);
    const auto number = torrents_.take();
    auto& one = torrents_[number];
    one.hash = hash;
    one.in_use = true;
    one.last_announce = at.now;
    by_hash_.insert(hash_of(hash), number);
    one.next = class_heads_[0];
    if (one.next != no_record) torrents_[one.next].previous = number;
    class_heads_[0] = number;
    ++class_counts_[0];
    if (histories_ < histories_max) keep_history(number, at);
    return number;
}

void peer_store::keep_history(std::uint32_t torrent, const moment& at) {
    auto& one = torrents_[torrent];
    if (one.history) return;
    one.history = std::make_unique<swarm_history>();
    ++histories_;
    note_counts(torrent, at.quarter);
}

void peer_store::drop_torrent(std::uint32_t number) {
    auto& one = torrents_[number];
    BT_ASSERT(one.in_use && one.peers() == 0 && class_counts_[one.size_class] > 0);
    by_hash_.erase(hash_of(one.hash), number);
    (one.previous == no_record ? class_heads_[one.size_class] : torrents_[one.previous].next) = one.next;
    if (one.next != no_record) torrents_[one.next].previous = one.previous;
    --class_counts_[one.size_class];
    if (one.history) --histories_;
    torrents_.give_back(number);
}

/// Moves a torrent among those of its size.
void peer_store::relink(std::uint32_t number) {
    auto& one = torrents_[number];
    const auto size = size_class_of(one.peers());
    if (size == one.size_class) return;
    (one.previous == no_record ? class_heads_[one.size_class] : torrents_[one.previous].next) = one.next;
    if (one.next != no_record) torrents_[one.next].previous = one.previous;
    BT_ASSERT(class_counts_[one.size_class] > 0);
    --class_counts_[one.size_class];
    one.size_class = size;
    one.previous = no_record;
    one.next = class_heads_[size];
    if (one.next != no_record) torrents_[one.next].previous = number;
    class_heads_[size] = number;
    ++class_counts_[size];
}

void peer_store::note_counts(std::uint32_t number, std::uint32_t quarter) {
    auto& one = torrents_[number];
    if (one.history) one.history->note(quarter, {sixteen_bits(one.seeders), sixteen_bits(one.leechers)});
}

void peer_store::sweep(const moment& at, std::size_t records, stamp keep) {
    const auto some_peers = std::min<std::size_t>(records, peers_.end());
    for (std::size_t i = 0; i < some_peers; ++i) {
        if (++peer_cursor_ >= peers_.end()) peer_cursor_ = 0;
        const auto torrent = peers_[peer_cursor_].torrent;
        if (torrent == no_record || !expire(at.now, peer_cursor_)) continue;
        BT_ASSERT(torrents_[torrent].in_use);
        relink(torrent);
        note_counts(torrent, at.quarter);
    }
    const auto some_torrents = std::min<std::size_t>(records, torrents_.end());
    for (std::size_t i = 0; i < some_torrents; ++i) {
        if (++torrent_cursor_ >= torrents_.end()) torrent_cursor_ = 0;
        const auto& one = torrents_[torrent_cursor_];
        if (one.in_use && one.peers() == 0 && at.now - one.last_announce > keep)
            drop_torrent(torrent_cursor_);
    }
}

/// True if the peer lost an address.
bool peer_store::expire(stamp now, std::uint32_t number) {
    bool lost = false;
    for (const auto family : {ip_family::v4, ip_family::v6}) {
        const auto& address = peers_[number].addresses[static_cast<std::size_t>(family)];
        if (!address.present() || now - address.last <= address.lifetime) continue;
        detach(number, family);
        lost = true;
    }
    return lost;
}

std::vector<std::uint32_t> peer_store::largest(std::size_t most) const {
    std::vector<std::uint32_t> list;
    for (auto size = size_classes; size-- > 1 && list.size() < most;)
        // within a class a few more than asked for, so that their order is nearly right
        for (auto at = class_heads_[size]; at != no_record && list.size() < 4 * most; at = torrents_[at].next)
            list.push_back(at);
    std::stable_sort(list.begin(), list.end(), [&](std::uint32_t a, std::uint32_t b) {
        return torrents_[a].peers() > torrents_[b].peers();
    });
    if (list.size() > most) list.resize(most);
    return list;
}

std::uint32_t peer_store::peers_at(double part) const {
    const auto active = active_torrents();
    if (active == 0) return 0;
    const auto rank = static_cast<std::size_t>(part * static_cast<double>(active - 1));
    std::size_t seen = 0;
    for (std::size_t size = 1; size < size_classes; ++size) {
        seen += class_counts_[size];
        if (seen <= rank) continue;
        return size_of_class(size);
    }
    return 0;
}

std::vector<std::uint32_t> peer_store::peers_of(std::uint32_t torrent, std::size_t most) const {
    std::vector<std::uint32_t> list;
    const auto take = [&](const auto& in, bool all) {
        for (const auto& group : in.groups())
            for (const auto& one : {std::cref(group.lists[1]), std::cref(group.lists[0])})
                for (const auto& entry : one.get()) {
                    if (list.size() >= most) return;
                    if (all || !peers_[entry.peer].addresses[0].present()) list.push_back(entry.peer);
                }
    };
    take(torrents_[torrent].v4, true);
    take(torrents_[torrent].v6, false);
    return list;
}

std::uint32_t peer_store::restore_torrent(const moment& at, const info_hash& hash, std::uint32_t completed) {
    if (const auto known = find(hash); known != no_record) return known;
    const auto number = take_torrent(at, hash);
    if (number != no_record) torrents_[number].completed = completed;
    return number;
}

void peer_store::set_age(std::uint32_t peer, ip_family family, stamp first, stamp last, bool completed) {
    auto& one = peers_[peer];
    one.first = first;
    one.completed = completed;
    one.addresses[static_cast<std::size_t>(family)].last = last;
}

}  // namespace bt::tracker
