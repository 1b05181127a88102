#include "tracker/client/client.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace bt::tracker {
namespace {

constexpr duration tier_wait = 5s;      // then the next tier is asked as well
constexpr duration request_time = 60s;  // whoever makes the request gives up earlier
constexpr duration interval_default = 30min, interval_min = 10s, interval_max = 24h;
constexpr duration min_interval_default = 5min;  // for trackers that do not say how eager one may be
constexpr duration pause_first = 15s, pause_max = 30min;
constexpr duration pause_least = 10s;  // though a user asks: a tracker in trouble is not to be hammered
constexpr duration parting_time = 1s;  // the end of a process does not wait longer for `completed` to arrive
constexpr int family_failures = 2;     // then that family of the tracker rests
constexpr duration family_rest = 1h;
constexpr int numwant_eager = 100, numwant_normal = 50;

bool is_family_of_host(const url& where, const std::optional<ip_family>& family) {
    const auto literal = ip_address::parse(where.host);
    return !literal || !family || literal->family() == *family;
}

}  // namespace

client::client(client_config config, const std::vector<std::vector<std::string>>& tiers, rng random)
    : config_(std::move(config)), random_(random), key_(static_cast<std::uint32_t>(random_.next())) {
    for (const auto& tier : tiers) {
        std::vector<std::size_t> order;
        for (const auto& text : tier) order.push_back(add_tracker(text));
        random_.shuffle(order);  // BEP 12
        tiers_.push_back(std::move(order));
    }
}

std::size_t client::add_tracker(const std::string& text) {
    tracker_entry one;
    one.text = text;
    auto where = url::parse(text);
    if (!where)
        say(one, trouble::kind::notice, where.error().message);
    else
        one.where = std::move(*where);
    for (const auto& family : config_.families)
        if (one.where && is_family_of_host(*one.where, family)) one.families.push_back({family});
    trackers_.push_back(std::move(one));
    return trackers_.size() - 1;
}

void client::set_tiers(time_point now, const std::vector<std::vector<std::string>>& tiers) {
    std::vector<bool> told(trackers_.size(), false), stood(trackers_.size(), false);
    for (std::size_t i = 0; i < trackers_.size(); ++i) told[i] = trackers_[i].known;
    for (std::size_t i = 0; i < trackers_.size(); ++i) stood[i] = trackers_[i].listed;
    for (const auto& [number, one] : attempts_) told[one.tracker] = true;
    for (auto& one : trackers_) one.listed = false;
    tiers_.clear();
    std::vector<std::size_t> fresh;
    for (const auto& tier : tiers) {
        std::vector<std::size_t> order;
        for (const auto& text : tier) {
            const auto found = std::find_if(trackers_.begin(), trackers_.end(),
                                            [&](const tracker_entry& one) { return one.text == text; });
            const auto at = found == trackers_.end() ? add_tracker(text)
                                                     : static_cast<std::size_t>(found - trackers_.begin());
            if (at < told.size() && trackers_[at].listed) continue;  // it stands there twice
            if (at >= told.size() && std::find(fresh.begin(), fresh.end(), at) != fresh.end()) continue;
            if (at >= told.size() || !stood[at]) fresh.push_back(at);
            trackers_[at].listed = true;
            order.push_back(at);
        }
        if (!order.empty()) tiers_.push_back(std::move(order));
    }
    const bool restarts = running_ && (in_round_ || next_round_ == never);
    for (std::size_t i = 0; i < told.size(); ++i) {
        if (trackers_[i].listed && !restarts) {
            for (auto& [number, each] : attempts_)
                if (each.tracker == i) each.round = 0;  // the tier it stood in is another
            continue;
        }
        // what is under way is the goodbye
        if (!running_ || (!stood[i] && !trackers_[i].listed)) continue;
        forget_attempts(i);
        if (trackers_[i].listed || !told[i]) continue;
        trackers_[i].known = false;
        begin_attempt(now, {i, announce_event::stopped, left_, 0, 0, 0});
    }
    if (!in_round_) next_tier_ = 0;
    if (!running_) return;
    if (restarts) {
        in_round_ = false;
        next_tier_at_ = never;
        return begin_round(now);
    }
    for (const auto each : fresh)
        if (may_ask(trackers_[each], now))
            begin_attempt(now, {each, announce_event::started, left_, 0, 0, 0});
}

// --- what the user does ------------------------------------------------------------------------------

void client::start(time_point now) {
    if (running_) return;
    running_ = true;
    completed_ = wanted_ = false;
    failed_rounds_ = 0;
    for (std::size_t i = 0; i < trackers_.size(); ++i) {
        auto& one = trackers_[i];
        if (std::exchange(one.parting, never) != never) forget_attempts(i);  // it stays after all
        one.known = one.known_incomplete = one.told_completed = false;
        if (one.not_before == never) one.not_before = time_point::min();
    }
    begin_round(now);
}

void client::completed(time_point now) {
    completed_ = true;
    if (!running_) return;
    for (std::size_t i = 0; i < trackers_.size(); ++i)
        if (next_event(trackers_[i]) == announce_event::completed)
            begin_attempt(now, {i, announce_event::completed, left_, 0, 0, 0});
}

void client::stop(time_point now) {
    if (!running_) return;
    running_ = in_round_ = false;
    next_tier_at_ = next_round_ = earliest_round_ = never;
    // a tracker whose answer is still to come may have our announce already
    std::vector<bool> told(trackers_.size(), false), completes(trackers_.size(), false);
    for (std::size_t i = 0; i < trackers_.size(); ++i) told[i] = trackers_[i].known;
    for (const auto& [number, one] : attempts_) told[one.tracker] = true;
    for (std::size_t i = 0; i < trackers_.size(); ++i) completes[i] = told[i] && has_completed_to_tell(i);
    std::erase_if(attempts_, [&](const auto& one) {
        const auto event = one.second.event;
        const bool leads_there = event == announce_event::started || event == announce_event::completed;
        return !completes[one.second.tracker] || !leads_there;
    });
    std::erase_if(requests_, [&](const auto& one) { return !attempts_.contains(one.second.attempt); });
    for (std::size_t i = 0; i < trackers_.size(); ++i) {
        if (!told[i]) continue;
        if (!completes[i]) {
            begin_attempt(now, {i, announce_event::stopped, left_, 0, 0, 0});
            continue;
        }
        trackers_[i].parting = now + parting_time;
        const bool asked = std::any_of(attempts_.begin(), attempts_.end(),
                                       [&](const auto& one) { return one.second.tracker == i; });
        if (!asked) begin_attempt(now, {i, announce_event::completed, left_, 0, 0, 0});
    }
    for (auto& one : trackers_) one.known = false;
}

bool client::is_parting() const {
    return std::any_of(trackers_.begin(), trackers_.end(),
                       [](const tracker_entry& one) { return one.parting != never; });
}

/// It counts us as incomplete, or will when it has answered.
bool client::has_completed_to_tell(std::size_t tracker) const {
    const auto& one = trackers_[tracker];
    if (!completed_ || !one.where || one.told_completed) return false;
    if (one.known) return one.known_incomplete;
    return std::any_of(attempts_.begin(), attempts_.end(), [&](const auto& each) {
        return each.second.tracker == tracker && each.second.event == announce_event::started &&
               each.second.left > 0;
    });
}

void client::say_goodbye(time_point now, std::size_t tracker) {
    BT_ASSERT(!running_ && tracker < trackers_.size());
    trackers_[tracker].parting = never;
    begin_attempt(now, {tracker, announce_event::stopped, left_, 0, 0, 0});
}

void client::forget_attempts(std::size_t tracker) {
    std::erase_if(attempts_, [&](const auto& one) { return one.second.tracker == tracker; });
    std::erase_if(requests_, [&](const auto& one) { return !attempts_.contains(one.second.attempt); });
}

void client::set_totals(std::uint64_t uploaded, std::uint64_t downloaded, std::uint64_t left) {
    uploaded_ = uploaded;
    downloaded_ = downloaded;
    left_ = left;
}

void client::need_peers(time_point now) {
    if (!running_ || in_round_) return;
    wanted_ = true;
    tick(now);
}

void client::ask_again(time_point now) {
    if (!running_ || in_round_) return;
    if (failed_rounds_ > 0) {
        const auto at = std::max(failed_at_ + pause_least, allowed_at());
        if (at < earliest_round_) {
            earliest_round_ = at;
            --failed_rounds_;  // a failure at a user's request makes no later one wait longer
        }
    }
    need_peers(now);
}

void client::answer(time_point now, std::uint64_t number, const result<http_reply>& reply) {
    if (!requests_.contains(number)) return;
    if (!reply) return settle(now, number, unexpected<error>(reply.error()), std::nullopt);
    auto read = parse_announce(reply->body);
    if (!read && reply->status != 200)
        read = fail(errc::network, "HTTP status " + std::to_string(reply->status));
    settle(now, number, std::move(read), reply->server);
}

void client::answer(time_point now, std::uint64_t number, const result<bytes>& body) {
    if (body)
        answer(now, number, result<http_reply>(http_reply{200, *body}));
    else
        answer(now, number, unexpected<error>(body.error()));
}

void client::answer(time_point now, std::uint64_t number, const unexpected<error>& why) {
    settle(now, number, why, std::nullopt);
}

void client::answer(time_point now, std::uint64_t number, result<announce_answer> answer,
                    const std::optional<ip_address>& server) {
    settle(now, number, std::move(answer), server);
}

void client::tick(time_point now) {
    std::vector<std::uint64_t> late;
    for (const auto& [number, one] : requests_)
        if (one.give_up <= now) late.push_back(number);
    for (const auto number : late) answer(now, number, fail(errc::network, "no answer"));
    if (!running_) {
        for (std::size_t i = 0; i < trackers_.size(); ++i) {
            if (trackers_[i].parting > now) continue;
            forget_attempts(i);
            say_goodbye(now, i);
        }
        return;
    }
    if (in_round_ && next_tier_at_ <= now) {
        next_tier_at_ = never;
        try_next_tier(now);
    }
    if (!in_round_ && round_due() <= now) begin_round(now);
}

std::optional<client::output> client::poll() {
    if (outputs_.empty()) return std::nullopt;
    auto next = std::move(outputs_.front());
    outputs_.pop_front();
    return next;
}

time_point client::next_deadline() const {
    time_point next = in_round_ ? next_tier_at_ : round_due();
    for (const auto& [number, one] : requests_) next = std::min(next, one.give_up);
    for (const auto& one : trackers_) next = std::min(next, one.parting);
    return next;
}

std::vector<tracker_status> client::status() const {
    std::vector<tracker_status> all;
    for (std::size_t tier = 0; tier < tiers_.size(); ++tier)
        for (const auto i : tiers_[tier]) {
            const auto& one = trackers_[i];
            const bool asking = std::any_of(attempts_.begin(), attempts_.end(),
                                            [i](const auto& each) { return each.second.tracker == i; });
            const auto next = running_ && one.where ? std::max(round_due(), one.not_before) : never;
            all.push_back({one.text, tier, one.working, one.said, one.seeders, one.leechers, one.peers,
                           one.asked, one.answered, asking, i, next});
        }
    return all;
}

// --- rounds --------------------------------------------------------------------------------------------

time_point client::round_due() const {
    return wanted_ ? std::min(next_round_, earliest_round_) : next_round_;
}

void client::begin_round(time_point now) {
    BT_ASSERT(running_ && !in_round_);
    ++round_;
    in_round_ = true;
    next_tier_ = 0;
    next_tier_at_ = never;
    if (!try_next_tier(now)) end_round(now, false, {}, {});
}

/// Asks the first tracker of the next tier that has one to ask.
bool client::try_next_tier(time_point now) {
    while (next_tier_ < tiers_.size())
        if (try_tier(now, next_tier_++, 0)) return true;
    return false;
}

bool client::try_tier(time_point now, std::size_t tier, std::size_t position) {
    for (; position < tiers_[tier].size(); ++position) {
        const auto which = tiers_[tier][position];
        if (!may_ask(trackers_[which], now)) continue;
        next_tier_at_ = next_tier_ < tiers_.size() ? now + tier_wait : never;
        begin_attempt(now, {which, next_event(trackers_[which]), left_, round_, tier, position});
        return true;
    }
    return false;
}

void client::end_round(time_point now, bool success, duration interval, duration min_interval) {
    in_round_ = false;
    next_tier_at_ = never;
    BT_ASSERT(running_ && (!success || (min_interval > duration::zero() && min_interval <= interval)));
    if (success) {
        wanted_ = false;
        failed_rounds_ = 0;
        // later by up to a tenth, never earlier: a swarm that started together should not come back together
        next_round_ = now + interval + random_.jitter(interval / 20, 1.0);
        earliest_round_ = now + min_interval;
        return;
    }
    const auto doubled = pause_first * (1 << std::min(failed_rounds_++, 8));
    const auto pause = std::min(random_.jitter(std::min<duration>(doubled, pause_max), 0.2), pause_max);
    failed_at_ = now;
    next_round_ = earliest_round_ = std::max(now + pause, allowed_at());
}

/// No tracker can be asked before the first of those that told us to wait.
time_point client::allowed_at() const {
    time_point soonest = never;
    for (const auto& one : trackers_)
        if (one.listed && one.where && !one.families.empty()) soonest = std::min(soonest, one.not_before);
    return soonest;
}

bool client::may_ask(const tracker_entry& one, time_point now) const {
    return one.where && !one.families.empty() && one.not_before <= now;
}

announce_event client::next_event(const tracker_entry& one) const {
    if (!one.known) return announce_event::started;
    // BEP 3: not for trackers that knew us as complete from the start
    if (completed_ && one.known_incomplete && !one.told_completed) return announce_event::completed;
    return announce_event::none;
}

bool client::round_in_flight() const {
    return std::any_of(attempts_.begin(), attempts_.end(),
                       [this](const auto& one) { return one.second.round == round_; });
}

// --- announces -----------------------------------------------------------------------------------------

void client::begin_attempt(time_point now, attempt next) {
    BT_ASSERT(next.tracker < trackers_.size() && next.open == 0);
    auto& one = trackers_[next.tracker];
    if (!one.where) return;
    announce_request ask{config_.hash, config_.id, config_.port};
    ask.uploaded = uploaded_;
    ask.downloaded = downloaded_;
    ask.left = left_;
    ask.event = next.event;
    ask.key = key_;
    ask.numwant = next.event == announce_event::stopped              ? 0
                  : wanted_ || next.event == announce_event::started ? numwant_eager
                                                                     : numwant_normal;
    ask.tracker_id = one.tracker_id;
    const bool by_udp = one.where->how == scheme::udp;
    const auto text = by_udp ? std::string() : announce_url(*one.where, ask);
    const bool all_rest = std::all_of(one.families.begin(), one.families.end(),
                                      [&](const auto& f) { return f.rest_until > now; });
    const auto number = ++last_number_;
    for (std::size_t i = 0; i < one.families.size(); ++i) {
        if (one.families[i].rest_until > now && !all_rest) continue;
        ++next.open;
        requests_.emplace(++last_number_, request{number, i, now + request_time});
        const auto family = one.families[i].family;
        if (by_udp)
            outputs_.push_back(udp_announce{last_number_, *one.where, family, ask,
                                            one.where->target == "/" ? "" : one.where->target});
        else
            outputs_.push_back(http_get{last_number_, text, family});
    }
    BT_ASSERT(next.open > 0);  // or its end would never come
    if (next.event != announce_event::stopped) one.asked = now;
    attempts_.emplace(number, std::move(next));
}

void client::settle(time_point now, std::uint64_t number, result<announce_answer> answer,
                    const std::optional<ip_address>& server) {
    const auto found = requests_.find(number);
    if (found == requests_.end()) return;
    const auto done = found->second;
    requests_.erase(found);
    auto& of = attempts_.at(done.attempt);
    BT_ASSERT(of.open > 0 && of.tracker < trackers_.size());
    --of.open;
    auto& family = trackers_[of.tracker].families[done.family];
    if (is_good(now, of, answer)) {
        family.failures = 0;
        family.rest_until = time_point::min();
        accept(now, of, *answer, server);
    } else if (++family.failures >= family_failures && trackers_[of.tracker].families.size() > 1) {
        // no IPv6 here or there: not worth a request each time
        family.rest_until = now + family_rest;
    }
    if (of.open > 0) return;
    BT_ASSERT(of.succeeded || !of.error.empty());
    const auto finished = std::move(of);
    attempts_.erase(done.attempt);
    end_attempt(now, finished);
}

/// If not, `of` keeps why.
bool client::is_good(time_point now, attempt& of, const result<announce_answer>& answer) {
    auto& from = trackers_[of.tracker];
    const auto name = from.where->authority() + ": ";
    if (!answer) {
        // the network says host and cause itself
        const auto& why = answer.error().message;
        of.error = why.starts_with(name) ? why : name + why;
        return false;
    }
    if (!answer->failure) return true;
    of.error = name + *answer->failure;
    if (answer->never_retry) from.not_before = never;
    if (answer->retry) from.not_before = now + std::max<duration>(*answer->retry, interval_min);
    return false;
}

void client::accept(time_point now, attempt& of, announce_answer& answer,
                    const std::optional<ip_address>& server) {
    auto& from = trackers_[of.tracker];
    const bool first = !std::exchange(of.succeeded, true);
    if (of.event == announce_event::stopped) return;
    from.known = true;
    if (of.event == announce_event::started) from.known_incomplete = of.left > 0;
    if (of.event == announce_event::completed) from.told_completed = true;
    if (answer.tracker_id) from.tracker_id = std::move(*answer.tracker_id);
    if (answer.seeders) from.seeders = answer.seeders;
    if (answer.leechers) from.leechers = answer.leechers;
    from.peers = (first ? 0 : from.peers) + answer.peers.size();
    from.working = true;
    if (answer.warning)
        say(from, trouble::kind::warning, from.where->authority() + ": " + *answer.warning);
    else
        from.said.clear();
    if (answer.external && server) outputs_.push_back(external_address{*server, *answer.external});

    // only a tracker on this machine can know peers on this machine
    const bool local = from.where->is_loopback() || (server && server->scope() == address_scope::loopback);
    if (!local)
        std::erase_if(answer.peers,
                      [](const endpoint& peer) { return peer.address.scope() == address_scope::loopback; });
    if (!answer.peers.empty()) outputs_.push_back(peers_found{std::move(answer.peers)});
    if (!running_) return;

    if (of.round != 0) {
        BT_ASSERT(of.tier < tiers_.size());
        auto& order = tiers_[of.tier];  // BEP 12: what works is tried first
        const auto at = std::find(order.begin(), order.end(), of.tracker);
        BT_ASSERT(at != order.end());
        std::rotate(order.begin(), at, at + 1);
    }
    if (!first || (of.round != 0 && (of.round != round_ || !in_round_))) return;
    if (of.round == 0 && in_round_) return;
    const auto interval = std::clamp(answer.interval.value_or(interval_default), interval_min, interval_max);
    const auto least = std::clamp(answer.min_interval.value_or(std::min(interval, min_interval_default)),
                                  interval_min, interval);
    end_round(now, true, interval, least);
}

void client::end_attempt(time_point now, const attempt& of) {
    auto& from = trackers_[of.tracker];
    if (of.event == announce_event::stopped) return;
    from.answered = now;
    if (!of.succeeded) {
        from.working = false;
        say(from, trouble::kind::failure, of.error);
    }
    if (!running_ && from.parting == never) return;
    // it learned of us as incomplete while the last piece came in
    if (of.succeeded && of.event == announce_event::started && next_event(from) == announce_event::completed)
        return begin_attempt(now, {of.tracker, announce_event::completed, left_, 0, 0, 0});
    if (!running_) return say_goodbye(now, of.tracker);
    if (of.succeeded || of.round != round_ || !in_round_) return;
    if (try_tier(now, of.tier, of.position + 1)) return;
    if (round_in_flight()) return;  // next_tier_at_ or their end goes on with the round
    if (!try_next_tier(now)) end_round(now, false, {}, {});
}

void client::say(tracker_entry& about, trouble::kind what, const std::string& text) {
    if (about.said == text) return;
    about.said = text;
    outputs_.push_back(trouble{what, text});
}

}  // namespace bt::tracker
