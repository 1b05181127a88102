// The parts of a node and what they do together. Private to node*.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/limits.hpp"
#include "dht/bootstrap.hpp"
#include "dht/external_address.hpp"
#include "dht/guards.hpp"
#include "dht/lookup.hpp"
#include "dht/node.hpp"
#include "dht/query_book.hpp"

namespace bt::dht {

/// Something new calls for another look, sooner after a calm than in a rush.
class pauses {
  public:
    static constexpr duration shortest = 500ms, longest = 60s;
    duration next(time_point now, time_point last, rng& random) {
        const bool calm = now - last > longest;
        current_ = calm ? shortest : std::clamp(current_ * 2, shortest, longest);
        return random.jitter(current_, 0.3);
    }

  private:
    duration current_{};
};

/// One family and realm: its table and the way into it.
struct side {
    side(ip_family of, realm in, const node_id& own, rng random)
        : family(of),
          where(in),
          table(own, in, random.child()),
          way_in(random.child()),
          upkeep(in == realm::world ? 20 : limits::dht_queries_per_second_local, 1) {}
    time_point upkeep_at() const { return std::max(table.next_deadline(), upkeep_rests); }

    ip_family family;
    realm where;
    routing_table table;
    bootstrap way_in;
    round_trips times;
    /// Addresses others named, tried while nothing better is known; the latest last.
    struct named_address {
        endpoint at;
        time_point asked{-1h};
        bool answered = false;
    };
    std::deque<named_address> named;
    std::set<endpoint> named_pending;  // of these, the ones asked now for the first time
    std::uint64_t entering = 0;        // the lookup of our own id that leads in, if one runs
    budget upkeep;                     // pings of entries, and of nodes that queried us
    time_point upkeep_rests{};         // for want of a budget
    time_point last_answer{}, entered_at{-1h};
    pauses newcomers;       // since a node near our own id was new: when to go that way again
    time_point enter_at{};  // and every 10 minutes
    pauses look_arounds;    // since few answered: when to look in other quarters of the ids again
    time_point look_around_at{}, looked_around{-1h};
    duration unheard_pause{};     // sooner while a node that was named has not answered
    unsigned silence = 0;         // queries in a row without an answer on this side
    std::set<endpoint> suspects;  // left a query unanswered when no other node answered either
    bool healthy = false;
};

/// One lookup under way.
struct running {
    lookup way;
    side* on;
    krpc::method what;
    search_id owner;    // 0: upkeep
    bool leads = true;  // where it finds few, other ways are tried
};

/// One search, on up to four sides.
struct seeking {
    search_wish wish;
    struct part {
        std::uint64_t lookup = 0;    // under way
        std::size_t announcing = 0;  // announces without an answer yet
        time_point next = time_point::min();
        time_point ended{};
        pauses newcomers;
        duration hurry_pause{};
        std::size_t holders = 0;  // the nodes nearest to the torrent when last we looked
        node_id farthest;         // of them
        bool has_run = false;
    };
    std::array<part, 4> parts;
    std::unordered_set<endpoint> told;
    std::unordered_map<ip_address, std::size_t> told_of;
    out::search_over sum;
    time_point began{};
    bool has_run = false;  // since the last search_over
    bool is_over = false;
};

struct node::impl {
    impl(const config& settings, const std::optional<saved_state>& saved, rng seed);

    struct family {
        ip_family which;
        node_id id;
        external_address votes;
        std::optional<ip_address> external;  // elected, or what was before the restart
        time_point id_chosen = time_point::min();
    };

    struct question {
        endpoint to;
        std::optional<node_id> expected;
        krpc::method method = krpc::method::ping;
        node_id target;
        std::string token;
        std::uint16_t port = 0;
        std::uint64_t owner = 0;
    };

    // --- node.cpp: what comes in
    void receive(time_point now, const endpoint& from, const ip_address& to, byte_view datagram);
    void on_query(time_point now, const endpoint& from, const ip_address& to, std::size_t size,
                  const krpc::query& query);
    void on_answer(time_point now, const endpoint& from, const open_query& ours, const krpc::answer& answer);
    void on_failure(time_point now, const open_query& ours);
    void end_ping(out::pinged what);
    bool is_sound() const;
    bool is_sound(const side& s) const;
    bool is_sound(search_id id, const seeking& s) const;
    bool is_awaited(std::uint64_t owner) const;
    void tick(time_point now);
    time_point next_deadline() const;
    std::size_t index_of(const side& s) const;
    side* side_of(const ip_address& address);
    family* family_of(ip_family which);
    known_nodes known(ip_family which) const;

    // --- node_ask.cpp: what goes out
    void ask(time_point now, side& s, const question& what);
    void send(const endpoint& to, bytes datagram) {
        outputs.emplace_back(out::send{to, std::move(datagram)});
    }
    bool paced(time_point now, const ip_address& to);
    void work(time_point now);
    bool work_on(time_point now, running& one, std::uint64_t number);
    void upkeep_pings(time_point now, side& s);
    void overdue(time_point now, const query_book::overdue& late);
    void blame(time_point now, side& s, const open_query& ours);

    // --- node_lookups.cpp: lookups and searches
    std::uint64_t start_lookup(side& s, const node_id& target, krpc::method what, search_id owner);
    void end_lookup(time_point now, std::uint64_t number);
    void end_lookups(time_point now);
    void look_around(time_point now, side& s, const lookup& way);
    bool may_be_named(const ip_address& by, const endpoint& at) const;
    void take_answer(time_point now, running& one, const endpoint& from, const krpc::answer& answer);
    search_id search(time_point now, const search_wish& wish);
    void forget(search_id search);
    void drop(std::uint64_t owner);
    void start_part(time_point now, search_id id, seeking& s, std::size_t which);
    void announce(time_point now, search_id id, seeking& s, std::size_t which, const lookup& way);
    void announce_settled(time_point now, std::uint64_t number, bool taken);
    void tell_peers(seeking& s, search_id id, const std::vector<endpoint>& peers);
    void settle_search(time_point now, search_id id, seeking& s);
    void newcomer(time_point now, side& s, const node_id& id);
    void due_searches(time_point now);
    void hurry(time_point now, search_id search);

    // --- node_upkeep.cpp: the way in, contacts, ids
    void set_networks(time_point now, std::vector<own_network> networks);
    void add_contact(time_point now, const endpoint& at);
    bool remember(time_point now, side& s, const endpoint& at);
    void was_tried(const endpoint& at);
    void add_named_host(time_point now, std::string_view host_and_port);
    void resolved(time_point now, std::uint64_t lookup, const result<std::vector<ip_address>>& found);
    bool enter(time_point now, side& s);
    void enter_soon(time_point now, side& s);
    duration until_next_way(side& s);
    void ask_routers(time_point now);
    void resolve(std::string host, std::uint16_t port);
    void heard_answer(time_point now, side& s);
    void judge_health(time_point now, side& s);
    void vote(time_point now, const ip_address& voter, const ip_address& seen);
    void choose_id(time_point now, family& f);
    bool is_settling(const side& s) const;
    saved_state state() const;

    config settings;
    rng random;
    address_rules rules;
    responder answers;
    query_book book;
    std::array<std::optional<family>, 2> families;
    std::array<std::unique_ptr<side>, 4> sides;  // v4 world, v4 local, v6 world, v6 local
    std::array<budget, 2> queries;               // of ours, by realm
    std::unordered_map<ip_address, budget> paces;
    std::unordered_set<ip_address> patient;  // neighbours that need no pace
    std::multimap<time_point, std::pair<std::size_t, question>>
        held;  // for an address that must rest; by side
    std::map<std::uint64_t, running> lookups;
    std::uint64_t last_served = 0;  // lookups take turns
    std::map<search_id, seeking> searches;
    std::unordered_map<info_hash, std::vector<search_id>> by_hash;
    std::map<std::uint64_t, std::pair<search_id, std::size_t>> announcing;
    std::set<std::uint64_t> pings;
    struct pending_name {
        std::string host;
        std::uint16_t port;
    };
    std::map<std::uint64_t, pending_name> names;
    std::uint64_t last_number = 0;
    std::uint64_t sent = 0, answered = 0;
    time_point search_at = never;      // when a search is due
    time_point blocked_until = never;  // work waits for the budget
    bool networks_known = false;
    std::deque<output> outputs;
};

}  // namespace bt::dht
