#include "dht/responder.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "dht/secure_id.hpp"

namespace bt::dht {
namespace {

constexpr std::size_t node_bytes = 26, node6_bytes = 38;
/// A node that is there answers a query of ours more often than that.
constexpr duration proof_time = 30min;
constexpr std::size_t length_digits = 2;  // "nodes0:" may become "nodes416:"

/// A datagram that answers one of `asked` bytes.
std::size_t most_bytes(std::size_t asked) {
    return std::min(limits::dht_answer_bytes, limits::dht_answer_times * asked);
}

/// One family's nodes in an answer: how many of those collected it holds.
struct portion {
    byte_view all;
    std::size_t each;
    std::size_t taken = 0;

    void grow(std::size_t up_to, std::size_t& room) {
        const auto wanted = std::min(up_to, all.size() / each);
        if (wanted <= taken) return;
        const auto more = std::min(wanted - taken, room / each);
        BT_ASSERT(more * each <= room);
        taken += more;
        room -= more * each;
    }
    byte_view view() const { return all.first(taken * each); }
};

}  // namespace

struct responder::request {
    time_point now;
    const endpoint& from;
    const ip_address& to;
    std::size_t size;
    const krpc::query& query;
    const address_rules& rules;
    const known_nodes &v4, &v6;
    bool local;

    const known_nodes& known() const { return from.address.is_v4() ? v4 : v6; }
    bool wants(ip_family family) const {
        if (!query.want_v4 && !query.want_v6) return family == from.address.family();
        return family == ip_family::v4 ? query.want_v4 : query.want_v6;
    }
};

responder::responder(const responder_config& config, rng random)
    : config_(config),
      tokens_(config.secret),
      store_(random),
      local_floods_(limits::dht_flood_time),
      bytes_out_(limits::dht_bytes_per_second, limits::dht_burst_seconds) {}

bool responder::admits(time_point now, const endpoint& from, const address_rules& rules) {
    const bool local = rules.realm_of(from.address) == realm::local;
    if (from.address.scope() == address_scope::loopback) return true;
    const auto proven = local ? proven_.find(from.address) : proven_.end();
    if (proven != proven_.end() && now - proven->second < proof_time) return true;
    if ((local ? local_floods_ : floods_).allows(now, from.address)) return true;
    ++ignored_;
    return false;
}

void responder::answered_us(time_point now, const ip_address& from) {
    if (proven_.size() >= limits::lan_nodes && !proven_.contains(from)) {
        std::erase_if(proven_, [&](const auto& one) { return now - one.second >= proof_time; });
        if (proven_.size() >= limits::lan_nodes)
            proven_.erase(std::min_element(proven_.begin(), proven_.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; }));
    }
    proven_[from] = now;
    BT_ASSERT(proven_.size() <= limits::lan_nodes);
}

std::optional<bytes> responder::answer(time_point now, const endpoint& from, const ip_address& to,
                                       std::size_t size, const krpc::query& query, const address_rules& rules,
                                       const known_nodes& v4, const known_nodes& v6) {
    const bool local = rules.realm_of(from.address) == realm::local;
    const request all{now, from, to, size, query, rules, v4, v6, local};
    if (!from.is_usable() || !all.known().world) return std::nullopt;
    if (config_.enforce_secure_ids && !local && !is_secure(query.id, from.address))
        return error(now, from, size, query.tid, krpc::error_code::protocol, "invalid node ID", rules);

    form_.tid = query.tid;
    form_.id = all.known().world->own();
    form_.asker = from;
    form_.nodes = form_.nodes6 = {};
    form_.has_nodes = form_.has_nodes6 = false;
    form_.token = {};
    form_.peers.clear();
    auto made = query.what == krpc::method::announce_peer ? announce(all)
                : query.what == krpc::method::ping        ? send(now, from, size, write_answer(form_), rules)
                                                          : tell(all);
    if (made) ++answered_;
    return made;
}

std::optional<bytes> responder::refuse(time_point now, const endpoint& from, std::size_t size,
                                       const krpc::bad_query& query, const address_rules& rules) {
    if (!from.is_usable()) return std::nullopt;
    return error(now, from, size, query.tid, query.code, query.text, rules);
}

std::optional<bytes> responder::announce(const request& to) {
    const auto refuse_with = [&](krpc::error_code code, std::string_view text) {
        return error(to.now, to.from, to.size, to.query.tid, code, text, to.rules);
    };
    const info_hash hash{to.query.target.bytes};
    if (!tokens_.accepts(to.now, to.from, hash, to.query.token))
        return refuse_with(krpc::error_code::protocol, "bad token");
    if (to.local) answered_us(to.now, to.from.address);
    const endpoint peer{to.from.address, to.query.implied_port ? to.from.port : to.query.port};
    if (peer.port == 0) return refuse_with(krpc::error_code::protocol, "'port' is missing or not 1 to 65535");
    if (!store_.add(to.now, hash, peer)) return refuse_with(krpc::error_code::server, "no room");
    announced_ = announced{hash, peer};
    return send(to.now, to.from, to.size, write_answer(form_), to.rules);
}

/// find_node, get_peers and what is treated as the former: nodes near the target, and peers. What does not
/// fit is left out: the first 8 nodes of the asker's family come before peers, all others after.
std::optional<bytes> responder::tell(const request& to) {
    const bool v4 = to.wants(ip_family::v4) && to.v4.world, v6 = to.wants(ip_family::v6) && to.v6.world;
    nodes_.clear(), nodes6_.clear();
    if (v4) collect_nodes(to, to.v4, nodes_);
    if (v6) collect_nodes(to, to.v6, nodes6_);
    form_.has_nodes = v4;
    form_.has_nodes6 = v6;

    token given{};
    const info_hash hash{to.query.target.bytes};
    const bool about_peers = to.query.what == krpc::method::get_peers;
    if (about_peers && store_.has_room(hash, to.from.address)) {
        given = tokens_.make(to.now, to.from, hash);
        form_.token = as_text(given);
    }
    const auto base = size_of(form_) + (v4 ? length_digits : 0) + (v6 ? length_digits : 0);
    if (base > most_bytes(to.size)) return std::nullopt;
    auto room = most_bytes(to.size) - base;

    portion parts[] = {{nodes_, node_bytes}, {nodes6_, node6_bytes}};
    auto &first = parts[to.from.address.is_v4() ? 0 : 1], &second = parts[to.from.address.is_v4() ? 1 : 0];
    auto& leading = to.wants(to.from.address.family()) ? first : second;
    leading.grow(limits::dht_answer_nodes, room);
    if (about_peers) {
        constexpr std::size_t list = 10;  // 6:valuesl and e
        if (room > list) collect_peers(to, room - list, form_.peers);
        if (!form_.peers.empty()) room -= list;
        for (const auto& peer : form_.peers) {
            const auto size = krpc::size_of_peer(peer.address.family());
            BT_ASSERT(size <= room);
            room -= size;
        }
    }
    for (auto* part : {&first, &second}) part->grow(limits::dht_answer_nodes, room);
    for (auto* part : {&first, &second}) part->grow(2 * limits::dht_answer_nodes, room);
    form_.nodes = parts[0].view();
    form_.nodes6 = parts[1].view();
    return send(to.now, to.from, to.size, write_answer(form_), to.rules);
}

void responder::collect_nodes(const request& to, const known_nodes& known, bytes& out) {
    const auto take = [&](const routing_table* table, std::size_t looked_at) {
        if (!table) return;
        near_.clear();
        table->closest(to.query.target, looked_at, near_);
        std::size_t taken = 0;
        for (const auto& node : near_) {
            if (taken == limits::dht_answer_nodes) break;
            if (node.at == to.from || !to.rules.may_tell(to.from.address, node.at.address)) continue;
            krpc::append_compact(out, node);
            ++taken;
        }
    };
    // the asker itself may be one, and some of the local ones may be of no use to it
    if (to.local) take(known.local, 2 * limits::dht_answer_nodes);
    take(known.world, limits::dht_answer_nodes + 1);
}

void responder::collect_peers(const request& to, std::size_t room, std::vector<endpoint>& out) {
    const info_hash hash{to.query.target.bytes};
    const auto family = to.from.address.family();
    const auto other = family == ip_family::v4 ? ip_family::v6 : ip_family::v4;
    const auto sample = [&](ip_family which) {
        const auto each = krpc::size_of_peer(which);
        const auto count = std::min(limits::dht_answer_peers - out.size(), room / each);
        const auto before = out.size();
        if (count > 0) store_.sample(to.now, hash, which, to.from.address, to.rules, count, out);
        BT_ASSERT(out.size() <= limits::dht_answer_peers && (out.size() - before) * each <= room);
        room -= (out.size() - before) * each;
    };
    // a node that has reached us at a link-local address is on that link, whichever of its own it uses
    const bool reachable =
        to.to.scope() == address_scope::link_local || to.rules.may_tell(to.from.address, to.to);
    if (const auto own = serving_.find(hash); own != serving_.end() && to.local && !to.to.is_unspecified() &&
                                              reachable && room >= krpc::size_of_peer(to.to.family())) {
        out.push_back({to.to, own->second});
        room -= krpc::size_of_peer(to.to.family());
    }
    sample(family);
    if (to.wants(other)) sample(other);
}

std::optional<bytes> responder::error(time_point now, const endpoint& from, std::size_t size,
                                      std::string_view tid, krpc::error_code code, std::string_view text,
                                      const address_rules& rules) {
    return send(now, from, size, krpc::write_error(tid, code, text), rules);
}

std::optional<bytes> responder::send(time_point now, const endpoint& to, std::size_t asked, bytes made,
                                     const address_rules& rules) {
    if (made.size() > most_bytes(asked)) return std::nullopt;
    BT_ASSERT(!made.empty() && made.size() <= limits::dht_answer_bytes);
    if (rules.realm_of(to.address) == realm::world &&
        !bytes_out_.take(now, static_cast<double>(made.size()))) {
        ++ignored_;
        return std::nullopt;
    }
    return made;
}

void responder::serve(const info_hash& hash, std::uint16_t port) {
    BT_ASSERT(port != 0);
    serving_[hash] = port;
}
void responder::unserve(const info_hash& hash) { serving_.erase(hash); }

std::optional<responder::announced> responder::last_announced() {
    return std::exchange(announced_, std::nullopt);
}

}  // namespace bt::dht
