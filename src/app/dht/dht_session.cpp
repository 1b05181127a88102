#include "app/dht/dht_session.hpp"

#include <map>

#include "app/dht/dht_state.hpp"
#include "app/lan/lan_presence.hpp"
#include "app/sockets/own_networks.hpp"
#include "app/sockets/udp_pair.hpp"
#include "base/overloaded.hpp"
#include "net/resolve.hpp"
#include "net/timer.hpp"

namespace bt::app {
namespace {

constexpr duration poll_time = 50ms;
constexpr duration calm_time = 1s;     // no new node for so long: it has found its way in
constexpr duration search_again = 1s;  // a search that reached nobody is repeated

class own_node final : public dht_access {
  public:
    explicit own_node(const dht_access_options& options)
        : options_(options),
          loop_(the_loop()),
          resolver_(loop_),
          tick_(loop_,
                [this] {
                    node_->tick(loop_.now());
                    pump();
                }),
          look_(loop_, [this] { look(); }),
          began_(loop_.now()),
          grown_(began_) {}

    result<void> open();

    void search(const info_hash& hash, bool announce, std::uint16_t port, peers_fn found,
                search_fn over) override;
    void ping(const std::string& host, std::uint16_t port, ping_fn done) override;
    void stats(stats_fn done) override { waiting_stats_ = std::move(done); }
    std::size_t nodes() const override { return node_->nodes(loop_.now()); }
    bool is_running_node() const override { return false; }
    void run() override {
        pump();
        look_.arm(loop_.now());
        dht_access::run();
    }
    void stop() override;

  private:
    struct wish {
        dht::search_wish what;
        peers_fn found;
        search_fn over;
    };

    void read_state();
    void enter();
    void pump();
    void carry_out(dht::output& what);
    void send(const dht::out::send& what);
    void look_up(const dht::out::resolve& what);
    void ended(const dht::out::search_over& what);
    void look();
    bool is_settled() const;

    dht_access_options options_;
    net::loop& loop_;
    std::unique_ptr<udp_pair> sockets_;
    std::unique_ptr<dht_state> state_;
    std::optional<dht::saved_state> saved_;
    std::unique_ptr<dht::node> node_;
    std::unique_ptr<own_networks> networks_;
    std::unique_ptr<lan_presence> lan_;
    net::resolver resolver_;
    net::timer tick_, look_;
    time_point began_, grown_;
    std::size_t most_ = 0;
    std::map<dht::search_id, wish> searches_;
    std::vector<std::pair<time_point, wish>> waiting_;  // for a node that is reached, or to be tried again
    std::map<std::uint64_t, ping_fn> pings_;
    stats_fn waiting_stats_;
    bool pumping_ = false;
};

result<void> own_node::open() {
    sockets_ =
        std::make_unique<udp_pair>(loop_, options_.ipv4, options_.ipv6, ip_address::parse(options_.bind),
                                   [this](const endpoint& from, const ip_address& to, byte_view datagram) {
                                       node_->receive(loop_.now(), from, to, datagram);
                                       pump();
                                   });
    if (sockets_->open(0) == 0) return fail(errc::network, "no UDP port for the DHT is to be had");
    read_state();
    dht::config config;
    net::entropy(config.secret);
    config.ipv4 = sockets_->uses(ip_family::v4);
    config.ipv6 = sockets_->uses(ip_family::v6);
    config.read_only = options_.read_only;
    config.routers = dht_routers(options_.dht);
    node_ = std::make_unique<dht::node>(config, saved_, rng(net::entropy_seed()));
    enter();
    return {};
}

/// What an earlier run knew is a shorter way in; without it there are others.
void own_node::read_state() {
    auto opened = dht_state::open(loop_, state_folder(), [](const std::string&) {});
    if (!opened) return;
    state_ = std::move(*opened);
    if (auto left = state_->load(); left && *left) saved_ = usable_state(std::move(**left), options_.dht);
}

void own_node::enter() {
    networks_ = std::make_unique<own_networks>(loop_, options_.ipv4, options_.ipv6, options_.bind,
                                               [this](const auto& interfaces, bool changed) {
                                                   if (!changed) return;
                                                   std::vector<own_network> networks;
                                                   for (const auto& one : interfaces)
                                                       networks.push_back({one.address, one.prefix_bits});
                                                   node_->set_networks(loop_.now(), std::move(networks));
                                                   pump();
                                               });
    networks_->read();
    for (const auto& where : options_.dht.bootstrap) node_->add_contact(loop_.now(), where);
    if (!options_.lan) return;
    lan_ = std::make_unique<lan_presence>(
        loop_, options_, discovery::hello_config{}, [this](const discovery::hello::output& what) {
            const auto* contact = std::get_if<discovery::dht_contact>(&what);
            if (contact == nullptr) return;
            node_->add_contact(loop_.now(), contact->node);
            pump();
        });
}

void own_node::pump() {
    if (pumping_) return;
    pumping_ = true;
    while (auto what = node_->poll()) carry_out(*what);
    pumping_ = false;
    tick_.arm(node_->next_deadline());
}

void own_node::carry_out(dht::output& what) {
    std::visit(overloaded{
                   [this](const dht::out::send& o) { send(o); },
                   [this](const dht::out::resolve& o) { look_up(o); },
                   [this](const dht::out::peers_found& o) {
                       if (const auto found = searches_.find(o.search); found != searches_.end())
                           found->second.found(o.peers);
                   },
                   [this](const dht::out::search_over& o) { ended(o); },
                   [this](const dht::out::pinged& o) {
                       const auto asked = pings_.extract(o.ping);
                       if (!asked.empty()) asked.mapped()(dht_pong{o.to, o.id, o.round_trip, o.version});
                   },
               },
               what);
}

void own_node::send(const dht::out::send& what) {
    const auto taken = sockets_->send(what.to, what.datagram);
    if (taken || net::is_full(taken.error())) return;
    loop_.post([this, to = what.to] {  // an input waits until all outputs are out
        node_->unreachable(loop_.now(), to);
        pump();
    });
}

void own_node::look_up(const dht::out::resolve& what) {
    resolver_.addresses(what.host,
                        [this, lookup = what.lookup](const result<std::vector<ip_address>>& found) {
                            node_->resolved(loop_.now(), lookup, found);
                            pump();
                        });
}

void own_node::ended(const dht::out::search_over& what) {
    auto found = searches_.extract(what.search);
    if (found.empty()) return;
    auto& mine = found.mapped();
    // there may be somebody in a moment, or somebody who knows more
    if (what.nodes_answered == 0 || (what.peers == 0 && !is_settled())) {
        waiting_.emplace_back(loop_.now() + search_again, std::move(mine));
        return;
    }
    mine.over(dht_search_end{what.nodes_answered, what.announced, what.hops, what.took, mine.what.port});
}

/// It has found its way in, or nobody is likely to be found any more.
bool own_node::is_settled() const {
    const auto now = loop_.now();
    return (most_ > 0 && now - grown_ >= calm_time) || now - began_ >= options_.settling;
}

void own_node::look() {
    look_.arm(loop_.now() + poll_time);
    const auto now = loop_.now();
    if (const auto count = nodes(); count > most_) {
        most_ = count;
        grown_ = now;
    }
    const bool settled = is_settled();
    if (settled && waiting_stats_) std::exchange(waiting_stats_, nullptr)(node_->stats(now));
    std::vector<std::pair<time_point, wish>> later;
    // an announce goes to the nearest of all, so it waits until they are known
    for (auto& [when, mine] : std::exchange(waiting_, {}))
        if (when <= now && (settled || mine.what.port == 0))
            searches_.emplace(node_->search(now, mine.what), std::move(mine));
        else
            later.emplace_back(when, std::move(mine));
    waiting_ = std::move(later);
    pump();
}

void own_node::search(const info_hash& hash, bool announce, std::uint16_t port, peers_fn found,
                      search_fn over) {
    if (announce && port == 0) {
        over(fail(errc::usage, "announce which port? No node of this program runs here",
                  "say with --port where others can connect"));
        return;
    }
    waiting_.emplace_back(
        loop_.now(),
        wish{{hash, announce ? port : std::uint16_t{0}, false}, std::move(found), std::move(over)});
}

void own_node::ping(const std::string& host, std::uint16_t port, ping_fn done) {
    resolver_.resolve(host, port, [this, done = std::move(done)](const result<std::vector<endpoint>>& found) {
        if (!found) return done(unexpected<error>(found.error()));
        for (const auto& each : *found)
            if (sockets_->uses(each.address.family())) {
                pings_.emplace(node_->ping(loop_.now(), each), done);
                return pump();
            }
        done(fail(errc::network, "it has no address that can be reached from here"));
    });
}

void own_node::stop() {
    look_.disarm();
    if (state_ && options_.dht.internet) {
        state_->keep([this] { return node_->state(); });
        state_->save_last();
    }
    if (lan_) lan_->stop();
    networks_->stop();
    loop_.stop();
}

}  // namespace

result<std::unique_ptr<dht_access>> start_dht_session(const dht_access_options& options) {
    auto fresh = std::make_unique<own_node>(options);
    if (auto opened = fresh->open(); !opened) return unexpected<error>(opened.error());
    return std::unique_ptr<dht_access>(std::move(fresh));
}

}  // namespace bt::app
