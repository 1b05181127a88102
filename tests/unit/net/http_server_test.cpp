#include "net/http_server.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/sockaddr.hpp"
#include "net/tcp.hpp"
#include "run_until.hpp"

using namespace bt;
using namespace bt::net;

namespace {

/// A client that keeps what it is told.
struct test_client {
    test_client(loop& loop_of, std::uint16_t port) : on(loop_of), connection(loop_of) {
        connection.on_data([this](byte_view data) {
            heard += as_text(data);
            on.stop();
        });
        connection.on_closed([this](const std::string& reason) {
            closed = true;
            why = reason;
            on.stop();
        });
        connection.connect(loopback_v4(port), [this](const result<void>& outcome) {
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

/// Echoes method, target and body; counts.
struct world {
    explicit world(http_server_options options = {})
        : server(on, options, [this](const http_question& question) {
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
    void turn(duration time = 1ms) {
        timer soon(on, [this] { on.stop(); });
        soon.arm(on.now() + time);
        while (soon.deadline() != never) on.run();
    }

    loop on;
    std::function<void()> during;
    std::size_t big = 100'000;
    int asked = 0;
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

BOOST_AUTO_TEST_SUITE_END()
