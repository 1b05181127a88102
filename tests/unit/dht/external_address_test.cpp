#include "dht/external_address.hpp"

#include <boost/test/unit_test.hpp>

using namespace bt;
using namespace bt::dht;

namespace {

ip_address ip(std::string_view text) { return ip_address::parse(text).value(); }
/// Voters of as many subnets.
ip_address voter(unsigned n) { return ip_address::v4(20, 0, static_cast<std::uint8_t>(n), 1); }

const auto truth = ip("124.31.75.21"), lie = ip("66.66.66.66");

}  // namespace

BOOST_AUTO_TEST_SUITE(dht_external_address)

BOOST_AUTO_TEST_CASE(four_voters_elect_an_address_and_three_do_not) {
    external_address ours;
    for (unsigned n = 0; n < 3; ++n) BOOST_TEST(!ours.vote(voter(n), truth));
    BOOST_TEST(!ours.address().has_value());
    BOOST_TEST(ours.votes() == 3u);
    BOOST_TEST(ours.vote(voter(3), truth));
    BOOST_TEST((ours.address() == truth));
    BOOST_TEST(!ours.vote(voter(4), truth));  // nothing new
    BOOST_TEST(ours.votes() == 5u);
}

BOOST_AUTO_TEST_CASE(a_liar_with_a_thousand_addresses_of_a_network_is_one_voter) {
    external_address ours;
    for (unsigned n = 0; n < 4; ++n) ours.vote(voter(n), truth);
    for (unsigned n = 0; n < 1000; ++n)
        ours.vote(ip_address::v4(66, 66, 66, static_cast<std::uint8_t>(n)), lie);
    BOOST_TEST((ours.address() == truth));
    BOOST_TEST(ours.votes() == 4u);

    external_address alone;
    for (unsigned n = 0; n < 1000; ++n) {
        bytes raw(16, 0);
        raw[0] = 0x2a, raw[14] = static_cast<std::uint8_t>(n >> 8), raw[15] = static_cast<std::uint8_t>(n);
        alone.vote(*ip_address::from_bytes(raw), lie);
    }
    BOOST_TEST(!alone.address().has_value());
    BOOST_TEST(alone.votes() == 1u);
}

BOOST_AUTO_TEST_CASE(half_of_the_voters_are_not_enough) {
    external_address ours;
    for (unsigned n = 0; n < 4; ++n) ours.vote(voter(10 + n), lie);
    BOOST_TEST((ours.address() == lie));
    for (unsigned n = 0; n < 4; ++n) BOOST_TEST(!ours.vote(voter(n), truth));
    BOOST_TEST((ours.address() == lie));  // stays until another wins
    BOOST_TEST(ours.vote(voter(4), truth));
    BOOST_TEST((ours.address() == truth));
}

BOOST_AUTO_TEST_CASE(who_votes_again_has_changed_his_vote) {
    external_address ours;
    for (unsigned n = 0; n < 4; ++n) ours.vote(voter(n), lie);
    for (unsigned n = 0; n < 3; ++n) BOOST_TEST(!ours.vote(voter(n), truth));
    BOOST_TEST((ours.address() == lie));
    BOOST_TEST(ours.votes() == 1u);
    BOOST_TEST(ours.vote(voter(3), truth));
    BOOST_TEST((ours.address() == truth));
    BOOST_TEST(ours.votes() == 4u);
}

BOOST_AUTO_TEST_CASE(old_votes_are_forgotten_so_that_a_new_address_wins) {
    external_address ours;
    for (unsigned n = 0; n < 100; ++n) ours.vote(voter(n), lie);
    BOOST_TEST(ours.votes() == 32u);
    unsigned needed = 0;
    while (ours.address() != truth && needed < 100) ours.vote(voter(100 + needed++), truth);
    BOOST_TEST(needed == 17u);  // more than half of 32
}

BOOST_AUTO_TEST_CASE(only_public_addresses_are_votes) {
    external_address ours;
    for (const auto* not_public : {"192.168.1.20", "10.0.0.1", "127.0.0.1", "169.254.1.1", "0.0.0.0",
                                   "224.0.0.1", "100.64.0.1", "::1", "fe80::1%2", "fd00::1"})
        for (unsigned n = 0; n < 8; ++n) BOOST_TEST(!ours.vote(voter(n), ip(not_public)));
    BOOST_TEST(!ours.address().has_value());
    BOOST_TEST(ours.votes() == 0u);
}

BOOST_AUTO_TEST_CASE(in_a_new_network_earlier_votes_say_nothing) {
    external_address ours;
    for (unsigned n = 0; n < 8; ++n) ours.vote(voter(n), truth);
    ours.clear();
    BOOST_TEST(!ours.address().has_value());
    BOOST_TEST(ours.votes() == 0u);
    for (unsigned n = 0; n < 3; ++n) BOOST_TEST(!ours.vote(voter(n), truth));
    BOOST_TEST(ours.vote(voter(3), truth));
}

BOOST_AUTO_TEST_SUITE_END()
