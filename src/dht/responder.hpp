// Answers the queries of others: at most one datagram out for one in, never more than 6 times as long and
// never longer than 1,200 bytes; what goes to the world stays within 8,000 bytes a second.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>

#include "base/endpoint.hpp"
#include "base/rng.hpp"
#include "base/time.hpp"
#include "dht/address_rules.hpp"
#include "dht/guards.hpp"
#include "dht/krpc.hpp"
#include "dht/peer_store.hpp"
#include "dht/routing_table.hpp"
#include "dht/tokens.hpp"

namespace bt::dht {

/// What one family knows, as an answer needs it.
struct known_nodes {
    const routing_table* world = nullptr;
    const routing_table* local = nullptr;  ///< both absent: we do not speak this family
};

struct responder_config {
    dht::secret secret{};
    bool enforce_secure_ids = false;  ///< refuse queries of public nodes whose id does not fit (BEP 42)
};

class responder {
  public:
    responder(const responder_config& config, rng random);

    /// Counts a datagram of `from` before it is read; false if it is to be ignored. A local address never is
    /// once it has returned what only it was sent, a transaction or a token: until then its datagrams may be
    /// forged.
    bool admits(time_point now, const endpoint& from, const address_rules& rules);

    /// It has answered a query of ours from there.
    void answered_us(time_point now, const ip_address& from);

    /// `to`: our address the query came to, if the driver knows it. `size`: of the query's datagram.
    /// Nothing where the budget is used up.
    std::optional<bytes> answer(time_point now, const endpoint& from, const ip_address& to, std::size_t size,
                                const krpc::query& query, const address_rules& rules, const known_nodes& v4,
                                const known_nodes& v6);
    std::optional<bytes> refuse(time_point now, const endpoint& from, std::size_t size,
                                const krpc::bad_query& query, const address_rules& rules);

    /// A torrent of our own: neighbours that ask for it are told of us, at the address they asked.
    void serve(const info_hash& hash, std::uint16_t port);
    void unserve(const info_hash& hash);

    /// An announce came in for this torrent: its peer, once, for a search of ours that waits.
    struct announced {
        info_hash hash;
        endpoint peer;
    };
    std::optional<announced> last_announced();

    peer_store& store() { return store_; }
    const peer_store& store() const { return store_; }
    void tick(time_point now) { store_.tick(now); }
    time_point next_deadline() const { return store_.next_deadline(); }
    std::uint64_t answered() const { return answered_; }
    std::uint64_t ignored() const { return ignored_; }
    bool is_sound() const;

  private:
    struct request;
    std::optional<bytes> announce(const request& to);
    std::optional<bytes> tell(const request& to);
    void collect_nodes(const request& to, const known_nodes& known, bytes& out);
    void collect_peers(const request& to, std::size_t room, std::vector<endpoint>& out);
    std::optional<bytes> error(time_point now, const endpoint& from, std::size_t size, std::string_view tid,
                               krpc::error_code code, std::string_view text, const address_rules& rules);
    std::optional<bytes> send(time_point now, const endpoint& to, std::size_t asked, bytes made,
                              const address_rules& rules);

    responder_config config_;
    tokens tokens_;
    peer_store store_;
    flood_guard floods_, local_floods_;
    std::unordered_map<ip_address, time_point> proven_;  // local addresses, and when
    budget bytes_out_;
    std::unordered_map<info_hash, std::uint16_t> serving_;
    std::optional<announced> announced_;
    std::vector<contact> near_;  // kept for its memory, as the lists below are
    bytes nodes_, nodes6_;
    krpc::answer_form form_;
    std::uint64_t answered_ = 0, ignored_ = 0;
};

}  // namespace bt::dht
