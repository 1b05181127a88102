#include "tracker/client/udp_client.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "tracker/client/answer_document.hpp"

namespace bt::tracker {
namespace {

constexpr duration connection_time = 60s;  // BEP 15: what a client may use an id for

/// BEP 15 waits 15 * 2^n seconds, for the sake of trackers with millions of peers. On our own networks an
/// answer takes milliseconds and silence is a lost datagram: 3 s leaves three more tries in the 30 s there
/// are.
duration pause_after(const endpoint& to, int tries) {
    const duration first = to.address.is_local() ? 3s : 15s;
    return first * (1 << std::min(tries, 8));
}

}  // namespace

void udp_client::announce(time_point now, std::uint64_t request, const endpoint& to, announce_request what,
                          std::string url_data) {
    question fresh;
    fresh.request = request;
    fresh.to = to;
    fresh.ask = std::move(what);
    fresh.url_data = std::move(url_data);
    begin(now, std::move(fresh));
}

void udp_client::scrape(time_point now, std::uint64_t request, const endpoint& to,
                        std::vector<info_hash> torrents) {
    question fresh;
    fresh.request = request;
    fresh.to = to;
    fresh.torrents = std::move(torrents);
    fresh.torrents.resize(std::min(fresh.torrents.size(), limits::tracker_scrapes));
    begin(now, std::move(fresh));
}

void udp_client::begin(time_point now, question fresh) {
    const auto transaction = fresh_transaction();
    const bool room = questions_.size() < limits::udp_tracker_questions;
    BT_ASSERT(fresh.ask ? fresh.torrents.empty() : fresh.torrents.size() <= limits::tracker_scrapes);
    fresh.asked_at = now;
    fresh.give_up = now + limits::tracker_time;
    questions_.emplace(transaction, std::move(fresh));
    if (room)
        proceed(now, transaction);
    else
        finish(transaction, {errc::network,
                             "more than " + std::to_string(limits::udp_tracker_questions) +
                                 " questions to UDP trackers at once",
                             ""});
}

void udp_client::forget(std::uint64_t request) {
    const auto found = std::find_if(questions_.begin(), questions_.end(),
                                    [&](const auto& one) { return one.second.request == request; });
    if (found != questions_.end()) take_out(found->first);
}

void udp_client::unreachable(const endpoint& to, const error& why) {
    std::vector<std::uint32_t> lost;
    for (const auto& [transaction, one] : questions_)
        if (one.to == to) lost.push_back(transaction);
    for (const auto transaction : lost) finish(transaction, why);
}

void udp_client::tick(time_point now) {
    while (!due_.empty() && due_.begin()->first <= now) {
        const auto transaction = due_.begin()->second;
        if (const auto connect = connects_.find(transaction); connect != connects_.end()) {
            send_connect(now, connect->second);
            continue;
        }
        auto& one = questions_.at(transaction);
        if (one.give_up <= now) {
            finish(transaction, {errc::network, "no answer", ""});
            continue;
        }
        auto& from = tracker_at(now, one.to);
        if (from.serial == one.serial) from.connection.reset();
        proceed(now, transaction);
    }
}

void udp_client::receive(time_point now, const endpoint& from, byte_view datagram) {
    const auto what = udp::parse_reply(datagram);
    if (!what) return;
    if (const auto connect = connects_.find(what->transaction); connect != connects_.end()) {
        if (connect->second == from) on_connect_reply(now, from, *what);
        return;
    }
    const auto found = questions_.find(what->transaction);
    if (found != questions_.end() && found->second.to == from && found->second.tries > 0)
        on_reply(now, what->transaction, *what);
}

std::optional<udp_client::output> udp_client::poll() {
    if (outputs_.empty()) return std::nullopt;
    auto next = std::move(outputs_.front());
    outputs_.pop_front();
    return next;
}

time_point udp_client::next_deadline() const { return due_.empty() ? never : due_.begin()->first; }

bool udp_client::all_sent() const {
    return std::none_of(questions_.begin(), questions_.end(),
                        [](const auto& one) { return one.second.waiting; });
}

/// Asks, if there is a connection id to ask with; else gets one.
void udp_client::proceed(time_point now, std::uint32_t transaction) {
    auto& one = questions_.at(transaction);
    auto& to = tracker_at(now, one.to);
    if (to.connection && now < to.connected_at + connection_time) return send_question(now, transaction, to);
    if (!std::exchange(one.waiting, true)) ++to.waiting;
    schedule(transaction, one.due, one.give_up);
    connect(now, one.to);
}

void udp_client::connect(time_point now, const endpoint& at) {
    auto& to = tracker_at(now, at);
    if (!to.connecting) {
        to.connecting = fresh_transaction();
        connects_.emplace(*to.connecting, at);
        to.tries = 0;
        return send_connect(now, at);
    }
    // a question that joins late does not inherit the long pauses of the one before
    if (to.due <= now + pause_after(at, 0)) return;
    to.tries = 0;
    schedule(*to.connecting, to.due, now + pause_after(at, 0));
}

void udp_client::send_connect(time_point now, const endpoint& at) {
    auto& to = trackers_.at(at);
    BT_ASSERT(to.connecting && to.waiting > 0);
    const auto transaction = *to.connecting;
    schedule(transaction, to.due, now + pause_after(at, to.tries++));
    outputs_.push_back(send{at, udp::encode_connect(transaction)});
}

void udp_client::send_question(time_point now, std::uint32_t transaction, tracker& by) {
    auto& one = questions_.at(transaction);
    BT_ASSERT(by.connection && (!one.waiting || by.waiting > 0));
    if (std::exchange(one.waiting, false)) --by.waiting;
    one.serial = by.serial;
    schedule(transaction, one.due, std::min(now + pause_after(one.to, one.tries++), one.give_up));
    outputs_.push_back(
        send{one.to, one.ask ? udp::encode_announce(*by.connection, transaction, *one.ask, one.url_data)
                             : udp::encode_scrape(*by.connection, transaction, one.torrents)});
}

void udp_client::on_connect_reply(time_point now, const endpoint& from, const udp::reply& what) {
    auto& at = trackers_.at(from);
    const bool refused = what.what == static_cast<std::uint32_t>(udp::action::error);
    const auto connection = udp::parse_connection(what.body);
    if (!refused && (what.what != static_cast<std::uint32_t>(udp::action::connect) || !connection)) return;
    BT_ASSERT(at.waiting > 0);
    end_connect(at);
    if (!refused) {
        at.connection = connection;
        at.connected_at = now;
        at.serial = ++last_serial_;
    }
    for (const auto transaction : waiting_for(from)) {
        if (refused)
            on_error(now, transaction, printable(as_text(what.body), shown_bytes));
        else
            send_question(now, transaction, at);
    }
}

void udp_client::on_reply(time_point now, std::uint32_t transaction, const udp::reply& what) {
    const auto& one = questions_.at(transaction);
    if (what.what == static_cast<std::uint32_t>(udp::action::error))
        return on_error(now, transaction, printable(as_text(what.body), shown_bytes));
    const auto expected = one.ask ? udp::action::announce : udp::action::scrape;
    if (what.what != static_cast<std::uint32_t>(expected)) return;
    if (one.ask)
        outputs_.push_back(
            announced{one.request, one.to, udp::parse_announced(what.body, one.to.address.family())});
    else
        outputs_.push_back(scraped{one.request, udp::parse_scraped(what.body, one.torrents)});
    take_out(transaction);
}

void udp_client::on_error(time_point now, std::uint32_t transaction, const std::string& message) {
    auto& one = questions_.at(transaction);
    auto& at = tracker_at(now, one.to);
    // the id is from before this question: a tracker that was started since then does not know it
    if (!one.waiting && !one.doubted && at.serial == one.serial && at.connected_at < one.asked_at) {
        one.doubted = true;
        at.connection.reset();
        return proceed(now, transaction);
    }
    finish(transaction, {errc::failure, message.empty() ? "it refuses without a reason" : message, ""});
}

void udp_client::finish(std::uint32_t transaction, const error& why) {
    const auto& one = questions_.at(transaction);
    if (one.ask)
        outputs_.push_back(announced{one.request, one.to, unexpected<error>(why)});
    else
        outputs_.push_back(scraped{one.request, unexpected<error>(why)});
    take_out(transaction);
}

void udp_client::take_out(std::uint32_t transaction) {
    const auto found = questions_.find(transaction);
    BT_ASSERT(found != questions_.end());
    const auto& one = found->second;
    if (one.waiting) {
        auto& to = trackers_.at(one.to);
        BT_ASSERT(to.waiting > 0);
        if (--to.waiting == 0 && to.connecting) end_connect(to);
    }
    due_.erase({one.due, transaction});
    questions_.erase(found);
}

void udp_client::end_connect(tracker& to) {
    BT_ASSERT(to.connecting);
    due_.erase({to.due, *to.connecting});
    connects_.erase(*to.connecting);
    to.connecting.reset();
}

void udp_client::schedule(std::uint32_t transaction, time_point& due, time_point when) {
    due_.erase({due, transaction});
    BT_ASSERT(when != never);
    due = when;
    due_.emplace(due, transaction);
}

std::uint32_t udp_client::fresh_transaction() {
    for (;;) {
        const auto chosen = static_cast<std::uint32_t>(random_.next() >> 32);
        if (!questions_.contains(chosen) && !connects_.contains(chosen)) return chosen;
    }
}

udp_client::tracker& udp_client::tracker_at(time_point now, const endpoint& to) {
    if (const auto found = trackers_.find(to); found != trackers_.end()) return found->second;
    if (trackers_.size() >= limits::udp_tracker_questions)
        std::erase_if(trackers_, [&](const auto& one) {
            const auto& [at, known] = one;
            return known.waiting == 0 && !(known.connection && now < known.connected_at + connection_time);
        });
    // still full of fresh ids: losing one costs a round trip
    if (trackers_.size() >= limits::udp_tracker_questions)
        std::erase_if(trackers_, [](const auto& one) { return one.second.waiting == 0; });
    return trackers_[to];
}

std::vector<std::uint32_t> udp_client::waiting_for(const endpoint& to) const {
    std::vector<std::uint32_t> all;
    for (const auto& [transaction, one] : questions_)
        if (one.waiting && one.to == to) all.push_back(transaction);
    return all;
}

}  // namespace bt::tracker
