#include "tracker/server/server.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tracker/server/server_impl.hpp"

namespace bt::tracker {
namespace {

/// The server's clock begins here, so that a peer that was restored can be older than the server.
constexpr stamp first_stamp = 1'000'000;

constexpr duration interval_max = 2h;
constexpr std::size_t host_names_max = 8'192;
constexpr std::size_t swept_whole = 20'000;

/// An independent key for each purpose.
siphash_key derive(const std::array<std::uint8_t, 16>& secret, std::uint8_t purpose) {
    const siphash24 hash(secret);
    siphash_key key;
    for (std::size_t half = 0; half < 2; ++half) {
        const std::uint8_t label[] = {purpose, static_cast<std::uint8_t>(half)};
        const auto word = hash(label);
        for (std::size_t i = 0; i < 8; ++i) key[half * 8 + i] = static_cast<std::uint8_t>(word >> 8 * i);
    }
    return key;
}

}  // namespace

server::impl::impl(server_config settings, rng source)
    : config(std::move(settings)),
      connection_hash(derive(config.secret, 1)),
      source_hash(derive(config.secret, 2)),
      store(derive(config.secret, 3),
            {config.limits.torrents, config.limits.peers, limits::tracker_peers_per_source}, source.child()),
      registered(derive(config.secret, 4), config.limits.catalogue_entries, limits::catalogue_torrent_bytes),
      rates(derive(config.secret, 5), limits::tracker_requests_per_second_per_source,
            limits::tracker_burst_per_source) {}

moment server::impl::at(time_point now) {
    if (!start) start = now;
    return std::as_const(*this).at(now);
}

moment server::impl::at(time_point now) const {
    moment one;
    one.now = second(now);
    one.quarter = static_cast<std::uint32_t>(std::max<std::int64_t>(unix_seconds(now), 900) / 900);
    return one;
}

stamp server::impl::second(time_point now) const {
    const auto passed = std::max(now - start.value_or(now), duration{});
    return first_stamp + static_cast<stamp>(passed / 1s);
}

/// Without a calendar the server's own clock stands in for it.
std::int64_t server::impl::unix_seconds(time_point now) const {
    if (wall_seconds) return *wall_seconds + (now - wall_at) / 1s;
    return first_stamp + (now - start.value_or(now)) / 1s;
}

duration server::impl::interval(const asker& who) const {
    const duration usual = config.interval ? *config.interval : who.is_local() ? duration(60s) : 30min;
    const auto bearable = std::chrono::seconds(static_cast<std::int64_t>(
        std::ceil(static_cast<double>(store.peers()) / limits::tracker_announces_per_second)));
    return std::max<duration>(usual, std::min<duration>(bearable, interval_max));
}

/// Two intervals, less the time that passes until the sweep comes by.
std::uint16_t server::impl::lifetime(duration interval) {
    const auto seconds = interval / 1s;
    return static_cast<std::uint16_t>(
        std::clamp<std::int64_t>(2 * seconds - std::min<std::int64_t>(12, seconds / 5), 1, 65'535));
}

stamp server::impl::keep_seconds() const {
    return static_cast<stamp>(2 * std::max<duration>(config.interval.value_or(60s), 1s) / 1s);
}

void server::impl::answered(time_point now, transport how, request_kind what) {
    ++counted.answered[static_cast<std::size_t>(how)][static_cast<std::size_t>(what)];
    if (!start) start = now;
    requests[static_cast<std::size_t>(how)].add(second(now));
    if (what == request_kind::announce) announces.add(second(now));
}

void server::impl::refused(time_point now, transport how, request_kind what, reject_reason why) {
    ++counted.refused[static_cast<std::size_t>(how)][static_cast<std::size_t>(what)];
    ++counted.reasons[static_cast<std::size_t>(why)];
    if (!start) start = now;
    requests[static_cast<std::size_t>(how)].add(second(now));
}

bool server::impl::allowed(const info_hash& hash) const {
    if (mode == access_mode::open) return true;
    return std::binary_search(list.begin(), list.end(), hash) == (mode == access_mode::allow_list);
}

bool server::impl::may_ask(time_point now, const asker& who, float worth) {
    return who.where.from == reach::host || rates.allow(now, who.from, worth);
}

result<answered_announce, refusal> server::impl::announce(time_point now, const asker& who,
                                                          peer_announce& said, std::size_t want,
                                                          bool other_family) {
    told.clear();
    const auto refuse = [](refusal why) { return unexpected<refusal>(why); };
    if (!allowed(said.hash))
        return refuse({reject_reason::not_allowed, "not on the list of this tracker", refusal::never});
    const bool stopped = said.event == announce_event::stopped;
    if (draining && !stopped) return refuse({reject_reason::other, "this tracker is stopping", 1});
    said.unlimited = who.where.from == reach::host;
    const auto pause = interval(who);
    said.lifetime = lifetime(pause);
    BT_ASSERT(said.addresses[0] && said.lifetime > 0);
    const auto stored = store.announce(at(now), said);
    switch (stored.answer) {
        case store_answer::taken:
            break;
        case store_answer::torrents_full:
            return refuse({reject_reason::full, "this tracker has no room for more torrents", 30});
        case store_answer::peers_full:
            return refuse({reject_reason::full, "this tracker has no room for more peers", 30});
        case store_answer::source_full:
            return refuse({reject_reason::full, "too many peers from this address", 30});
    }
    answered_announce answer;
    answer.interval = static_cast<std::uint32_t>(std::max<std::int64_t>(pause / 1s, 1));
    if (stored.torrent == no_record) return answer;
    const auto& torrent = store.torrent(stored.torrent);
    answer.seeders = torrent.seeders, answer.leechers = torrent.leechers,
    answer.completed = torrent.completed;
    if (!stopped && want > 0)
        store.sample({stored.torrent, who, stored.same, stored.peer, said.left == 0,
                      said.event == announce_event::started, want, other_family},
                     told);
    BT_ASSERT(told.size() <= want || stopped);
    return answer;
}

/// Names whose torrents have no seeder any more.
void server::impl::forget_registrations(time_point now) {
    const auto second = at(now).now;
    registered.keep_if([&](const info_hash& hash, registration& entry) {
        const auto torrent = store.find(hash);
        if (torrent != no_record && store.torrent(torrent).peers() > 0) entry.last_peer = second;
        return second - entry.last_peer <= keep_seconds();
    });
}

server::server(server_config config, rng random) : impl_(std::make_unique<impl>(std::move(config), random)) {}
server::~server() = default;

void server::tick(time_point now) {
    auto& s = *impl_;
    const auto moment = s.at(now);
    s.last_tick = now;
    const auto all = s.store.peer_records();
    s.store.sweep(moment, all <= swept_whole ? swept_whole : all / 32 + 1, s.keep_seconds());
    if (s.last_forgetting == time_point::min() || now - s.last_forgetting >= 10s) {
        s.last_forgetting = now;
        s.forget_registrations(now);
    }
}

time_point server::next_deadline() const {
    const auto& s = *impl_;
    if (!s.start || (s.store.torrents() == 0 && s.registered.size() == 0)) return never;
    const auto last = std::max(s.last_tick, *s.start);
    return last + (s.store.peer_records() <= swept_whole ? duration(1s) : 250ms);
}

void server::drain() { impl_->draining = true; }

void server::set_networks(std::vector<local_network> networks) {
    impl_->around = neighbourhood(std::move(networks));
}

void server::set_access(access_mode mode, const std::vector<info_hash>& list) {
    impl_->mode = mode;
    impl_->list = list;
    std::sort(impl_->list.begin(), impl_->list.end());
}

void server::set_host_name(const ip_address& address, std::string name) {
    auto& names = impl_->host_names;
    if (name.empty()) {
        names.erase(address);
    } else if (names.size() < host_names_max || names.contains(address)) {
        names[address] = std::move(name);
    }
}

void server::set_wall_clock(time_point now, std::int64_t unix_seconds) {
    impl_->wall_at = now;
    impl_->wall_seconds = unix_seconds;
}

void server::note_duration(duration took) {
    const double length = seconds(took);
    auto& counted = impl_->counted;
    const auto bucket = std::lower_bound(duration_bounds.begin(), duration_bounds.end(), length);
    ++counted.durations[static_cast<std::size_t>(bucket - duration_bounds.begin())];
    counted.duration_sum += length;
}

bool server::is_sound() const {
    return impl_->store.is_sound() && impl_->registered.is_sound() &&
           std::is_sorted(impl_->list.begin(), impl_->list.end()) &&
           impl_->host_names.size() <= host_names_max;
}

tracker_totals server::totals(time_point now) const { return impl_->totals(now); }

std::vector<torrent_row> server::torrents(time_point now, std::size_t most) const {
    std::vector<torrent_row> rows;
    for (const auto number : impl_->store.largest(most))
        if (!impl_->registered.is_hidden(impl_->store.torrent(number).hash))
            rows.push_back(impl_->row_of(now, number));
    return rows;
}

}  // namespace bt::tracker
