#include "net/http_server.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/interfaces.hpp"
#include "net/sockaddr.hpp"
#include "net/tcp.hpp"
#include "run_until.hpp"

using namespace bt;
using namespace bt::net;

namespace {

/// A client that keeps what it is told.
struct test_client {
    test_client(loop& loop_of, std::uint16_t port, const ip_address& at = ip_address::v4(127, 0, 0, 1))
        : on(loop_of), connection(loop_of) {
        connection.on_data([this](byte_view data) {
            heard += as_text(data);
            on.stop();
        });
        connection.on_closed([this](const std::string& reason) {
            closed = true;
            why = reason;
            on.stop();
        });
        connection.connect({at, port}, [this](const result<void>& outcome) {
            connected = outcome.has_value();
            on.stop();
        });
    }
    void say(std::string_view text) { connection.send(chunk::copy_of(as_bytes(text))); }

    loop& on;
    tcp_connection connection;
    std::string heard, why;
    bool connected = false, closed = false;
};

/// A socket without a loop: costs no memory of ours, so that the server's can be told.
struct raw_client {
    explicit raw_client(std::uint16_t port) : descriptor(::socket(AF_INET, SOCK_STREAM, 0)) {
        const auto at = to_socket_address(loopback_v4(port));
        BOOST_REQUIRE(::connect(descriptor, at.get(), at.length) == 0);
    }
    ~raw_client() { close_descriptor(descriptor); }
    raw_client(raw_client&& other) noexcept
        : descriptor(std::exchange(other.descriptor, -1)), heard(std::move(other.heard)) {}
    raw_client& operator=(raw_client&&) = delete;
    void say(std::string_view text) {
        (void)::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    const std::string& hear() {
        char memory[4096];
        const auto got = ::recv(descriptor, memory, sizeof memory, MSG_DONTWAIT);
        if (got > 0) heard.append(memory, static_cast<std::size_t>(got));
        return heard;
    }
    int descriptor;
    std::string heard;
};

struct lowered_limit {
    explicit lowered_limit(rlim_t count) {
        getrlimit(RLIMIT_NOFILE, &before);
        const rlimit less{count, before.rlim_max};
        setrlimit(RLIMIT_NOFILE, &less);
    }
    ~lowered_limit() { setrlimit(RLIMIT_NOFILE, &before); }
    rlimit before{};
};

/// Of the allocator; nothing under the address sanitizer, which has one of its own.
std::size_t memory_in_use() { return mallinfo2().uordblks; }

/// Echoes method, target and body; counts.
struct world {
    explicit world(http_server_options options = {})
        : server(
              on, options,
              [this](const http_question& question) {
                  ++asked;
                  last_host = question.host;
                  last_from = question.from;
                  last_to = question.to;
                  if (during) during();
                  http_reply reply;
                  const std::string_view target = question.target;
                  if (target.starts_with("/big")) {
                      reply.body.assign(big, 'x');
                  } else {
                      reply.body = std::string(question.method) + " " + std::string(target);
                      if (!question.body.empty()) reply.body += " " + std::string(as_text(question.body));
                  }
                  return reply;
              },
              [this](const http_question& question) -> std::optional<http_reply> {
                  ++gate_asked;
                  if (!std::string_view(question.target).starts_with("/barred")) return std::nullopt;
                  http_reply reply;
                  reply.status = 401;
                  return reply;
              }) {
        port = *server.listen(loopback_v4());
    }
    std::unique_ptr<test_client> client() {
        auto one = std::make_unique<test_client>(on, port);
        BOOST_REQUIRE(run_until(on, [&] { return one->connected; }));
        return one;
    }
    /// Says it all, and hears until the server closes.
    std::string ask(std::string_view text) {
        const auto one = client();
        one->say(text);
        BOOST_TEST(run_until(on, [&] { return one->closed; }));
        BOOST_TEST(one->why == "closed by the other side");
        return one->heard;
    }
    bool hears(test_client& one, const std::string& text) {
        return run_until(on, [&] { return one.heard.find(text) != std::string::npos; });
    }
    void turn(duration time = 1ms) { run_for(on, time); }

    /// The server has this many clients, soon.
    bool has(std::size_t count) {
        for (int i = 0; i < 5'000 && server.connections() != count; ++i) turn();
        return server.connections() == count;
    }

    loop on;
    std::function<void()> during;
    std::size_t big = 100'000;
    int asked = 0, gate_asked = 0;
    std::string last_host;
    endpoint last_from;
    ip_address last_to;
    http_server server;
    std::uint16_t port = 0;
};

std::string ok(const std::string& body, const std::string& connection = "") {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" +
           (connection.empty() ? "" : "Connection: " + connection + "\r\n") + "\r\n" + body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_serving)

BOOST_AUTO_TEST_CASE(a_request_is_answered_and_the_connection_kept_or_closed_as_asked) {
    world w;
    const auto one = w.client();
    one->say("GET /a?b=%00 HTTP/1.1\r\nHost: x:1\r\n\r\n");
    BOOST_TEST(w.hears(*one, "GET /a"));
    BOOST_TEST(one->heard == ok("GET /a?b=%00"));
    BOOST_TEST(w.last_host == "x:1");
    BOOST_TEST((w.last_from == one->connection.local()));
    BOOST_TEST((w.last_to == ip_address::v4(127, 0, 0, 1)));
    BOOST_TEST(w.server.connections() == 1u);
    one->heard.clear();
    one->say("GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    BOOST_TEST(run_until(w.on, [&] { return one->closed; }));
    BOOST_TEST(one->heard == ok("GET /b", "close"));
    BOOST_TEST(w.server.connections() == 0u);
    BOOST_TEST(w.ask("GET /c HTTP/1.0\r\n\r\n") == ok("GET /c", "close"));
    const auto old = w.client();
    old->say("GET /d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(w.hears(*old, "GET /d"));
    BOOST_TEST(old->heard == ok("GET /d", "keep-alive"));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
    world w;
    std::string all, answers;
    for (int i = 0; i < 500; ++i) {
        const auto path = "/" + std::to_string(i);
        all += "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
        answers += ok("GET " + path);
    }
    all += "GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /after HTTP/1.1\r\nHost: x\r\n\r\n";
    BOOST_TEST((w.ask(all) == answers + ok("GET /end", "close")));
    BOOST_TEST(w.asked == 501);
}

BOOST_AUTO_TEST_CASE(head_gets_the_headers_of_get_and_the_absolute_form_its_path) {
    world w;
    const auto text = w.ask("HEAD /h HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    BOOST_TEST(text + "HEAD /h" == ok("HEAD /h", "close"));
    BOOST_TEST(w.ask("GET http://there/p HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") ==
               ok("GET /p", "close"));
    BOOST_TEST(w.last_host == "there");
}

BOOST_AUTO_TEST_CASE(bodies_come_whole_chunked_or_after_a_continue) {
    world w;
    const auto one = w.client();
    one->say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    BOOST_TEST(w.hears(*one, "100"));
    BOOST_TEST(one->heard == "HTTP/1.1 100 Continue\r\n\r\n");
    one->heard.clear();
    one->say("bo");
    w.turn();
    one->say("dyPOST /q HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
    BOOST_TEST(w.hears(*one, "/q"));
    BOOST_TEST(one->heard == ok("POST /p body") + ok("POST /q ab"));
}

BOOST_AUTO_TEST_CASE(a_long_body_is_not_kept_of_a_request_that_its_header_already_bars) {
    http_server_options large;
    large.body_bytes = 8'000'000;
    world w(large);
    const std::string much(4'000'000, 'm');
    const auto length = "Content-Length: " + std::to_string(much.size()) + "\r\n\r\n";
    for (const auto& head : {length, std::string("Transfer-Encoding: chunked\r\n\r\n3d0900\r\n")}) {
        const auto one = w.client();
        one->say("POST /barred HTTP/1.1\r\nHost: x\r\n" + head);
        BOOST_TEST(w.hears(*one, " 401 "));  // before a byte of the body
        one->say(much);
        BOOST_TEST(run_until(w.on, [&] { return one->closed; }));
        BOOST_TEST(one->why == "closed by the other side");
    }
    BOOST_TEST(w.asked == 0);
    BOOST_TEST(std::exchange(w.gate_asked, 0) == 2);
    const auto one = w.client();
    one->say("POST /open HTTP/1.1\r\nHost: x\r\n" + length);
    w.turn();
    one->say(much);
    BOOST_TEST(w.hears(*one, "m"));
    BOOST_TEST(w.asked == 1);
    BOOST_TEST(w.gate_asked == 1);  // once, however many pieces the body came in
    const auto half = w.client();   // a short one is read whoever sends it
    half->say("POST /barred HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
    w.turn();
    half->say("body");
    BOOST_TEST(w.hears(*half, "POST /barred body"));
    BOOST_TEST(w.gate_asked == 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_reaches_a_client_that_goes_on_sending) {
    world w;
    const std::string much(2'000'000, 'm');
    const std::map<std::string, std::string> cases = {
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n" + much, "413"},
        {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n" + much, "413"},
        {"GET /" + much, "431"},
        {"GET / HTTP/1.1\r\nHost: x\r\nBad : x\r\n\r\n" + much, "400"},
        {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n" + much, "501"},
    };
    for (const auto& [text, status] : cases) {
        const auto one = w.client();
        one->say(text);
        BOOST_TEST(w.hears(*one, "\r\n\r\n"));
        BOOST_TEST(one->heard.starts_with("HTTP/1.1 " + status));
        BOOST_TEST(one->heard.find("Connection: close\r\n") != std::string::npos);
        // a reset could overtake the answer on the way
        BOOST_TEST(run_until(w.on, [&] { return one->closed; }));
        BOOST_TEST(one->why == "closed by the other side");
    }
    raw_client quiet(w.port);  // may be sending what has not arrived
    quiet.say("GET / HTTP/1.1\r\n\r\n");
    for (int i = 0; i < 1'000 && quiet.hear().empty(); ++i) w.turn();
    BOOST_TEST(quiet.heard.starts_with("HTTP/1.1 400 "));
    BOOST_TEST(w.has(1));
    BOOST_TEST(w.asked == 0);
}

BOOST_AUTO_TEST_CASE(who_is_too_slow_is_told_so_and_closed) {
    http_server_options quick;
    quick.header_time = quick.body_time = 30ms;
    quick.idle_time = 200ms;
    world w(quick);
    const auto answer = w.ask("GET / HTTP/1.1\r\n");
    BOOST_TEST(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    BOOST_TEST(answer.find("header") != std::string::npos);
    BOOST_TEST(w.ask("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx").find("body") !=
               std::string::npos);
    BOOST_TEST(w.ask("") == "");  // idle from the start
    // a byte now and then is no excuse
    const auto one = w.client();
    for (int i = 0; i < 100 && !one->closed; ++i) {
        one->say("G");
        w.turn(2ms);
    }
    BOOST_TEST(run_until(w.on, [&] { return one->closed; }));
    BOOST_TEST(one->heard.find(" 408 ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_does_not_read_is_asked_no_more_and_disturbs_nobody) {
    http_server_options quick;
    quick.send_time = 400ms;
    world w(quick);
    std::string requests;
    for (int i = 0; i < 500; ++i) requests += "GET /big HTTP/1.1\r\nHost: x\r\n\r\n";  // 50 MB of answers
    const auto lazy = w.client(), late = w.client(), other = w.client();
    lazy->connection.pause_reading();
    late->connection.pause_reading();
    lazy->say(requests);
    late->say(requests);
    w.turn(20ms);
    BOOST_TEST(w.asked < 500);  // what the kernel's buffers take, and no more
    other->say("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(w.hears(*other, "GET /x"));
    late->connection.resume_reading();
    BOOST_TEST(
        run_until(w.on, [&] { return late->heard.size() >= 500 * ok(std::string(w.big, 'x')).size(); }));
    BOOST_TEST((late->heard.size() == 500 * ok(std::string(w.big, 'x')).size()));
    BOOST_TEST(w.has(2));
    lazy->connection.resume_reading();
    BOOST_TEST(run_until(w.on, [&] { return lazy->closed; }));
    BOOST_TEST(w.asked < 1'000);
}

BOOST_AUTO_TEST_CASE(answers_nobody_reads_are_bounded_for_all_together) {
    http_server_options tight;
    tight.held_bytes = 40'000'000;
    world w(tight);
    w.big = 15'000'000;
    std::vector<std::unique_ptr<test_client>> lazy;
    for (int i = 0; i < 6; ++i) {
        lazy.push_back(w.client());
        lazy.back()->connection.pause_reading();
        lazy.back()->say("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
        w.turn(5ms);
    }
    BOOST_TEST(w.asked == 6);
    BOOST_TEST(w.server.connections() <= 4u);  // what the kernel took of each is not held
    lazy.back()->connection.resume_reading();
    BOOST_TEST(run_until(w.on, [&] { return lazy.back()->heard.size() > 15'000'000; }));
}

BOOST_AUTO_TEST_CASE(of_too_many_the_oldest_idle_goes_first) {
    http_server_options few;
    few.connections = 3;
    world w(few);
    const auto a = w.client(), b = w.client(), busy = w.client();
    w.turn();
    busy->say("GET / HTTP/1.1\r\n");
    a->say("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");  // now b has been idle for longer
    BOOST_TEST(w.hears(*a, "GET /a"));
    const auto fresh = w.client();
    BOOST_TEST(run_until(w.on, [&] { return b->closed; }));
    BOOST_TEST(!a->closed);
    BOOST_TEST(!busy->closed);
    fresh->say("GET /f HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(w.hears(*fresh, "GET /f"));
    busy->say("Host: x\r\n\r\n");
    BOOST_TEST(w.hears(*busy, "GET /"));
    BOOST_TEST(w.server.connections() == 3u);
}

BOOST_AUTO_TEST_CASE(a_newcomer_is_served_next_to_nothing_but_slow_ones) {
    http_server_options few;
    few.connections = 2;
    world w(few);
    const auto body = w.client(), sending = w.client();
    sending->connection.pause_reading();
    w.big = 20'000'000;
    sending->say("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    w.turn(5ms);
    body->say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
    w.turn(5ms);
    for (int i = 0; i < 3; ++i) BOOST_TEST(w.ask("GET /f HTTP/1.0\r\n\r\n") == ok("GET /f", "close"));
    BOOST_TEST(body->closed);
    BOOST_TEST(!sending->closed);
}

BOOST_AUTO_TEST_CASE(one_address_has_a_limit_of_its_own) {
    std::optional<ip_address> own;
    const auto here = running_interfaces();
    for (const auto& one : here.value())
        if (one.address.is_v4() && !one.loopback) own = one.address;
    if (!own) {
        BOOST_TEST_MESSAGE("not tested: this machine has loopback only");
        return;
    }
    http_server_options few;
    few.connections_per_address = 2;
    world w(few);
    const auto port = *w.server.listen({*own, 0});
    std::vector<std::unique_ptr<test_client>> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(std::make_unique<test_client>(w.on, port, *own));
        BOOST_REQUIRE(run_until(w.on, [&] { return clients.back()->connected; }));
    }
    BOOST_TEST(run_until(w.on, [&] { return clients[2]->closed; }));
    BOOST_TEST(!clients[0]->closed);
    clients[0]->connection.close();
    w.turn(5ms);
    clients.push_back(std::make_unique<test_client>(w.on, port, *own));
    clients.back()->say("GET /room HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(w.hears(*clients.back(), "/room"));
    for (int i = 0; i < 4; ++i) clients.push_back(w.client());  // loopback is exempt
    w.turn(5ms);
    BOOST_TEST(!clients.back()->closed);
}

BOOST_AUTO_TEST_CASE(without_descriptors_idle_clients_make_room) {
    world w;
    std::vector<raw_client> clients;
    for (int i = 0; i < 20; ++i) {
        clients.emplace_back(w.port);
        clients.back().say("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    const lowered_limit tight(static_cast<rlim_t>(clients.back().descriptor + 4));
    for (int i = 0; i < 20; ++i) {
        const auto path = "GET /" + std::to_string(i);
        for (int turns = 0;
             turns < 1'000 && clients[static_cast<std::size_t>(i)].hear().find(path) == std::string::npos;
             ++turns)
            w.turn();
        BOOST_TEST(clients[static_cast<std::size_t>(i)].heard.find(path) != std::string::npos, path);
    }
    BOOST_TEST(w.server.connections() < 20u);
}

BOOST_AUTO_TEST_CASE(drain_answers_what_was_asked_and_closes_the_rest) {
    world w;
    const auto idle = w.client(), half = w.client(), asked = w.client();
    half->say("GET /ha");
    w.turn(5ms);
    asked->say("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
    w.during = [&] { w.server.drain(); };  // as a handler may
    for (const auto* one : {idle.get(), half.get(), asked.get()})
        BOOST_TEST(run_until(w.on, [&] { return one->closed; }));
    BOOST_TEST(asked->heard == ok("GET /1", "close"));
    BOOST_TEST(idle->heard + half->heard == "");
    BOOST_TEST(w.has(0));
    test_client after(w.on, w.port);
    w.turn(5ms);
    BOOST_TEST(!after.connected);
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_later) {
    loop on;
    std::vector<std::uint64_t> asked;
    http_server server(on, http_server_options{}, [&](const http_question& question) {
        if (question.target == "/now") return http_reply{.body = "now"};
        asked.push_back(question.number);
        return http_reply{.status = http_reply::later};
    });
    const auto port = *server.listen(loopback_v4());
    test_client one(on, port), other(on, port), gone(on, port);
    const auto get = [](const std::string& what) { return "GET " + what + " HTTP/1.1\r\nHost: x\r\n\r\n"; };
    one.say(get("/1") + get("/now"));
    BOOST_REQUIRE(run_until(on, [&] { return asked.size() == 1; }));
    gone.say(get("/2"));
    BOOST_REQUIRE(run_until(on, [&] { return asked.size() == 2; }));
    gone.connection.close();
    other.say(get("/now"));  // nobody waits for others
    BOOST_TEST(run_until(on, [&] { return other.heard.ends_with("now"); }));
    BOOST_TEST(one.heard == "");
    server.answer(asked[1], {.body = "nobody hears it"});
    server.answer(asked[0], {.body = "first"});
    server.answer(asked[0], {.body = "twice"});
    BOOST_TEST(run_until(on, [&] { return one.heard.ends_with("now"); }));
    BOOST_TEST(one.heard.find("first") != std::string::npos);
    BOOST_TEST(one.heard.find("twice") == std::string::npos);
    one.say(get("/now"));
    one.heard.clear();
    BOOST_TEST(run_until(on, [&] { return one.heard.ends_with("now"); }));
}

BOOST_AUTO_TEST_CASE(a_server_may_go_with_answers_that_come_later) {
    loop on;
    std::uint64_t asked = 0;
    auto server =
        std::make_unique<http_server>(on, http_server_options{}, [&](const http_question& question) {
            asked = question.number;
            return http_reply{.status = http_reply::later};
        });
    test_client one(on, *server->listen(loopback_v4()));
    one.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_REQUIRE(run_until(on, [&] { return asked != 0; }));
    server->answer(asked, {.body = "late"});
    server.reset();
    BOOST_TEST(run_until(on, [&] { return one.closed; }));
    BOOST_TEST(one.heard == "");
}

BOOST_AUTO_TEST_CASE(a_server_may_go_inside_its_handler_and_with_clients_under_way) {
    loop on;
    std::unique_ptr<http_server> server;
    std::uint16_t port = 0;
    const auto start = [&] {
        server = std::make_unique<http_server>(on, http_server_options{}, [&](const http_question&) {
            server.reset();
            return http_reply{};
        });
        port = *server->listen(loopback_v4());
    };
    for (const std::string text :
         {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n"}) {
        start();
        test_client idle(on, port), one(on, port);
        BOOST_REQUIRE(run_until(on, [&] { return one.connected && idle.connected; }));
        one.say(text.substr(0, 5));
        timer soon(on, [&] { one.say(text.substr(5)); });  // once kept, once straight from the socket
        soon.arm(on.now() + 5ms);
        BOOST_TEST(run_until(on, [&] { return one.closed && idle.closed; }));
        BOOST_TEST(one.heard == "");
    }
    start();
    test_client half(on, port);
    half.say("GET");
    BOOST_REQUIRE(run_until(on, [&] { return half.connected; }));
    server.reset();
}

/// Hostile crowds next to one who asks: printed are memory for each and the time of an answer.
BOOST_AUTO_TEST_CASE(crowds_of_idle_slow_and_greedy_clients_cost_little_and_delay_nobody) {
    raise_descriptor_limit();
    world w;
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const auto many = std::min<std::size_t>(5'000, (limit.rlim_cur - 200) / 2 - 600);
    std::vector<raw_client> crowd;
    crowd.reserve(many + 600);
    const auto ask = [&](const std::string& who) {
        const auto began = w.on.now();
        raw_client one(w.port);
        one.say("GET /ask HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        while (one.hear().find("/ask") == std::string::npos && w.on.now() - began < 5s) w.turn(1us);
        BOOST_TEST(one.heard.find("/ask") != std::string::npos, who);
        BOOST_TEST((w.on.now() - began).count() < 500'000, who);
        BOOST_TEST_MESSAGE("an answer next to " << who << ": " << (w.on.now() - began).count() << " us");
    };
    ask("nobody");
    const auto at_first = memory_in_use();
    for (std::size_t i = 0; i < many; ++i) {
        crowd.emplace_back(w.port);
        if (i % 100 == 0) w.turn(1us);
    }
    BOOST_TEST(w.has(many));
    const auto with_idle = memory_in_use();
    BOOST_TEST_MESSAGE(many << " idle: " << (with_idle - at_first) / many << " bytes each");
    BOOST_TEST((with_idle - at_first) / many <= 1'024u);
    ask("idle ones");
    for (auto& one : crowd) one.say("GET /once HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 2'000 && crowd.back().hear().empty(); ++i) w.turn(1us);
    w.turn(50ms);
    BOOST_TEST(memory_in_use() < with_idle + 300'000);  // idle again, with no buffer
    for (int i = 0; i < 500; ++i) {
        crowd.emplace_back(w.port);
        crowd.back().say("GET /slow HTTP/1.1\r\nX: ");
        if (i % 100 == 0) w.turn(1us);
    }
    BOOST_TEST(w.has(many + 500));
    w.turn(10ms);
    ask("500 that do not end their header");
    const auto with_slow = memory_in_use();
    crowd.emplace_back(w.port);
    crowd.back().say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\n");
    for (int i = 0; i < 300; ++i) {
        crowd.back().say("b");
        w.turn(1us);
    }
    crowd.emplace_back(w.port);
    crowd.back().say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n");
    crowd.emplace_back(w.port);
    for (int i = 0; i < 100; ++i) {
        crowd.back().say("X: " + std::string(10'000, 'h') + "\r\n");
        w.turn(1us);
    }
    ask("one byte at a time, a body and a header without end");
    BOOST_TEST_MESSAGE("they hold " << memory_in_use() - with_slow << " bytes");
    BOOST_TEST(memory_in_use() < with_slow + 100'000);
}

BOOST_AUTO_TEST_SUITE_END()
