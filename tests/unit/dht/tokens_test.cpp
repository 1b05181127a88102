#include "dht/tokens.hpp"

#include <boost/test/unit_test.hpp>

#include "base/rng.hpp"
#include "crypto/hash.hpp"
#include "unit/base/tier.hpp"

using namespace bt;
using namespace bt::dht;

namespace {

const endpoint asker = *endpoint::parse("192.0.2.1:6881");
const info_hash hash{{1, 2, 3}};

tokens issuer(std::uint8_t seed = 7) {
    secret master{};
    master.fill(seed);
    return tokens(master);
}
std::string_view text(const token& t) { return as_text(t); }

}  // namespace

BOOST_AUTO_TEST_SUITE(dht_D3)

BOOST_AUTO_TEST_CASE(a_token_is_good_for_five_minutes_whenever_it_was_given_and_for_ten_at_most) {
    auto desk = issuer();
    for (const auto given : {0s, 1s, 299s, 300s, 301s, 599s, 86'400s, 86'699s}) {
        const time_point at(given);
        const auto t = desk.make(at, asker, hash);
        BOOST_TEST(desk.is_sound());
        for (const duration age : {duration(0s), duration(1s), duration(299s), duration(5min)})
            BOOST_TEST(desk.accepts(at + age, asker, hash, text(t)), given.count() << " " << age.count());
        for (const duration age : {duration(10min), duration(601s), duration(1h)})
            BOOST_TEST(!desk.accepts(at + age, asker, hash, text(t)), given.count() << " " << age.count());
    }
}

BOOST_AUTO_TEST_CASE(a_token_is_bound_to_address_port_torrent_and_secret) {
    auto desk = issuer();
    const time_point now(1h);
    const auto t = desk.make(now, asker, hash);
    BOOST_TEST(desk.accepts(now, asker, hash, text(t)));
    BOOST_TEST(!desk.accepts(now, *endpoint::parse("192.0.2.2:6881"), hash, text(t)));
    BOOST_TEST(!desk.accepts(now, *endpoint::parse("[2001:db8::1]:6881"), hash, text(t)));
    BOOST_TEST(!desk.accepts(now, *endpoint::parse("192.0.2.1:6882"), hash, text(t)));
    BOOST_TEST(!desk.accepts(now, asker, info_hash{{1, 2, 4}}, text(t)));
    BOOST_TEST(!issuer(8).accepts(now, asker, hash, text(t)));
    const auto v6 = *endpoint::parse("[2001:db8::1]:6881");
    BOOST_TEST(desk.accepts(now, v6, hash, text(desk.make(now, v6, hash))));
}

BOOST_AUTO_TEST_CASE(a_token_of_another_length_or_with_any_bit_wrong_is_refused) {
    auto desk = issuer();
    const time_point now(1h);
    const auto t = desk.make(now, asker, hash);
    const std::string right(text(t));
    for (const std::size_t length : {0u, 7u, 9u, 1000u}) {
        auto wrong = right;
        wrong.resize(length, 'x');
        BOOST_TEST(!desk.accepts(now, asker, hash, wrong), length);
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
        auto wrong = t;
        wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ 1u << bit % 8);
        BOOST_TEST(!desk.accepts(now, asker, hash, text(wrong)));
    }
}

BOOST_AUTO_TEST_CASE(no_secret_stands_before_the_first_one) {
    // whoever could be right with an all zero secret, as places not yet filled hold it, would need no token
    bytes forged(20, 0);
    byte_writer(forged).raw(asker.address.raw()).number(asker.port).raw(hash.span());
    const auto digest = crypto::sha1(forged);
    for (const auto at : {time_point{}, time_point(4min), time_point(5min), time_point(-5min)})
        BOOST_TEST(!issuer().accepts(at, asker, hash, digest.view().substr(0, 8)));
    auto desk = issuer();
    BOOST_TEST(desk.accepts(time_point(1s), asker, hash, text(desk.make(time_point(-1s), asker, hash))));
}

BOOST_AUTO_TEST_CASE(guesses_are_not_accepted) {
    auto desk = issuer();
    rng random(11);
    const auto guesses = bt::test::long_tier() ? 1'000'000 : 20'000;
    int accepted = 0;
    for (int i = 0; i < guesses; ++i) {
        token guess;
        random.fill(guess);
        accepted += desk.accepts(time_point(1h) + i * 1ms, asker, hash, text(guess));
    }
    BOOST_TEST(accepted == 0);
}

BOOST_AUTO_TEST_SUITE_END()
