// What becomes of pieces that we had, and of a disk that takes none: files are ours as long as nobody else
// writes to them, and a disk is full until somebody makes room.
#include <utility>

#include "swarm/torrent_swarm.hpp"

namespace bt::swarm {

void torrent_swarm::lost(time_point now, const std::vector<piece_index>& pieces, bool fetch_again) {
    if (!picker_) return;
    if (super_) end_super_seeding(now);
    for (const auto piece : pieces) {
        if (!picker_->lose(piece, fetch_again)) continue;
        unreadable_.erase(piece);
        for (auto& [id, l] : links_)
            if (l.peer.is_open()) l.peer.dont_have(now, piece);  // BEP 54
    }
    if (!picker_->is_complete()) {
        told_complete_ = false;
        peers_.try_all(now);  // fellow seeds had nothing to say to each other
    }
    for (auto& [id, l] : links_) {
        if (!l.peer.is_open()) continue;
        l.peer.offer(now, offer());
        update_interest(now, id, l);
    }
    fill_all(now);
    settle(now);
}

void torrent_swarm::found(time_point now, const std::vector<piece_index>& pieces) {
    if (!picker_) return;
    for (const auto piece : pieces) {
        picker_->verified(piece);
        unreadable_.erase(piece);
        for (auto& [id, l] : links_)
            if (l.peer.is_open()) l.peer.have(now, piece);
    }
    for (auto& [id, l] : links_)
        if (l.peer.is_open()) update_interest(now, id, l);
    completed(now);
    settle(now);
}

void torrent_swarm::set_writable(time_point now, bool writable) {
    if (std::exchange(disk_takes_nothing_, !writable) == !writable) return;
    if (writable) fill_all(now);
    settle(now);
}

}  // namespace bt::swarm
