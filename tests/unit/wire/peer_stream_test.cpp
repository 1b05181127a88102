// The stream as a whole: however the bytes are cut, the same things happen; whatever the bytes are, nothing
// breaks.
#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

/// Cuts a stream: gives the length of the next part.
using cutter = std::function<std::size_t()>;

cutter parts_of(std::size_t size) {
    return [size] { return size; };
}
cutter random_parts(rng& luck, std::size_t longest) {
    return [&luck, longest] { return 1 + static_cast<std::size_t>(luck.below(longest)); };
}

// A part is handed over in memory of its own that is gone at the next one, as a socket's buffer is: a view
// that outlives its input reads what the address sanitizer reports, or the wrong checksum.
lines fed(peer& p, byte_view stream, const cutter& cut,
          const std::function<void(const peer_event&)>& then = {}) {
    lines heard;
    while (!stream.empty()) {
        const auto size = std::min(stream.size(), cut());
        bytes part(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
        stream = stream.subspan(size);
        p.receive(start_time, part);
        while (auto e = p.poll()) {
            heard.push_back(text(*e));
            if (then) then(*e);
        }
        std::fill(part.begin(), part.end(), std::uint8_t{0xee});
    }
    return heard;
}

/// A peer that has unchoked the other side and asked it for everything.
peer busy_peer() {
    scripted s;
    s.learns_extensions();
    s.hears(unchoke{});
    s.us.set_choking(start_time, false);
    for (std::uint32_t p = 0; p < 10; ++p)
        for (std::uint32_t b = 0; b < ten_pieces().block_count(piece_index(p)); ++b)
            s.us.request(start_time, block(p, b));
    for (std::uint32_t p = 0; p < 2; ++p) s.us.request_metadata(start_time, p);
    bytes_of(s.us);
    return std::move(s.us);
}

message block_message(const block_range& r, const bytes& data) {
    return piece{r.piece.value(), r.offset, data};
}

/// One of everything a peer may say behind its handshake.
bytes rich_stream() {
    const bytes metadata_part(16384, 'm');
    bytes out = encoded(keep_alive{}) + encoded(bitfield{only({0, 3, 9}).to_wire()}) + encoded(interested{}) +
                encoded(have{4}) + encoded(request{0, 0, 16384}) + encoded(request{9, 0, 10'000});
    for (std::uint32_t p : {0u, 9u, 3u}) out = out + encoded(block_message(block(p), content(block(p))));
    out = out + encoded(port{6881}) +
          encoded(extended{1, encode(metadata_message{metadata_data{0, 20'000, metadata_part}})}) +
          encoded(extended{1, encode(metadata_message{metadata_request{1}})}) +
          encoded(extended{1, encode(metadata_message{metadata_reject{1}})}) + encoded(suggest{1}) +
          encoded(allowed_fast{2}) + encoded(reject{4, 0, 16384}) + encoded(unknown{99}) +
          encoded(cancel{9, 0, 10'000}) + encoded(choke{}) +
          encoded(block_message(block(4, 1), content(block(4, 1)))) + encoded(not_interested{}) +
          encoded(unchoke{}) + encoded(block_message(block(8), content(block(8)))) +
          encoded(block_message(block(8), content(block(8)))) + encoded(have{10});
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_stream)

BOOST_AUTO_TEST_CASE(every_split_gives_the_same_events_and_answers) {
    const auto stream = rich_stream();
    auto whole = busy_peer();
    const auto expected = fed(whole, stream, parts_of(stream.size()));
    const auto answers = bytes_of(whole);
    BOOST_TEST(expected.size() == 20u);
    BOOST_TEST(expected.back() == "closed, their fault: the peer named a piece that does not exist");

    const std::uint64_t seed = 7;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng luck(seed);
    const auto check = [&](const cutter& cut, const std::string& how) {
        auto p = busy_peer();
        BOOST_TEST(fed(p, stream, cut) == expected, how);
        BOOST_CHECK_MESSAGE(bytes_of(p) == answers, how);
    };
    check(parts_of(1), "1 byte");
    for (std::size_t size : {2u, 3u, 5u, 13u, 1448u, 16384u, 16397u, 65536u})
        check(parts_of(size), std::to_string(size) + " bytes");
    for (std::size_t longest : {20u, 300u, 20'000u, 50'000u})
        for (int i = 0; i < 10; ++i)
            check(random_parts(luck, longest), "random up to " + std::to_string(longest));
}

BOOST_AUTO_TEST_CASE(every_single_cut_of_the_beginning_gives_the_same_events) {
    extension_handshake h;
    h.metadata_id = 3;
    const auto stream = encode(handshake{everything, some_torrent(), id_of('x')}) +
                        encoded(bitfield{only({1}).to_wire()}) + encoded(extended{0, encode(h)}) +
                        encoded(have{2}) + encoded(unchoke{});
    const lines expected{"knock", "opened ext fast dht", "pieces known", "extensions", "has 2", "unchoked"};
    const auto check = [&](std::vector<std::size_t> sizes) {
        auto p = peer::incoming(start_time, node('u'));
        auto next = sizes.begin();
        const auto heard = fed(
            p, stream, [&] { return *next++; },
            [&](const peer_event& e) {
                if (std::holds_alternative<event::knock>(e)) p.accept(start_time);
                if (std::holds_alternative<event::opened>(e))
                    p.start(start_time, ten_pieces(), no_pieces(), 1);
            });
        BOOST_TEST(heard == expected);
    };
    check({stream.size()});
    check(std::vector<std::size_t>(stream.size(), 1));
    for (std::size_t cut = 1; cut < stream.size(); ++cut) check({cut, stream.size() - cut});
}

BOOST_AUTO_TEST_CASE(every_truncation_gives_the_events_of_the_messages_it_holds) {
    // without the long payloads, so that every cut is cheap
    const auto stream = encoded(bitfield{only({0}).to_wire()}) + encoded(have{4}) +
                        encoded(request{0, 0, 16384}) + encoded(piece{0, 5, to_bytes("abc")}) +
                        encoded(port{9}) + encoded(extended{0, to_bytes("d1:pi5ee")}) +
                        encoded(cancel{0, 0, 16384}) + encoded(interested{});
    auto all = busy_peer();
    const auto expected = fed(all, stream, parts_of(stream.size()));
    BOOST_TEST(expected.size() == 7u);
    std::size_t most = 0;
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        auto p = busy_peer();
        const auto heard = fed(p, byte_view(stream).first(cut), parts_of(stream.size()));
        BOOST_TEST(p.is_open());
        BOOST_TEST(heard.size() >= most);
        BOOST_TEST(
            (heard == lines(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(heard.size()))));
        most = heard.size();
    }
}

BOOST_AUTO_TEST_CASE(a_fast_download_keeps_two_blocks_of_memory) {
    auto p = busy_peer();
    bytes stream;
    for (std::uint32_t i = 0; i < 9; ++i)
        for (std::uint32_t b = 0; b < 2; ++b)
            stream = stream + encoded(block_message(block(i, b), content(block(i, b))));
    rng luck(3);
    const auto heard = fed(p, stream, random_parts(luck, 40'000));
    BOOST_TEST(heard.size() == 18u);
    for (const auto& line : heard) BOOST_TEST(line.starts_with("block "));
    BOOST_TEST(p.receive_memory() <= 2 * (piece_header_bytes + 16384));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(peer_fuzz)

namespace {

std::uint32_t any_number(rng& luck) {
    if (luck.chance(0.01)) return static_cast<std::uint32_t>(luck.next());
    return luck.chance(0.3) ? 16384 : static_cast<std::uint32_t>(luck.below(10));
}

bytes any_message(rng& luck) {
    const auto n = [&] { return any_number(luck); };
    bytes noise(luck.below(60));
    luck.fill(noise);
    switch (luck.below(20)) {
        case 0:
            return encoded(choke{});
        case 1:
            return encoded(unchoke{});
        case 2:
            return encoded(interested{});
        case 3:
            return encoded(have{n() % 100 % 11});
        case 4:
            return luck.chance(0.2) ? encoded(bitfield{only({1, 2}).to_wire()}) : bytes();
        case 5:
        case 6:
            return encoded(request{n(), n(), n()});
        case 7:
            return encoded(piece{n(), n(), noise});
        case 8: {
            const auto r = block(static_cast<std::uint32_t>(luck.below(10)));
            return luck.chance(0.1) ? encoded(block_message(r, content(r))) : bytes();
        }
        case 9:
            return encoded(cancel{n(), n(), n()});
        case 10:
            return encoded(port{static_cast<std::uint16_t>(n())});
        case 11:
            if (luck.chance(0.8)) return {};
            return encoded(luck.chance(0.5) ? message(have_all{}) : message(have_none{}));
        case 12:
            return encoded(reject{n(), n(), n()});
        case 13:
            return encoded(luck.chance(0.5) ? message(suggest{n() % 11}) : message(allowed_fast{3}));
        case 14: {
            extension_handshake h;
            h.metadata_id = static_cast<std::uint8_t>(n());
            h.metadata_bytes = n();
            return encoded(extended{0, encode(h)});
        }
        case 15:
            return encoded(extended{1, encode(metadata_message{metadata_request{n() % 5000}})});
        case 16:
            return encoded(extended{1, encode(metadata_message{metadata_reject{n() % 5000}})});
        case 17:
            return encoded(extended{1, encode(metadata_message{metadata_data{
                                           0, static_cast<std::uint32_t>(noise.size()), noise}})});
        case 18:
            return encoded(extended{static_cast<std::uint8_t>(luck.next()), noise});
        default:
            return luck.chance(0.9) ? encoded(keep_alive{}) : noise;
    }
}

bytes any_stream(rng& luck) {
    bytes out = encode(handshake{{true, luck.chance(0.7), true}, some_torrent(), id_of('x')});
    for (auto count = luck.below(40); count > 0; --count) out = out + any_message(luck);
    // mutations; most streams get through the handshake
    for (auto count = luck.below(4); count > 0; --count) {
        const auto from = luck.chance(0.9) ? std::min<std::size_t>(handshake_bytes, out.size() - 1) : 0;
        const auto where = from + luck.below(out.size() - from);
        const auto at = out.begin() + static_cast<std::ptrdiff_t>(where);
        switch (luck.below(4)) {
            case 0:
                *at = static_cast<std::uint8_t>(*at ^ 1u << luck.below(8));
                break;
            case 1:
                *at = static_cast<std::uint8_t>(luck.next());
                break;
            case 2:
                out.insert(at, static_cast<std::uint8_t>(luck.next()));
                break;
            default:
                out.erase(at);
        }
        if (out.empty()) break;
    }
    if (luck.chance(0.2)) out.resize(luck.below(out.size() + 1));
    return out;
}

/// What a node does with events that do not depend on when it hears of them.
std::function<void(const peer_event&)> starts(peer& p, bool metadata) {
    return [&p, metadata](const peer_event& e) {
        if (std::holds_alternative<event::knock>(e)) p.accept(start_time);
        if (!std::holds_alternative<event::opened>(e)) return;
        if (metadata)
            p.start(start_time, ten_pieces(), all_pieces(), 20'000);
        else
            p.start_without_metadata(start_time);
    };
}

}  // namespace

BOOST_AUTO_TEST_CASE(mutated_streams_are_cut_anywhere_and_give_the_same_events) {
    const std::uint64_t seed = 2026;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng luck(seed);
    std::size_t events = 0, survivors = 0;
    for (int run = 0; run < 20'000; ++run) {
        const auto stream = any_stream(luck);
        const bool metadata = luck.chance(0.7);
        auto whole = peer::incoming(start_time, node('u')), cut = peer::incoming(start_time, node('u'));
        const auto expected = fed(whole, stream, parts_of(stream.size()), starts(whole, metadata));
        const auto heard =
            fed(cut, stream, luck.chance(0.2) ? parts_of(1) : random_parts(luck, 200), starts(cut, metadata));
        if (heard != expected) BOOST_TEST(heard == expected, "run " << run << " " << to_hex(stream));
        if (bytes_of(whole) != bytes_of(cut)) BOOST_ERROR("answers differ in run " + std::to_string(run));
        // what has arrived, one block of room and the early pieces
        BOOST_REQUIRE(whole.receive_memory() <= 2 * stream.size() + 64 * 1024);
        BOOST_REQUIRE(cut.receive_memory() <= 2 * stream.size() + 64 * 1024);
        events += expected.size();
        survivors += whole.is_closed() ? 0u : 1u;
    }
    BOOST_TEST(events > 80'000u);  // the streams are not all refused at once
    BOOST_TEST(survivors > 2'000u);
}

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
        const auto start = starts(p, metadata);
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
            switch (luck.below(12)) {
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
                default:
                    if (!metadata && p.is_open()) {
                        metadata = true;
                        p.learn_metadata(now, ten_pieces(), 20'000);
                    }
            }
            events_of(p);
            bytes_of(p);
            BOOST_REQUIRE(p.waiting_requests() <= limits::requests_from_peer);
            BOOST_REQUIRE(p.receive_memory() <= 2 * stream.size() + 64 * 1024);
            BOOST_REQUIRE(p.is_closed() == (p.next_deadline() == never));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
