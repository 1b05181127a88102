#include "swarm/rate.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "base/rng.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr time_point zero{};
const auto within = [](double percent) { return boost::test_tools::tolerance(percent / 100); };

/// Feeds `rate` bytes a second in steps of `step` from `begin` to `end`.
void flow(rate_meter& meter, time_point begin, time_point end, double rate, duration step) {
    for (auto now = begin + step; now <= end; now += step)
        meter.add(now, static_cast<std::uint64_t>(rate * seconds(step)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rate_test)

BOOST_AUTO_TEST_CASE(a_meter_that_saw_nothing_reads_zero) {
    rate_meter meter;
    BOOST_TEST(meter.per_second(zero) == 0u);
    BOOST_TEST(meter.per_second(zero + 1h) == 0u);
    BOOST_TEST(meter.total() == 0u);
}

BOOST_AUTO_TEST_CASE(a_steady_flow_reads_as_it_is_at_any_moment) {
    rate_meter meter;
    const auto begin = zero + 1'000s;
    flow(meter, begin, begin + 10s, 1e6, 10ms);
    auto now = begin + 10s;
    for (int i = 0; i < 1'000; ++i, now += 7ms) {
        BOOST_TEST(static_cast<double>(meter.per_second(now)) == 1e6, within(1));
        flow(meter, now, now + 7ms, 1e6, 1ms);
    }
    BOOST_TEST(meter.total() == 17'000'000u);
}

BOOST_AUTO_TEST_CASE(a_young_flow_is_averaged_over_its_age) {
    rate_meter meter;
    flow(meter, zero, zero + 1s, 1e6, 10ms);
    BOOST_TEST(static_cast<double>(meter.per_second(zero + 1s)) == 1e6, within(3));
    // but one packet is not a rate
    rate_meter one;
    one.add(zero + 3s, 1'000);
    BOOST_TEST(one.per_second(zero + 3s) == 2'000u);
}

BOOST_AUTO_TEST_CASE(a_flow_that_ends_fades_in_five_seconds) {
    rate_meter meter;
    flow(meter, zero, zero + 10s, 1e6, 10ms);
    BOOST_TEST(static_cast<double>(meter.per_second(zero + 12s + 500ms)) == 0.5e6, within(6));
    BOOST_TEST(meter.per_second(zero + 15s) == 0u);
    BOOST_TEST(meter.per_second(zero + 24h) == 0u);
    BOOST_TEST(meter.total() == 10'000'000u);
}

BOOST_AUTO_TEST_CASE(a_flow_that_changes_is_followed_in_five_seconds) {
    rate_meter meter;
    flow(meter, zero, zero + 20s, 1e6, 10ms);
    flow(meter, zero + 20s, zero + 25s, 3e6, 10ms);
    BOOST_TEST(static_cast<double>(meter.per_second(zero + 25s)) == 3e6, within(2));
}

BOOST_AUTO_TEST_CASE(reading_changes_nothing) {
    rate_meter meter;
    flow(meter, zero, zero + 10s, 1e6, 10ms);
    const auto before = meter.per_second(zero + 10s);
    meter.per_second(zero + 100s);
    BOOST_TEST(meter.per_second(zero + 10s) == before);
}

BOOST_AUTO_TEST_CASE(no_limit_allows_everything) {
    rate_limit limit;
    BOOST_TEST(limit.limit() == 0u);
    BOOST_TEST(limit.allowance(zero) == std::numeric_limits<std::uint64_t>::max());
    limit.use(1'000'000'000'000);
    BOOST_TEST(limit.allowance(zero + 1s) == std::numeric_limits<std::uint64_t>::max());
    BOOST_TEST((limit.available_at() <= zero + 1s));
}

BOOST_AUTO_TEST_CASE(a_limit_allows_a_quarter_second_at_once_also_at_the_zero_of_the_clock) {
    for (const auto begin : {zero, zero + 77s}) {
        rate_limit limit;
        limit.set(1'000'000);
        BOOST_TEST(limit.allowance(begin) == 250'000u);
        BOOST_TEST(limit.allowance(begin + 1h) == 250'000u);  // idle time is not saved up
        limit.use(250'000);
        BOOST_TEST(limit.allowance(begin + 1h) == 0u);
        BOOST_TEST(limit.allowance(begin + 1h + 100ms) == 100'000u);
    }
}

BOOST_AUTO_TEST_CASE(a_small_limit_still_lets_a_block_out_at_once) {
    rate_limit limit;
    limit.set(1'000);
    BOOST_TEST(limit.allowance(zero) == 32'768u);
}

BOOST_AUTO_TEST_CASE(debt_is_paid_before_anything_more_is_allowed) {
    rate_limit limit;
    limit.set(100'000);
    limit.use(limit.allowance(zero) + 50'000);
    BOOST_TEST(limit.allowance(zero) == 0u);
    BOOST_TEST(limit.allowance(zero + 400ms) == 0u);
    BOOST_TEST(limit.allowance(zero + 499ms) == 0u);
    const auto at = limit.available_at();
    BOOST_TEST((at > zero + 500ms && at < zero + 501ms));
    BOOST_TEST(limit.allowance(at - 2us) == 0u);
    BOOST_TEST(limit.allowance(at) > 0u);
    BOOST_TEST((limit.available_at() <= at));
}

BOOST_AUTO_TEST_CASE(when_it_says_it_is_available_it_is) {
    rng random(9);
    for (int i = 0; i < 1'000; ++i) {
        rate_limit limit;
        limit.set(1 + random.below(std::uint64_t{1} << random.below(34)));
        const auto begin = zero + duration(random.below(1'000'000'000));
        limit.use(limit.allowance(begin) + random.below(100'000));
        BOOST_TEST(limit.allowance(std::max(begin, limit.available_at())) > 0u, "limit " << limit.limit());
    }
}

BOOST_AUTO_TEST_CASE(over_time_as_much_passes_as_is_allowed) {
    for (const std::uint64_t rate : {20'000u, 1'000'000u, 50'000'000u}) {
        rate_limit limit;
        limit.set(rate);
        std::uint64_t passed = 0;
        auto now = zero;
        limit.use(limit.allowance(now));
        while (now < zero + 60s) {
            while (limit.allowance(now) > 0) limit.use(16 * 1024), passed += 16 * 1024;  // a block at a time
            now = std::max(now + 1ms, limit.available_at());
        }
        BOOST_TEST(static_cast<double>(passed) == 60.0 * static_cast<double>(rate), within(2));
    }
}

BOOST_AUTO_TEST_CASE(a_limit_may_change_at_any_time) {
    rate_limit limit;
    limit.set(1'000'000);
    BOOST_TEST(limit.allowance(zero) == 250'000u);
    limit.set(200'000);
    BOOST_TEST(limit.allowance(zero) <= 50'000u);
    limit.set(0);
    BOOST_TEST(limit.allowance(zero) == std::numeric_limits<std::uint64_t>::max());
    limit.use(10'000'000);
    limit.set(200'000);
    BOOST_TEST(limit.allowance(zero + 1s) == 50'000u);
}

BOOST_AUTO_TEST_SUITE_END()
