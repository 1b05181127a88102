#include "dht/bucket_policy.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace bt;
using namespace bt::dht;

namespace {

constexpr time_point now = time_point(24h);

/// One entry as a word: its health (good, questionable, bad), its subnet, whether its id is secure or only an
/// insecure one: "g1s", "q7i". Hosts of a subnet are numbered as they come.
entry one(const std::string& word, unsigned host) {
    entry e;
    e.who.id.bytes.fill(static_cast<std::uint8_t>(host));
    e.who.at = {
        ip_address::v4(20, 0, static_cast<std::uint8_t>(word.at(1) - '0'), static_cast<std::uint8_t>(host)),
        6881};
    e.secure = word.at(2) == 's';
    e.last_answer = e.last_heard = now - (word.at(0) == 'g' ? 1min : 20min);
    e.failures = word.at(0) == 'b' ? 2 : 0;
    return e;
}
std::vector<entry> bucket(const std::string& words) {
    std::vector<entry> made;
    std::istringstream in(words);
    for (std::string word; in >> word;) made.push_back(one(word, static_cast<unsigned>(made.size()) + 1));
    return made;
}
std::string shown(const verdict& v) {
    using what = verdict::what;
    switch (v.does) {
        case what::add:
            return "add";
        case what::replace:
            return "replace " + std::to_string(v.victim);
        case what::wait:
            return "wait";
        case what::refuse:
            return "refuse";
    }
    return "?";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dht_bucket_policy)

BOOST_AUTO_TEST_CASE(health_follows_from_answers_and_silence) {
    struct {
        const char* what;
        bool answered;
        duration silent;
        std::uint8_t failures;
        health expected;
    } const cases[] = {
        {"fresh", true, 0s, 0, health::good},
        {"silent for just under 15 minutes", true, 15min - 1us, 0, health::good},
        {"silent for 15 minutes", true, 15min, 0, health::questionable},
        {"never answered", false, 0s, 0, health::questionable},
        {"one failure is no proof", true, 1min, 1, health::good},
        {"one failure and silent", true, 16min, 1, health::questionable},
        {"two failures", true, 1s, 2, health::bad},
        {"many failures", true, 1h, 255, health::bad},
        {"never answered and failed", false, 0s, 2, health::bad},
    };
    for (const auto& c : cases) {
        entry e;
        if (c.answered) e.last_answer = now - 2h;
        e.last_heard = now - c.silent;
        e.failures = c.failures;
        BOOST_TEST((health_of(e, now) == c.expected), c.what);
    }
}

BOOST_AUTO_TEST_CASE(who_stays_in_a_bucket_of_the_world) {
    struct {
        const char *bucket, *newcomer, *expected;
    } const cases[] = {
        // there is room
        {"", "g1s", "add"},
        {"g1s g2s", "g3i", "add"},
        {"b1s g2s", "g3s", "add"},
        // one of a subnet, room or not; who is there stays unless he is bad
        {"g1s g2s", "g2s", "refuse"},
        {"g1s q2s", "g2s", "refuse"},
        {"g1s g2i", "g2s", "refuse"},
        {"g1s b2s g3s", "g2s", "replace 1"},
        {"g1s g2s g3s g4s g5s g6s g7s g8s", "g8s", "refuse"},
        {"b1s g2s g3s g4s g5s g6s g7s g8s", "g8s", "refuse"},
        {"b1s g2s g3s g4s g5s g6s g7s b8s", "g8s", "replace 7"},
        // full of good ones: nobody goes
        {"g1s g2s g3s g4s g5s g6s g7s g8s", "g9s", "wait"},
        {"g1i g2i g3i g4i g5i g6i g7i g8i", "g9i", "wait"},
        {"g1s g2s g3s g4s g5s g6s g7s g8s", "g9i", "wait"},
        {"g1s q2s q3s q4s q5s q6s q7s q8s", "g9s", "wait"},
        // a bad one goes first, also before an insecure one
        {"g1s g2s g3s b4s g5s g6s g7s g8s", "g9i", "replace 3"},
        {"g1i g2s g3s g4s g5s b6s g7s g8s", "g9s", "replace 5"},
        // then an insecure one for a secure one, the one that came last
        {"g1s g2i g3s g4s g5i g6s g7s g8s", "g9s", "replace 4"},
        {"g1i g2s g3s g4s g5s g6s g7s g8s", "g9s", "replace 0"},
        {"g1s g2i g3s g4s g5i g6s g7s g8s", "g9i", "wait"},
    };
    for (const auto& c : cases)
        BOOST_TEST(shown(place(bucket(c.bucket), one(c.newcomer, 100), realm::world)) == c.expected,
                   "[" << c.bucket << "] and " << c.newcomer << " is not " << c.expected);
}

BOOST_AUTO_TEST_CASE(a_lan_is_one_subnet_and_its_ids_are_all_as_good) {
    struct {
        const char *bucket, *newcomer, *expected;
    } const cases[] = {
        {"g1s g1s g1s", "g1s", "add"},
        {"g1s b1s g1s", "g1s", "add"},
        {"g1s g1s g1s g1s g1s g1s g1s g1s", "g1s", "wait"},
        {"g1s g1s q1s g1s g1s g1s g1s g1s", "g1s", "wait"},
        {"g1s g1s g1s g1s g1s g1s b1s g1s", "g1s", "replace 6"},
        {"g1i g1i g1i g1i g1i g1i g1i g1i", "g1s", "wait"},
    };
    for (const auto& c : cases)
        BOOST_TEST(shown(place(bucket(c.bucket), one(c.newcomer, 100), realm::local)) == c.expected,
                   "[" << c.bucket << "] and " << c.newcomer << " is not " << c.expected);
}

BOOST_AUTO_TEST_CASE(of_bad_ones_the_one_silent_for_longest_goes) {
    auto full = bucket("g1s b2s g3s b4s g5s b6s g7s g8s");
    full[3].last_heard = now - 2h;
    BOOST_TEST(shown(place(full, one("g9s", 100), realm::world)) == "replace 3");
}

BOOST_AUTO_TEST_SUITE_END()
