// Which jobs of one torrent may run at the same time: a read never overtakes a write of its piece, two writes
// of a piece follow each other, and a job that needs the torrent for itself waits for the writes under way.
#pragma once

#include <functional>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "base/ids.hpp"

namespace bt::storage {

class job_gate {
  public:
    using go = std::function<void()>;

    // Each calls `begin` at once or from a later leave_*, on that one's thread, without a lock held.

    void enter_write(piece_index piece, go begin);
    void leave_write(piece_index piece);
    /// Nothing to leave: readers hold nothing up.
    void enter_read(std::vector<piece_index> pieces, go begin);
    /// Alone among writes and other such jobs; reads go on.
    void enter_alone(go begin);
    void leave_alone();

    /// Forgets the jobs that wait, and those still to come.
    void close();

  private:
    enum class kind { write, read, alone };
    struct waiting {
        kind what;
        std::vector<piece_index> pieces;
        go begin;
    };
    void enter(waiting job);
    bool admit(const waiting& job);
    void wake();

    std::mutex mutex_;
    std::unordered_set<piece_index> writing_;
    bool alone_ = false, closed_ = false;
    std::vector<waiting> waiting_;  // in the order of arrival
};

}  // namespace bt::storage
