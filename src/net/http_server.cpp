#include "net/http_server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "net/http_server_impl.hpp"
#include "net/sockaddr.hpp"

namespace bt::net {
namespace {

constexpr std::size_t read_bytes = 32 * 1024;   // of one client in a turn; then the others have theirs
constexpr std::size_t flush_bytes = 64 * 1024;  // of answers gathered
constexpr int accepts_per_turn = 64;
constexpr int events_per_turn = 256;
constexpr duration accept_rest = 100ms;  // out of descriptors, and no idle one to close
constexpr duration linger_time = 2s;
constexpr std::size_t linger_bytes = 1 << 20;  // a client that sends more after our last word, and more than
                                               // a body may have, is cut off

/// IPv6 hosts have a /64 to themselves. Loopback is exempt: 0.
std::uint64_t origin_of(const ip_address& from) {
    if (from.scope() == address_scope::loopback) return 0;
    std::uint64_t key = 0;
    for (const auto byte : from.raw().first(from.is_v4() ? 4 : 8)) key = key << 8 | byte;
    return key;
}

std::optional<unsigned> user_of(int local) {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(local, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return std::nullopt;
    return who.uid;
}

}  // namespace

duration http_server::impl::time_of(http_phase phase) const {
    switch (phase) {
        case http_phase::idle:
            return options.idle_time;
        case http_phase::header:
            return options.header_time;
        case http_phase::body:
            return options.body_time;
        case http_phase::sending:
            return options.send_time;
        case http_phase::answer:
            return options.answer_time;
        case http_phase::lingering:
            break;
    }
    return linger_time;
}

// --- turns of the loop ---

void http_server::impl::on_events() {
    const in_use guard(this);
    now = on.now();
    std::array<epoll_event, events_per_turn> events;
    const int happened = epoll_wait(epoll, events.data(), events_per_turn, 0);
    for (int i = 0; i < happened && !released; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        auto* what = static_cast<http_watched*>(event.data.ptr);
        if (what->descriptor < 0) continue;  // closed earlier in this turn
        if (what->listening)
            accept_from(*what);
        else
            on_client(static_cast<http_connection&>(*what), event.events);
    }
    gone.clear();
}

void http_server::impl::on_sweep() {
    const in_use guard(this);
    now = on.now();
    if (draining && !drained) drain_clients();
    auto next = never;
    for (std::size_t i = 0; i < http_phases && !released; ++i) {
        const auto time = time_of(static_cast<http_phase>(i));
        while (auto* first = waiting[i].first()) {
            if (first->since + time > now) {
                next = std::min(next, first->since + time);
                break;
            }
            late(*first);
        }
    }
    gone.clear();
    if (!released) sweep.arm(std::min(next, sweep.deadline()));  // what was done here may have armed it
}

void http_server::impl::late(http_connection& c) {
    switch (c.phase) {
        case http_phase::header:
            refuse(c, {408, "The header of the request did not come in time."});
            break;
        case http_phase::body:
            refuse(c, {408, "The body of the request did not come in time."});
            break;
        case http_phase::sending:
            return abort(c);
        case http_phase::idle:
        case http_phase::lingering:
        case http_phase::answer:
            return close(c);
    }
    c.kept.reset();
    if (flush(c)) settle(c);
}

// --- accepting ---

void http_server::impl::accept_from(const http_watched& listener) {
    for (int i = 0; i < accepts_per_turn && !released && listener.descriptor >= 0; ++i) {
        socket_address from;
        const int fd = ::accept4(listener.descriptor, from.get(), &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno == EAGAIN) return;
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            // the waiting connection stays readable: asking again at once would spin
            if (!evict({http_phase::idle})) return listen_again(false);
            continue;
        }
        if (fd < 0) continue;  // about the one connection that broke while it waited
        const auto remote = listener.local ? endpoint{} : to_endpoint(from.get());
        const auto origin = remote && !listener.local ? origin_of(remote->address) : 0;
        if (!remote || !admit(origin)) {
            close_descriptor(fd);
            continue;
        }
        auto* c = new http_connection;
        c->descriptor = fd;
        c->from = *remote;
        c->origin = origin;
        socket_address own;
        if (!listener.local && getsockname(fd, own.get(), &own.length) == 0)
            if (const auto at = to_endpoint(own.get())) c->to = at->address;
        if (listener.local) c->user = user_of(fd);
        ++count;
        enter(*c, http_phase::idle, true);
        read(*c);  // the request is often here already: then it is answered before epoll hears of it
    }
}

bool http_server::impl::admit(std::uint64_t origin) {
    const auto at = origin == 0 ? per_origin.end() : per_origin.find(origin);
    if (at != per_origin.end() && at->second >= options.connections_per_address) return false;
    // whoever goes has waited longest, so a newcomer is served however many are slow
    if (count >= options.connections && !evict({http_phase::lingering, http_phase::idle, http_phase::header,
                                                http_phase::body, http_phase::sending}))
        return false;
    if (origin != 0) ++per_origin[origin];
    return true;
}

void http_server::impl::listen_again(bool yes) {
    for (const auto& one : listeners) {
        epoll_event event{};
        event.events = yes ? std::uint32_t{EPOLLIN} : 0u;
        event.data.ptr = one.get();
        epoll_ctl(epoll, EPOLL_CTL_MOD, one->descriptor, &event);
    }
    if (!yes) rest.arm(now + accept_rest);
}

// --- one client ---

void http_server::impl::on_client(http_connection& c, std::uint32_t events) {
    const bool waits_for_us = c.question != 0 || (c.body && !c.unsent);
    if (waits_for_us) return close(c);  // nothing is waited for but its end
    if (!c.unsent) return read(c);
    if ((events & ~std::uint32_t{EPOLLIN}) == 0) return;
    const auto before = c.unsent->bytes();
    const auto outcome = c.unsent->write(c.descriptor, out);
    if (outcome == send_queue::outcome::failed) return abort(c);
    if (c.unsent->bytes() < before) enter(c, http_phase::sending, true);
    if (outcome == send_queue::outcome::sent) c.unsent.reset();
    if (!c.unsent && !c.body && !c.last && c.kept) return serve_kept(c);
    settle(c);
}

void http_server::impl::read(http_connection& c) {
    const auto memory = on.read_buffer().first(read_bytes);
    const auto got = ::recv(c.descriptor, memory.data(), memory.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return settle(c);
    if (got <= 0) return close(c);
    const auto data = memory.first(static_cast<std::size_t>(got));
    in += data.size();
    c.unread = data.size() == memory.size();
    if (c.phase == http_phase::lingering) {
        c.heard_out += data.size();
        return c.heard_out > std::max(linger_bytes, options.body_bytes) ? abort(c) : void();
    }
    if (c.kept) {
        c.kept->insert(c.kept->end(), data.begin(), data.end());
        return serve_kept(c);
    }
    const auto used = serve(c, data);
    if (released || c.descriptor < 0) return;
    if (used < data.size())
        c.kept = std::make_unique<bytes>(data.begin() + static_cast<long>(used), data.end());
    settle(c);
}

void http_server::impl::serve_kept(http_connection& c) {
    const auto used = serve(c, *c.kept);
    if (released || c.descriptor < 0) return;
    if (used == c.kept->size())
        c.kept.reset();
    else
        c.kept->erase(c.kept->begin(), c.kept->begin() + static_cast<long>(used));
    settle(c);
}

/// Answers the requests in `data` as long as the client takes the answers. Returns the bytes it used.
std::size_t http_server::impl::serve(http_connection& c, byte_view data) {
    std::size_t at = 0;
    while (at < data.size() && !c.last && !c.unsent && !c.body && c.question == 0) {
        const auto step = next_request(data.subspan(at), c.progress, options.body_bytes);
        if (step.what == http_step::kind::refused) {
            refuse(c, step.refusal);
            break;
        }
        if (step.what == http_step::kind::more) {
            at += step.used;
            if (step.say_continue) answers.add("HTTP/1.1 100 Continue\r\n\r\n");
            break;
        }
        const bool is_whole = step.what == http_step::kind::request;
        is_whole ? answer(c, step) : refuse_early(c, step);
        if (released) return at;
        at += step.used;
        if (answers.bytes() >= flush_bytes && !flush(c)) return at;
    }
    if (c.last) at = data.size();  // nothing after the last request is answered
    flush(c);
    return at;
}

http_question http_server::impl::question_of(const http_connection& c, const http_step& step) const {
    const auto& head = step.head;
    http_question question;
    question.method = head.method;
    question.target = head.target;
    question.host = head.host;
    question.accept = head.accept;
    question.content_type = head.content_type;
    question.origin = head.origin;
    question.authorization = head.authorization;
    question.session_id = head.session_id;
    question.range = head.range;
    question.if_range = head.if_range;
    question.if_none_match = head.if_none_match;
    question.body = step.body;
    question.from = c.from;
    question.to = c.to;
    question.user = c.user;
    return question;
}

/// After whatever happened to it: what the connection waits for now.
void http_server::impl::settle(http_connection& c) {
    const bool had_body = c.body.has_value();
    if (!pull(c)) return;
    if (had_body && !c.body && !c.unsent && !c.last && c.kept) return serve_kept(c);
    const auto memory = c.memory();
    held = held - c.held + memory;
    c.held = memory;
    if (held > options.held_bytes)
        while (held > options.held_bytes &&
               evict({http_phase::sending, http_phase::body, http_phase::header}, &c)) {
        }
    if (c.unsent) {
        enter(c, http_phase::sending, false);
        return watch_for(c, EPOLLOUT);
    }
    if (c.question != 0 || c.body) {
        enter(c, http_phase::answer, false);
        return watch_for(c, EPOLLERR);  // and the end of it, which is always told
    }
    if (c.last) return finish(c);
    if (draining && !c.kept && !c.progress.in_body()) return close(c);
    enter(c, c.progress.in_body() ? http_phase::body : c.kept ? http_phase::header : http_phase::idle, false);
    watch_for(c, EPOLLIN);
}

void http_server::impl::enter(http_connection& c, http_phase phase, bool anew) {
    if (c.listed && c.phase == phase && !anew) return;
    if (c.listed) list(c.phase).remove(c);
    c.phase = phase;
    c.since = now;
    c.listed = true;
    list(phase).push_back(c);
    if (const auto due = now + time_of(phase); due < sweep.deadline()) sweep.arm(due);
}

void http_server::impl::watch_for(http_connection& c, std::uint32_t events) {
    if (c.watched_for == events) return;
    epoll_event event{};
    event.events = events;
    event.data.ptr = static_cast<http_watched*>(&c);
    const int how = c.watched_for == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    c.watched_for = events;
    if (epoll_ctl(epoll, how, c.descriptor, &event) != 0) abort(c);
}

/// The last answer is out. To close with unread bytes in the kernel would reset the connection and take the
/// answer with it, so a client that may still be sending is heard out for a moment.
void http_server::impl::finish(http_connection& c) {
    if (!c.unread) return close(c);
    ::shutdown(c.descriptor, SHUT_WR);
    enter(c, http_phase::lingering, false);
    watch_for(c, EPOLLIN);
}

// --- the end of a connection ---

/// Closes the one that has waited longest in the first of the phases that has any.
bool http_server::impl::evict(std::initializer_list<http_phase> from, const http_connection* but) {
    for (const auto phase : from) {
        auto* first = list(phase).first();
        if (first != nullptr && first == but) first = first->next;
        if (first == nullptr || first == busy) continue;
        phase == http_phase::sending ? abort(*first) : close(*first);
        return true;
    }
    return false;
}

void http_server::impl::close(http_connection& c) {
    if (c.descriptor < 0) return;
    close_descriptor(std::exchange(c.descriptor, -1));  // epoll forgets it by itself
    if (c.listed) list(c.phase).remove(c);
    if (c.question != 0) questions.erase(c.question);
    end_stream(c);
    held -= c.held;
    --count;
    if (const auto at = per_origin.find(c.origin);
        c.origin != 0 && at != per_origin.end() && --at->second == 0)
        per_origin.erase(at);
    c.kept.reset();
    c.unsent.reset();
    gone.emplace_back(&c);
}

/// The kernel forgets what it has not sent, too.
void http_server::impl::abort(http_connection& c) {
    if (c.descriptor < 0) return;
    const linger at_once{1, 0};
    setsockopt(c.descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(c);
}

/// May be called inside the handler, whose client's turn goes on: the clients follow in the next turn.
void http_server::impl::drain() {
    draining = true;
    rest.disarm();
    for (const auto& one : listeners) close_descriptor(std::exchange(one->descriptor, -1));
    sweep.arm(on.now());
}

void http_server::impl::drain_clients() {
    drained = true;
    for (const auto phase : {http_phase::idle, http_phase::header, http_phase::body}) {
        while (auto* c = list(phase).first()) {
            if (released) return;
            read(*c);  // what has been asked may still be in the kernel
            if (released) return;
            if (c->descriptor >= 0 && c->listed && c->phase == phase) close(*c);
        }
    }
}

/// Closes it and gives the reason, if the kernel does not watch it.
int http_server::impl::add_listener(int descriptor, bool local) {
    if (epoll < 0 || !watch->works()) {  // there was none left for it
        close_descriptor(descriptor);
        return EMFILE;
    }
    auto one = std::make_unique<http_watched>();
    one->descriptor = descriptor;
    one->listening = true;
    one->local = local;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = one.get();
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        const int number = errno;
        close_descriptor(descriptor);
        return number;
    }
    listeners.push_back(std::move(one));
    return 0;
}

void http_server::impl::shut() {
    watch.reset();
    sweep.disarm();
    rest.disarm();
    for (const auto& one : listeners) close_descriptor(std::exchange(one->descriptor, -1));
    for (auto& one : waiting)
        while (auto* c = one.first()) close(*c);
    close_descriptor(std::exchange(epoll, -1));
}

// --- the server ---

http_server::http_server(loop& on, const http_server_options& options, handler answer, gate refuses)
    : impl_(new impl(on, options, std::move(answer), std::move(refuses))) {}

http_server::~http_server() {
    impl_->alive.reset();
    impl_->shut();
    release(impl_);
}

result<std::uint16_t> http_server::listen(const endpoint& at) {
    const auto fd = open_listener(at);
    if (!fd) return unexpected<error>(fd.error());
    set_option(*fd, IPPROTO_TCP, TCP_NODELAY, 1);  // those accepted inherit it
    if (const int trouble = impl_->add_listener(*fd, false); trouble != 0)
        return bind_failure("listen on", at, "TCP", trouble);
    return bound_port(*fd);
}

result<void> http_server::listen(const std::string& path) {
    const auto fd = open_local_listener(path);
    if (!fd) return unexpected<error>(fd.error());
    if (const int trouble = impl_->add_listener(*fd, true); trouble != 0)
        return fail(errc::network, "cannot listen on " + path + ": " + error_text(trouble));
    return {};
}

result<endpoint> http_server::adopt(int listening) {
    const auto refuse = [&](const std::string& why) {
        close_descriptor(listening);
        return fail(errc::network, "the socket that was given cannot be used: " + why);
    };
    int kind = 0, is_listening = 0;
    socklen_t size = sizeof kind;
    socket_address at;
    if (::getsockopt(listening, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 ||
        ::getsockopt(listening, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) != 0 ||
        ::getsockname(listening, at.get(), &at.length) != 0)
        return refuse(error_text(errno));
    const bool is_local = at.storage.ss_family == AF_UNIX;
    const auto address = is_local ? std::optional(endpoint{}) : to_endpoint(at.get());
    if (kind != SOCK_STREAM || is_listening == 0 || !address) return refuse("it does not take connections");
    ::fcntl(listening, F_SETFL, ::fcntl(listening, F_GETFL) | O_NONBLOCK);
    if (!is_local) set_option(listening, IPPROTO_TCP, TCP_NODELAY, 1);
    if (const int trouble = impl_->add_listener(listening, is_local); trouble != 0)
        return fail(errc::network, "the socket that was given cannot be used: " + error_text(trouble));
    return *address;
}

http_reply http_server::now_or_later(const http_question& question,
                                     const std::function<void(const reply_fn&)>& begin) {
    auto at_once = std::make_shared<std::optional<http_reply>>(http_reply{http_reply::later});
    begin([this, at_once, number = question.number](http_reply reply) {
        if (*at_once)
            **at_once = std::move(reply);
        else
            answer(number, std::move(reply));
    });
    auto reply = std::move(**at_once);
    at_once->reset();
    return reply;
}

void http_server::answer(std::uint64_t number, http_reply reply) {
    impl_->on.post([of = impl_, alive = std::weak_ptr(impl_->alive), number,
                    headers = std::string(reply.headers), type = std::string(reply.content_type),
                    reply = std::move(reply)]() mutable {
        if (alive.expired()) return;
        reply.headers = headers;
        reply.content_type = type;
        of->answer_later(number, std::move(reply));
    });
}

void http_server::drain() { impl_->drain(); }

std::size_t http_server::connections() const { return impl_->count; }

std::uint64_t http_server::bytes_in() const { return impl_->in; }

std::uint64_t http_server::bytes_out() const { return impl_->out; }

}  // namespace bt::net
