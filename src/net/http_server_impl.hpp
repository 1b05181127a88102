// What the HTTP server holds, and what happens to one client in turn. Private to this room.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/fd_watch.hpp"
#include "net/http_connection.hpp"
#include "net/http_server.hpp"
#include "net/lifetime.hpp"
#include "net/timer.hpp"

namespace bt::net {

struct http_server::impl : survivor {
    impl(loop& loop_of, const http_server_options& how, handler answer_of, gate refuses_of)
        : on(loop_of),
          options(how),
          handle(std::move(answer_of)),
          refuses(std::move(refuses_of)),
          epoll(epoll_create1(EPOLL_CLOEXEC)),
          sweep(loop_of, [this] { on_sweep(); }),
          rest(loop_of, [this] { listen_again(true); }),
          watch(std::make_unique<fd_watch>(loop_of, epoll, [this](bool, bool) { on_events(); })) {
        watch->want(true, false);
    }
    ~impl() { shut(); }

    loop& on;
    http_server_options options;
    handler handle;
    gate refuses;
    int epoll;
    timer sweep, rest;
    std::unique_ptr<fd_watch> watch;
    std::vector<std::unique_ptr<http_watched>> listeners;
    std::array<http_waiting, http_phases> waiting;
    std::unordered_map<std::uint64_t, std::size_t> per_origin;
    std::vector<std::unique_ptr<http_connection>> gone;  // until no event of this turn can name them
    http_connection* busy = nullptr;                     // its request is being answered
    std::unordered_map<std::uint64_t, http_connection*> questions;  // that have their answer later
    std::unordered_map<std::uint64_t, http_connection*> streams;    // whose body is under way
    std::uint64_t last_question = 0, last_stream = 0;
    http_connection* pulling = nullptr;  // its body is asked for the next part
    std::shared_ptr<bool> alive = std::make_shared<bool>(true);
    send_queue answers;  // of the client whose turn it is
    time_point now{};
    std::size_t count = 0, held = 0;
    std::uint64_t in = 0, out = 0;
    bool draining = false, drained = false;

    http_waiting& list(http_phase of) { return waiting[static_cast<std::size_t>(of)]; }
    duration time_of(http_phase phase) const;
    void on_events();
    void on_sweep();
    void accept_from(const http_watched& listener);
    bool admit(std::uint64_t origin);
    void listen_again(bool yes);
    void on_client(http_connection& c, std::uint32_t events);
    void read(http_connection& c);
    std::size_t serve(http_connection& c, byte_view data);
    void serve_kept(http_connection& c);
    http_question question_of(const http_connection& c, const http_step& step) const;
    void answer(http_connection& c, const http_step& step);
    void refuse_early(http_connection& c, const http_step& step);
    void answer_later(std::uint64_t number, http_reply reply);
    void add_answer(http_connection& c, http_reply reply);
    void refuse(http_connection& c, const http_refusal& why);
    bool flush(http_connection& c);
    void begin_stream(http_connection& c, http_reply& reply);
    bool pull(http_connection& c);
    void part_came(std::uint64_t number, result<http_part> part);
    bool take_part(http_connection& c, result<http_part> part);
    void end_stream(http_connection& c);
    void settle(http_connection& c);
    void enter(http_connection& c, http_phase phase, bool anew);
    void watch_for(http_connection& c, std::uint32_t events);
    void late(http_connection& c);
    bool evict(std::initializer_list<http_phase> from, const http_connection* but = nullptr);
    void finish(http_connection& c);
    void close(http_connection& c);
    void abort(http_connection& c);
    void drain();
    void drain_clients();
    int add_listener(int descriptor, bool local);
    void shut();
};

}  // namespace bt::net
