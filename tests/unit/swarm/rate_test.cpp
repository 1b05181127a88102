#include "swarm/rate.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <vector>

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

BOOST_AUTO_TEST_CASE(what_is_given_back_may_be_used_by_the_same_and_by_others) {
    rate_limit own;
    own.set(1'000'000);
    const time_point now{1h};
    const auto most = own.allowance(now);
    own.use(5'000'000);
    BOOST_TEST(own.allowance(now) == 0u);
    own.give_back(5'000'000);
    BOOST_TEST(own.allowance(now) == most);
    own.give_back(5'000'000);
    BOOST_TEST(own.allowance(now) == most);  // no more than may be saved up

    shared_limit all;
    all.set(1'000'000);
    const auto one = all.join(), other = all.join();
    all.allowance(now, one);
    all.allowance(now, other);
    all.use(one, 100'000'000);
    all.give_back(one, 100'000'000);
    BOOST_TEST(all.allowance(now + 100ms, one) > 0u);
    BOOST_TEST(all.allowance(now + 100ms, one) + all.allowance(now + 100ms, other) <= most);
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

// --- shared by several

namespace {

/// One torrent that takes blocks whenever it may, of `wish` bytes a second at most.
struct taker {
    torrent_limit limit;
    double wish = 1e18;
    time_point from{}, until = never;
    std::uint64_t got = 0, calls = 0;
    time_point next{};

    bool is_there(time_point now) const { return from <= now && now < until; }
    double may_have(time_point now) const { return wish * seconds(now - from); }
    void take(time_point now) {
        ++calls;
        while (static_cast<double>(got) + 16 * 1024 <= may_have(now) && limit.allowance(now) > 0) {
            limit.use(16 * 1024);
            got += 16 * 1024;
        }
        const bool sated = static_cast<double>(got) + 16 * 1024 > may_have(now);
        next = sated ? now + 5ms : std::max(now + 1us, limit.available_at());
    }
};

/// Several that share one limit.
struct crowd {
    shared_limit all;
    std::vector<taker> takers;

    crowd(std::size_t count, std::uint64_t limit) {
        all.set(limit);
        for (; count > 0; --count) takers.push_back({torrent_limit(all)});
    }
    taker& operator[](std::size_t i) { return takers[i]; }

    /// All of them from `begin` to `end`, each called when it wants to be and no oftener.
    void run(time_point begin, time_point end) {
        for (auto now = begin; now < end;) {
            auto next = end;
            for (auto& one : takers) {
                if (one.from > now) next = std::min(next, one.from);
                if (!one.is_there(now)) continue;
                if (one.next <= now) one.take(now);
                next = std::min(next, one.next);
            }
            now = next;
        }
    }
};

double bytes_of(const taker& one) { return static_cast<double>(one.got); }

}  // namespace

BOOST_AUTO_TEST_CASE(without_a_limit_to_share_everybody_may_have_everything) {
    shared_limit all;
    torrent_limit one(all);
    BOOST_TEST(one.allowance(zero) == std::numeric_limits<std::uint64_t>::max());
    one.use(1'000'000'000);
    BOOST_TEST(one.allowance(zero + 1s) == std::numeric_limits<std::uint64_t>::max());
    BOOST_TEST((one.available_at() <= zero));
}

BOOST_AUTO_TEST_CASE(one_alone_has_the_whole_limit) {
    for (const std::uint64_t rate : {20'000u, 1'000'000u, 50'000'000u}) {
        crowd c(1, rate);
        torrent_limit idle(c.all);
        c.run(zero, zero + 60s);
        const auto burst = std::max(static_cast<double>(rate) / 4, 32.0 * 1024);
        BOOST_TEST(bytes_of(c[0]) - burst == 60.0 * static_cast<double>(rate), within(2));
    }
}

BOOST_AUTO_TEST_CASE(several_have_equal_parts_and_all_of_it_together) {
    for (const std::size_t count : {2u, 3u, 10u, 50u}) {
        crowd c(count, 1'000'000);
        c.run(zero, zero + 1s);  // what was saved up is for who asks first
        for (auto& one : c.takers) one.got = 0;
        c.run(zero + 1s, zero + 61s);
        double sum = 0;
        for (const auto& one : c.takers) {
            sum += bytes_of(one);
            // a block at a time: with many a part is a few of them
            BOOST_TEST(std::abs(bytes_of(one) - 60e6 / static_cast<double>(count)) < 20'000,
                       one.got << " of one of " << count);
        }
        BOOST_TEST(sum == 60e6, within(2));
    }
}

BOOST_AUTO_TEST_CASE(what_one_leaves_goes_to_the_others) {
    crowd c(3, 1'000'000);
    c[0].wish = 100'000;
    c.run(zero, zero + 60s);
    BOOST_TEST(bytes_of(c[0]) == 6e6, within(2));
    BOOST_TEST(bytes_of(c[1]) == 27e6, within(2));
    BOOST_TEST(bytes_of(c[2]) == 27e6, within(2));
}

BOOST_AUTO_TEST_CASE(a_limit_of_its_own_leaves_the_rest_to_the_others) {
    crowd c(2, 1'000'000);
    c[0].limit.set(200'000);
    c.run(zero, zero + 60s);
    BOOST_TEST(bytes_of(c[0]) == 12e6, within(2));
    BOOST_TEST(bytes_of(c[1]) == 48e6, within(2));
}

BOOST_AUTO_TEST_CASE(those_who_come_share_at_once_and_those_who_go_leave_theirs) {
    crowd c(2, 1'000'000);
    c[1].from = zero + 20s;
    c[1].until = zero + 40s;
    c.run(zero, zero + 60s);
    // the part of one that went silent is kept for it for a second
    BOOST_TEST(bytes_of(c[0]) == 50e6, within(2));
    BOOST_TEST(bytes_of(c[1]) == 10e6, within(2));
    BOOST_TEST(bytes_of(c[0]) + bytes_of(c[1]) == 60e6, within(1));
}

BOOST_AUTO_TEST_CASE(coming_and_going_makes_no_bytes) {
    shared_limit all;
    all.set(100'000);
    std::uint64_t got = 0;
    for (auto now = zero; now < zero + 60s; now += 10ms) {  // a fresh one each time, which leaves its debt
        torrent_limit one(all);
        while (one.allowance(now) > 0) {
            one.use(16 * 1024);
            got += 16 * 1024;
        }
    }
    BOOST_TEST(static_cast<double>(got) - 32 * 1024 == 6e6, within(2));
}

BOOST_AUTO_TEST_CASE(one_that_does_not_share_has_its_own_limit_alone_and_takes_nothing_from_the_others) {
    crowd c(2, 100'000);
    c[0].limit.share(false);
    c[0].limit.set(1'000'000);
    c.run(zero, zero + 20s);
    BOOST_TEST(bytes_of(c[0]) == 20e6, within(2));
    BOOST_TEST(bytes_of(c[1]) == 2e6, within(3));
    c[0].limit.share(true);
    for (auto& one : c.takers) one.got = 0, one.next = zero + 20s;
    c.run(zero + 20s, zero + 40s);
    BOOST_TEST(bytes_of(c[0]) + bytes_of(c[1]) == 2e6, within(3));
}

BOOST_AUTO_TEST_CASE(the_shared_limit_may_change_at_any_time) {
    crowd c(2, 1'000'000);
    const auto run_with = [&](std::uint64_t limit, time_point begin) {
        c.all.set(limit);
        for (auto& one : c.takers) one.got = 0, one.next = begin;
        c.run(begin, begin + 20s);
        return bytes_of(c[0]) + bytes_of(c[1]);
    };
    BOOST_TEST(run_with(1'000'000, zero) == 20e6, within(2));
    BOOST_TEST(run_with(200'000, zero + 20s) == 4e6, within(2));
    BOOST_TEST(run_with(3'000'000, zero + 40s) == 60e6, within(2));
    c.all.set(0);
    BOOST_TEST(c[0].limit.allowance(zero + 60s) == std::numeric_limits<std::uint64_t>::max());
    c[0].limit.use(1'000'000'000);
    BOOST_TEST(run_with(500'000, zero + 60s) == 10e6, within(2));
}

BOOST_AUTO_TEST_CASE(a_quarter_second_is_saved_up_by_all_together) {
    shared_limit all;
    all.set(1'000'000);
    std::vector<torrent_limit> four;
    for (int i = 0; i < 4; ++i) four.emplace_back(all);
    BOOST_TEST(four[0].allowance(zero) == 250'000u);
    for (auto& one : four) one.allowance(zero);
    for (auto& one : four) BOOST_TEST((one.allowance(zero) + 1) / 2 == 31'250u);
    for (auto& one : four) one.allowance(zero + 1h);
    for (auto& one : four) BOOST_TEST((one.allowance(zero + 1h) + 1) / 2 == 31'250u);
    shared_limit small;
    small.set(1'000);
    torrent_limit one(small);
    BOOST_TEST(one.allowance(zero) == 32'768u);
}

BOOST_AUTO_TEST_CASE(a_debt_of_one_is_not_paid_by_the_others) {
    shared_limit all;
    all.set(100'000);
    torrent_limit deep(all), other(all);
    BOOST_TEST(deep.allowance(zero) > 0u);
    deep.use(1'000'000);
    for (auto now = zero; now < zero + 10s; now += 10ms)
        while (other.allowance(now) > 0) other.use(1'000);
    BOOST_TEST(deep.allowance(zero + 10s) == 0u);
    BOOST_TEST((deep.available_at() > zero + 14s));
    BOOST_TEST((other.available_at() < zero + 10s + 100ms));
}

/// Whoever must wait is told the moment: not the past, which would spin, and nothing later than needed.
BOOST_AUTO_TEST_CASE(the_moment_that_is_named_is_the_moment) {
    rng random(5);
    for (int round = 0; round < 2'000; ++round) {
        const auto build = [seed = random.next()](shared_limit& all, std::vector<torrent_limit>& users) {
            rng draw(seed);
            all.set(1 + draw.below(std::uint64_t{1} << (10 + draw.below(18))));
            const auto count = 1 + draw.below(6);
            for (std::uint64_t i = 0; i < count; ++i) users.emplace_back(all);
            auto now = zero + 5s;
            for (int step = 0; step < 40; ++step) {
                auto& one = users[draw.below(count)];
                if (one.allowance(now) > 0) one.use(draw.below(40'000));
                if (draw.chance(0.5)) now += duration(draw.below(600'000));
            }
            for (auto& one : users)
                while (draw.chance(0.7) && one.allowance(now) > 0) one.use(16 * 1024);
            return now;
        };
        shared_limit all;
        std::vector<torrent_limit> users;
        const auto now = build(all, users);
        const auto count = users.size();
        for (std::size_t i = 0; i < count; ++i) {
            shared_limit one_all, late_all;
            std::vector<torrent_limit> early, late;
            build(one_all, early);
            build(late_all, late);
            if (early[i].allowance(now) > 0) continue;
            late[i].allowance(now);
            const auto at = early[i].available_at();
            BOOST_TEST_REQUIRE((at > now));
            BOOST_TEST_REQUIRE(late[i].allowance(at) > 0u);
            if (at > now + 10us) BOOST_TEST_REQUIRE(early[i].allowance(at - 3us) == 0u);
        }
    }
}

BOOST_AUTO_TEST_CASE(nobody_is_called_in_vain) {
    crowd c(20, 200'000);
    c.run(zero, zero + 60s);
    std::uint64_t calls = 0, blocks = 0;
    for (const auto& one : c.takers) calls += one.calls, blocks += one.got / (16 * 1024);
    BOOST_TEST(calls < 3 * blocks + 100, calls << " calls for " << blocks << " blocks");
}

BOOST_AUTO_TEST_SUITE_END()
