// What may be asked for in spite of a choke (BEP 6): which pieces, and both sides of it.
#include "wire/allowed_fast.hpp"

#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

std::string text(const std::vector<piece_index>& pieces) {
    std::string line;
    for (auto piece : pieces) line += (line.empty() ? "" : " ") + std::to_string(piece.value());
    return line;
}

std::vector<piece_index> pieces_for(const char* address, std::uint32_t piece_count, std::size_t count) {
    info_hash torrent;
    torrent.bytes.fill(0xaa);
    return allowed_fast_set(*ip_address::parse(address), torrent, piece_count, count);
}
std::string set_of(const char* address, std::uint32_t piece_count, std::size_t count) {
    return text(pieces_for(address, piece_count, count));
}

std::vector<piece_index> indices(std::initializer_list<std::uint32_t> list) {
    std::vector<piece_index> out;
    for (auto number : list) out.push_back(piece_index(number));
    return out;
}

std::string allowed_to(const peer& p) { return text(p.allowed_to_us()); }

message asks(const block_range& r) { return request{r.piece.value(), r.offset, r.length}; }

/// A choked peer that has nothing; pieces 1 and 2 are allowed to it.
scripted generous(const torrent::piece_set& ours = all_pieces()) {
    scripted s(everything, ours);
    s.us.allow_fast(s.now, indices({1, 2}));
    s.says();
    return s;
}

const std::string too_many = "closed, their fault: the peer sent too many invalid requests";

}  // namespace

BOOST_AUTO_TEST_SUITE(allowed_fast_pieces)

BOOST_AUTO_TEST_CASE(the_set_is_that_of_bep_6) {
    BOOST_TEST(set_of("80.4.4.200", 1313, 7) == "1059 431 808 1217 287 376 1188");
    BOOST_TEST(set_of("80.4.4.200", 1313, 9) == "1059 431 808 1217 287 376 1188 353 508");
    BOOST_TEST(set_of("80.4.4.7", 1313, 7) == set_of("80.4.4.200", 1313, 7));
    BOOST_TEST(set_of("80.4.5.200", 1313, 7) != set_of("80.4.4.200", 1313, 7));
}

BOOST_AUTO_TEST_CASE(a_small_torrent_is_allowed_whole_and_ipv6_has_no_set) {
    auto all = pieces_for("80.4.4.200", 5, 10);
    std::sort(all.begin(), all.end());
    BOOST_TEST(text(all) == "0 1 2 3 4");
    BOOST_TEST(set_of("80.4.4.200", 0, 10).empty());
    BOOST_TEST(set_of("80.4.4.200", 1, 10) == "0");
    BOOST_TEST(set_of("2001:db8::1", 1313, 10).empty());
}

// --- what they allow us

BOOST_AUTO_TEST_CASE(an_allowed_piece_can_be_used_once_the_peer_has_it) {
    scripted s(everything, only({7}));
    BOOST_TEST(s.hears(allowed_fast{3}).empty());
    BOOST_TEST(s.hears(allowed_fast{7}).empty());  // we have it
    BOOST_TEST(allowed_to(s.us).empty());
    BOOST_TEST(s.hears(have{3}) == (lines{"has 3", "allowed 3"}));
    BOOST_TEST(s.hears(bitfield{only({5, 7}).to_wire()}) == (lines{"pieces known"}));
    BOOST_TEST(s.hears(allowed_fast{5}) == (lines{"allowed 5"}));
    BOOST_TEST(s.hears(allowed_fast{5}).empty());
    BOOST_TEST(allowed_to(s.us) == "3 5");
    s.us.have(s.now, piece_index(3));
    BOOST_TEST(allowed_to(s.us) == "5");
}

BOOST_AUTO_TEST_CASE(no_more_advice_is_kept_than_bep_6_gives) {
    const auto shape = *torrent::geometry::make(1000 * 32768, 32768);
    scripted s(everything, [&](peer& p) { p.start(start_time, shape, torrent::piece_set(1000), 1); });
    s.hears(have_all{});
    for (std::uint32_t i = 0; i < 1000; ++i) s.hears(allowed_fast{i});
    BOOST_TEST(s.us.allowed_to_us().size() == limits::allowed_fast_pieces);
}

BOOST_AUTO_TEST_CASE(advice_before_the_metadata_is_checked_with_it) {
    auto s = scripted::without_metadata();
    BOOST_TEST(s.hears(allowed_fast{9}).empty());
    BOOST_TEST(s.hears(have_all{}).empty());
    s.us.learn_metadata(s.now, ten_pieces(), 20'000);
    BOOST_TEST(events_of(s.us) == (lines{"pieces known", "allowed 9"}));

    auto liar = scripted::without_metadata();
    liar.hears(allowed_fast{10});
    liar.us.learn_metadata(liar.now, ten_pieces(), 20'000);
    BOOST_TEST(events_of(liar.us) ==
               (lines{"closed, their fault: the peer named a piece that does not exist"}));

    auto much = scripted::without_metadata();
    for (int i = 0; i < 10'000; ++i) much.hears(allowed_fast{3});
    much.hears(have_all{});
    much.us.learn_metadata(much.now, ten_pieces(), 20'000);
    BOOST_TEST(events_of(much.us) == (lines{"pieces known", "allowed 3"}));
}

BOOST_AUTO_TEST_CASE(while_choked_only_allowed_pieces_are_asked_for) {
    scripted s(everything, no_pieces());
    s.hears(have_all{});
    s.hears(allowed_fast{4});
    s.us.request(s.now, block(4));
    s.us.request(s.now, block(5));
    BOOST_TEST(s.says() == (lines{"request 4:0+16384"}));
    BOOST_TEST(events_of(s.us) == (lines{"lost 5:0+16384"}));
    const auto data = content(block(4));
    BOOST_TEST(s.hears(piece{4, 0, data}) == (lines{"block 4:0+16384 " + checksum(data) + " asked 0"}));
}

BOOST_AUTO_TEST_CASE(a_choke_leaves_what_was_asked_and_a_rejection_ends_the_permission) {
    scripted s(everything, no_pieces());
    s.hears(have_all{});
    s.hears(allowed_fast{4});
    s.hears(unchoke{});
    s.us.request(s.now, block(4));
    BOOST_TEST(s.hears(choke{}) == (lines{"choked"}));
    BOOST_TEST(s.us.outstanding().size() == 1u);
    BOOST_TEST(s.hears(reject{4, 0, 16384}) == (lines{"lost 4:0+16384"}));
    BOOST_TEST(allowed_to(s.us).empty());
    s.us.request(s.now, block(4));
    BOOST_TEST(events_of(s.us) == (lines{"lost 4:0+16384"}));
}

BOOST_AUTO_TEST_CASE(a_rejection_while_unchoked_leaves_the_permission) {
    scripted s(everything, no_pieces());
    s.hears(have_all{});
    s.hears(allowed_fast{4});
    s.hears(unchoke{});
    s.us.request(s.now, block(4));
    s.hears(reject{4, 0, 16384});
    BOOST_TEST(allowed_to(s.us) == "4");
}

// --- what we allow them

BOOST_AUTO_TEST_CASE(pieces_we_have_are_allowed_to_peers_that_speak_bep_6) {
    scripted s(everything, only({1, 2}));
    s.us.allow_fast(s.now, indices({1, 2, 3}));
    BOOST_TEST(s.says() == (lines{"allowed fast 1", "allowed fast 2"}));
    s.us.allow_fast(s.now, indices({2}));
    BOOST_TEST(s.says().empty());
    scripted old({true, false, true});
    old.us.allow_fast(old.now, indices({1}));
    BOOST_TEST(old.says().empty());
    scripted rich;
    rich.hears(have_all{});
    rich.us.allow_fast(rich.now, indices({1}));
    BOOST_TEST(rich.says().empty());
}

BOOST_AUTO_TEST_CASE(each_block_of_an_allowed_piece_is_given_once_in_spite_of_the_choke) {
    auto s = generous();
    BOOST_TEST(s.hears(asks(block(1))) == (lines{"requests"}));
    const auto taken = s.us.take_requests(1 << 20);
    BOOST_REQUIRE(taken.size() == 1u);
    s.us.send_blocks(s.now, framed(taken), taken);
    BOOST_TEST(s.says() == (lines{"piece 1:0 " + checksum(content(block(1)))}));
    s.hears(asks(block(1)));
    s.hears(asks(block(3)));
    s.hears(request{1, 16384, 100});  // no block
    BOOST_TEST(s.says() == (lines{"reject 1:0+16384", "reject 3:0+16384", "reject 1:16384+100"}));
    BOOST_TEST(s.hears(asks(block(1, 1))) == (lines{"requests"}));
}

BOOST_AUTO_TEST_CASE(enough_pieces_end_what_is_allowed_and_requests_that_cross_it_are_forgiven) {
    auto s = generous();
    s.hears(asks(block(1)));  // promised before
    const auto nine = only({0, 2, 3, 4, 5, 6, 7, 8, 9});
    s.hears(bitfield{nine.to_wire()});
    BOOST_TEST(s.hears(asks(block(2))) == (lines{"requests"}));
    s.hears(have{1});
    for (int i = 0; i < 200; ++i) s.hears(asks(block(2, 1)));
    BOOST_TEST(s.us.is_open());
    for (const auto& line : s.says()) BOOST_TEST(line == "reject 2:16384+16384");
    const auto taken = s.us.take_requests(1 << 20);
    BOOST_REQUIRE(taken.size() == 2u);
    s.us.send_blocks(s.now, framed(taken), taken);
    BOOST_TEST(s.says().size() == 2u);
    s.now += 3s;
    lines heard;
    for (int i = 0; i < 101; ++i) heard = s.hears(asks(block(2, 1)));
    BOOST_TEST(heard == (lines{too_many}));
}

BOOST_AUTO_TEST_CASE(a_choke_keeps_the_requests_for_allowed_pieces) {
    auto s = generous();
    s.us.set_choking(s.now, false);
    for (const auto& r : {block(1), block(3), block(2), block(4)}) s.hears(asks(r));
    const auto first = s.us.take_requests(2 * 16384);
    s.says();
    s.us.set_choking(s.now, true);
    BOOST_TEST(s.says() == (lines{"choke", "reject 4:0+16384"}));
    s.us.send_blocks(s.now, framed(first), first);
    const auto second = s.us.take_requests(1 << 20);
    s.us.send_blocks(s.now, framed(second), second);
    BOOST_TEST(s.says() == (lines{"reject 3:0+16384", "piece 1:0 " + checksum(content(block(1))),
                                  "piece 2:0 " + checksum(content(block(2)))}));
}

BOOST_AUTO_TEST_CASE(a_choked_peer_gets_its_allowed_pieces_from_end_to_end) {
    pair_of_peers both;
    both.on_event = [](pair_of_peers& all, peer& p, const peer_event& e) {
        if (std::holds_alternative<event::knock>(e)) p.accept(start_time);
        if (std::holds_alternative<event::opened>(e)) {
            p.start(start_time, ten_pieces(), &p == &all.a ? all_pieces() : no_pieces(), 20'000);
            p.allow_fast(start_time, indices({6, 8}));
        }
        if (const auto* allowed = std::get_if<event::allowed_fast>(&e))
            for (std::uint32_t b = 0; b < 2; ++b) p.request(start_time, block(allowed->piece.value(), b));
        if (std::holds_alternative<event::requests_waiting>(e)) {
            const auto taken = p.take_requests(1 << 20);
            if (!taken.empty()) p.send_blocks(start_time, framed(taken), taken);
        }
    };
    both.settle(start_time);
    const auto blocks = std::count_if(both.heard_by_b.begin(), both.heard_by_b.end(),
                                      [](const std::string& line) { return line.starts_with("block "); });
    BOOST_TEST(blocks == 4);
    BOOST_TEST(both.b.choking_us());
    BOOST_TEST(both.b.outstanding().empty());
}

BOOST_AUTO_TEST_SUITE_END()
