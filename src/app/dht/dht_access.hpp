// The DHT as the `dht` commands see it: through a node of this user that runs, or with a node of their own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/dht_options.hpp"
#include "app/program.hpp"
#include "base/endpoint.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "dht/node.hpp"

namespace bt::app {

/// What a node of one's own needs to know.
struct dht_access_options : network_options {
    bool here = false;       ///< a node of its own, whatever runs
    bool read_only = true;   ///< it leaves soon: no node should remember it
    duration settling = 5s;  ///< how long stats() waits for it to find its way in, at most
    bool lan = true;         ///< neighbours are heard by hello, and asked
    dht_options dht;
};

struct dht_search_end {
    std::size_t nodes_answered = 0, announced = 0;
    unsigned hops = 0;
    duration took{};
    std::uint16_t port = 0;  ///< that was announced
};
struct dht_pong {
    endpoint at;
    std::optional<node_id> id;  ///< none: no answer
    duration round_trip{};
    std::string version;  ///< as sent
};

class dht_access : public program {
  public:
    using peers_fn = std::function<void(const std::vector<endpoint>&)>;
    using search_fn = std::function<void(const result<dht_search_end>&)>;
    using ping_fn = std::function<void(const result<dht_pong>&)>;
    using stats_fn = std::function<void(const result<dht::stats>&)>;

    static result<std::unique_ptr<dht_access>> start(const dht_access_options& options);

    /// Peers as they come, each once, then the end. A node that knows nobody waits until it does.
    /// `announce`: tells that they reach us at `port`; 0: at that of the running node.
    virtual void search(const info_hash& hash, bool announce, std::uint16_t port, peers_fn found,
                        search_fn over) = 0;
    virtual void ping(const std::string& host, std::uint16_t port, ping_fn done) = 0;
    virtual void stats(stats_fn done) = 0;
    /// It knows so many that answer, as far as is known here.
    virtual std::size_t nodes() const = 0;
    /// It is one that runs, not one of this command.
    virtual bool is_running_node() const = 0;
};

}  // namespace bt::app
