#include "storage/job_gate.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace bt::storage {

void job_gate::enter_write(piece_index piece, go begin) { enter({kind::write, {piece}, std::move(begin)}); }

void job_gate::enter_read(std::vector<piece_index> pieces, go begin) {
    enter({kind::read, std::move(pieces), std::move(begin)});
}

void job_gate::enter_alone(go begin) { enter({kind::alone, {}, std::move(begin)}); }

void job_gate::leave_write(piece_index piece) {
    {
        const std::lock_guard lock(mutex_);
        const bool was_writing = writing_.erase(piece) == 1;
        BT_ASSERT(was_writing);
    }
    wake();
}

void job_gate::leave_alone() {
    {
        const std::lock_guard lock(mutex_);
        BT_ASSERT(alone_ && writing_.empty());
        alone_ = false;
    }
    wake();
}

void job_gate::close() {
    std::vector<waiting> dropped;  // outlives the lock: a job may hold the last reference to the gate's owner
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(waiting_);
}

void job_gate::enter(waiting job) {
    BT_ASSERT(job.begin && (job.what != kind::write || job.pieces.size() == 1));
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        // A write that waits already goes before a later job on the same piece.
        const bool behind = std::any_of(waiting_.begin(), waiting_.end(), [&](const waiting& earlier) {
            if (earlier.what == kind::alone) return job.what != kind::read;
            return earlier.what == kind::write && std::find(job.pieces.begin(), job.pieces.end(),
                                                            earlier.pieces.front()) != job.pieces.end();
        });
        if (behind || !admit(job)) {
            waiting_.push_back(std::move(job));
            return;
        }
    }
    job.begin();
}

bool job_gate::admit(const waiting& job) {
    const bool busy = std::any_of(job.pieces.begin(), job.pieces.end(),
                                  [&](piece_index piece) { return writing_.contains(piece); });
    if (busy) return false;
    switch (job.what) {
        case kind::read:
            return true;
        case kind::write:
            if (alone_) return false;
            writing_.insert(job.pieces.front());
            return true;
        case kind::alone:
            if (alone_ || !writing_.empty()) return false;
            alone_ = true;
            return true;
    }
    return false;
}

void job_gate::wake() {
    std::vector<go> begin;
    {
        const std::lock_guard lock(mutex_);
        std::vector<waiting> still;
        std::unordered_set<piece_index> held_back;
        bool alone_waits = false;
        for (auto& job : waiting_) {
            const bool behind = (alone_waits && job.what != kind::read) ||
                                std::any_of(job.pieces.begin(), job.pieces.end(),
                                            [&](piece_index piece) { return held_back.contains(piece); });
            if (!behind && admit(job)) {
                begin.push_back(std::move(job.begin));
                continue;
            }
            alone_waits |= job.what == kind::alone;
            if (job.what == kind::write) held_back.insert(job.pieces.front());
            still.push_back(std::move(job));
        }
        waiting_ = std::move(still);
        BT_ASSERT(waiting_.empty() || alone_ || !writing_.empty());  // something will wake them
    }
    for (auto& run : begin) run();
}

}  // namespace bt::storage
