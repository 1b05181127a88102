#include "net/http_client.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/resolve.hpp"
#include "net/sockaddr.hpp"
#include "net/tcp.hpp"
#include "run_until.hpp"

using namespace bt;
using namespace bt::net;

namespace {

/// A server that answers each request whole, by path.
struct small_server {
    explicit small_server(loop& loop_of, const ip_address& at = ip_address::v4(127, 0, 0, 1))
        : on(loop_of), listener(loop_of) {
        port = *listener.listen({at, 0}, [this](std::unique_ptr<tcp_connection> one) {
            auto* connection = one.get();
            connection->on_data([this, connection](byte_view data) { serve(*connection, as_text(data)); });
            connections.push_back(std::move(one));
        });
    }
    void serve(tcp_connection& to, std::string_view text) {
        requests.emplace_back(text);
        const auto begin = text.find(' ') + 1;
        const auto path = std::string(text.substr(begin, text.find(' ', begin) - begin));
        const auto at = answers.find(path);
        if (at == answers.end()) return;  // never answers
        to.send(chunk::copy_of(as_bytes(at->second)));
        if (at->second.find("Content-Length") == std::string::npos) to.close_when_sent();
    }
    std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(port) + path;
    }
    void body(const std::string& path, const std::string& text, const std::string& status = "200 OK") {
        answers[path] = "HTTP/1.1 " + status +
                        "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(text.size()) +
                        "\r\n\r\n" + text;
    }
    void redirect(const std::string& path, const std::string& to) {
        answers[path] = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to + "\r\n\r\n";
    }
    loop& on;
    tcp_listener listener;
    std::uint16_t port = 0;
    std::vector<std::unique_ptr<tcp_connection>> connections;
    std::vector<std::string> requests;
    std::map<std::string, std::string> answers;
};

struct world {
    loop on;
    small_server server{on};
    http_client client{on};

    http_result ask(http_request request) {
        http_result outcome = fail(errc::failure, "none");
        bool done = false;
        client.fetch(std::move(request), [&](http_result told) {
            outcome = std::move(told);
            done = true;
            on.stop();
        });
        BOOST_TEST(!done);
        BOOST_REQUIRE(run_until(on, [&] { return done; }));
        return outcome;
    }
    std::string trouble(http_request request) {
        const auto outcome = ask(std::move(request));
        return outcome ? "no trouble" : outcome.error().message;
    }
    std::string host() const { return "127.0.0.1:" + std::to_string(server.port); }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr int not_possible = 77;

/// For a process of its own: in a network where loopback has a public address. 0 if all is as it should be,
/// else the number of what is not.
int redirects_of_a_public_host() {
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return not_possible;
    const int any = ::socket(AF_INET, SOCK_DGRAM, 0);
    const auto public_address = ip_address::v4(9, 9, 9, 9);
    const auto set_up = [&](const char* name, const ip_address& address) {
        ifreq wish{};
        std::strncpy(wish.ifr_name, name, sizeof wish.ifr_name - 1);
        const auto at = to_socket_address({address, 0});
        std::memcpy(&wish.ifr_addr, &at.storage, sizeof wish.ifr_addr);
        if (ioctl(any, SIOCSIFADDR, &wish) != 0) return false;
        wish.ifr_flags = IFF_UP | IFF_RUNNING;
        return ioctl(any, SIOCSIFFLAGS, &wish) == 0;
    };
    const bool ready = set_up("lo", ip_address::v4(127, 0, 0, 1)) && set_up("lo:1", public_address);
    close_descriptor(any);
    if (!ready) return not_possible;
    world w;
    small_server far(w.on, public_address);
    w.server.body("/local", "local");
    const auto from = [&](const std::string& path) {
        return "http://9.9.9.9:" + std::to_string(far.port) + path;
    };
    far.body("/far", "far");
    far.redirect("/to-far", from("/far"));
    far.redirect("/to-local", w.server.url("/local"));
    far.redirect("/by-way", from("/to-local"));
    w.server.redirect("/out", from("/far"));
    if (!w.ask({from("/to-far")})) return 1;
    for (const std::string path : {"/to-local", "/by-way"})
        if (!has(w.trouble({from(path)}), "it redirects to a local address")) return 2;
    if (!w.server.connections.empty()) return 3;
    if (!w.ask({w.server.url("/out")})) return 4;
    return w.ask({w.server.url("/local")}) ? 0 : 5;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http)

BOOST_AUTO_TEST_CASE(a_client_that_is_never_used_costs_nothing) {
    loop on;
    http_client client(on);
    BOOST_TEST(client.active() == 0u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_hosts_pace_forbids_is_opened_later) {
    world w;
    int asked = 0, allowed_from = 3;
    http_client paced(w.on, {}, [&](const ip_address& host) {
        BOOST_TEST(host.to_string() == "127.0.0.1");
        return ++asked >= allowed_from;
    });
    const auto get = [&](const std::string& path) {
        std::optional<http_result> got;
        // waiting is no part of the time that an answer may take
        paced.fetch({w.server.url(path), {1'000, 50ms, 10s, 3}}, [&](http_result told) {
            got = std::move(told);
            w.on.stop();
        });
        BOOST_REQUIRE(run_until(w.on, [&] { return got.has_value(); }));
        return std::move(*got);
    };
    w.server.body("/a", "here");
    const auto first = get("/a");
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST(as_text(first->body) == "here");
    BOOST_TEST(asked == 3);
    BOOST_TEST(w.server.connections.size() == 1u);

    allowed_from = 1'000;  // one that is open needs no leave
    w.server.redirect("/to-a", w.server.url("/a"));
    const auto second = get("/to-a");
    BOOST_REQUIRE(second.has_value());
    BOOST_TEST(as_text(second->body) == "here");
    BOOST_TEST(asked == 3);
}

BOOST_AUTO_TEST_CASE(who_waits_for_the_pace_can_be_cancelled) {
    world w;
    int asked = 0;
    http_client paced(w.on, {}, [&](const ip_address&) {
        ++asked;
        w.on.stop();
        return false;
    });
    const auto which = paced.get(w.server.url("/a"), {}, [](const http_result&) { BOOST_FAIL("an answer"); });
    BOOST_TEST(run_until(w.on, [&] { return asked == 1; }));
    BOOST_TEST(paced.active() == 1u);
    paced.cancel(which);
    BOOST_TEST(paced.active() == 0u);
}

BOOST_AUTO_TEST_CASE(an_answer_comes_with_status_type_body_and_address) {
    world w;
    w.server.body("/a?x=%01%ff", std::string("body\0with zero", 14));
    const auto outcome = w.ask({w.server.url("/a?x=%01%ff")});
    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST(outcome->status == 200);
    BOOST_TEST(outcome->content_type == "text/plain");
    BOOST_TEST(as_text(outcome->body) == std::string("body\0with zero", 14));
    BOOST_TEST((outcome->server == ip_address::v4(127, 0, 0, 1)));
    const auto& request = w.server.requests.at(0);
    BOOST_TEST(has(request, "GET /a?x=%01%ff HTTP/1.1\r\n"));
    BOOST_TEST(has(request, "User-Agent: btnode/"));
    BOOST_TEST(!has(request, "Accept-Encoding"));
}

BOOST_AUTO_TEST_CASE(an_error_status_is_an_answer_with_its_body) {
    world w;
    w.server.body("/bad", "d14:failure reason2:noe", "400 Bad Request");
    const auto outcome = w.ask({w.server.url("/bad")});
    BOOST_REQUIRE(outcome.has_value());
    BOOST_TEST(outcome->status == 400);
    BOOST_TEST(outcome->body.size() == 23u);
}

BOOST_AUTO_TEST_CASE(an_answer_at_the_limit_passes_and_one_past_it_is_refused) {
    world w;
    w.server.body("/n", std::string(1000, 'x'));
    w.server.answers["/stream"] = "HTTP/1.0 200 OK\r\n\r\n" + std::string(1000, 'x');
    for (const std::string path : {"/n", "/stream"}) {
        http_limits limits;
        limits.max_bytes = 1000;
        BOOST_TEST(w.ask({w.server.url(path), limits}).has_value());
        limits.max_bytes = 999;
        BOOST_TEST(w.trouble({w.server.url(path), limits}) ==
                   w.host() + ": its answer is larger than 999 bytes");
    }
}

BOOST_AUTO_TEST_CASE(the_clock_of_a_server_is_known_where_it_tells) {
    world w;
    const auto date_of = [&](const std::string& header) {
        w.server.answers["/d"] = "HTTP/1.1 200 OK\r\n" + header + "Content-Length: 0\r\n\r\n";
        return w.ask({w.server.url("/d")})->date;
    };
    BOOST_TEST((date_of("date: Tue, 01 Dec 2026 07:00:00 GMT\r\n") == 1'796'108'400));
    BOOST_TEST(!date_of("").has_value());
    BOOST_TEST(!date_of("Date: whenever\r\n").has_value());
}

BOOST_AUTO_TEST_CASE(a_server_without_answer_is_given_up_and_its_path_stays_secret) {
    world w;
    http_limits limits;
    limits.first_byte = 30ms;
    const auto text = w.trouble({w.server.url("/passkey/announce"), limits});
    BOOST_TEST(has(text, w.host() + ": no answer"));
    BOOST_TEST(!has(text, "passkey"));
    w.server.answers["/slow"] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    limits = {};
    limits.total = 30ms;
    BOOST_TEST(has(w.trouble({w.server.url("/slow"), limits}), "no complete answer within"));
    BOOST_TEST(w.client.active() == 0u);
}

BOOST_AUTO_TEST_CASE(endless_headers_are_refused) {
    world w;
    w.server.answers["/h"] = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 70; ++i) w.server.answers["/h"] += "X: " + std::string(1000, 'x') + "\r\n";
    BOOST_TEST(has(w.trouble({w.server.url("/h")}), "headers are larger"));
}

BOOST_AUTO_TEST_CASE(three_redirects_are_followed_and_four_are_not) {
    world w;
    w.server.redirect("/4", "/3");
    w.server.redirect("/3", "/2");
    w.server.redirect("/2", "/1");
    w.server.redirect("/1", "/0");
    w.server.body("/0", "there");
    BOOST_TEST(w.ask({w.server.url("/3")}).has_value());
    BOOST_TEST(w.trouble({w.server.url("/4")}) == w.host() + ": more than 3 redirects");
    http_limits none;
    none.redirects = 0;
    const auto plain = w.ask({w.server.url("/1"), none});
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->status == 302);
}

BOOST_AUTO_TEST_CASE(only_http_and_https_are_spoken_also_after_a_redirect) {
    world w;
    for (const std::string url :
         {"ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1/", "", "http://"})
        BOOST_TEST(!w.ask({url}).has_value(), url);
    w.server.redirect("/f", "file:///etc/passwd");
    BOOST_TEST(!w.ask({w.server.url("/f")}).has_value());
}

BOOST_AUTO_TEST_CASE(nobody_is_connected_to_in_another_protocol) {
    world w;
    const auto count = [&] {
        timer soon(w.on, [&] { w.on.stop(); });
        soon.arm(w.on.now() + 2ms);
        w.on.run();
        return w.server.connections.size();
    };
    // those this curl speaks, and each would connect to the port named
    for (const std::string scheme :
         {"ftp", "gopher", "dict", "telnet", "smtp", "imap", "pop3", "ldap", "ws", "rtsp"}) {
        const auto url = scheme + "://" + w.host() + "/x";
        http_limits quick;
        quick.first_byte = quick.total = 200ms;
        BOOST_TEST(w.trouble({url, quick}) == w.host() + ": not a URL of http or https", url);
        BOOST_TEST(count() == 0u, url);
    }
    for (const std::string scheme : {"ftp", "ftps"}) {  // curl's own default allows these after a redirect
        w.server.connections.clear();
        w.server.redirect("/r", scheme + "://" + w.host() + "/x");
        http_limits quick;
        quick.first_byte = quick.total = 200ms;
        BOOST_TEST(w.trouble({w.server.url("/r"), quick}) == w.host() + ": not a URL of http or https",
                   scheme);
        BOOST_TEST(count() == 1u, scheme);
    }
}

BOOST_AUTO_TEST_CASE(a_public_host_may_not_redirect_to_a_local_one_but_a_local_one_to_itself) {
    const auto child = fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) _exit(redirects_of_a_public_host());
    int status = 0;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    BOOST_REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) == not_possible) {
        BOOST_TEST_MESSAGE("not tested: this system gives no network namespace");
        return;
    }
    BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(the_address_of_every_hop_is_asked_for_and_may_be_refused) {
    world w;
    w.server.redirect("/1", "/2");
    w.server.body("/2", "there");
    std::vector<int> hops;
    http_request request{w.server.url("/1")};
    request.allow_address = [&](const ip_address& at, int hop) {
        BOOST_TEST((at == ip_address::v4(127, 0, 0, 1)));
        if (hops.empty() || hops.back() != hop) hops.push_back(hop);
        return true;
    };
    BOOST_TEST(w.ask(request).has_value());
    BOOST_TEST(hops == (std::vector{0, 1}), boost::test_tools::per_element());
    request.allow_address = [](const ip_address&, int hop) { return hop == 0; };
    const auto before = w.server.requests.size();
    BOOST_TEST(w.trouble(request) == w.host() + ": its address 127.0.0.1 is not allowed");
    BOOST_TEST(w.server.requests.size() == before + 1);
    request.allow_address = [](const ip_address&, int) { return false; };
    BOOST_TEST(!w.ask(request).has_value());
    BOOST_TEST(w.server.requests.size() == before + 1);
}

BOOST_AUTO_TEST_CASE(the_family_can_be_chosen) {
    world w;
    w.server.body("/", "x");
    http_request request{"http://localhost:" + std::to_string(w.server.port) + "/"};
    request.family = http_family::v4;
    BOOST_TEST(w.ask(request).has_value());
    request.family = http_family::v6;
    BOOST_TEST(!w.ask(request).has_value());
}

BOOST_AUTO_TEST_CASE(a_post_carries_its_body_and_type) {
    world w;
    w.server.body("/post", "ok");
    http_request request{w.server.url("/post")};
    request.post_body = "{\"a\":1}";
    request.post_type = "application/json";
    BOOST_TEST(w.ask(request).has_value());
    BOOST_TEST(has(w.server.requests.at(0), "POST /post "));
    BOOST_TEST(has(w.server.requests.at(0), "Content-Type: application/json\r\n"));
    BOOST_TEST(has(w.server.requests.at(0), "\r\n\r\n{\"a\":1}"));
}

BOOST_AUTO_TEST_CASE(a_cancelled_request_calls_nothing_and_others_go_on) {
    world w;
    w.server.body("/a", "a");
    bool called = false, done = false;
    const auto id = w.client.get(w.server.url("/a"), {}, [&](http_result) { called = true; });
    w.client.get(w.server.url("/a"), {}, [&](http_result outcome) {
        done = outcome.has_value();
        w.on.stop();
    });
    w.client.cancel(id);
    w.client.cancel(id);
    BOOST_TEST(run_until(w.on, [&] { return done; }));
    BOOST_TEST(!called);
}

BOOST_AUTO_TEST_CASE(callbacks_may_start_and_cancel_requests) {
    world w;
    w.server.body("/a", "a");
    int done = 0;
    http_client::id hanging = w.client.get(w.server.url("/never"), {}, [&](http_result) { done += 100; });
    w.client.get(w.server.url("/a"), {}, [&](http_result) {
        w.client.cancel(hanging);
        w.client.get(w.server.url("/a"), {}, [&](http_result) {
            ++done;
            w.on.stop();
        });
    });
    BOOST_TEST(run_until(w.on, [&] { return done > 0; }));
    BOOST_TEST(done == 1);
}

BOOST_AUTO_TEST_CASE(a_client_may_go_with_requests_under_way) {
    loop on;
    small_server server(on);
    {
        http_client client(on);
        client.get(server.url("/never"), {}, [](http_result) { BOOST_ERROR("called"); });
        run_for(on, 10ms);
    }
    run_for(on, 1ms);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(literals_and_local_names_resolve_and_nonsense_does_not) {
    loop on;
    resolver names(on);
    std::map<std::string, result<std::vector<endpoint>>> outcomes;
    for (const std::string host : {"192.0.2.1", "::1", "localhost", "not a name"})
        names.resolve(host, 80, [&, host](result<std::vector<endpoint>> found) {
            outcomes.emplace(host, std::move(found));
            on.stop();
        });
    BOOST_TEST(outcomes.empty());
    BOOST_REQUIRE(run_until(on, [&] { return outcomes.size() == 4; }));
    BOOST_TEST((outcomes.at("192.0.2.1").value() == std::vector{endpoint{ip_address::v4(192, 0, 2, 1), 80}}));
    BOOST_TEST((outcomes.at("::1").value() == std::vector{loopback_v6(80)}));
    BOOST_REQUIRE(outcomes.at("localhost").has_value());
    for (const auto& at : outcomes.at("localhost").value())
        BOOST_TEST((at.address.scope() == address_scope::loopback && at.port == 80));
    BOOST_REQUIRE(!outcomes.at("not a name"));
    BOOST_TEST(
        outcomes.at("not a name").error().message.starts_with("cannot find the address of not a name"));
}

BOOST_AUTO_TEST_CASE(many_lookups_wait_their_turn_and_cancelled_ones_call_nothing) {
    loop on;
    resolver names(on);
    int answered = 0, cancelled = 0;
    std::vector<resolver::id> ids;
    for (int i = 0; i < 40; ++i)
        ids.push_back(names.resolve("localhost", 1, [&, i](result<std::vector<endpoint>>) {
            (i % 2 == 0 ? answered : cancelled) += 1;
            on.stop();
        }));
    for (std::size_t i = 1; i < ids.size(); i += 2) names.cancel(ids[i]);
    BOOST_TEST(run_until(on, [&] { return answered == 20; }));
    BOOST_TEST(cancelled == 0);
}

BOOST_AUTO_TEST_CASE(resolver_and_loop_may_go_while_a_lookup_is_under_way) {
    loop on;
    resolver names(on);
    names.resolve("localhost", 1, [](result<std::vector<endpoint>>) { BOOST_ERROR("called"); });
}

BOOST_AUTO_TEST_SUITE_END()
