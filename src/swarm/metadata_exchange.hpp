// The info dictionary: asked of peers until it is known, then given to them (BEP 9). Private to this room.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.hpp"
#include "base/shared_list.hpp"
#include "base/time.hpp"
#include "swarm/links.hpp"
#include "swarm/metadata_fetch.hpp"
#include "swarm/outbox.hpp"

namespace bt::swarm {

class metadata_exchange {
  public:
    metadata_exchange(links& open, outbox& out) : links_(open), out_(out) {}

    /// It is known, and nothing more is asked.
    void set(shared_bytes raw);
    bool is_known() const { return known_; }
    std::uint32_t size() const { return static_cast<std::uint32_t>(raw_.size()); }

    // --- asked
    /// What may be asked now; what is whole goes out to be hashed.
    void ask(time_point now);
    /// It has told its size of it.
    void offered(time_point now, connection_id id, const link& l);
    void arrived(time_point now, connection_id id, const wire::event::metadata_received& part);
    void refused(time_point now, connection_id id, std::uint32_t piece);
    void left(connection_id id) { fetch_.left(id); }
    /// What went out does not match the hash. Gives the peer that lied, if that is certain.
    std::optional<connection_id> spoiled();
    time_point next_deadline() const { return known_ ? never : fetch_.next_deadline(); }

    // --- given
    void send(time_point now, link& l, std::uint32_t piece) const;

  private:
    links& links_;
    outbox& out_;
    metadata_fetch fetch_;
    shared_bytes raw_;
    bool known_ = false;
};

}  // namespace bt::swarm
