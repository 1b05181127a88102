// Local service discovery (BEP 14) as a core: announces torrents to the link and hears which hosts announce
// the same. Datagrams and time go in as calls, what to send and what was found is pulled with poll(). After
// every call drain poll(), then ask next_deadline() when to tick().
//
// A torrent is announced at 0, 2 and 6 s, then every 5 minutes, and at once when another host looks for it,
// at most once a second. Announces leave in tick(), a few a second: Transmission reads 50 datagrams in 5 s,
// of all hosts. BEP 14 has nothing by which a source could confirm what it says: what it names is told of
// as hearsay, at a random moment of the next second, so that a forged packet does not make all that heard it
// call one address at once.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/rng.hpp"
#include "discovery/interfaces.hpp"
#include "discovery/link.hpp"
#include "discovery/outputs.hpp"
#include "discovery/rate_limit.hpp"
#include "discovery/repeats.hpp"

namespace bt::discovery {

struct lsd_config {
    std::string
        cookie;  ///< random, of this process: what carries it is our own echo; 32 visible ASCII bytes count
    std::uint16_t peer_port = 0;  ///< 0: takes no peers, announces nothing and only listens
};

class lsd {
  public:
    using output = std::variant<send, peer_found>;

    lsd(lsd_config config, rng random);

    /// All running interfaces, on each round; announces anew whenever they differ.
    void set_interfaces(time_point now, std::vector<interface_address> interfaces);

    /// Announces a torrent until withdraw(). Never a private one. Nothing new for one that is announced
    /// already.
    void announce(time_point now, const info_hash& torrent);
    void withdraw(const info_hash& torrent);

    void receive(time_point now, const endpoint& source, unsigned interface_index, byte_view datagram);
    void tick(time_point now);

    std::optional<output> poll();
    time_point next_deadline() const;
    /// Nothing is due before the deadlines, what was heard is within the limits.
    bool is_sound() const;

  private:
    struct announced {
        repeats due;
        time_point last_sent = time_point::min();
    };

    bool is_own(const endpoint& source, std::uint16_t port) const;
    void answer(time_point now, const info_hash& torrent, const endpoint& source, unsigned interface_index);
    std::optional<link_target> target_towards(const ip_address& source, unsigned interface_index) const;
    void found(time_point now, const info_hash& torrent, const endpoint& peer);
    void tell_found(time_point now);
    void emit(const link_target& target, const info_hash& torrent);
    void update_next_due();

    lsd_config config_;
    rng random_;
    std::vector<interface_address> interfaces_;
    std::map<info_hash, announced> torrents_;
    time_point next_due_ = never;  // earliest of torrents_
    rate_limit pace_;
    source_rate_limit heard_;
    std::vector<std::pair<time_point, peer_found>> found_;  // told of when their moment comes
    time_point next_found_ = never;
    std::deque<output> outputs_;
};

}  // namespace bt::discovery
