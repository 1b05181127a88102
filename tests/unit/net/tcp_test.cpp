#include "net/tcp.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "base/text.hpp"
#include "net/port_in_use.hpp"
#include "run_until.hpp"

using namespace bt;
using namespace bt::net;

namespace {

bytes pattern(std::size_t size) {
    bytes out(size);
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
    return out;
}

/// A listener on loopback and one connection through it; `near` called, `far` was called.
struct pair_of_connections {
    explicit pair_of_connections(loop& loop_of, endpoint at = loopback_v4())
        : on(loop_of), listener(loop_of), near(loop_of) {
        const auto port = listener.listen(at, [this](std::unique_ptr<tcp_connection> one) {
            far = std::move(one);
            on.stop();
        });
        BOOST_REQUIRE(port.has_value());
        bool connected = false;
        near.connect({at.address, *port}, [&](result<void> outcome) {
            connected = outcome.has_value();
            on.stop();
        });
        BOOST_REQUIRE(run_until(on, [&] { return connected && far; }));
    }
    loop& on;
    tcp_listener listener;
    tcp_connection near;
    std::unique_ptr<tcp_connection> far;
};

/// Collects what a connection receives.
struct sink {
    sink(loop& on, tcp_connection& from) {
        from.on_data([this, &on](byte_view data) {
            got.insert(got.end(), data.begin(), data.end());
            on.stop();
        });
        from.on_closed([this, &on](const std::string& why) {
            ++closed;
            reason = why;
            on.stop();
        });
    }
    bytes got;
    int closed = 0;
    std::string reason;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tcp)

BOOST_AUTO_TEST_CASE(bytes_go_both_ways_and_both_sides_know_their_addresses) {
    loop on;
    pair_of_connections two(on);
    sink at_far(on, *two.far), at_near(on, two.near);
    two.near.send(chunk::copy_of(as_bytes("hello")));
    two.far->send(chunk::copy_of(as_bytes("good day")));
    BOOST_TEST(run_until(on, [&] { return at_far.got.size() == 5 && at_near.got.size() == 8; }));
    BOOST_TEST(as_text(at_far.got) == "hello");
    BOOST_TEST(as_text(at_near.got) == "good day");
    BOOST_TEST((two.near.local() == two.far->remote()));
    BOOST_TEST((two.near.remote() == two.far->local()));
}

BOOST_AUTO_TEST_CASE(version_6_works_as_well) {
    loop on;
    pair_of_connections two(on, loopback_v6());
    sink at_far(on, *two.far);
    two.near.send(chunk::copy_of(as_bytes("six")));
    BOOST_TEST(run_until(on, [&] { return at_far.got.size() == 3; }));
    BOOST_TEST(two.far->remote().address.is_v6());
}

BOOST_AUTO_TEST_CASE(a_large_send_arrives_whole_in_order_and_is_accounted_for) {
    loop on;
    pair_of_connections two(on);
    sink at_far(on, *two.far);
    const auto all = pattern(24 * 1024 * 1024 + 17);
    std::size_t sent = 0;
    two.near.on_sent([&](std::size_t count) { sent += count; });
    std::vector<chunk> chunks;
    for (std::size_t at = 0; at < all.size(); at += 16 * 1024) {
        const auto part = byte_view(all).subspan(at, std::min<std::size_t>(16 * 1024, all.size() - at));
        chunk one{buffer(part.size() + 7), 5, part.size() + 5};
        std::copy(part.begin(), part.end(), one.storage.data() + 5);
        chunks.push_back(std::move(one));
    }
    two.near.send(std::move(chunks));
    BOOST_TEST(two.near.unsent() > 0u);
    BOOST_TEST(sent + two.near.unsent() == all.size());
    BOOST_TEST(run_until(on, [&] { return at_far.got.size() >= all.size(); }));
    BOOST_TEST(sent == all.size());
    BOOST_TEST(two.near.unsent() == 0u);
    BOOST_TEST((at_far.got == all));
}

BOOST_AUTO_TEST_CASE(sending_inside_the_sent_callback_keeps_the_order) {
    loop on;
    pair_of_connections two(on);
    sink at_far(on, *two.far);
    int more = 3;
    two.near.on_sent([&](std::size_t) {
        if (more-- > 0) two.near.send(chunk::copy_of(as_bytes(std::to_string(more))));
    });
    two.near.send(chunk::copy_of(as_bytes("start")));
    BOOST_TEST(run_until(on, [&] { return at_far.got.size() == 8; }));
    BOOST_TEST(as_text(at_far.got) == "start210");
}

BOOST_AUTO_TEST_CASE(a_paused_connection_reads_nothing_and_holds_the_sender_back) {
    loop on;
    pair_of_connections two(on);
    sink at_far(on, *two.far);
    two.far->pause_reading();
    const auto all = pattern(32 * 1024 * 1024);
    two.near.send(chunk::copy_of(all));
    BOOST_TEST(run_for(on, 20ms));
    BOOST_TEST(at_far.got.empty());
    BOOST_TEST(two.near.unsent() > 0u);
    two.far->resume_reading();
    BOOST_TEST(run_until(on, [&] { return at_far.got.size() == all.size(); }));
    BOOST_TEST((at_far.got == all));
}

BOOST_AUTO_TEST_CASE(pausing_inside_the_callback_takes_effect_at_once) {
    loop on;
    pair_of_connections two(on);
    std::size_t calls = 0;
    two.far->on_data([&](byte_view) {
        ++calls;
        two.far->pause_reading();
        on.stop();
    });
    two.near.send(chunk::copy_of(pattern(4 * 1024 * 1024)));
    BOOST_TEST(run_until(on, [&] { return calls == 1; }));
    BOOST_TEST(run_for(on, 10ms));
    BOOST_TEST(calls == 1u);
}

BOOST_AUTO_TEST_CASE(a_close_is_told_to_the_other_side_once_and_not_to_the_closer) {
    loop on;
    pair_of_connections two(on);
    sink at_far(on, *two.far), at_near(on, two.near);
    two.near.close();
    two.near.send(chunk::copy_of(as_bytes("too late")));
    BOOST_TEST(!two.near.is_open());
    BOOST_TEST(run_until(on, [&] { return at_far.closed > 0; }));
    BOOST_TEST(at_far.reason == "closed by the other side");
    BOOST_TEST(at_far.closed == 1);
    BOOST_TEST(at_near.closed == 0);
    BOOST_TEST(at_far.got.empty());
}

BOOST_AUTO_TEST_CASE(sending_into_a_reset_connection_ends_it_outside_of_the_call) {
    loop on;
    pair_of_connections two(on);
    sink at_near(on, two.near);
    two.near.pause_reading();
    two.near.send(chunk::copy_of(as_bytes("never read")));
    two.far.reset();  // unread bytes: the kernel sends a reset
    bool inside = true;
    two.near.on_closed([&](const std::string& why) {
        at_near.closed += inside ? 100 : 1;
        at_near.reason = why;
        on.stop();
    });
    // the reset may take a moment to arrive, so write until it has
    timer write(on, [&] {
        inside = true;
        two.near.send(chunk::copy_of(as_bytes("x")));
        inside = false;
        if (two.near.is_open()) write.arm(on.now() + 1ms);
    });
    write.arm(on.now());
    BOOST_TEST(run_until(on, [&] { return at_near.closed > 0; }));
    BOOST_TEST(at_near.closed == 1);
    BOOST_TEST(at_near.reason == "connection reset by the other side");
}

BOOST_AUTO_TEST_CASE(closing_when_sent_delivers_everything_first) {
    loop on;
    pair_of_connections two(on);
    sink at_far(on, *two.far), at_near(on, two.near);
    two.far->pause_reading();
    two.far->send(chunk::copy_of(as_bytes("a request nobody reads any more")));
    const auto all = pattern(16 * 1024 * 1024);
    two.near.send(chunk::copy_of(all));
    two.near.close_when_sent();
    two.near.send(chunk::copy_of(as_bytes("ignored")));
    two.far->resume_reading();
    BOOST_TEST(run_until(on, [&] { return at_far.closed > 0; }));
    BOOST_TEST((at_far.got == all));
    two.far.reset();
    BOOST_TEST(run_until(on, [&] { return at_near.closed > 0; }));
    BOOST_TEST(at_near.reason == "");
}

BOOST_AUTO_TEST_CASE(closing_when_sent_is_no_reset_though_bytes_are_unread) {
    loop on;
    pair_of_connections two(on);
    sink at_far(on, *two.far);
    two.far->send(chunk::copy_of(as_bytes("not read by the other side")));
    two.near.send(chunk::copy_of(as_bytes("bye")));
    two.near.close_when_sent();
    BOOST_TEST(run_until(on, [&] { return at_far.closed > 0; }));
    BOOST_TEST(as_text(at_far.got) == "bye");
    BOOST_TEST(at_far.reason == "closed by the other side");
}

BOOST_AUTO_TEST_CASE(a_connection_may_be_destroyed_inside_each_of_its_callbacks) {
    for (const std::string where : {"data", "sent", "closed", "connected"}) {
        BOOST_TEST_CONTEXT(where) {
            loop on;
            pair_of_connections two(on);
            std::unique_ptr<tcp_connection> fresh;
            bool gone = false;
            const auto drop = [&, big = bytes(1000, 1)](auto&&...) {
                two.far.reset();
                fresh.reset();
                gone = big[999] == 1;
                on.stop();
            };
            if (where == "data") two.far->on_data(drop);
            if (where == "sent") two.far->on_sent(drop);
            if (where == "closed") {
                two.far->on_data([](byte_view) {});
                two.far->on_closed(drop);
            }
            if (where == "connected") {
                fresh = std::make_unique<tcp_connection>(on);
                fresh->connect(two.far->local(), drop);
            }
            two.near.send(chunk::copy_of(pattern(1000)));
            if (where == "sent") two.far->send(chunk::copy_of(pattern(50'000'000)));
            if (where == "closed") two.near.close();
            BOOST_TEST(run_until(on, [&] { return gone; }));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_refused_connection_names_the_endpoint_and_answers_later) {
    loop on;
    std::uint16_t port = 0;
    {
        tcp_listener listener(on);
        port = *listener.listen(loopback_v4(), [](auto) {});
    }
    tcp_connection one(on);
    result<void> outcome;
    bool done = false;
    one.connect(loopback_v4(port), [&](result<void> told) {
        outcome = told;
        done = true;
        on.stop();
    });
    BOOST_TEST(!done);
    BOOST_TEST(run_until(on, [&] { return done; }));
    BOOST_REQUIRE(!outcome);
    BOOST_TEST((outcome.error().code == errc::network));
    BOOST_TEST(outcome.error().message ==
               "cannot connect to 127.0.0.1:" + std::to_string(port) + ": connection refused");
}

BOOST_AUTO_TEST_CASE(an_impossible_connection_answers_later_too) {
    loop on;
    tcp_connection one(on);
    bool done = false, good = true;
    one.connect({*ip_address::parse("255.255.255.255"), 9}, [&](result<void> told) {
        good = told.has_value();
        done = true;
        on.stop();
    });
    BOOST_TEST(!done);
    BOOST_TEST(run_until(on, [&] { return done; }));
    BOOST_TEST(!good);
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_said_with_address_port_and_hint) {
    loop on;
    tcp_listener first(on), second(on);
    const auto port = first.listen(loopback_v4(), [](auto) {});
    BOOST_REQUIRE(port.has_value());
    const auto again = second.listen(loopback_v4(*port), [](auto) {});
    BOOST_REQUIRE(!again);
    const auto text = std::to_string(*port);
    BOOST_TEST((again.error().code == errc::network));
    BOOST_TEST(again.error().message == "cannot listen on 127.0.0.1:" + text + " (TCP): the port is in use");
    BOOST_TEST(is_port_in_use(again.error()));
    BOOST_TEST(again.error().hint.find(text) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(version_6_leaves_the_same_port_of_version_4_free) {
    loop on;
    tcp_listener four(on), six(on);
    const auto port = six.listen({*ip_address::parse("::"), 0}, [](auto) {});
    BOOST_REQUIRE(port.has_value());
    BOOST_TEST(four.listen({ip_address{}, *port}, [](auto) {}).has_value());
}

BOOST_AUTO_TEST_CASE(five_hundred_connections_at_once) {
    loop on;
    tcp_listener listener(on);
    std::vector<std::unique_ptr<tcp_connection>> far, near;
    std::size_t connected = 0, heard = 0;
    const auto port = listener.listen(loopback_v4(), [&](std::unique_ptr<tcp_connection> one) {
        one->on_data([&](byte_view data) {
            heard += data.size();
            on.stop();
        });
        far.push_back(std::move(one));
        on.stop();
    });
    for (int i = 0; i < 500; ++i) {
        near.push_back(std::make_unique<tcp_connection>(on));
        near.back()->connect(loopback_v4(*port), [&](result<void> outcome) {
            connected += outcome.has_value();
            on.stop();
        });
        near.back()->send(chunk::copy_of(as_bytes("x")));  // waits for the connection
    }
    BOOST_TEST(run_until(on, [&] { return heard == 500; }));
    BOOST_TEST(connected == 500u);
    BOOST_TEST(far.size() == 500u);
}

BOOST_AUTO_TEST_CASE(accepting_rests_while_out_of_descriptors_and_goes_on_after) {
    loop on;
    tcp_listener listener(on);
    std::unique_ptr<tcp_connection> far;
    const auto port = listener.listen(loopback_v4(), [&](std::unique_ptr<tcp_connection> one) {
        far = std::move(one);
        on.stop();
    });
    tcp_connection near(on);
    bool connected = false;
    near.connect(loopback_v4(*port), [&](result<void> outcome) {
        connected = outcome.has_value();
        on.stop();
    });
    // no descriptor is left for the accepted side
    rlimit before{};
    BOOST_REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int lowest_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(lowest_free);
    const rlimit none{static_cast<rlim_t>(lowest_free), before.rlim_max};
    BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    BOOST_TEST(run_until(on, [&] { return connected; }));
    rusage used_before{}, used_after{};
    getrusage(RUSAGE_SELF, &used_before);
    BOOST_TEST(run_for(on, 80ms));
    getrusage(RUSAGE_SELF, &used_after);
    setrlimit(RLIMIT_NOFILE, &before);
    BOOST_TEST(!far);
    // a loop that spins would use most of the 80 ms
    const auto total = [](const rusage& used) {
        return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000'000 + used.ru_utime.tv_usec +
               used.ru_stime.tv_usec;
    };
    const auto spent = total(used_after) - total(used_before);
    BOOST_TEST(spent < 8'000);
    BOOST_TEST(run_until(on, [&] { return far != nullptr; }));
}

BOOST_AUTO_TEST_SUITE_END()
