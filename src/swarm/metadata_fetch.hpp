// The info dictionary of a magnet link, put together from several peers (BEP 9). The caller hashes it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

namespace bt::swarm {

class metadata_fetch {
  public:
    /// A peer told its size of the metadata. The first size is taken up; a peer of another size waits for its
    /// turn.
    void offered(connection_id from, std::uint32_t total_bytes);
    void left(connection_id from);

    struct ask {
        connection_id from;
        std::uint32_t piece;
    };
    /// The next request to send; call until there is none.
    std::optional<ask> next(time_point now);
    void refused(time_point now, connection_id from, std::uint32_t piece);
    /// True when this was the last missing piece: take() it and hash it.
    bool arrived(connection_id from, std::uint32_t piece, std::uint32_t total_bytes, byte_view data);

    bytes take();
    /// The hash was wrong: begins again. Gives who had a part in it.
    std::vector<connection_id> spoiled();
    time_point next_deadline() const;

  private:
    static constexpr std::size_t most_asked_of_one = 4;
    static constexpr duration patience = 3s;
    struct part {
        bytes data;
        bool arrived = false;
        std::optional<connection_id> asked;
        time_point asked_at{};
        connection_id from{};
    };
    struct source {
        std::uint32_t total_bytes;
        std::size_t asked = 0;
        time_point not_before{};
    };
    void begin(std::uint32_t total_bytes);
    void release(part& p);

    std::map<connection_id, source> sources_;
    std::uint32_t total_ = 0;
    std::vector<part> parts_;
    std::size_t missing_ = 0;
};

}  // namespace bt::swarm
