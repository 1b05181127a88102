#include "dht/node.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "dht/node_impl.hpp"
#include "dht/secure_id.hpp"

namespace bt::dht {
namespace {

constexpr double query_burst = 2;  // seconds

std::size_t place_of(ip_family family) { return family == ip_family::v4 ? 0 : 1; }
std::size_t place_of(ip_family family, realm where) {
    return place_of(family) * 2 + (where == realm::world ? 0 : 1);
}

node_id random_id(rng& random) {
    node_id id;
    random.fill(id.bytes);
    return id;
}

}  // namespace

node::impl::impl(const config& given, const std::optional<saved_state>& saved, rng seed)
    : settings(given),
      random(seed),
      answers({given.secret, given.enforce_secure_ids}, random.child()),
      book(random.child()),
      queries{budget(limits::dht_queries_per_second, query_burst),
              budget(limits::dht_queries_per_second_local, query_burst)} {
    for (const auto which : {ip_family::v4, ip_family::v6}) {
        if (!(which == ip_family::v4 ? settings.ipv4 : settings.ipv6)) continue;
        family fresh{which, random_id(random), {}, {}};
        if (saved) {
            const auto& id = which == ip_family::v4 ? saved->id_v4 : saved->id_v6;
            fresh.external = which == ip_family::v4 ? saved->external_v4 : saved->external_v6;
            if (id) fresh.id = *id;
        }
        for (const auto where : both_realms)
            sides[place_of(which, where)] = std::make_unique<side>(which, where, fresh.id, random);
        families[place_of(which)] = std::move(fresh);
    }
    if (!saved) return;
    // those that answered last are at the front: they are asked first
    for (auto node = saved->nodes.rbegin(); node != saved->nodes.rend(); ++node)
        if (auto* s = side_of(node->at.address)) s->named.push_back({node->at});
}

// --- inputs

void node::impl::receive(time_point now, const endpoint& from, const ip_address& to, byte_view datagram) {
    if (datagram.size() > limits::dht_datagram_bytes || !rules.is_plausible(from)) return;
    if (!family_of(from.address.family())) return;
    while (const auto late = book.tick(now)) overdue(now, *late);  // an answer after its time is none
    const auto message = krpc::parse(datagram);
    const auto* answer = message ? std::get_if<krpc::answer>(&*message) : nullptr;
    const auto* error = message ? std::get_if<krpc::failure>(&*message) : nullptr;
    if (answer != nullptr || error != nullptr) {
        // what we asked for is no flood, whatever else this address sends
        if (const auto ours = book.close(from, answer != nullptr ? answer->tid : error->tid)) {
            if (answer != nullptr)
                on_answer(now, from, *ours, *answer);
            else
                on_failure(now, *ours);
            return work(now);
        }
    }
    if (!answers.admits(now, from, rules) || !message) return;
    if (const auto* query = std::get_if<krpc::query>(&*message)) {
        on_query(now, from, to, datagram.size(), *query);
        work(now);
    } else if (const auto* bad = std::get_if<krpc::bad_query>(&*message)) {
        if (auto reply = answers.refuse(now, from, datagram.size(), *bad, rules))
            send(from, std::move(*reply));
    }
}

void node::impl::on_query(time_point now, const endpoint& from, const ip_address& to, std::size_t size,
                          const krpc::query& query) {
    auto reply =
        answers.answer(now, from, to, size, query, rules, known(ip_family::v4), known(ip_family::v6));
    if (reply) send(from, std::move(*reply));
    if (const auto told = answers.last_announced()) {
        if (const auto waiting = by_hash.find(told->hash); waiting != by_hash.end())
            for (const auto id : waiting->second) tell_peers(searches.at(id), id, {told->peer});
    }
    const bool refused = settings.enforce_secure_ids && rules.realm_of(from.address) == realm::world &&
                         !is_secure(query.id, from.address);
    if (!query.read_only && !refused) side_of(from.address)->table.heard(now, {query.id, from});
}

void node::impl::on_answer(time_point now, const endpoint& from, const open_query& ours,
                           const krpc::answer& answer) {
    auto& s = *side_of(from.address);
    BT_ASSERT(ours.to == from && now >= ours.sent);
    const auto took = now - ours.sent;
    ++answered;
    s.times.sample(took);
    if (s.where == realm::local) answers.answered_us(now, from.address);
    const auto& own = family_of(from.address.family())->id;
    const bool impostor = (ours.expected && *ours.expected != answer.id) || answer.id == own;
    // A node that has just learnt its address, from our own answer perhaps, takes an id that fits it. It has
    // asked us already, so nothing else would tell us of it again.
    const bool bound_itself = impostor && answer.id != own && !is_secure(*ours.expected, from.address) &&
                              is_secure(answer.id, from.address);
    bool is_new = false;
    if (impostor)
        s.table.remove(from);
    else
        is_new = s.table.answered(now, {answer.id, from}, took);
    if (bound_itself) s.table.heard(now, {answer.id, from});
    was_tried(from);
    for (auto& one : s.named) one.answered = one.answered || one.at == from;
    if (s.where == realm::local && answer.version.starts_with(krpc::our_version.substr(0, 2)) &&
        patient.size() < limits::lan_nodes)
        patient.insert(from.address);
    heard_answer(now, s);
    if (answer.external) vote(now, from.address, answer.external->address);
    end_ping({ours.owner, from, answer.id, took, std::string(answer.version)});
    if (const auto found = lookups.find(ours.owner); found != lookups.end()) {
        if (impostor)
            found->second.way.failed(from);
        else
            take_answer(now, found->second, from, answer);
    }
    announce_settled(now, ours.owner, !impostor);
    if (is_new) newcomer(now, s, answer.id);
    // a node named it: it may stand among nodes that we know nothing of
    if (ours.owner == 0 && !ours.expected && !impostor) enter_soon(now, s);
}

/// An error is a sign of life, and no answer.
void node::impl::on_failure(time_point now, const open_query& ours) {
    was_tried(ours.to);
    if (auto* s = side_of(ours.to.address)) heard_answer(now, *s);
    if (const auto found = lookups.find(ours.owner); found != lookups.end())
        found->second.way.failed(ours.to);
    announce_settled(now, ours.owner, false);
    end_ping({ours.owner, ours.to});
}

void node::impl::end_ping(out::pinged what) {
    if (pings.erase(what.ping) > 0) outputs.emplace_back(std::move(what));
}

void node::impl::tick(time_point now) {
    while (const auto late = book.tick(now)) overdue(now, *late);
    answers.tick(now);
    for (auto& s : sides) {
        if (!s) continue;
        const auto step = s->way_in.tick(now);
        const bool due = s->enter_at <= now;
        if (due) s->enter_at = now + until_next_way(*s);
        if (step.known || due) enter(now, *s);
        if (step.routers && s->where == realm::world) ask_routers(now);
    }
    if (search_at <= now) due_searches(now);
    work(now);
}

time_point node::impl::next_deadline() const {
    auto next = std::min({book.next_deadline(), answers.next_deadline(), search_at, blocked_until});
    for (const auto& s : sides)
        if (s) next = std::min({next, s->way_in.next_deadline(), s->upkeep_at(), s->enter_at});
    return next;
}

// --- parts

side* node::impl::side_of(const ip_address& address) {
    return sides[place_of(address.family(), rules.realm_of(address))].get();
}

std::size_t node::impl::index_of(const side& s) const { return place_of(s.family, s.where); }

node::impl::family* node::impl::family_of(ip_family which) {
    auto& found = families[place_of(which)];
    return found ? &*found : nullptr;
}

known_nodes node::impl::known(ip_family which) const {
    const auto& world = sides[place_of(which, realm::world)];
    if (!world) return {};
    return {&world->table, &sides[place_of(which, realm::local)]->table};
}

// --- the outside

node::node(const config& settings, const std::optional<saved_state>& saved, rng random)
    : impl_(std::make_unique<impl>(settings, saved, random)) {}
node::~node() = default;

void node::set_networks(time_point now, std::vector<own_network> networks) {
    impl_->set_networks(now, std::move(networks));
}
void node::add_contact(time_point now, const endpoint& at) {
    impl_->add_contact(now, at);
    impl_->work(now);
}
void node::add_contact(time_point now, std::string_view host_and_port) {
    impl_->add_named_host(now, host_and_port);
    impl_->work(now);
}
void node::resolved(time_point now, std::uint64_t lookup, const result<std::vector<ip_address>>& found) {
    impl_->resolved(now, lookup, found);
    impl_->work(now);
}
search_id node::search(time_point now, const search_wish& wish) {
    const auto id = impl_->search(now, wish);
    impl_->work(now);
    return id;
}
void node::forget(search_id search) { impl_->forget(search); }
void node::hurry(time_point now, search_id search) { impl_->hurry(now, search); }

std::uint64_t node::ping(time_point now, const endpoint& at) {
    const auto number = ++impl_->last_number;
    auto* s = impl_->side_of(at.address);
    impl_->pings.insert(number);
    if (s == nullptr || !impl_->rules.is_plausible(at)) {
        impl_->end_ping({number, at});
        return number;
    }
    impl_->ask(now, *s, {at, std::nullopt, krpc::method::ping, {}, {}, 0, number});
    return number;
}

void node::seen_as(time_point now, const ip_address& teller, const ip_address& external) {
    impl_->vote(now, teller, external);
}
void node::receive(time_point now, const endpoint& from, const ip_address& to, byte_view datagram) {
    impl_->receive(now, from, to, datagram);
}
void node::unreachable(time_point now, const endpoint& to) {
    for (const auto& ours : impl_->book.fail_all(to)) impl_->overdue(now, {ours, true});
    impl_->work(now);
}
void node::tick(time_point now) { impl_->tick(now); }
time_point node::next_deadline() const {
    return impl_->outputs.empty() ? impl_->next_deadline() : time_point::min();
}

std::optional<output> node::poll() {
    if (impl_->outputs.empty()) return std::nullopt;
    std::optional<output> next(std::move(impl_->outputs.front()));
    impl_->outputs.pop_front();
    return next;
}

std::size_t node::nodes(time_point now) const {
    std::size_t all = 0;
    for (const auto& s : impl_->sides) {
        if (!s) continue;
        const auto counts = s->table.count(now);
        all += counts.good;
    }
    return all;
}

stats node::stats(time_point now) const {
    dht::stats all;
    for (const auto& f : impl_->families) {
        if (!f) continue;
        const auto known = impl_->known(f->which);
        auto& into = f->which == ip_family::v4 ? all.v4 : all.v6;
        into = family_stats{f->id, f->votes.address(), f->votes.votes(), known.world->count(now),
                            known.local->count(now)};
        for (const auto& s : impl_->sides)
            if (s && s->family == f->which && s->times.median() > all.round_trip)
                all.round_trip = s->times.median();
    }
    all.sent = impl_->sent;
    all.answered = impl_->answered;
    all.served = impl_->answers.answered();
    all.ignored = impl_->answers.ignored();
    all.stored_peers = impl_->answers.store().peers();
    all.stored_torrents = impl_->answers.store().torrents();
    all.searches = impl_->searches.size();
    return all;
}

std::optional<ip_address> node::external(ip_family family) const {
    const auto* f = impl_->family_of(family);
    return f == nullptr ? std::nullopt : f->external;
}
saved_state node::state() const { return impl_->state(); }
const routing_table* node::table(ip_family family, realm where) const {
    const auto known = impl_->known(family);
    return where == realm::world ? known.world : known.local;
}
const responder& node::answers() const { return impl_->answers; }

}  // namespace bt::dht
