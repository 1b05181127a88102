// The smallest driver of a node: two of them, on a network that is a queue. The lines between the marks stand
// in src/node/core.hpp as they are here; tests/tidy compares them.
#include <boost/test/unit_test.hpp>
#include <deque>
#include <functional>

#include "base/overloaded.hpp"
#include "desk.hpp"
#include "wire/peer.hpp"

namespace {

struct driver {
    std::deque<std::function<void()>>& network;
    node::core core;
    time_point& now;
    driver* other = nullptr;
    connection_id mine{}, theirs{};  // the one connection
    time_point wake = never;
    bool done = false;

    // >>> after each input
    void drain() {
        while (auto what = core.poll())
            std::visit(
                overloaded{
                    [&](out::tcp_connect& o) { connect(o.id, o.to); },
                    [&](out::tcp_send& o) { send(o.id, o.data); }, [&](out::tcp_close& o) { close(o.id); },
                    [&](out::disk_write& o) { write(o.torrent, o.piece, std::move(o.data)); },
                    [&](out::disk_read& o) { read(o.torrent, o.id, std::move(o.ranges)); },
                    [&](out::metadata& o) { check(o.torrent); }, [&](out::complete&) { done = true; },
                    [](auto&) {},  // LAN, trackers, the DHT, and what only people want to know
                },
                *what);
        wake = core.next_deadline();  // then: core.tick(now), and drain() again
    }
    // an input waits until all outputs of the one before it are out
    void later(std::function<void()> input) {
        network.push_back([this, input = std::move(input)] {
            input();
            drain();
        });
    }
    void check(torrent_id id) {
        const auto pieces = core.info(id)->shape.piece_count();
        later([this, id, pieces] {  // nothing is there, and everything is wanted
            core.begin(now, id, torrent::piece_set(pieces), std::vector(pieces, swarm::priority::normal),
                       false);
        });
    }
    void write(torrent_id id, piece_index piece, buffer data) {
        auto kept = std::make_shared<buffer>(std::move(data));
        later([this, id, piece, kept] {  // its hash was right
            core.written(now, id, piece, swarm::write_result::ok, std::move(*kept));
        });
    }
    // <<<
    void connect(connection_id id, const endpoint&) {
        mine = other->theirs = id;
        other->later([this] {
            other->mine = theirs = other->core.accepted(now, {ip_address::v4(10, 0, 0, 9), 1});
            later([this] { core.connected(now, mine); });
        });
    }
    void send(connection_id id, const wire::chunk& data) {
        const auto sent = data.storage.view().subspan(data.begin, data.size());
        bytes copy(sent.begin(), sent.end());
        other->later([this, copy] { other->core.received(now, other->mine, copy); });
        later([this, id, size = copy.size()] { core.sent(now, id, size); });
    }
    void close(connection_id) {
        other->later([this] { other->core.disconnected(now, other->mine); });
    }
    void read(torrent_id id, connection_id to, std::vector<torrent::block_range> ranges) {
        later([this, id, to, ranges] {
            std::size_t size = 0;
            for (const auto& range : ranges) size += wire::piece_header_bytes + range.length;
            core.blocks_read(now, id, to, ranges, buffer(size));
        });
    }
};

node::config config_of(char name) {
    auto config = settings();
    config.lan = false;
    config.id.bytes.fill(static_cast<std::uint8_t>(name));
    return config;
}

}  // namespace

BOOST_AUTO_TEST_CASE(thirty_lines_run_a_node) {
    std::deque<std::function<void()>> network;
    time_point now{100s};
    driver seed{network, node::core(config_of('s'), rng(1)), now};
    driver getter{network, node::core(config_of('g'), rng(2)), now};
    seed.other = &getter;
    getter.other = &seed;
    const auto info = make_info(false);
    const auto shared = *seed.core.add(now, {info.hash, info, {}, {}, true});
    seed.core.begin(now, shared, torrent::piece_set(1, true), std::vector(1, swarm::priority::normal), false);
    seed.drain();
    (void)getter.core.add(now, {info.hash, std::nullopt, {}, {{ip_address::v4(10, 0, 0, 1), 6881}}, false});
    getter.drain();
    for (int i = 0; i < 10'000 && !getter.done; ++i) {
        if (!network.empty()) {
            const auto next = std::move(network.front());
            network.pop_front();
            next();
            continue;
        }
        now = std::max(now, std::min(seed.wake, getter.wake));
        for (auto* each : {&seed, &getter}) {
            each->core.tick(now);
            each->drain();
        }
    }
    BOOST_TEST(getter.done);
}
