// The peers others announced to us: a bounded random sample per torrent, each gone half an hour after it was
// last announced.
//
// An IPv4 peer takes 8 bytes, an IPv6 one 20, so 2,000 torrents of 500 peers stay below 20 MiB.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "dht/address_rules.hpp"

namespace bt::dht {

class peer_store {
  public:
    explicit peer_store(rng random);
    ~peer_store();
    peer_store(peer_store&&) noexcept;
    peer_store& operator=(peer_store&&) noexcept;

    /// Whether an announce of `by` for this torrent has a place: it is known, there is room for one more, or
    /// an address that holds more than `by` gives way.
    bool has_room(const info_hash& hash, const ip_address& by) const;
    /// False if there is no room. In a full store the address that began the most torrents loses the one it
    /// began first, if it holds two more than the newcomer, so that few cannot shut out the others. A torrent
    /// that is full keeps a uniform sample of all that announced.
    bool add(time_point now, const info_hash& hash, const endpoint& peer);
    /// At most `count` of those of a family that `asker` may be told, a random sample, without `asker` being
    /// favoured or left out.
    void sample(time_point now, const info_hash& hash, ip_family family, const ip_address& asker,
                const address_rules& rules, std::size_t count, std::vector<endpoint>& out);
    void tick(time_point now);
    time_point next_deadline() const;

    std::size_t torrents() const;
    std::size_t peers() const;
    std::size_t memory() const;  ///< bytes, estimated
    /// Counts are those of what is there, within the limits; no peer twice in a torrent, none older than its
    /// oldest.
    bool is_sound() const;

  private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace bt::dht
