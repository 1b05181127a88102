// Commands: what goes out, what is outstanding, and what comes back.
#include <boost/test/unit_test.hpp>

#include "conversation.hpp"

using namespace bt;
using namespace bt::wire;
using namespace bt::wire::test;

namespace {

constexpr features no_fast{true, false, true};

message block_message(const block_range& r, const bytes& data) {
    return piece{r.piece.value(), r.offset, data};
}
message rejection(const block_range& r) { return reject{r.piece.value(), r.offset, r.length}; }
message question(const block_range& r) { return request{r.piece.value(), r.offset, r.length}; }
message withdrawal(const block_range& r) { return cancel{r.piece.value(), r.offset, r.length}; }

std::string arrived(const block_range& r, int asked_at) {
    return "block " + text(r) + " " + checksum(content(r)) + " asked " + std::to_string(asked_at);
}
std::string sent(const block_range& r) { return text(message(piece{r.piece.value(), r.offset, content(r)})); }

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_send)

BOOST_AUTO_TEST_CASE(choke_and_interest_go_out_only_when_they_change) {
    scripted s;
    s.us.set_choking(s.now, true);
    s.us.set_interested(s.now, false);
    BOOST_TEST(s.says().empty());
    for (int i = 0; i < 2; ++i) {
        s.us.set_choking(s.now, false);
        s.us.set_interested(s.now, true);
    }
    BOOST_TEST(s.says() == (lines{"unchoke", "interested"}));
    BOOST_TEST((!s.us.choked_by_us() && s.us.interesting_to_us()));
    s.us.set_choking(s.now, true);
    s.us.set_interested(s.now, false);
    BOOST_TEST(s.says() == (lines{"choke", "not interested"}));
}

BOOST_AUTO_TEST_CASE(a_have_goes_out_once) {
    scripted s(everything, no_pieces());
    s.us.have(s.now, piece_index(9));
    s.us.have(s.now, piece_index(9));
    BOOST_TEST(s.says() == (lines{"have 9"}));
}

BOOST_AUTO_TEST_CASE(nothing_is_said_before_the_start) {
    auto p = peer::outgoing(start_time, node('u'), some_torrent());
    p.receive(start_time, encode(handshake{everything, some_torrent(), id_of('x')}));
    bytes_of(p);
    p.set_interested(start_time, true);
    p.have(start_time, piece_index(0));
    p.request(start_time, block(0));
    p.tick(at(110s));
    BOOST_TEST(bytes_of(p).empty());
    BOOST_TEST(!p.interesting_to_us());
}

BOOST_AUTO_TEST_CASE(a_block_we_asked_for_arrives_with_the_time_of_its_request) {
    scripted s;
    s.hears(unchoke{});
    s.us.request(s.now + 1us, block(0));
    s.us.request(s.now + 2us, block(9));
    BOOST_TEST(s.says() == (lines{"request 0:0+16384", "request 9:0+10000"}));
    BOOST_TEST(s.us.outstanding().size() == 2u);
    BOOST_CHECK(s.us.outstanding().front().range == block(0));
    BOOST_TEST(s.hears(block_message(block(9), content(block(9)))) == (lines{arrived(block(9), 2)}));
    BOOST_TEST(s.hears(block_message(block(0), content(block(0)))) == (lines{arrived(block(0), 1)}));
    BOOST_TEST(s.us.outstanding().empty());
    BOOST_TEST(s.hears(block_message(block(0), content(block(0)))) == (lines{"unwanted 16384"}));
}

BOOST_AUTO_TEST_CASE(a_block_that_is_not_exactly_what_was_asked_is_unwanted) {
    scripted s;
    s.hears(unchoke{});
    s.us.request(s.now, block(0));
    BOOST_TEST(s.hears(piece{0, 0, bytes(16383)}) == (lines{"unwanted 16383"}));
    BOOST_TEST(s.hears(piece{0, 1, bytes(16384)}) == (lines{"unwanted 16384"}));
    BOOST_TEST(s.hears(piece{1, 0, bytes(16384)}) == (lines{"unwanted 16384"}));
    BOOST_TEST(s.hears(piece{0xffffffff, 0xffffffff, {}}) == (lines{"unwanted 0"}));
    BOOST_TEST(s.us.outstanding().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_block_is_unwanted_and_its_rejection_ignored) {
    scripted s;
    s.hears(unchoke{});
    s.us.request(s.now, block(0));
    s.us.request(s.now, block(1));
    s.says();
    s.us.cancel(s.now, block(0));
    s.us.cancel(s.now, block(0));
    BOOST_TEST(s.says() == (lines{"cancel 0:0+16384"}));
    BOOST_TEST(s.us.outstanding().size() == 1u);
    BOOST_TEST(s.hears(block_message(block(0), content(block(0)))) == (lines{"unwanted 16384"}));
    BOOST_TEST(s.hears(rejection(block(0))).empty());
}

BOOST_AUTO_TEST_CASE(a_block_asked_for_again_is_not_lost_by_the_rejection_of_the_cancelled_request) {
    for (const bool rejects_first : {true, false}) {
        scripted s;
        s.hears(unchoke{});
        s.us.request(s.now, block(0));
        s.us.cancel(s.now, block(0));
        s.us.request(s.now, block(0));
        if (rejects_first) {
            BOOST_TEST(s.hears(rejection(block(0))).empty());
            BOOST_TEST(s.us.outstanding().size() == 1u);
            // the next one is for the second request
            BOOST_TEST(s.hears(rejection(block(0))) == (lines{"lost 0:0+16384"}));
        } else {
            const auto heard = s.hears(block_message(block(0), content(block(0))));
            BOOST_TEST(heard.size() == 1u);
            BOOST_TEST(heard.front().starts_with("block 0:0+16384"));
        }
        BOOST_TEST(s.us.outstanding().empty());
    }
}

BOOST_AUTO_TEST_CASE(a_rejection_that_never_came_is_waited_for_no_longer_than_a_piece) {
    scripted s;
    s.hears(unchoke{});
    s.us.request(s.now, block(0));
    s.us.cancel(s.now, block(0));
    s.now += limits::piece_time;
    s.us.request(s.now, block(0));
    BOOST_TEST(s.hears(rejection(block(0))) == (lines{"lost 0:0+16384"}));
}

BOOST_AUTO_TEST_CASE(a_choke_loses_our_requests_where_bep_6_is_not_spoken) {
    scripted s(no_fast);
    s.hears(unchoke{});
    s.us.request(s.now, block(0));
    s.us.request(s.now, block(1));
    BOOST_TEST(s.hears(choke{}) == (lines{"choked", "lost 0:0+16384", "lost 1:0+16384"}));
    BOOST_TEST(s.us.outstanding().empty());
}

BOOST_AUTO_TEST_CASE(with_bep_6_a_request_outlives_the_choke_until_it_is_answered) {
    scripted s;
    s.hears(unchoke{});
    s.us.request(s.now, block(0));
    s.us.request(s.now, block(1));
    BOOST_TEST(s.hears(choke{}) == (lines{"choked"}));
    BOOST_TEST(s.us.outstanding().size() == 2u);
    BOOST_TEST(s.hears(rejection(block(1))) == (lines{"lost 1:0+16384"}));
    BOOST_TEST(s.hears(rejection(block(1))).empty());
    BOOST_TEST(s.hears(block_message(block(0), content(block(0)))) == (lines{arrived(block(0), 0)}));
}

BOOST_AUTO_TEST_CASE(a_request_to_a_peer_that_has_just_choked_us_is_lost_at_once) {
    scripted s;
    // both in one input: the swarm hears of the unchoke when the choke is already there
    s.us.receive(s.now, encoded(unchoke{}) + encoded(choke{}));
    BOOST_TEST(text(*s.us.poll()) == "unchoked");
    s.us.request(s.now, block(0));
    BOOST_TEST(events_of(s.us) == (lines{"choked", "lost 0:0+16384"}));
    BOOST_TEST(s.says().empty());
}

BOOST_AUTO_TEST_CASE(requests_are_taken_up_to_a_sum_and_at_least_one) {
    scripted s;
    s.us.set_choking(s.now, false);
    BOOST_TEST(s.us.take_requests(1 << 20).empty());
    for (std::uint32_t i = 0; i < 5; ++i) s.hears(question(block(i)));
    BOOST_TEST(s.us.take_requests(0).size() == 1u);
    BOOST_TEST(s.us.take_requests(2 * 16384).size() == 2u);
    BOOST_TEST(s.us.take_requests(16385).size() == 1u);
    BOOST_TEST(s.us.take_requests(1 << 20).size() == 1u);
}

BOOST_AUTO_TEST_CASE(taken_requests_are_answered_in_the_buffer_they_were_read_into) {
    scripted s;
    s.us.set_choking(s.now, false);
    s.hears(question(block(0)));
    s.hears(question(block(9)));
    const auto taken = s.us.take_requests(1 << 20);
    s.us.have(s.now, piece_index(0));
    auto frames = framed(taken);
    const auto* memory = frames.data();
    s.us.send_blocks(s.now, std::move(frames), taken);
    s.us.set_interested(s.now, true);
    BOOST_TEST(messages_of([&] {
                   bytes all;
                   auto first = s.us.output();
                   all.assign(first->storage.data(), first->storage.data() + first->end);
                   auto second = s.us.output();
                   BOOST_TEST(second->storage.data() == memory);
                   all.insert(all.end(), memory, memory + second->size());
                   return all + bytes_of(s.us);
               }()) == (lines{"unchoke", sent(block(0)), sent(block(9)), "interested"}));
}

BOOST_AUTO_TEST_CASE(a_choke_rejects_what_waits_and_what_is_being_served) {
    scripted s;
    s.us.set_choking(s.now, false);
    for (std::uint32_t i = 0; i < 3; ++i) s.hears(question(block(i)));
    const auto taken = s.us.take_requests(16384);
    s.says();
    s.us.set_choking(s.now, true);
    BOOST_TEST(s.says() == (lines{"choke", "reject 1:0+16384", "reject 2:0+16384"}));
    s.us.send_blocks(s.now, framed(taken), taken);
    BOOST_TEST(s.says() == (lines{"reject 0:0+16384"}));
    s.us.send_blocks(s.now, framed(taken), taken);  // answered already
    BOOST_TEST(s.says().empty());
}

BOOST_AUTO_TEST_CASE(without_bep_6_a_choke_forgets_what_is_being_served_even_if_an_unchoke_follows) {
    scripted s(no_fast);
    s.us.set_choking(s.now, false);
    for (std::uint32_t i = 0; i < 2; ++i) s.hears(question(block(i)));
    const auto taken = s.us.take_requests(16384);
    s.us.set_choking(s.now, true);
    s.us.set_choking(s.now, false);
    BOOST_TEST(s.says() == (lines{"unchoke", "choke", "unchoke"}));
    s.us.send_blocks(s.now, framed(taken), taken);
    s.us.reject(s.now, taken[0]);
    BOOST_TEST(s.says().empty());
    BOOST_TEST(s.us.waiting_requests() == 0u);
}

BOOST_AUTO_TEST_CASE(a_block_cancelled_while_it_was_read_is_left_out) {
    scripted s;
    s.us.set_choking(s.now, false);
    for (std::uint32_t i : {0u, 9u, 2u, 3u}) s.hears(question(block(i)));
    const auto taken = s.us.take_requests(1 << 20);
    s.says();
    s.hears(withdrawal(block(9)));
    BOOST_TEST(s.says() == (lines{"reject 9:0+10000"}));
    s.us.send_blocks(s.now, framed(taken), taken);
    BOOST_TEST(s.says() == (lines{sent(block(0)), sent(block(2)), sent(block(3))}));
}

BOOST_AUTO_TEST_CASE(a_taken_request_that_cannot_be_answered_is_rejected_once) {
    scripted s;
    s.us.set_choking(s.now, false);
    s.hears(question(block(0)));
    const auto taken = s.us.take_requests(1 << 20);
    s.says();
    s.us.reject(s.now, taken[0]);
    s.us.reject(s.now, taken[0]);
    BOOST_TEST(s.says() == (lines{"reject 0:0+16384"}));
}

BOOST_AUTO_TEST_CASE(every_request_of_a_bep_6_peer_gets_exactly_one_answer) {
    const std::uint64_t seed = 20;
    BOOST_TEST_MESSAGE("seed " << seed);
    rng luck(seed);
    scripted s;
    std::multiset<std::string> open;
    std::vector<block_range> taken;
    const auto settle = [&](const lines& answers) {
        for (const auto& line : answers) {
            if (line.starts_with("reject ")) {
                const auto one = open.find(line.substr(7));
                BOOST_REQUIRE_MESSAGE(one != open.end(), line);
                open.erase(one);
            } else if (line.starts_with("piece ")) {
                const auto at = line.substr(6, line.find(' ', 6) - 6) + "+";
                const auto one =
                    std::find_if(open.begin(), open.end(), [&](const auto& o) { return o.starts_with(at); });
                BOOST_REQUIRE_MESSAGE(one != open.end(), line);
                open.erase(one);
            }
        }
    };
    for (int step = 0; step < 5'000; ++step) {
        s.now += 1s;
        const auto range = block(static_cast<std::uint32_t>(luck.below(10)));
        switch (luck.below(6)) {
            case 0:
            case 1:
                if (s.us.choked_by_us()) break;
                open.insert(text(range));
                s.hears(question(range));
                break;
            case 2:
                s.hears(withdrawal(range));
                break;
            case 3:
                s.us.set_choking(s.now, luck.chance(0.3));
                break;
            case 4:
                for (const auto& r : s.us.take_requests(40'000)) taken.push_back(r);
                break;
            default:
                if (!taken.empty() && luck.chance(0.2)) {
                    s.us.reject(s.now, taken.back());
                    taken.pop_back();
                }
                s.us.send_blocks(s.now, framed(taken), taken);
                taken.clear();
        }
        settle(s.says());
    }
    s.us.set_choking(s.now, true);
    s.us.send_blocks(s.now, framed(taken), taken);
    settle(s.says());
    BOOST_TEST(open.size() == 0u);
    BOOST_TEST(s.us.is_open());
}

BOOST_AUTO_TEST_SUITE_END()
