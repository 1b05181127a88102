#include "discovery/hello.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "discovery/link.hpp"

namespace bt::discovery {
namespace {

constexpr duration start_gaps[] = {1s, 2s};  // so at 0, 1 and 3 s
constexpr repeat_plan start_plan{start_gaps, duration::zero(), 0};
// for longer: as long as neighbours do not know each other, each fetches from outside what one of them could
constexpr duration search_gaps[] = {1s, 2s, 4s, 8s, 16s};
constexpr repeat_plan search_plan{search_gaps, 60s, 0.1};
constexpr duration hello_interval = 30s;
constexpr double hello_jitter = 0.2;

/// Below the answers one source gets in a second, or the questions of one with many torrents go unanswered.
constexpr duration who_gap = 150ms;
static_assert(1s / who_gap < static_cast<long>(limits::hello_answers_per_second_per_source));
/// A repeat that would come this soon joins a datagram that leaves now.
constexpr duration join_time = 10s;
/// On a link an answer takes milliseconds; a machine that wakes up may take longer.
constexpr duration answer_time = 10s;
/// Whoever says other things every time gets a question for the first of them.
constexpr duration doubt_time = 200ms;
/// Until an unconfirmed peer is told of. Random, so that the nodes that one datagram reached do not all call
/// the address in it at one moment.
constexpr duration release_time = 3s;
constexpr double release_jitter = 0.6;

bool holds(const std::vector<hello_token>& tokens, const hello_token& token) {
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

}  // namespace

hello::hello(hello_config config, rng random)
    : config_(std::move(config)),
      random_(random),
      news_({limits::lan_news_per_5s_per_source, 5s}, {limits::lan_news_per_5s, 5s}, limits::lan_sources),
      answers_({limits::hello_answers_per_second_per_source, 1s}, {limits::hello_answers_per_5s, 5s},
               limits::lan_sources),
      answers_to_known_({limits::hello_answers_per_second_per_source, 1s}, {limits::hello_answers_per_5s, 5s},
                        limits::lan_sources),
      asks_({limits::lan_asks_per_second_per_source, 1s}, {limits::lan_asks_per_5s, 5s}, limits::lan_sources),
      confirmations_({limits::lan_asks_per_second_per_source, 1s}, {limits::lan_asks_per_5s, 5s},
                     limits::lan_sources) {
    config_.network = printable(config_.network, hello_network_bytes);
    config_.host_name = printable(config_.host_name, hello_host_bytes);
    config_.client = printable(config_.client, hello_client_bytes);
}

void hello::set_interfaces(time_point now, std::vector<interface_address> interfaces) {
    const bool same =
        std::is_permutation(interfaces.begin(), interfaces.end(), interfaces_.begin(), interfaces_.end());
    if (stopped_ || same) return;
    interfaces_ = std::move(interfaces);
    who_.start(now);
    for (auto& [torrent, search] : wanted_) search.due.start(now);
    update_next_search();
}

void hello::want(time_point now, const info_hash& torrent) {
    const auto [it, fresh] = wanted_.try_emplace(torrent);
    if (!fresh) return;
    it->second.due.start(now);
    next_search_ = std::min(next_search_, now);
}

void hello::unwant(const info_hash& torrent) {
    wanted_.erase(torrent);
    for (auto& question : asked_)
        std::erase_if(question.torrents, [&](const auto& entry) { return entry.second == torrent; });
    std::erase_if(unconfirmed_, [&](const auto& one) {
        return one.found.torrent == torrent && !served_.contains(torrent);
    });
    update_next_search();
}

void hello::satisfied(const info_hash& torrent, bool enough) {
    if (const auto it = wanted_.find(torrent); it != wanted_.end()) it->second.satisfied = enough;
}

// --- what comes in ----------------------------------------------------------------------------------

void hello::receive(time_point now, const endpoint& from, unsigned interface_index,
                    bool arrived_on_own_socket, byte_view datagram) {
    if (stopped_ || from.port == 0 || !on_link(interfaces_, from.address, interface_index)) return;
    const auto message = parse_hello(datagram);
    if (!message || message->instance == config_.self || message->network != config_.network) return;
    const auto source = with_interface(from, interface_index);
    if (message->kind == hello_kind::bye) return on_bye(now, *message, source);

    if (message->kind == hello_kind::ask) return answer_ask(now, *message, source, interface_index);
    if (message->kind == hello_kind::yes) return on_yes(now, *message, source);

    // a hello that only says "still here" is free; all else costs us something and is counted
    const auto standing = online_.compare(*message, source.address);
    const bool doubted = !online_.is_confirmed(*message, source.address);
    const bool news = standing != presence::standing::known || doubted;
    const bool costs = news || message->kind == hello_kind::who || !message->tokens.empty();
    if (costs && !news_.take(now, source.address)) return;
    note_sender(now, *message, source, false);
    if (doubted) doubt(now, *message, source);

    if (message->kind == hello_kind::who) return answer_who(now, *message, source, datagram.size());
    if (message->nonce) return take_answer(now, *message, source);
    // our own socket's port is known only to a node that heard us before: nothing to tell it
    if (standing == presence::standing::unknown && !arrived_on_own_socket)
        answer_hello(now, source, datagram.size());
}

void hello::note_sender(time_point now, const hello_message& message, const endpoint& source,
                        bool confirmed) {
    const auto outcome = online_.heard(now, message, source.address, confirmed);
    if (outcome.evicted) outputs_.emplace_back(node_gone{outcome.evicted->key()});
    if (outcome.evicted || outcome.news) update_trackers();
    if (!outcome.news) return;
    const auto* node = online_.find({message.instance, source.address});
    BT_ASSERT(node != nullptr);
    outputs_.emplace_back(node_seen{*node});
    if (message.dht_port) outputs_.emplace_back(dht_contact{{source.address, *message.dht_port}});
}

/// Asks it in tick(): no datagram makes us send a second one at once.
void hello::doubt(time_point now, const hello_message& message, const endpoint& source) {
    const node_key key{message.instance, source.address};
    const auto known = doubtful_.find(key);
    if (known != doubtful_.end() && now < known->second.first + doubt_time) return;
    if (known == doubtful_.end() && doubtful_.size() >= limits::lan_nodes) return;
    doubtful fresh{message, source, {}, now, now, 0};
    random_.fill(fresh.nonce.bytes);
    doubtful_.insert_or_assign(key, std::move(fresh));
    next_ask_ = std::min(next_ask_, now);
}

/// Nothing to say if it was another that named such ports in our name.
void hello::answer_ask(time_point now, const hello_message& question, const endpoint& source,
                       unsigned interface_index) {
    BT_ASSERT(question.tokens.size() == 1 && question.nonce);
    auto own = introduction(hello_kind::yes);
    if (question.tokens.front() != token_of(*question.nonce, own) ||
        !confirmations_.take(now, source.address))
        return;
    own.nonce = question.nonce;
    own.tokens = question.tokens;
    send_one(source, encode_hello(own), interface_index);
}

void hello::on_yes(time_point now, const hello_message& answer, const endpoint& source) {
    BT_ASSERT(answer.nonce);
    const node_key key{answer.instance, source.address};
    if (leavers_.stays(key, *answer.nonce)) return;
    const auto open = doubtful_.find(key);
    if (open == doubtful_.end() || open->second.nonce != *answer.nonce || open->second.asked == 0) return;
    const auto said = std::move(open->second.said);
    const auto open_bytes = open->second.unanswered;
    doubtful_.erase(open);
    note_sender(now, said, source, true);
    online_.set_port(key, source.port);
    const auto own = [&](const unconfirmed_peer& one) {
        return one.by == key && one.found.peer.port == said.peer_port;
    };
    if (open_bytes > 0) {
        open_.push_back({said, source, open_bytes});
        next_ask_ = std::min(next_ask_, now);
    }
    for (const auto& one : unconfirmed_)
        if (own(one)) outputs_.emplace_back(peer_found{one.found.torrent, one.found.peer, true});
    std::erase_if(unconfirmed_, own);
}

void hello::found_peer(time_point now, const info_hash& torrent, const hello_message& by,
                       const endpoint& source) {
    if (by.peer_port == 0) return;
    const peer_found found{torrent, {source.address, by.peer_port}, online_.is_confirmed(by, source.address)};
    if (found.confirmed) {
        outputs_.emplace_back(found);
        return;
    }
    const bool waits =
        std::any_of(unconfirmed_.begin(), unconfirmed_.end(), [&](const unconfirmed_peer& one) {
            return one.found.torrent == torrent && one.found.peer == found.peer;
        });
    const auto own =
        std::count_if(unconfirmed_.begin(), unconfirmed_.end(),
                      [&](const unconfirmed_peer& one) { return one.by.address == source.address; });
    if (waits || unconfirmed_.size() >= limits::lan_unconfirmed_peers ||
        static_cast<std::size_t>(own) >= limits::lan_unconfirmed_peers_per_address)
        return;
    BT_ASSERT(served_.contains(torrent) || wanted_.contains(torrent));
    const auto due = now + random_.jitter(release_time, release_jitter);
    unconfirmed_.push_back({found, {by.instance, source.address}, due});
    next_release_ = std::min(next_release_, due);
}

void hello::on_bye(time_point now, const hello_message& message, const endpoint& source) {
    const node_key key{message.instance, source.address};
    const auto* node = online_.find(key);
    if (node == nullptr) return;  // never confirmed: nothing hangs on it
    hello_message said;
    said.instance = node->instance;
    said.peer_port = node->peer_port;
    said.dht_port = node->dht_port;
    said.http_tracker_port = node->http_tracker_port;
    said.udp_tracker_port = node->udp_tracker_port;
    said.page_port = node->page_port;
    leavers_.add(now, key, {source.address, online_.port_of(key)}, std::move(said), random_);
}

void hello::see_off(time_point now) {
    const auto gone = leavers_.tick(
        now, [&](const leavers::question& one) { return ask_whether(now, one.to, one.nonce, one.said); });
    for (const auto& node : gone) forget(node);
}

void hello::forget(const node_key& node) {
    if (!online_.forget(node)) return;
    outputs_.emplace_back(node_gone{node});
    update_trackers();
}

void hello::answer_who(time_point now, const hello_message& question, const endpoint& source,
                       std::size_t size) {
    auto answer = introduction(hello_kind::hello);
    answer.nonce = question.nonce;
    const auto matches = [&](const info_hash& torrent) {
        if (question.tokens.empty() || config_.peer_port == 0) return std::optional<hello_token>();
        const auto token = token_of(*question.nonce, torrent);
        return holds(question.tokens, token) ? std::optional(token) : std::nullopt;
    };
    for (const auto& torrent : served_) {
        const auto token = matches(torrent);
        if (!token || holds(answer.tokens, *token)) continue;
        answer.tokens.push_back(*token);
        found_peer(now, torrent, question, source);
    }
    // a node that looks for the same as we do may have parts of it
    for (const auto& [torrent, search] : wanted_)
        if (!served_.contains(torrent) && matches(torrent)) found_peer(now, torrent, question, source);
    // who has shown to be there is answered whatever others ask, and one of which that is not known yet when
    // it has
    const bool known = online_.is_confirmed(question, source.address);
    if ((known ? answers_to_known_ : answers_).take(now, source.address))
        return send_answer(answer, source, size);
    const auto one = doubtful_.find({question.instance, source.address});
    if (one != doubtful_.end() && one->second.said.nonce == question.nonce) one->second.unanswered = size;
}

void hello::answer_open(time_point now) {
    for (const auto& one : std::exchange(open_, {})) answer_who(now, one.said, one.to, one.bytes);
}

void hello::answer_hello(time_point now, const endpoint& source, std::size_t size) {
    if (answers_.take(now, source.address)) send_answer(introduction(hello_kind::hello), source, size);
}

void hello::take_answer(time_point now, const hello_message& answer, const endpoint& source) {
    const auto question =
        std::find_if(asked_.begin(), asked_.end(), [&](const asked& a) { return a.nonce == *answer.nonce; });
    if (question == asked_.end() || question->at + answer_time < now) return;
    for (const auto& [token, torrent] : question->torrents)
        if (holds(answer.tokens, token)) found_peer(now, torrent, answer, source);
}

// --- what is due ------------------------------------------------------------------------------------

void hello::tick(time_point now) {
    if (stopped_) return;
    const auto gone = online_.expire(now);
    for (const auto& node : gone) outputs_.emplace_back(node_gone{node});
    if (!gone.empty()) update_trackers();
    answer_open(now);
    if (next_ask_ <= now) send_asks(now);
    see_off(now);
    if (next_release_ <= now) release_peers(now);

    if (std::min(who_.due(), next_search_) <= now && who_allowed_ <= now) send_who(now);
    if (next_hello_ <= now) {
        const auto message = introduction(hello_kind::hello);
        send_to_all(encode_hello(message, longest_answer(message)));
        next_hello_ = now + random_.jitter(hello_interval, hello_jitter);
    }
}

void hello::send_asks(time_point now) {
    next_ask_ = never;
    for (auto it = doubtful_.begin(); it != doubtful_.end();) {
        const auto current = it++;
        auto& one = current->second;
        if (one.due <= now && one.asked == std::size(ask_gaps)) {
            doubtful_.erase(current);
            continue;
        }
        if (one.due <= now) {
            ask_whether(now, one.to, one.nonce, one.said);
            one.due = now + ask_gaps[one.asked++];
        }
        next_ask_ = std::min(next_ask_, one.due);
    }
}

/// False: it was asked too much already.
bool hello::ask_whether(time_point now, const endpoint& to, const hello_nonce& nonce,
                        const hello_message& said) {
    if (!asks_.take(now, to.address)) return false;
    hello_message question = introduction(hello_kind::ask);
    question.nonce = nonce;
    question.tokens = {token_of(nonce, said)};
    send_one(to, encode_hello(question));
    return true;
}

/// They were not confirmed: told of as hearsay, and never at the port of a service.
void hello::release_peers(time_point now) {
    next_release_ = never;
    std::erase_if(unconfirmed_, [&](const unconfirmed_peer& one) {
        if (one.due > now) {
            next_release_ = std::min(next_release_, one.due);
            return false;
        }
        if (one.found.peer.port >= limits::named_port_min) outputs_.emplace_back(one.found);
        return true;
    });
}

void hello::send_who(time_point now) {
    const bool start = who_.due() <= now;
    const auto torrents = take_due_searches(now);
    if (start) who_.advance(now, start_plan, random_);
    if (!start && torrents.empty()) return;

    auto question = introduction(hello_kind::who);
    question.nonce.emplace();
    random_.fill(question.nonce->bytes);
    asked record{*question.nonce, now, {}};
    for (const auto& torrent : torrents) {
        const auto token = token_of(*question.nonce, torrent);
        question.tokens.push_back(token);
        record.torrents.emplace_back(token, torrent);
    }
    while (!asked_.empty() && asked_.front().at + answer_time < now) asked_.pop_front();
    if (!torrents.empty()) asked_.push_back(std::move(record));

    send_to_all(encode_hello(question, longest_answer(question)));
    who_allowed_ = now + who_gap;
    next_hello_ = now + random_.jitter(hello_interval, hello_jitter);  // a `who` says all that a hello says
}

/// At most one datagram's worth, the longest waiting first. The rest stays due.
std::vector<info_hash> hello::take_due_searches(time_point now) {
    std::vector<std::pair<time_point, info_hash>> due;
    for (auto& [torrent, search] : wanted_) {
        const auto joins = now + (search.due.steady(search_plan) ? join_time : duration::zero());
        if (search.due.due() > joins) continue;
        if (!search.satisfied)
            due.emplace_back(search.due.due(), torrent);
        else if (search.due.due() <= now)
            search.due.advance(now, search_plan, random_);
    }
    const auto count = std::min(due.size(), limits::wanted_tokens);
    std::partial_sort(due.begin(), due.begin() + static_cast<std::ptrdiff_t>(count), due.end());
    std::vector<info_hash> torrents;
    for (std::size_t i = 0; i < count; ++i) {
        torrents.push_back(due[i].second);
        wanted_[due[i].second].due.advance(now, search_plan, random_);
    }
    update_next_search();
    return torrents;
}

void hello::update_next_search() {
    next_search_ = never;
    for (const auto& [torrent, search] : wanted_) next_search_ = std::min(next_search_, search.due.due());
}

void hello::update_trackers() {
    for (auto& change : trackers_.update(online_))
        std::visit([&](auto& c) { outputs_.emplace_back(std::move(c)); }, change);
}

void hello::stop(time_point) {
    if (stopped_) return;
    send_to_all(encode_hello(introduction(hello_kind::bye)));
    stopped_ = true;
}

// --- what goes out ----------------------------------------------------------------------------------

hello_message hello::introduction(hello_kind kind) const {
    hello_message message;
    message.kind = kind;
    message.instance = config_.self;
    message.network = config_.network;
    message.host_name = config_.host_name;
    message.client = config_.client;
    message.peer_port = config_.peer_port;
    message.dht_port = config_.dht_port;
    message.http_tracker_port = config_.http_tracker_port;
    message.udp_tracker_port = config_.udp_tracker_port;
    message.page_port = config_.page_port;
    message.shares = share_count_;
    return message;
}

void hello::send_to_all(const bytes& datagram) {
    BT_ASSERT(!stopped_ && datagram.size() <= limits::hello_bytes);
    for (auto& target : hello_targets(interfaces_, config_.lan_port))
        outputs_.emplace_back(
            send{target.destination, target.interface_index, target.source_address, true, datagram});
}

/// No answer is longer than what it answers: so we cannot be made to shout at a third party.
void hello::send_answer(const hello_message& answer, const endpoint& to, std::size_t question_size) {
    auto datagram = encode_hello(answer);
    if (datagram.size() > question_size) return;
    send_one(to, std::move(datagram));
}

/// Sends from the address by which its network knows us, which need not be the one the system would choose.
void hello::send_one(const endpoint& to, bytes datagram, unsigned interface_index) {
    BT_ASSERT(to.port != 0 && datagram.size() <= limits::hello_bytes);
    outputs_.emplace_back(send{to, to.address.zone(),
                               source_towards(interfaces_, to.address, interface_index), false,
                               std::move(datagram)});
}

std::optional<hello::output> hello::poll() {
    if (outputs_.empty()) return std::nullopt;
    auto next = std::move(outputs_.front());
    outputs_.pop_front();
    return next;
}

time_point hello::next_deadline() const {
    if (stopped_) return never;
    const auto who = std::max(std::min(who_.due(), next_search_), who_allowed_);
    return std::min({who, next_hello_, next_ask_, leavers_.next(), next_release_, online_.next_expiry()});
}

}  // namespace bt::discovery
