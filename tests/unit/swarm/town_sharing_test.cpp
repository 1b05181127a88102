// One copy over the uplink: what neighbours tell each other of what they fetch from outside.
#include <boost/test/unit_test.hpp>

#include "unit/swarm/town.hpp"

using namespace bt;
using namespace bt::swarm;
using namespace bt::swarm::test;

namespace {

/// A stranger that asks nothing and gives only what is sent by hand; a neighbour that takes part.
struct uplink {
    town t;
    guest& near;
    guest& far;
    /// The neighbour's id is the smaller one for 'a', the larger for 'z'.
    explicit uplink(const torrent::piece_set& outside, char neighbours_name = 'z')
        : t(no_pieces()),
          near(t.comes(neighbours_name, neighbour(2), no_pieces())),
          far(t.comes('f', stranger(1), outside, false)) {}
    void opens() { t.unchokes(far); }
    void claims(bool released, std::vector<std::uint32_t> pieces) {
        near.peer.send_claim(t.now, {released, std::move(pieces)});
        t.settle();
    }
    std::size_t asked(std::uint32_t piece) const {
        return count_of(far.messages(), "request " + std::to_string(piece) + ":");
    }
};

std::vector<priority> nothing_of(std::uint32_t skipped) {
    std::vector<priority> all(10, priority::normal);
    all[skipped] = priority::skip;
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(one_copy_over_the_uplink)

BOOST_AUTO_TEST_CASE(what_is_asked_of_a_stranger_is_told_to_the_neighbours) {
    uplink u(only({3}));
    BOOST_TEST(!has_line(u.near.hears, "claimed"));
    u.opens();
    BOOST_TEST(u.asked(3) > 0u);
    BOOST_TEST(count_of(u.near.hears, "claimed 3") == 1u);
    // and to one that comes later
    auto& late = u.t.comes('y', neighbour(3), no_pieces());
    u.t.run(100ms);
    BOOST_TEST(count_of(late.hears, "claimed 3") == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_asked_of_a_near_seed_is_told_too) {
    town t(no_pieces());
    auto& near = t.comes('z', neighbour(2), no_pieces());
    auto& seed = t.comes('s', neighbour(3), all_pieces(), false);
    t.unchokes(seed);
    BOOST_TEST(has_line(near.hears, "claimed"));
}

BOOST_AUTO_TEST_CASE(a_claim_ends_with_the_piece_and_is_not_released) {
    uplink u(only({3}));
    u.far.gives = true;
    u.opens();
    u.t.run(3s);
    BOOST_TEST(has_line(u.t.said, "verified 3"));
    BOOST_TEST(!has_line(u.near.hears, "released"));
}

BOOST_AUTO_TEST_CASE(a_claim_is_released_when_the_stranger_chokes_us) {
    uplink u(only({3}));
    u.opens();
    u.t.run(100ms);
    u.t.chokes(u.far);
    u.t.run(10s);
    BOOST_TEST(count_of(u.near.hears, "released 3") == 1u);
}

BOOST_AUTO_TEST_CASE(a_claim_is_released_when_the_stranger_leaves) {
    uplink u(only({3}));
    u.opens();
    u.t.leaves(u.far);
    u.t.run(10s);
    BOOST_TEST(count_of(u.near.hears, "released 3") == 1u);
}

BOOST_AUTO_TEST_CASE(a_claim_on_what_is_not_wanted_any_more_is_released) {
    uplink u(only({3}));
    u.opens();
    BOOST_TEST(has_line(u.near.hears, "claimed 3"));
    u.t.swarm.set_priorities(u.t.now, nothing_of(3));
    u.t.run(10s);
    BOOST_TEST(count_of(u.near.hears, "released 3") == 1u);

    uplink all(only({3}));
    all.opens();
    all.t.swarm.set_priorities(all.t.now, std::vector<priority>(10, priority::skip));
    all.t.run(10s);
    BOOST_TEST(count_of(all.near.hears, "released 3") == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_neighbour_claims_is_not_asked_outside_for_a_second) {
    uplink u(only({3}));
    u.claims(false, {3});
    u.opens();
    u.t.run(1s);
    BOOST_TEST(u.asked(3) == 0u);
    u.t.run(1s);  // it has never brought anything
    BOOST_TEST(u.asked(3) > 0u);
}

BOOST_AUTO_TEST_CASE(what_a_neighbour_released_is_asked_outside) {
    uplink u(only({3}));
    u.claims(false, {3});
    u.opens();
    u.t.run(500ms);
    BOOST_TEST(u.asked(3) == 0u);
    u.claims(true, {3});
    u.t.run(300ms);
    BOOST_TEST(u.asked(3) > 0u);
}

BOOST_AUTO_TEST_CASE(what_a_neighbour_claimed_is_asked_outside_when_it_leaves) {
    uplink u(only({3}));
    u.claims(false, {3});
    u.opens();
    u.t.run(500ms);
    BOOST_TEST(u.asked(3) == 0u);
    u.t.leaves(u.near);
    u.t.run(300ms);
    BOOST_TEST(u.asked(3) > 0u);
}

BOOST_AUTO_TEST_CASE(of_two_who_claim_a_piece_the_smaller_id_goes_on) {
    uplink smaller(only({3}), 'a');  // we are 't'
    smaller.opens();
    BOOST_TEST(has_line(smaller.near.hears, "claimed 3"));
    smaller.claims(false, {3});
    BOOST_TEST(has_line(smaller.far.messages(), "cancel 3:"));
    BOOST_TEST(has_line(smaller.near.hears, "released 3"));

    uplink larger(only({3}), 'z');
    larger.opens();
    larger.claims(false, {3});
    BOOST_TEST(!has_line(larger.far.messages(), "cancel 3:"));
    BOOST_TEST(!has_line(larger.near.hears, "released 3"));
}

BOOST_AUTO_TEST_CASE(what_a_neighbour_has_is_asked_of_it_and_not_outside) {
    town t(no_pieces());
    auto& near = t.comes('z', neighbour(2), only({3}), false);
    auto& far = t.comes('f', stranger(1), only({3, 4}), false);
    t.unchokes(far);
    t.run(500ms);
    BOOST_TEST(count_of(far.messages(), "request 3:") == 0u);
    BOOST_TEST(count_of(far.messages(), "request 4:") == 2u);
    t.gives(near);
    t.run(300ms);
    BOOST_TEST(had(t) == "...#......");
}

BOOST_AUTO_TEST_CASE(claims_switched_off_are_neither_told_nor_heeded) {
    town t(no_pieces(), {.settings = {.claims = false}});
    auto& near = t.comes('z', neighbour(2), no_pieces());
    auto& far = t.comes('f', stranger(1), only({3}), false);
    const auto forced = wire::encode(wire::claim_message{false, {3}});
    t.says(near, wire::extended{wire::our_claim_id, forced});
    t.unchokes(far);
    BOOST_TEST(count_of(far.messages(), "request 3:") == 2u);
    BOOST_TEST(!has_line(near.hears, "claimed"));
}

BOOST_AUTO_TEST_SUITE_END()
