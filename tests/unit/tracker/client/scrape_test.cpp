#include "tracker/client/scrape.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "base/limits.hpp"
#include "base/rng.hpp"
#include "unit/base/letter_ids.hpp"

using namespace bt;
using namespace bt::tracker;

namespace {

using namespace std::string_literals;

info_hash hash_of(char letter) { return test::id_of<info_hash>(letter); }

const std::string good =
    "d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei11e10:downloadedi13772e10:incompletei19ee"
    "20:xxxxxxxxxxxxxxxxxxxxd8:completei1e10:downloadedi2e10:incompletei3eeee";

}  // namespace

BOOST_AUTO_TEST_SUITE(scrapes)

BOOST_AUTO_TEST_CASE(the_place_to_scrape_comes_from_the_last_part_of_the_path) {
    const std::string hash(20, 'a');
    for (const auto& [announce, expected] :
         {std::pair{"http://t.example/announce", "http://t.example:80/scrape?info_hash="},
          std::pair{"http://t.example/x/announce", "http://t.example:80/x/scrape?info_hash="},
          std::pair{"https://t.example/announce.php", "https://t.example:443/scrape.php?info_hash="},
          std::pair{"http://t.example/announce?k=1", "http://t.example:80/scrape?k=1&info_hash="},
          std::pair{"http://t.example/announce?", "http://t.example:80/scrape?info_hash="},
          std::pair{"http://t.example/announce?x=/y", "http://t.example:80/scrape?x=/y&info_hash="}})
        BOOST_TEST(scrape_url(*url::parse(announce), {hash_of('a')}).value() == expected + hash);
    for (const char* none :
         {"http://t.example/a", "http://t.example/announce/", "http://t.example/x?announce",
          "http://t.example/announce/a", "http://t.example", "udp://t.example:80/announce",
          "http://t.example/xannounce", "http://t.example/a?x=/announce"})
        BOOST_TEST(!scrape_url(*url::parse(none), {hash_of('a')}), none);
    BOOST_TEST(*scrape_url(*url::parse("http://t.example/announce"), {hash_of('a'), hash_of('b')}) ==
               "http://t.example:80/scrape?info_hash=" + hash + "&info_hash=" + std::string(20, 'b'));
}

BOOST_AUTO_TEST_CASE(the_counts_of_what_was_asked_for_are_read) {
    const auto counts = parse_scrape(as_bytes(good), {hash_of('a'), hash_of('z')}).value();
    BOOST_REQUIRE(counts.size() == 1u);
    BOOST_TEST((counts[0].torrent == hash_of('a') && counts[0].seeders == 11u && counts[0].leechers == 19u &&
                counts[0].completed == 13772u));
    const auto odd =
        parse_scrape(as_bytes("d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei-4eeee"s), {hash_of('a')});
    BOOST_TEST((!odd->at(0).seeders && !odd->at(0).leechers));
    BOOST_TEST(parse_scrape(as_bytes("d5:filesd20:aaaaaaaaaaaaaaaaaaaai3eee"s), {hash_of('a')})->empty());
    BOOST_TEST(parse_scrape(as_bytes("d5:filesdee"s), {hash_of('a')})->empty());
}

BOOST_AUTO_TEST_CASE(a_failure_is_said_in_the_trackers_words) {
    for (const char* body : {"d14:failure reason4:nopee", "d14:failure_reason4:nopee"}) {
        const auto answer = parse_scrape(as_bytes(body), {hash_of('a')});
        BOOST_REQUIRE(!answer);
        BOOST_TEST(answer.error().message == "nope");
    }
}

BOOST_AUTO_TEST_CASE(no_truncation_and_nothing_else_is_taken_for_an_answer) {
    for (std::size_t size = 0; size < good.size(); ++size)
        BOOST_TEST(!parse_scrape(as_bytes(good).first(size), {hash_of('a')}), size);
    for (const char* body : {"", "le", "d5:filesle", "d5:filesi3ee", "<html>", "de"})
        BOOST_TEST(!parse_scrape(as_bytes(body), {hash_of('a')}), body);
    BOOST_TEST(!parse_scrape(bytes(limits::tracker_reply_bytes + 1, 'd'), {hash_of('a')}));
}

BOOST_AUTO_TEST_CASE(bent_answers_do_no_harm) {
    rng random(5);
    for (int i = 0; i < 100'000; ++i) {
        bytes body = to_bytes(good);
        for (auto changes = 1 + random.below(4); changes > 0; --changes)
            body[random.below(body.size())] = static_cast<std::uint8_t>(random.next());
        const auto answer = parse_scrape(body, {hash_of('a')});
        if (answer) BOOST_REQUIRE(answer->size() <= 1);
    }
}

BOOST_AUTO_TEST_CASE(the_only_entry_of_an_answer_about_one_torrent_is_that_torrents) {
    // some trackers write the key as text and garble it
    const auto garbled = "d5:filesd4:\xef\xbf\xbdxd8:completei3e10:incompletei1eeee"s;
    const auto one = parse_scrape(as_bytes(garbled), {hash_of('a')}).value();
    BOOST_REQUIRE(one.size() == 1u);
    BOOST_TEST((one[0].torrent == hash_of('a') && one[0].seeders == 3u));
    BOOST_TEST(parse_scrape(as_bytes(garbled), {hash_of('a'), hash_of('b')})->empty());
}

BOOST_AUTO_TEST_SUITE_END()
