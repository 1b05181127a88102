// Reading torrents for guests: only what is verified, in turn among their addresses, no faster than peers
// leave room for, and waiting for what is still being fetched.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "app/session.hpp"
#include "guest/pace.hpp"
#include "net/http_part.hpp"
#include "net/timer.hpp"

namespace bt::app {

/// A download that is not complete, and goes on.
bool is_fetching(const session& node, torrent_id id);
/// Verified here, or it comes: it is wanted of what is being fetched.
bool is_here_or_comes(const session& node, torrent_id id, piece_index piece);

class guest_reads {
  public:
    /// Whoever asked keeps it, and lets it go where the answer is of no use any more.
    struct request {
        ip_address from;
        info_hash torrent;
        std::uint64_t begin = 0, size = 0;  ///< bytes of the torrent
        /// At least one byte, from the begin on; once. errc::not_found: the torrent is over or rests.
        std::function<void(result<net::http_part>)> done;
        int failures = 0;
    };

    explicit guest_reads(session& node);

    void begin(const std::shared_ptr<request>& what);
    /// Downloads under way: with many of them each has a smaller part in memory.
    void set_readers(std::size_t count) { readers_ = count; }

  private:
    using waiting = std::weak_ptr<request>;

    void on_tick();
    void on_turn();
    void try_again(std::deque<waiting> all);
    void look_at_swarm();
    void carry_out(const std::shared_ptr<request>& what);
    void wait_for(const std::shared_ptr<request>& what, torrent_id id);
    std::vector<piece_index> pieces_of(const request& what, torrent_id id) const;
    void came(const std::shared_ptr<request>& what, std::uint64_t from, result<buffer> data);
    std::uint64_t part_bytes() const;
    std::shared_ptr<request> next_in_turn();

    session& node_;
    guest::pace pace_;
    std::size_t readers_ = 0;
    time_point looked_{}, used_{};
    std::map<ip_address, std::deque<waiting>> in_turn_;  // for their bytes
    ip_address last_;                                    // had its turn
    std::deque<waiting> absent_;                         // what they want is not here yet
    net::timer tick_, turn_;
};

}  // namespace bt::app
