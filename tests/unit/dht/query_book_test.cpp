#include "dht/query_book.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

using namespace bt;
using namespace bt::dht;

namespace {

constexpr time_point t0{1000s};
constexpr auto patience = 250ms;

endpoint at(std::uint8_t host, std::uint16_t port = 6881) { return {ip_address::v4(192, 0, 2, host), port}; }
std::string text(const transaction& tid) { return {tid.begin(), tid.end()}; }
open_query to(const endpoint& where, std::uint64_t owner = 0) {
    open_query query;
    query.to = where;
    query.owner = owner;
    return query;
}
/// "host slow" and "host failed", in the order they come.
std::string ticked(query_book& book, time_point now) {
    std::string all;
    while (const auto due = book.tick(now)) {
        BOOST_TEST(book.is_sound());
        all += std::to_string(due->query.to.address.raw()[3]) + (due->failed ? " failed, " : " slow, ");
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(query_book_of_ours)

BOOST_AUTO_TEST_CASE(an_answer_closes_the_query_it_belongs_to_and_tells_all_of_it) {
    query_book book(rng(1));
    auto asked = to(at(1), 7);
    asked.what = krpc::method::get_peers;
    asked.expected = node_id{};
    const auto tid = book.open(t0, asked, patience).tid;
    const auto closed = book.close(at(1), text(tid));
    BOOST_REQUIRE(closed.has_value());
    BOOST_TEST((closed->to == at(1) && closed->sent == t0 && closed->tid == tid));
    BOOST_TEST((closed->what == krpc::method::get_peers && closed->expected == node_id{}));
    BOOST_TEST(closed->owner == 7u);
    BOOST_TEST(book.size() == 0u);
    BOOST_TEST((book.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(nobody_else_can_answer_and_the_right_one_still_can) {
    query_book book(rng(2));
    const auto tid = text(book.open(t0, to(at(1)), patience).tid);
    const auto other = text(book.open(t0, to(at(2)), patience).tid);
    auto wrong = tid;
    wrong[3] = static_cast<char>(wrong[3] + 1);

    BOOST_TEST(!book.close(at(1, 6882), tid));
    BOOST_TEST(!book.close(at(3), tid));
    BOOST_TEST(!book.close(at(2), tid));
    BOOST_TEST(!book.close(at(1), other));
    BOOST_TEST(!book.close(at(1), wrong));
    for (const auto* odd : {"", "a", "abc"}) BOOST_TEST(!book.close(at(1), odd));
    BOOST_TEST(!book.close(at(1), tid.substr(0, 3)));
    BOOST_TEST(!book.close(at(1), tid + "x"));
    BOOST_TEST(!book.close(at(1), std::string(1, '\0') + tid));
    const endpoint mapped_zone{ip_address::parse("fe80::1%2").value(), 1};
    const auto linked = text(book.open(t0, to(mapped_zone), patience).tid);
    BOOST_TEST(!book.close({mapped_zone.address.with_zone(3), 1}, linked));

    BOOST_TEST(book.close(at(1), tid).has_value());
    BOOST_TEST(!book.close(at(1), tid));  // doubled
    BOOST_TEST(book.close(at(2), other).has_value());
}

BOOST_AUTO_TEST_CASE(guesses_of_a_forger_who_knows_the_endpoint_are_not_accepted) {
    query_book book(rng(3));
    const auto tid = text(book.open(t0, to(at(1)), patience).tid);
    rng forger(4);
    std::size_t accepted = 0;
    for (int i = 0; i < 100'000; ++i) {
        transaction guess;
        forger.fill(guess);
        accepted += text(guess) != tid && book.close(at(1), text(guess));
    }
    BOOST_TEST(accepted == 0u);
    BOOST_TEST(book.close(at(1), tid).has_value());
}

BOOST_AUTO_TEST_CASE(transactions_are_unique_and_do_not_follow_from_each_other) {
    query_book book(rng(5));
    std::set<transaction> all;
    std::array<std::set<std::uint8_t>, 4> values;
    for (int i = 0; i < 5'000; ++i) {
        const auto tid = book.open(t0, to(at(1)), patience).tid;
        all.insert(tid);
        for (std::size_t b = 0; b < 4; ++b) values[b].insert(tid[b]);
    }
    BOOST_TEST(all.size() == 5'000u);
    BOOST_TEST(book.size() == 5'000u);
    for (const auto& seen : values) BOOST_TEST(seen.size() == 256u);  // no byte of it is a counter's
}

BOOST_AUTO_TEST_CASE(a_query_is_slow_after_the_patience_and_failed_after_four_seconds_once_each) {
    query_book book(rng(6));
    book.open(t0, to(at(1)), patience);
    BOOST_TEST((book.next_deadline() == t0 + patience));
    BOOST_TEST(ticked(book, t0 + patience - 1us).empty());
    BOOST_TEST(ticked(book, t0 + patience) == "1 slow, ");
    BOOST_TEST((book.next_deadline() == t0 + 4s));
    BOOST_TEST(ticked(book, t0 + 4s - 1us).empty());
    BOOST_TEST(ticked(book, t0 + 4s) == "1 failed, ");
    BOOST_TEST(ticked(book, t0 + 1h).empty());
    BOOST_TEST(book.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_slow_answer_counts_and_a_late_one_does_not) {
    query_book book(rng(7));
    const auto slow = text(book.open(t0, to(at(1)), patience).tid);
    const auto late = text(book.open(t0, to(at(2)), patience).tid);
    BOOST_TEST(ticked(book, t0 + 1s).size() == std::string("1 slow, 2 slow, ").size());
    const auto closed = book.close(at(1), slow);
    BOOST_TEST((closed && closed->slow));
    BOOST_TEST(ticked(book, t0 + 4s) == "2 failed, ");
    BOOST_TEST(!book.close(at(2), late));
}

BOOST_AUTO_TEST_CASE(what_is_overdue_comes_in_the_order_of_its_time) {
    query_book book(rng(8));
    book.open(t0, to(at(1)), 900ms);
    book.open(t0, to(at(2)), 50ms);
    book.open(t0 + 10ms, to(at(3)), 200ms);
    BOOST_TEST((book.next_deadline() == t0 + 50ms));
    BOOST_TEST(ticked(book, t0 + 1s) == "2 slow, 3 slow, 1 slow, ");
    BOOST_TEST((book.next_deadline() == t0 + 4s));
}

BOOST_AUTO_TEST_CASE(after_a_long_sleep_a_query_just_failed) {
    query_book book(rng(9));
    book.open(t0, to(at(1)), patience);
    BOOST_TEST(ticked(book, t0 + 1h) == "1 failed, ");
    book.open(t0, to(at(2)), 1h);  // a patience beyond the end
    BOOST_TEST(ticked(book, t0 + 4s) == "2 failed, ");
}

BOOST_AUTO_TEST_CASE(all_queries_to_an_unreachable_endpoint_fail_at_once_and_no_others) {
    query_book book(rng(10));
    const auto first = book.open(t0, to(at(1)), patience).tid;
    const auto second = book.open(t0, to(at(1)), patience).tid;
    const auto other = book.open(t0, to(at(1, 6882)), patience).tid;
    BOOST_TEST(book.is_open(at(1)));
    const auto failed = book.fail_all(at(1));
    BOOST_TEST(book.is_sound());
    BOOST_REQUIRE(failed.size() == 2u);
    BOOST_TEST((std::minmax(failed[0].tid, failed[1].tid) == std::minmax(first, second)));
    BOOST_TEST(!book.is_open(at(1)));
    BOOST_TEST(book.is_open(at(1, 6882)));
    BOOST_TEST(book.fail_all(at(1)).empty());
    BOOST_TEST(!book.close(at(1), text(first)));
    BOOST_TEST(book.close(at(1, 6882), text(other)).has_value());
    BOOST_TEST((book.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(nobody_hears_of_what_was_forgotten) {
    query_book book(rng(11));
    const auto forgotten = text(book.open(t0, to(at(1), 1), patience).tid);
    const auto kept = text(book.open(t0, to(at(1), 2), patience).tid);
    book.forget(1);
    BOOST_TEST(book.is_sound());
    BOOST_TEST(book.size() == 1u);
    BOOST_TEST(!book.close(at(1), forgotten));
    BOOST_TEST(ticked(book, t0 + 1s) == "1 slow, ");
    BOOST_TEST(book.close(at(1), kept).has_value());
    BOOST_TEST(!book.is_open(at(1)));
    BOOST_TEST((book.next_deadline() == never));
}

BOOST_AUTO_TEST_CASE(patience_follows_how_long_answers_take) {
    const auto after = [](std::vector<duration> samples) {
        round_trips trips;
        for (const auto took : samples) trips.sample(took);
        return trips;
    };
    BOOST_TEST((after({}).patience() == 250ms && after({}).median() == 0s));
    BOOST_TEST((after({100ms}).patience() == 300ms));  // deviation: half of the first
    BOOST_TEST((after({100ms}).median() == 100ms));
    BOOST_TEST((after({100ms, 180ms}).median() == 110ms));
    BOOST_TEST((after({100ms, 180ms}).patience() == 110ms + 4 * 57500us));
    BOOST_TEST((after({100ms, 20ms}).median() == 90ms));
    BOOST_TEST((after(std::vector<duration>(50, 1ms)).patience() == 50ms));
    BOOST_TEST((after(std::vector<duration>(50, 0ms)).patience() == 50ms));  // known, although 0
    BOOST_TEST((after(std::vector<duration>(50, -5ms)).patience() == 50ms));
    BOOST_TEST((after({3900ms}).patience() == 1s));
    BOOST_TEST((after({100h}).median() == 4s));
    BOOST_TEST((after(std::vector<duration>(100, 200ms)).patience() < 210ms));
}

BOOST_AUTO_TEST_SUITE_END()
