// Who lied. A piece of six blocks is a string: what stands in each block; and who gave it, a letter each.
#include "swarm/blame.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "base/limits.hpp"
#include "base/rng.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr siphash_key key{1, 2, 3};

connection_id connection_of(char letter) { return connection_id(static_cast<std::uint64_t>(letter)); }
block_giver giver(connection_id connection) {
    block_giver who{connection, {}, ip_address::v4(192, 0, 2, static_cast<std::uint8_t>(connection.value()))};
    who.id.bytes.fill(static_cast<std::uint8_t>(connection.value()));
    return who;
}

/// Blocks of 16 KiB, the last one shorter.
bytes piece_of(std::string_view blocks) {
    bytes data;
    for (auto letter : blocks)
        data.insert(data.end(), limits::block_bytes, static_cast<std::uint8_t>(letter));
    data.resize(data.size() - 1000);
    return data;
}

std::string names(const std::vector<block_giver>& who) {
    std::string letters;
    for (const auto& each : who) {
        BOOST_TEST((each == giver(each.connection)));
        letters += static_cast<char>(each.connection.value());
    }
    return letters;
}

struct court {
    class blame blame {
        key
    };

    explicit court(std::string_view present = "abcdefgh") {
        for (auto letter : present) blame.met(giver(connection_of(letter)));
    }
    std::string failed(std::string_view blocks, std::string_view from, std::uint32_t piece = 0) {
        std::vector<connection_id> givers;
        for (auto letter : from) givers.push_back(connection_of(letter));
        return names(blame.failed(piece_index(piece), piece_of(blocks), givers));
    }
    std::string passed(std::string_view blocks, std::uint32_t piece = 0) {
        return names(blame.passed(piece_index(piece), piece_of(blocks)));
    }
    bool is_suspect(std::uint32_t piece = 0) { return blame.is_suspect(piece_index(piece)); }
    std::string on_parole() {
        std::string letters;
        for (char letter = 'a'; letter <= 'h'; ++letter)
            if (blame.is_on_parole(connection_of(letter))) letters += letter;
        return letters;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(who_lied)

BOOST_AUTO_TEST_CASE(the_right_piece_tells_who_gave_a_wrong_block) {
    struct row {
        const char *wrong, *from, *right, *liars;
    };
    for (const auto& [wrong, from, right, liars] : {
             row{"12x456", "aabbcc", "123456", "b"}, row{"123x56", "abcabc", "123456", "a"},
             row{"12345x", "abcdef", "123456", "f"},  // the short last one
             row{"xyzxyz", "abcabc", "123456", "abc"},
             row{"x2345y", "abcdea", "123456", "a"},   // twice, named once
             row{"111111", "aabbcc", "111111", ""},    // nothing to see
             row{"213456", "abcdef", "123456", "ab"},  // blocks that change places are wrong, both
         }) {
        court c;
        BOOST_TEST(c.failed(wrong, from) == "");
        BOOST_TEST(c.is_suspect());
        BOOST_TEST(c.passed(right) == liars, wrong);
        BOOST_TEST(!c.is_suspect());
        BOOST_TEST(c.passed(right) == "");
    }
}

BOOST_AUTO_TEST_CASE(who_gave_all_of_a_wrong_piece_is_named_at_once) {
    court c;
    BOOST_TEST(c.failed("12345x", "bbbbbb") == "b");
    BOOST_TEST(!c.is_suspect());
    BOOST_TEST(c.on_parole() == "");
    BOOST_TEST(c.failed("x", "z") == "");  // nobody knows who that is
    BOOST_TEST(names(c.blame.failed(piece_index(0), {}, {})) == "");
}

BOOST_AUTO_TEST_CASE(every_attempt_counts) {
    court c;
    c.failed("x23456", "aabbcc");
    c.failed("12345y", "ddeeff");
    BOOST_TEST(c.failed("z23456", "gggggg") == "g");
    BOOST_TEST(c.passed("123456") == "af");
}

BOOST_AUTO_TEST_CASE(a_right_block_later_clears_nobody) {
    court c;
    c.failed("x23456", "abbbbb");
    c.failed("1x3456", "abaaaa");
    BOOST_TEST(c.passed("123456") == "ab");
}

BOOST_AUTO_TEST_CASE(pieces_are_told_apart) {
    court c;
    c.failed("x23456", "abbbbb", 3);
    c.failed("y23456", "cddddd", 4);
    BOOST_TEST(c.passed("y23456", 5) == "");
    BOOST_TEST(c.passed("123456", 4) == "c");
    BOOST_TEST(c.is_suspect(3));
    BOOST_TEST(c.passed("123456", 3) == "a");
}

BOOST_AUTO_TEST_CASE(all_that_gave_part_of_a_suspect_piece_are_on_parole_until_it_is_explained) {
    court c;
    c.failed("x23456", "aabbcc", 3);
    c.failed("x23456", "ccdddd", 4);
    BOOST_TEST(c.on_parole() == "abcd");
    c.passed("123456", 3);
    BOOST_TEST(c.on_parole() == "cd");
    c.passed("123456", 4);
    BOOST_TEST(c.on_parole() == "");
}

BOOST_AUTO_TEST_CASE(who_is_gone_is_still_named_and_not_for_ever) {
    court c;
    c.failed("x23456", "abbbbb", 1);
    c.blame.left(connection_of('a'));
    c.blame.left(connection_of('c'));
    for (std::uint64_t i = 1000; i < 1400; ++i) {
        c.blame.met(giver(connection_id(i)));
        c.blame.left(connection_id(i));
    }
    BOOST_TEST(c.failed("x23456", "cccccc", 2) == "");  // forgotten
    BOOST_TEST(c.passed("123456", 1) == "a");           // suspected, so not forgotten

    court all_suspected;
    for (std::uint64_t i = 1000; i < 1400; ++i) {
        all_suspected.blame.met(giver(connection_id(i)));
        const std::vector from{connection_id(i), connection_id(i), connection_of('b')};
        all_suspected.blame.failed(piece_index(static_cast<std::uint32_t>(i % 60)), piece_of("xy1"), from);
        all_suspected.blame.left(connection_id(i));
    }
    all_suspected.blame.left(connection_id(9999));  // never met
    BOOST_TEST(all_suspected.on_parole() == "b");
}

BOOST_AUTO_TEST_CASE(the_evidence_of_64_pieces_is_kept_and_the_oldest_goes) {
    court c;
    for (std::uint32_t i = 0; i < 70; ++i) c.failed("x2", "ab", 100 - i);
    std::size_t kept = 0;
    for (std::uint32_t i = 0; i <= 100; ++i) kept += c.is_suspect(i) ? 1u : 0u;
    BOOST_TEST(kept == limits::suspect_pieces);
    BOOST_TEST(!c.is_suspect(100));
    BOOST_TEST(!c.is_suspect(95));
    BOOST_TEST(c.is_suspect(94));
    BOOST_TEST(c.passed("12", 31) == "a");
}

BOOST_AUTO_TEST_CASE(four_attempts_of_a_piece_are_kept) {
    court c;
    c.failed("x2", "ah");
    c.failed("x2", "bh");
    c.failed("x2", "ch");
    c.failed("x2", "dh");
    for (int i = 0; i < 100; ++i) c.failed("y2", "eg");
    BOOST_TEST(c.passed("12").substr(0, 4) == "abcd");
    BOOST_TEST(c.on_parole() == "");
}

// --- as a whole

namespace {

struct swarm_of_liars {
    rng luck;
    double bad;  // share of wrong blocks of a liar
    std::uint64_t honest, liars;
    class blame blame {
        key
    };
    std::set<std::uint64_t> banned{}, spoilt{};  // spoilt: gave a wrong block of a piece that was complete

    bool lies(std::uint64_t who) const { return who >= honest; }
    std::uint64_t someone() {
        while (true)
            if (const auto who = luck.below(honest + liars); !banned.contains(who)) return who;
    }
    void ban(const std::vector<block_giver>& who) {
        for (const auto& each : who) banned.insert(each.connection.value());
    }
    /// One attempt; alone: from one peer, but for now and then one that leaves before the end.
    bool fetch(std::uint32_t piece, bool alone) {
        constexpr std::size_t blocks = 8;
        std::vector<connection_id> from;
        bytes data;
        const auto right = [&](std::size_t block) { return static_cast<std::uint8_t>(piece * 16 + block); };
        auto who = someone();
        std::set<std::uint64_t> wrong;
        for (std::size_t block = 0; block < blocks; ++block) {
            if (!alone || (block == 4 && luck.chance(0.1))) who = someone();
            const bool bad_block = lies(who) && luck.chance(bad);
            if (bad_block) wrong.insert(who);
            const auto value = static_cast<std::uint8_t>(right(block) + (bad_block ? 1 + luck.below(5) : 0));
            data.insert(data.end(), limits::block_bytes, value);
            from.push_back(connection_id(who));
        }
        spoilt.insert(wrong.begin(), wrong.end());
        if (wrong.empty())
            ban(blame.passed(piece_index(piece), data));
        else
            ban(blame.failed(piece_index(piece), data, from));
        return wrong.empty();
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_liar_that_spoils_a_piece_is_named_and_no_honest_peer_ever) {
    std::size_t named = 0;
    for (const double bad : {0.01, 0.5, 1.0}) {
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            rng luck(seed);
            const auto honest = 1 + luck.below(6), liars = luck.below(6);
            swarm_of_liars s{rng(seed), bad, honest, liars};
            for (std::uint64_t who = 0; who < honest + liars; ++who) s.blame.met(giver(connection_id(who)));
            for (std::uint32_t piece = 0; piece < 10; ++piece) {
                bool alone = false;
                while (!s.fetch(piece, alone)) alone = true;
                BOOST_REQUIRE(!s.blame.is_suspect(piece_index(piece)));
            }
            BOOST_REQUIRE_MESSAGE(s.banned == s.spoilt, "seed " << seed << " bad " << bad);
            for (const auto who : s.banned) BOOST_REQUIRE(s.lies(who));
            named += s.banned.size();
        }
    }
    BOOST_TEST(named > 900u);
}

BOOST_AUTO_TEST_SUITE_END()
