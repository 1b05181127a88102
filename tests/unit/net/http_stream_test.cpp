#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/http_server.hpp"
#include "net/tcp.hpp"
#include "run_until.hpp"

using namespace bt;
using namespace bt::net;

namespace {

/// What became of a body, seen from outside.
struct seen {
    int asked = 0;
    bool gone = false;
};

/// `parts` times the same letters; then, with `breaks`, an error.
struct letters final : http_body {
    letters(loop& loop_of, seen& who, std::size_t count, std::size_t part_size, bool gives_later,
            bool does_break)
        : on(loop_of), told(who), parts(count), size(part_size), later(gives_later), breaks(does_break) {}
    ~letters() override { told.gone = true; }
    void next(give_fn give) override {
        ++told.asked;
        result<http_part> part = http_part{};
        if (parts > 0)
            part = http_part{std::string(size, static_cast<char>('a' + parts % 26))};
        else if (breaks)
            part = fail(errc::failure, "broken");
        if (parts > 0) --parts;
        if (!later) return give(std::move(part));
        auto kept = std::make_shared<result<http_part>>(std::move(part));
        on.post([give, kept] { give(std::move(*kept)); });
    }
    loop& on;
    seen& told;
    std::size_t parts, size;
    bool later, breaks;
};

struct world {
    world()
        : server(on, {}, [this](const http_question& question) {
              http_reply reply;
              if (question.target == "/plain") {
                  reply.body = "plain";
                  return reply;
              }
              reply.stream = std::make_shared<letters>(on, told, parts, size, later, breaks);
              if (says_length) reply.stream_bytes = length.value_or(parts * size);
              return reply;
          }) {
        port = *server.listen(loopback_v4());
    }
    /// Hears until the server closes, or what it hears ends like this.
    std::string ask(std::string_view text, std::string_view last = {}) {
        std::string heard;
        bool connected = false, closed = false;
        tcp_connection client(on);
        client.on_data([&](byte_view data) {
            heard += as_text(data);
            on.stop();
        });
        client.on_closed([&](const std::string&) {
            closed = true;
            on.stop();
        });
        client.connect({ip_address::v4(127, 0, 0, 1), port}, [&](const result<void>&) {
            connected = true;
            on.stop();
        });
        BOOST_REQUIRE(run_until(on, [&] { return connected; }));
        client.send(chunk::copy_of(as_bytes(text)));
        BOOST_TEST(run_until(on, [&] { return closed || (!last.empty() && heard.ends_with(last)); }));
        return heard;
    }
    std::string body_of(const std::string& heard) { return heard.substr(heard.find("\r\n\r\n") + 4); }
    std::string all() const {
        std::string whole;
        for (auto left = parts; left > 0; --left)
            whole += std::string(size, static_cast<char>('a' + left % 26));
        return whole;
    }

    loop on;
    seen told;
    std::size_t parts = 5, size = 100'000;
    bool later = false, breaks = false, says_length = true;
    std::optional<std::uint64_t> length;
    http_server server;
    std::uint16_t port = 0;
};

constexpr std::string_view last_question = "GET /s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(http_streams)

BOOST_AUTO_TEST_CASE(a_body_of_known_length_comes_whole_whether_its_parts_come_at_once_or_later) {
    for (const bool later : {false, true}) {
        world w;
        w.later = later;
        w.parts = 40;
        const auto heard = w.ask(last_question);
        BOOST_TEST(heard.find("Content-Length: 4000000\r\n") != std::string::npos);
        BOOST_TEST((w.body_of(heard) == w.all()));
        BOOST_TEST(run_until(w.on, [&] {
            w.on.post([&] { w.on.stop(); });
            return w.told.gone;
        }));
    }
}

BOOST_AUTO_TEST_CASE(the_next_request_is_answered_after_the_body_also_when_it_came_before) {
    for (const bool later : {false, true}) {
        world w;
        w.later = later;
        const auto heard = w.ask(
            "GET /s HTTP/1.1\r\nHost: x\r\n\r\nGET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        BOOST_TEST(heard.find(w.all() + "HTTP/1.1 200 OK\r\n") != std::string::npos);
        BOOST_TEST(heard.ends_with("plain"));
    }
}

BOOST_AUTO_TEST_CASE(a_body_of_unknown_length_comes_in_chunks_or_up_to_the_end_of_the_connection) {
    world w;
    w.says_length = false;
    w.parts = 2;
    w.size = 5;
    const auto chunked = w.ask("GET /s HTTP/1.1\r\nHost: x\r\n\r\n", "0\r\n\r\n");
    BOOST_TEST(chunked.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    BOOST_TEST(w.body_of(chunked) == "5\r\nccccc\r\n5\r\nbbbbb\r\n0\r\n\r\n");
    const auto to_the_end = w.ask("GET /s HTTP/1.0\r\n\r\n");
    BOOST_TEST(to_the_end.find("chunked") == std::string::npos);
    BOOST_TEST(w.body_of(to_the_end) == "cccccbbbbb");
    // also on the last answer of a connection: one that is cut is seen
    BOOST_TEST(w.body_of(w.ask(last_question)) == "5\r\nccccc\r\n5\r\nbbbbb\r\n0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(HEAD_has_the_length_and_asks_for_no_part) {
    world w;
    const auto heard = w.ask("HEAD /s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    BOOST_TEST(heard.find("Content-Length: 500000\r\n") != std::string::npos);
    BOOST_TEST(w.body_of(heard) == "");
    BOOST_TEST(w.told.asked == 0);
    BOOST_TEST(w.told.gone);
}

BOOST_AUTO_TEST_CASE(a_body_that_breaks_or_is_of_another_length_is_cut_off) {
    const auto is_cut = [](world& w) {
        const auto heard = w.ask("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
        return w.body_of(heard).size() < w.length.value_or(1'000'000);
    };
    world broken;
    broken.breaks = true;
    broken.length = 1'000'000;
    BOOST_TEST(is_cut(broken));
    world chunked;
    chunked.breaks = true;
    chunked.says_length = false;
    BOOST_TEST(is_cut(chunked));
    world too_short;
    too_short.length = 500'001;
    BOOST_TEST(is_cut(too_short));
    world too_long;
    too_long.length = 499'999;
    BOOST_TEST(is_cut(too_long));
}

BOOST_AUTO_TEST_CASE(of_a_client_that_does_not_read_no_more_is_asked_for_and_when_it_goes_the_body_ends) {
    world w;
    w.parts = 1'000;
    w.size = 1 << 20;
    std::optional<tcp_connection> client(std::in_place, w.on);
    bool connected = false;
    client->connect({ip_address::v4(127, 0, 0, 1), w.port}, [&](const result<void>&) {
        connected = true;
        w.on.stop();
    });
    BOOST_REQUIRE(run_until(w.on, [&] { return connected; }));
    client->pause_reading();
    client->send(chunk::copy_of(as_bytes("GET /s HTTP/1.1\r\nHost: x\r\n\r\n")));
    run_for(w.on, 200ms);
    BOOST_TEST(w.told.asked > 0);
    BOOST_TEST(w.told.asked < 32);  // the kernel's buffers, and two parts
    client.reset();
    for (int i = 0; i < 5'000 && !w.told.gone; ++i) run_for(w.on, 1ms);
    BOOST_TEST(w.told.gone);
    BOOST_TEST(w.server.connections() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
