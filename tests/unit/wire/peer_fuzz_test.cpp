// Random bytes and random commands at once: nothing breaks, and no more is held than the limits say. How
// streams are cut is the business of fuzz/peer_stream.cpp.
#include <boost/test/unit_test.hpp>

#include "any_stream.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

BOOST_AUTO_TEST_SUITE(peer_fuzz)

BOOST_AUTO_TEST_CASE(random_commands_between_random_bytes_break_nothing) {
    const std::uint64_t seed = 4711;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng luck(seed);
    for (int run = 0; run < 3'000; ++run) {
        auto p = luck.chance(0.5) ? peer::incoming(start_time, node('u'))
                                  : peer::outgoing(start_time, node('u'), some_torrent());
        const auto stream = any_stream(luck);
        bool metadata = luck.chance(0.5);
        auto now = start_time;
        byte_view rest(stream);
        std::vector<block_range> taken;
        const auto start = starts(p, metadata, true);
        while (!rest.empty() && !p.is_closed()) {
            const auto part = rest.first(std::min<std::size_t>(rest.size(), 1 + luck.below(100)));
            rest = rest.subspan(part.size());
            p.receive(now, part);
            bool was_closed = false;
            while (auto e = p.poll()) {
                BOOST_REQUIRE(!was_closed);
                was_closed = std::holds_alternative<event::closed>(*e);
                start(*e);
            }
            now += std::chrono::seconds(luck.below(3));
            const auto range = block(static_cast<std::uint32_t>(luck.below(10)));
            switch (luck.below(16)) {
                case 0:
                    p.set_choking(now, luck.chance(0.5));
                    break;
                case 1:
                    p.set_interested(now, luck.chance(0.5));
                    break;
                case 2:
                    if (metadata || p.pieces().size() != 0) p.have(now, range.piece);
                    break;
                case 3:
                    p.request(now, range);
                    break;
                case 4:
                    p.cancel(now, range);
                    break;
                case 5:
                    taken = p.take_requests(luck.below(100'000));
                    break;
                case 6:
                    p.send_blocks(now, framed(taken), taken);
                    break;
                case 7:
                    p.reject(now, range);
                    break;
                case 8:
                    p.request_metadata(now, static_cast<std::uint32_t>(luck.below(3)));
                    break;
                case 9:
                    p.reject_metadata(now, 0);
                    break;
                case 10:
                    p.tick(now);
                    break;
                case 11:
                    p.allow_fast(
                        now, p.pieces().size() != 0 ? std::vector{range.piece} : std::vector<piece_index>{});
                    break;
                case 12:
                    p.offer(now, {luck.chance(0.5), luck.chance(0.5), luck.chance(0.5)});
                    break;
                case 13:
                    p.send_exchange(now, any_exchange(luck));
                    break;
                case 14:
                    p.send_claim(now, {luck.chance(0.5), {range.piece.value()}});
                    break;
                default:
                    if (!metadata && p.is_open()) {
                        metadata = true;
                        p.learn_metadata(now, ten_pieces(), 20'000);
                    }
            }
            events_of(p);
            bytes_of(p);
            BOOST_REQUIRE(p.waiting_requests() <= limits::requests_from_peer);
            BOOST_REQUIRE(p.allowed_to_us().size() <= limits::allowed_fast_pieces);
            BOOST_REQUIRE(p.receive_memory() <= 2 * stream.size() + 64 * 1024);
            BOOST_REQUIRE(p.is_closed() == (p.next_deadline() == never));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
