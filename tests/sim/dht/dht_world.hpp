// A network of DHT nodes alone, for populations that whole nodes are too heavy for: the core that ships,
// virtual time, datagrams with delay and loss. One seed decides everything.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <unordered_map>
#include <vector>

#include "dht/node.hpp"

namespace bt::sim {

struct dht_link {
    duration delay_min = 10ms, delay_max = 120ms;  ///< one way; each pair of hosts has its own in between
    double loss = 0;
};

/// The i-th public address, each in a /24 of its own.
endpoint public_address(std::uint32_t i);
/// The i-th of a LAN that is one /24 as long as that has room.
endpoint lan_address(std::uint32_t i);

class dht_world;

class dht_host {
  public:
    endpoint at;
    std::uint32_t number = 0;
    int island = 0;      ///< only hosts of one island reach each other
    bool online = true;  ///< a cable that can be pulled
    std::unique_ptr<dht::node> node;
    std::uint64_t datagrams_in = 0, datagrams_out = 0, bytes_out = 0;
    /// What its searches found and how they ended.
    struct found {
        std::vector<endpoint> peers;
        std::optional<dht::out::search_over> over;
        time_point first_at = never;
    };
    std::unordered_map<dht::search_id, found> searches;
    std::vector<dht::out::pinged> pings;

  private:
    friend class dht_world;
    time_point tick_at_ = never;
};

class dht_world {
  public:
    explicit dht_world(std::uint64_t seed) : random_(seed) {}

    dht_link link;
    /// Sees each datagram; false loses it.
    std::function<bool(const endpoint& from, const endpoint& to, byte_view datagram)> wire;
    /// Datagrams to addresses where no host is.
    std::function<void(const endpoint& from, const endpoint& to, byte_view datagram)> elsewhere;

    /// Its settings are filled in where they are empty: a secret, families by the address.
    dht_host& add(const endpoint& at, dht::config settings = {},
                  const std::optional<dht::saved_state>& saved = std::nullopt, unsigned prefix_bits = 24);
    /// Power off: nothing is said. Its place is not used again.
    void remove(dht_host& host);
    dht_host* find(const endpoint& at);
    dht_host& host(std::size_t i) { return *hosts_[i]; }
    std::size_t hosts() const { return hosts_.size(); }
    std::size_t alive() const { return alive_; }
    /// A living one, at random.
    dht_host& any();

    // inputs of a host, its outputs carried out
    void contact(dht_host& host, const endpoint& at);
    dht::search_id search(dht_host& host, const dht::search_wish& wish);
    void networks(dht_host& host, std::vector<own_network> networks);
    /// As somebody else: a datagram with any source.
    void inject(const endpoint& from, const endpoint& to, bytes datagram);
    void pump(dht_host& host);

    void after(duration d, std::function<void()> what);
    void run_for(duration d);
    bool run_until(const std::function<bool()>& condition, duration limit);

    time_point now() const { return now_; }
    rng& random() { return random_; }
    std::uint64_t datagrams() const { return datagrams_; }

  private:
    struct event {
        time_point when;
        std::uint64_t order;
        std::uint32_t host;     // for a tick
        std::uint32_t payload;  // place in payloads_; none: a tick
        bool operator<(const event& other) const {
            return std::tie(when, order) > std::tie(other.when, other.order);  // the earliest on top
        }
    };
    struct payload {
        endpoint from, to;
        bytes datagram;
        std::function<void()> what;
    };
    static constexpr std::uint32_t none = ~std::uint32_t{0};

    void push(time_point when, std::uint32_t host, payload* content);
    void step(const event& next);
    void deliver(const payload& what);
    duration delay(const endpoint& a, const endpoint& b);

    rng random_;
    time_point now_{1s};
    std::uint64_t order_ = 0, datagrams_ = 0, steps_without_time_ = 0, pumped_ = 0;
    std::size_t alive_ = 0;
    std::priority_queue<event> queue_;
    std::vector<payload> payloads_;
    std::vector<std::uint32_t> free_;
    std::vector<std::unique_ptr<dht_host>> hosts_;
    std::unordered_map<endpoint, dht_host*> at_;
};

/// So many nodes that came one after another, each by one that was there, and have settled.
std::vector<dht_host*> grown_network(dht_world& world, std::uint32_t count,
                                     endpoint (*address)(std::uint32_t));

/// The info-hash of a made-up torrent.
info_hash made_up_hash(rng& random);

}  // namespace bt::sim
