#include "discovery/hello.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "discovery/link.hpp"

namespace bt::discovery {
namespace {

constexpr duration first_gaps[] = {1s, 2s};  // so at 0, 1 and 3 s
constexpr repeat_plan start_plan{first_gaps, duration::zero(), 0};
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

bool holds(const std::vector<hello_token>& tokens, const hello_token& token) {
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

}  // namespace

hello::hello(hello_config config, rng random)
    : config_(std::move(config)),
      random_(random),
      news_({limits::lan_news_per_5s_per_source, 5s}, {limits::lan_news_per_5s, 5s}, limits::lan_sources),
      answers_({limits::hello_answers_per_second_per_source, 1s}, {limits::hello_answers_per_5s, 5s},
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
    if (message->kind == hello_kind::bye) return on_bye(*message, source);

    // a hello that only says "still here" is free; all else costs us something and is counted
    const auto standing = online_.compare(*message, source.address);
    const bool news = standing != presence::standing::known;
    const bool costs = news || message->kind == hello_kind::who || !message->tokens.empty();
    if (costs && !news_.take(now, source.address)) return;
    const bool stored = note_sender(now, *message, source, news);

    if (message->kind == hello_kind::who) return answer_who(now, *message, source, datagram.size());
    if (!stored) return;
    if (message->nonce) return take_answer(now, *message, source);
    // our own socket's port is known only to who heard us before: nothing to tell him
    if (standing == presence::standing::unknown && !arrived_on_own_socket)
        answer_hello(now, source, datagram.size());
}

/// False if there was no room for it.
bool hello::note_sender(time_point now, const hello_message& message, const endpoint& source, bool news) {
    const auto outcome = online_.heard(now, message, source.address);
    if (outcome.evicted) outputs_.push_back(node_gone{*outcome.evicted});
    if (!outcome.stored || !news) return outcome.stored;
    outputs_.push_back(node_seen{*online_.find(message.instance)});
    if (message.dht_port) outputs_.push_back(dht_contact{{source.address, *message.dht_port}});
    update_trackers();
    return true;
}

void hello::on_bye(const hello_message& message, const endpoint& source) {
    if (!online_.forget(message.instance, source.address)) return;
    outputs_.push_back(node_gone{message.instance});
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
    const endpoint peer{source.address, question.peer_port};
    for (const auto& torrent : served_) {
        const auto token = matches(torrent);
        if (!token || holds(answer.tokens, *token)) continue;
        answer.tokens.push_back(*token);
        if (peer.port != 0) outputs_.push_back(peer_found{torrent, peer});
    }
    // who looks for the same as we do may have parts of it
    for (const auto& [torrent, search] : wanted_)
        if (!served_.contains(torrent) && matches(torrent) && peer.port != 0)
            outputs_.push_back(peer_found{torrent, peer});
    // past the limit it hears nothing, but it was heard: a node that serves what it looks for may call it
    if (answers_.take(now, source.address)) send_answer(answer, source, size);
}

void hello::answer_hello(time_point now, const endpoint& source, std::size_t size) {
    if (answers_.take(now, source.address)) send_answer(introduction(hello_kind::hello), source, size);
}

void hello::take_answer(time_point now, const hello_message& answer, const endpoint& source) {
    const auto question =
        std::find_if(asked_.begin(), asked_.end(), [&](const asked& a) { return a.nonce == *answer.nonce; });
    if (question == asked_.end() || question->at + answer_time < now || answer.peer_port == 0) return;
    for (const auto& [token, torrent] : question->torrents)
        if (holds(answer.tokens, token))
            outputs_.push_back(peer_found{torrent, {source.address, answer.peer_port}});
}

// --- what is due ------------------------------------------------------------------------------------

void hello::tick(time_point now) {
    if (stopped_) return;
    const auto expiry = online_.expire(now);
    for (const auto& instance : expiry.gone) outputs_.push_back(node_gone{instance});
    for (const auto& instance : expiry.moved) outputs_.push_back(node_seen{*online_.find(instance)});
    if (!expiry.gone.empty() || !expiry.moved.empty()) update_trackers();

    if (std::min(who_.due(), next_search_) <= now && who_allowed_ <= now) send_who(now);
    if (next_hello_ <= now) {
        const auto message = introduction(hello_kind::hello);
        send_to_all(encode_hello(message, longest_answer(message)));
        next_hello_ = now + random_.jitter(hello_interval, hello_jitter);
    }
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
    for (auto& target : hello_targets(interfaces_, config_.lan_port))
        outputs_.push_back(
            send{target.destination, target.interface_index, target.source_address, true, datagram});
}

/// No answer is longer than what it answers: nobody can make us shout at a third party.
void hello::send_answer(const hello_message& answer, const endpoint& to, std::size_t question_size) {
    auto datagram = encode_hello(answer);
    if (datagram.size() > question_size) return;
    outputs_.push_back(send{to, to.address.zone(), std::nullopt, false, std::move(datagram)});
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
    return std::min({who, next_hello_, online_.next_expiry()});
}

}  // namespace bt::discovery
