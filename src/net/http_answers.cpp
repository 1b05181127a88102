// What the HTTP server says to its clients: whole answers, and bodies that are made while they leave.
#include <memory>
#include <utility>

#include "net/http_server_impl.hpp"

namespace bt::net {
namespace {

/// Of a body that is made while it leaves: the next part is asked for while no more than this waits.
constexpr std::size_t stream_ahead = 2 << 20;

}  // namespace

void http_server::impl::answer(http_connection& c, const http_step& step) {
    c.asked_head = step.head.method == "HEAD";
    c.asked_1_1 = step.head.http_1_1;
    c.asked_keep_alive = step.head.keep_alive;
    auto question = question_of(c, step);
    question.number = ++last_question;
    busy = &c;
    auto reply = handle(question);
    busy = nullptr;
    if (released) return;
    if (reply.status == http_reply::later) {
        c.question = question.number;
        questions[c.question] = &c;
        return;
    }
    c.last = draining || !c.asked_keep_alive;
    c.unread = c.unread || draining;
    add_answer(c, std::move(reply));
}

void http_server::impl::answer_later(std::uint64_t number, http_reply reply) {
    const in_use guard(this);
    const auto asked = questions.extract(number);
    if (asked.empty()) return;
    now = on.now();
    auto& c = *asked.mapped();
    c.question = 0;
    c.last = draining || !c.asked_keep_alive;
    c.unread = true;
    add_answer(c, std::move(reply));
    if (flush(c)) c.kept && !c.last && !c.unsent ? serve_kept(c) : settle(c);
    if (!released) gone.clear();
}

/// The rest of the body is read and thrown away.
void http_server::impl::refuse_early(http_connection& c, const http_step& step) {
    if (!refuses) return;
    c.asked_head = step.head.method == "HEAD";
    c.asked_1_1 = step.head.http_1_1;
    busy = &c;
    auto reply = refuses(question_of(c, step));
    busy = nullptr;
    if (released || !reply) return;
    c.last = c.unread = true;
    add_answer(c, std::move(*reply));
    c.progress = {};
}

void http_server::impl::add_answer(http_connection& c, http_reply reply) {
    const auto length = reply.stream ? reply.stream_bytes : reply.body.size();
    if (!length && !c.asked_1_1) c.last = true;
    add_answer_head(answers, reply.status, reply.content_type, length, reply.headers,
                    c.last         ? "close"
                    : !c.asked_1_1 ? "keep-alive"
                                   : "",
                    c.asked_1_1);
    if (!c.asked_head && reply.status != 204 && reply.status != 304) {
        if (reply.stream)
            begin_stream(c, reply);
        else
            answers.add_body({std::move(reply.body)});
    }
    enter(c, http_phase::idle, true);
}

void http_server::impl::refuse(http_connection& c, const http_refusal& why) {
    add_answer_head(answers, why.status, "text/plain; charset=utf-8", why.why.size() + 1, {}, "close");
    answers.add(why.why);
    answers.add("\n");
    c.last = true;
    c.unread = true;  // whatever else the client is sending
    c.progress = {};
}

/// False if the connection is closed by it. What the kernel does not take now is kept for the connection.
bool http_server::impl::flush(http_connection& c) {
    if (answers.empty()) return true;
    const auto outcome = answers.write(c.descriptor, out);
    if (outcome == send_queue::outcome::sent) return true;
    if (outcome == send_queue::outcome::blocked) {
        c.unsent = std::make_unique<send_queue>(std::exchange(answers, {}));
        return true;
    }
    answers.clear();
    abort(c);
    return false;
}

// --- bodies that are made while they leave ---

void http_server::impl::begin_stream(http_connection& c, http_reply& reply) {
    auto& stream = c.body.emplace();
    stream.of = std::move(reply.stream);
    stream.number = ++last_stream;
    stream.left = reply.stream_bytes;
    stream.in_chunks = !reply.stream_bytes && c.asked_1_1;  // so that a client sees where one is cut
    streams[stream.number] = &c;
}

/// Asks for parts as long as they come at once and the client takes them. False if the connection is closed
/// by it.
bool http_server::impl::pull(http_connection& c) {
    while (c.body && !c.body->asked && (!c.unsent || c.unsent->bytes() <= stream_ahead)) {
        c.body->asked = true;
        const auto body = c.body->of;  // it may end inside its own call
        const auto before = std::exchange(pulling, &c);
        body->next(
            [this, alive = std::weak_ptr(this->alive), number = c.body->number](result<http_part> part) {
                if (!alive.expired()) part_came(number, std::move(part));
            });
        pulling = before;
        if (released || c.descriptor < 0) return false;
    }
    return true;
}

void http_server::impl::part_came(std::uint64_t number, result<http_part> part) {
    const auto found = streams.find(number);
    if (found == streams.end() || !found->second->body->asked) return;
    auto& c = *found->second;
    c.body->asked = false;
    if (pulling == &c) return void(take_part(c, std::move(part)));
    const in_use guard(this);
    now = on.now();
    if (take_part(c, std::move(part)) && pull(c))
        c.kept && !c.last && !c.unsent && !c.body ? serve_kept(c) : settle(c);
    if (!released) gone.clear();
}

/// False if the connection is closed by it.
bool http_server::impl::take_part(http_connection& c, result<http_part> part) {
    auto& stream = *c.body;
    const auto size = part ? part->view().size() : 0;
    if (!part || size > stream.left.value_or(size) || (size == 0 && stream.left.value_or(0) > 0)) {
        abort(c);
        return false;
    }
    auto& to = c.unsent ? *c.unsent : answers;
    if (stream.left) *stream.left -= size;
    const bool is_all = size == 0 || stream.left == 0u;
    if (size > 0 && stream.in_chunks)
        add_chunk(to, std::move(*part));
    else if (size > 0)
        to.add_body(std::move(*part));
    if (is_all && stream.in_chunks) to.add("0\r\n\r\n");
    if (is_all) end_stream(c);
    return c.unsent || flush(c);
}

void http_server::impl::end_stream(http_connection& c) {
    if (!c.body) return;
    streams.erase(c.body->number);
    on.post([kept = std::move(c.body->of)] {});  // it may be what calls us
    c.body.reset();
}

}  // namespace bt::net
