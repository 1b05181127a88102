// The stream as a whole: however the bytes are cut, the same things happen.
#include <boost/test/unit_test.hpp>

#include "streams.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

/// A peer that has unchoked the other side and asked it for everything. It lacks piece 2.
peer busy_peer() {
    scripted s(everything, only({0, 1, 3, 4, 5, 6, 7, 8, 9}));
    s.us.offer(start_time, {true, true, false});
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

/// One of everything a peer may say behind its handshake.
bytes rich_stream() {
    const bytes metadata_part(16384, 'm'), lost_piece{0, 0, 0, 3};
    const exchange_message others{{{*endpoint::parse("192.0.2.1:6881"), {}}},
                                  {*endpoint::parse("[2001:db8::1]:6881")}};
    const auto told = encode(others), claimed = encode(claim_message{false, {1, 2, 3}});
    bytes out = encoded(keep_alive{}) + encoded(bitfield{only({0, 3, 9}).to_wire()}) + encoded(interested{}) +
                encoded(have{4}) + encoded(request{0, 0, 16384}) + encoded(request{9, 0, 10'000});
    for (std::uint32_t p : {0u, 9u, 3u}) out = out + encoded(block_message(block(p), content(block(p))));
    out = out + encoded(port{6881}) +
          encoded(extended{1, encode(metadata_message{metadata_data{0, 20'000, metadata_part}})}) +
          encoded(extended{1, encode(metadata_message{metadata_request{1}})}) +
          encoded(extended{1, encode(metadata_message{metadata_reject{1}})}) + encoded(suggest{1}) +
          encoded(allowed_fast{2}) + encoded(have{2}) + encoded(extended{2, told}) +
          encoded(extended{3, lost_piece}) + encoded(extended{4, claimed}) + encoded(reject{4, 0, 16384}) +
          encoded(unknown{99}) + encoded(cancel{9, 0, 10'000}) + encoded(choke{}) +
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
    BOOST_TEST(expected.size() == 25u);
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
                        encoded(extended{2, to_bytes("d7:dropped6:\1\2\3\4\5\6e")}) +
                        encoded(extended{3, bytes{0, 0, 0, 4}}) + encoded(extended{4, bytes{1, 0, 0, 0, 7}}) +
                        encoded(cancel{0, 0, 16384}) + encoded(interested{});
    auto all = busy_peer();
    const auto expected = fed(all, stream, parts_of(stream.size()));
    BOOST_TEST(expected.size() == 10u);
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
