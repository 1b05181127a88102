#include "swarm/request_window.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>

#include "base/limits.hpp"

using namespace bt;
using namespace bt::swarm;

namespace {

constexpr double block = limits::block_bytes;

/// A peer behind a pipe of a given rate and round trip, in virtual time: it answers in order, and the queue
/// of what is asked too early stands at its end.
class long_pipe {
  public:
    long_pipe(double bytes_per_second, duration round_trip) : rate_(bytes_per_second), trip_(round_trip) {}

    void set_rate(double bytes_per_second) { rate_ = bytes_per_second; }
    void set_trip(duration round_trip) { trip_ = round_trip; }
    /// Answers are read together, as by a loop that has other things to do.
    void set_turn(duration turn) { turn_ = turn; }

    /// Keeps the window's requests on the way for that long; gives the share of the rate that was reached.
    double run(request_window& window, duration time) {
        const auto end = now_ + time;
        double received = 0;
        widest_ = 0;
        fill(window);
        while (!on_the_way_.empty()) {
            auto next = on_the_way_.front().arrives;
            if (turn_ > 0us) next = time_point{} + ((next - time_point{}) / turn_ + 1) * turn_;
            if (next > end) break;
            now_ = std::max(now_, next);
            while (!on_the_way_.empty() && on_the_way_.front().arrives <= now_) {
                window.arrived(now_, limits::block_bytes, now_ - on_the_way_.front().asked);
                on_the_way_.pop_front();
                received += block;
            }
            widest_ = std::max(widest_, window.size());
            fill(window);
        }
        now_ = end;
        return received / seconds(time) / rate_;
    }
    /// The most requests the window wanted during the last run.
    std::size_t widest() const { return widest_; }
    void pause(duration time) { now_ += time; }
    void forget_requests() { on_the_way_.clear(); }

  private:
    struct request {
        time_point asked, arrives;
    };
    void fill(const request_window& window) {
        while (on_the_way_.size() < window.size()) {
            free_at_ = std::max(free_at_, now_ + trip_ / 2) +
                       duration(static_cast<duration::rep>(block / rate_ * 1e6));
            on_the_way_.push_back({now_, free_at_ + trip_ / 2});
        }
    }

    double rate_;
    duration trip_, turn_{};
    time_point now_{1'000s}, free_at_{};
    std::deque<request> on_the_way_;
    std::size_t widest_ = 0;
};

/// Blocks that fill the pipe once; answers take no less than a few milliseconds to put together.
double product(double rate, duration trip) { return rate * std::max(seconds(trip), 0.004) / block; }

}  // namespace

BOOST_AUTO_TEST_SUITE(request_window_test)

BOOST_AUTO_TEST_CASE(it_starts_with_sixteen) {
    BOOST_TEST(request_window{}.size() == request_window::start);
    BOOST_TEST(request_window::start == 16u);
}

BOOST_AUTO_TEST_CASE(it_fills_any_pipe_and_queues_little_more) {
    struct {
        double rate;
        duration trip;
    } const table[] = {
        {1e9, 1ms},   {1e9, 100us}, {100e6, 300us}, {100e6, 5ms}, {12e6, 2ms}, {12e6, 20ms},
        {10e6, 80ms}, {1e6, 50ms},  {1e6, 300ms},   {1e5, 200ms}, {1e5, 1ms},  {2e4, 500ms},
    };
    for (const auto& row : table) {
        request_window window;
        long_pipe peer(row.rate, row.trip);
        peer.run(window, 10s);
        // a minute, or as long as 100,000 blocks take
        const auto turn =
            std::min<duration>(60s, duration(static_cast<duration::rep>(100'000 * 16'384e6 / row.rate)));
        for (int minute = 0; minute < 3; ++minute) {
            const double share = peer.run(window, turn);
            BOOST_TEST(share >= 0.9, row.rate << " B/s and " << row.trip.count() << " us: " << share);
            const auto most = std::min(4 * product(row.rate, row.trip) + 16, 250.0);
            BOOST_TEST(static_cast<double>(peer.widest()) <= most,
                       row.rate << " B/s and " << row.trip.count() << " us, minute " << minute << ": "
                                << peer.widest() << " of " << most);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_fast_pipe_is_full_after_few_round_trips) {
    struct {
        double rate;
        duration trip, time;
    } const table[] = {{1e9, 1ms, 50ms}, {100e6, 10ms, 100ms}, {20e6, 100ms, 1s}};
    for (const auto& row : table) {
        request_window window;
        long_pipe peer(row.rate, row.trip);
        peer.run(window, row.time);
        const double share = peer.run(window, row.time);
        BOOST_TEST(share >= 0.9, row.rate << " B/s and " << row.trip.count() << " us: " << share);
    }
}

BOOST_AUTO_TEST_CASE(answers_read_in_bunches_do_not_look_like_a_faster_pipe) {
    struct {
        double rate;
        duration trip, turn;
    } const table[] = {{1e6, 5ms, 20ms}, {10e6, 1ms, 10ms}, {100e6, 300us, 1ms}, {1e5, 50ms, 100ms}};
    for (const auto& row : table) {
        request_window window;
        long_pipe peer(row.rate, row.trip);
        peer.set_turn(row.turn);
        peer.run(window, 10s);
        const double share = peer.run(window, 60s);
        BOOST_TEST(share >= 0.9, row.rate << " B/s and " << row.trip.count() << " us: " << share);
        const auto most = std::min(4 * product(row.rate, row.trip + row.turn) + 16, 250.0);
        BOOST_TEST(static_cast<double>(peer.widest()) <= most,
                   row.rate << " B/s and " << row.trip.count() << " us: " << peer.widest() << " of " << most);
    }
}

BOOST_AUTO_TEST_CASE(it_follows_a_pipe_that_grows_or_shrinks) {
    request_window window;
    long_pipe peer(1e6, 50ms);
    peer.run(window, 20s);
    peer.set_rate(20e6);
    peer.run(window, 5s);
    BOOST_TEST(peer.run(window, 20s) >= 0.9);
    peer.set_rate(1e6);
    peer.run(window, 60s);
    BOOST_TEST(peer.run(window, 20s) >= 0.9);
    BOOST_TEST(static_cast<double>(window.size()) <= 4 * product(1e6, 50ms) + 16);
}

BOOST_AUTO_TEST_CASE(it_follows_a_round_trip_that_grows) {
    request_window window;
    long_pipe peer(5e6, 10ms);
    peer.run(window, 20s);
    peer.set_trip(150ms);
    peer.run(window, 40s);
    BOOST_TEST(peer.run(window, 20s) >= 0.9);
}

BOOST_AUTO_TEST_CASE(after_a_collapse_it_begins_small_and_grows_again) {
    request_window window;
    long_pipe peer(100e6, 10ms);
    peer.run(window, 5s);
    BOOST_TEST(window.size() > 60u);
    window.collapsed();
    BOOST_TEST(window.size() == request_window::least);
    peer.forget_requests();
    peer.pause(30s);
    peer.run(window, 500ms);
    BOOST_TEST(peer.run(window, 5s) >= 0.9);
}

BOOST_AUTO_TEST_CASE(idle_time_does_not_count_as_slowness) {
    request_window window;
    long_pipe peer(100e6, 10ms);
    peer.run(window, 5s);
    const auto before = window.size();
    for (int i = 0; i < 20; ++i) {
        peer.forget_requests();
        peer.pause(3s);
        peer.run(window, 30ms);
    }
    BOOST_TEST(window.size() >= before / 2);
}

BOOST_AUTO_TEST_CASE(the_peers_limit_and_ours_hold) {
    request_window window;
    window.set_most(8);
    BOOST_TEST(window.size() == 8u);
    long_pipe peer(1e9, 10ms);
    peer.run(window, 5s);
    BOOST_TEST(peer.widest() <= 8u);
    window.set_most(100'000);
    peer.run(window, 5s);
    BOOST_TEST(window.size() == limits::requests_to_peer);
    window.set_most(2);
    BOOST_TEST(window.size() == 2u);
    window.collapsed();
    BOOST_TEST(window.size() == 2u);
    peer.run(window, 5s);
    BOOST_TEST(peer.widest() == 2u);
    window.set_most(0);
    BOOST_TEST(window.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
